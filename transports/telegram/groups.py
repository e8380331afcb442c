"""What a group changes: who talks to whom, in which topic, and whose button was pressed.

Sources: https://core.telegram.org/bots/features#privacy-mode,
https://core.telegram.org/bots/api#message (`message_thread_id`, `is_topic_message`).
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from engine.classes import dataclass
from engine.core import mentions
from engine.core.events import clean
from engine.core.mentions import Said
from engine.core.values import INT_MAX, Value

Json: TypeAlias = Mapping[str, Any]

PREFIX: Final = "telegram"
TYPES: Final = frozenset({"group", "supergroup"})
_NAME_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own name and number on Telegram, as far as the server tells."""

    username: str | None = None
    number: int | None = None

    @classmethod
    def read(cls, answer: object) -> "Me":
        """What `getMe` has answered."""
        found = answer if isinstance(answer, Mapping) else {}
        username, number = found.get("username"), found.get("id")
        return cls(
            username if isinstance(username, str) else None, number if type(number) is int else None
        )

    def is_sender(self, message: object) -> bool:
        """Whether a message is the bot's own."""
        sender = message.get("from") if isinstance(message, Mapping) else None
        return isinstance(sender, Mapping) and sender.get("id") == self.number is not None

    def is_named(self, username: str) -> bool:
        return self.username is None or username.lower() == self.username.lower()


@dataclass(frozen=True, slots=True)
class Where:
    """Where something happens: the session that is asked first, the chat, and the person.

    `by` is none in a chat of two.
    """

    owner: str
    chat: str
    by: str | None = None


def where(bot: str, chat: Json, sender: Json, topic: int | None = None) -> Where | None:
    """Where a person's doing belongs; none for a channel, and for other bots.

    Raises:
        KeyError, TypeError, ValueError: a number is missing or none.
    """
    person = f"{bot}/{PREFIX}:{whole(sender['id'])}"
    number = whole(chat["id"])
    if chat["type"] == "private":
        return Where(person, str(number))
    if chat["type"] not in TYPES or sender.get("is_bot") is True:
        return None
    name = str(number) if topic is None else f"{number}/{topic}"
    return Where(f"{bot}/{PREFIX}:{number}", name, person)


def topic(message: Json) -> int | None:
    """The number of the topic that a message belongs to; none in groups without topics."""
    if message.get("is_topic_message") is not True:
        return None
    return whole(message["message_thread_id"])


def replied(message: Json) -> Json | None:
    """The message that is replied to; in a topic, what opened it is none."""
    found: Json | None = message.get("reply_to_message")
    if found is None or (topic(message) is not None and found["message_id"] == topic(message)):
        return None
    return found


def said(text: str, me: Me, *, reply_to: Json | None = None) -> Said | None:
    """What a text in a group says, and whether to this bot; none for a command to another bot."""
    return mentions.said(text, me.username, to_bot=me.is_sender(reply_to))


def person(sender: Json) -> dict[str, Value]:
    """`turn.person`: who it was."""
    found: dict[str, Value] = {"id": f"{PREFIX}:{whole(sender['id'])}"}
    name = " ".join(
        part for key in ("first_name", "last_name") if isinstance(part := sender.get(key), str)
    )
    if name:
        found["name"] = clean(name)[:_NAME_MAX]
    if isinstance(username := sender.get("username"), str):
        found["username"] = clean(username)[:_NAME_MAX]
    return found


def whole(value: object) -> int:
    """A whole number that every store can hold.

    Raises:
        TypeError, ValueError: it is not one.
    """
    if type(value) is not int:
        raise TypeError("not a whole number")
    if not -INT_MAX <= value <= INT_MAX:
        raise ValueError("a number beyond 64 bits")
    return value
