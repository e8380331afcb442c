"""What the shell knows about the name of a session: who it is with, and who works on it now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field

from engine.classes import dataclass


def transport_of(owner: str) -> str:
    """The transport's name in `<bot>/<transport>:<user>`."""
    return owner.partition("/")[2].partition(":")[0]


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Turns:
    """One lock an owner, first come first served; it is gone when nobody wants it."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    def taken(self, owner: str) -> bool:
        return owner in self._turns

    @asynccontextmanager
    async def take(self, owner: str) -> AsyncIterator[None]:
        """Hold the owner's lock; does not suspend where it is free."""
        turn = self._turns.get(owner)
        if turn is None:
            turn = self._turns[owner] = _Turn()
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if not turn.users:
                del self._turns[owner]
