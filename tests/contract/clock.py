"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools
from typing import Final

HOUSEKEEPING: Final = 100
"""Pauses shorter than this (ms) only gather work, and say nothing about a conversation: they end
at once."""


class VirtualClock:
    """`engine.runtime.ports.Clock` for one test; time passes by `advance` only."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._sleeping: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def now(self) -> int:
        return self._now

    async def sleep(self, milliseconds: int) -> None:
        if milliseconds < HOUSEKEEPING:
            await asyncio.sleep(0)
            return
        waking = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleeping, (self._now + milliseconds, next(self._numbers), waking))
        await waking

    def advance(self, moment: int) -> None:
        """Let it be `moment` (ms), and wake who has slept long enough."""
        self._now = max(self._now, moment)
        while self._sleeping and self._sleeping[0][0] <= self._now:
            _, _, waking = heapq.heappop(self._sleeping)
            if not waking.done():
                waking.set_result(None)
