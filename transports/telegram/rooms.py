"""Groups that have become supergroups: Telegram gives them another number, the bot keeps the first.

So the sessions, timers and records of a group go on. The number is told by a message in either
group, and by the refusal of what is sent to the old one; it is kept in the bot's store.
Sources: https://core.telegram.org/bots/api#message (`migrate_to_chat_id`, `migrate_from_chat_id`),
https://core.telegram.org/bots/api#responseparameters.
"""

from typing import Any, Final

from engine.stores.protocol import Documents
from transports.telegram.groups import whole

COLLECTION: Final = "telegram.rooms"
"""Documents by the number that a group has now: the `first` one that it had."""


class Rooms:
    """The numbers of groups: those that Telegram knows, and those that the bot knows them by."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._first: dict[int, int] = {}
        self._now: dict[int, int] = {}

    async def load(self) -> None:
        """Read what earlier processes have learned.

        Raises:
            StatechatError: of the store.
        """
        for id_, document in (await self._documents.all(COLLECTION)).items():
            self._learn(whole(document["first"]), int(id_))

    async def moved(self, old: int, new: int) -> None:
        """Remember that a group has another number from now on; idempotent.

        Raises:
            StatechatError: of the store.
        """
        first = self.first(old)
        if new == first or self._first.get(new) == first:
            return
        await self._documents.put(COLLECTION, str(new), {"first": first})
        self._learn(first, new)

    def first(self, number: int) -> int:
        """The number by which the bot knows a chat."""
        return self._first.get(number, number)

    def now(self, number: int) -> int:
        """The number by which Telegram knows a chat."""
        return self._now.get(number, number)

    def _learn(self, first: int, new: int) -> None:
        self._first[new] = first
        self._now[first] = new


def migration(update: dict[str, Any]) -> tuple[int, int] | None:
    """The old and the new number of the group whose move an update tells, if it does."""
    message = update.get("message")
    if not isinstance(message, dict):
        return None
    chat = message.get("chat")
    here = chat.get("id") if isinstance(chat, dict) else None
    if type(here) is not int:
        return None
    new, old = message.get("migrate_to_chat_id"), message.get("migrate_from_chat_id")
    if type(new) is int:
        return here, new
    return (old, here) if type(old) is int else None
