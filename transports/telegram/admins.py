"""Who administers a group: Telegram is asked, and its answer holds for some minutes.

Source: https://core.telegram.org/bots/api#getchatadministrators
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

from engine.classes import dataclass
from engine.runtime.ports import Clock
from transports.telegram.failure import ApiError
from transports.telegram.groups import whole
from transports.telegram.rooms import Rooms

HOLDS: Final = 300_000
"""How long somebody who was an admin counts as one, in milliseconds."""
DOUBTED: Final = 60_000
"""How long somebody counts as none, so that who becomes one need not wait for long (ms)."""
PATIENCE: Final = 5.0
"""How long an answer is waited for, in seconds: meanwhile nothing else is read."""
CHATS_MAX: Final = 1_000

log = logging.getLogger(__name__)


class Asking(Protocol):
    """What is needed of `Api`."""

    async def administrators(self, chat_id: int) -> object: ...


@dataclass(frozen=True, slots=True)
class _Known:
    """The admins of a group: when Telegram told them, and when it was last asked (ms)."""

    persons: frozenset[int]
    at: int
    tried: int

    def has(self, person: int, now: int) -> bool:
        return person in self.persons and now - self.at < HOLDS


class Admins:
    """Remembers the admins of groups. Where Telegram does not tell, nobody new is one."""

    def __init__(self, asking: Asking, clock: Clock, rooms: Rooms) -> None:
        self._asking = asking
        self._clock = clock
        self._rooms = rooms
        self._known: OrderedDict[int, _Known] = OrderedDict()

    async def has(self, chat: int, person: int) -> bool:
        """Whether a person administers a group, by the number that the bot knows it by."""
        known, now = self._known.get(chat), self._clock.now()
        if known is not None:
            is_admin = known.has(person, now)
            if is_admin or now - known.tried < DOUBTED:
                return is_admin
        found = await self._ask(chat)
        if found is not None or known is None:
            known = _Known(found or frozenset(), now, now)
        else:  # nothing that was known is prolonged
            known = replace(known, tried=now)
        self._known[chat] = known
        self._known.move_to_end(chat)
        if len(self._known) > CHATS_MAX:
            self._known.popitem(last=False)
        return known.has(person, now)

    async def _ask(self, chat: int) -> frozenset[int] | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return _persons(await self._asking.administrators(self._rooms.now(chat)))
        except (ApiError, TimeoutError, LookupError, TypeError, ValueError) as error:
            log.warning("telegram: the admins of a group are not known: %s", _reason(error))
            return None


def _persons(found: object) -> frozenset[int]:
    """The numbers of those in an answer.

    Raises:
        LookupError, TypeError, ValueError: it is none.
    """
    if not isinstance(found, list):
        raise TypeError("the admins are not a list")
    persons = [one["user"] for one in found if isinstance(one, Mapping)]
    return frozenset(whole(user["id"]) for user in persons)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ApiError) else type(error).__name__
