"""When to look into the store again: at a known moment, and now and then for others' work."""

import asyncio
import heapq
from typing import Final

from engine.runtime.clock import pause
from engine.runtime.ports import Clock

POLL: Final = 5_000
"""How long nothing is looked for at most, in milliseconds: other workers do not call us."""


class Wakes:
    """Moments (ms) at which one loop wants to wake up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moments: list[int] = []
        self._earlier = asyncio.Event()
        self._target = 0

    def at(self, moment: int) -> None:
        """Wake then, or at the poll if that is earlier."""
        if moment > self._clock.now() + POLL:
            return
        heapq.heappush(self._moments, moment)
        if moment < self._target:
            self._earlier.set()

    async def wait(self) -> None:
        """Wait for the first moment, or the poll; moments that have passed are forgotten."""
        poll = self._clock.now() + POLL
        while True:
            now = self._clock.now()
            self._target = min(self._moments[0] if self._moments else poll, poll)
            if self._target <= now:
                break
            self._earlier.clear()
            await pause(self._clock, self._target - now, self._earlier)
        while self._moments and self._moments[0] <= now:
            heapq.heappop(self._moments)
