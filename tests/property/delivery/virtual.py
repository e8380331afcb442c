"""An event loop whose time passes only when a test says so, and never while anybody can go on."""

import asyncio
import math
from collections.abc import Coroutine
from typing import Any

START = 1_800_000_000_000
RESTLESS = 20_000
"""Turns of the loop after which it counts as going round in circles."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time, and so every timer and time-out in it, is `moment` (ms)."""

    def __init__(self) -> None:
        self.moment = START
        super().__init__()

    def time(self) -> float:
        return (self.moment - START) / 1000

    def play(self, work: Coroutine[Any, Any, None]) -> None:
        """Run the work to its end; whatever else there is goes on meanwhile."""
        self.run_until_complete(work)

    async def turns(self, number: int) -> None:
        for _ in range(number):
            await asyncio.sleep(0)

    async def rest(self) -> None:
        """Let everybody go on until all of them wait for the time, or for each other."""
        ready: Any = vars(self)["_ready"]
        for _ in range(RESTLESS):
            await asyncio.sleep(0)
            if not ready:
                return
        raise AssertionError("the engine never comes to rest")

    async def advance(self, milliseconds: int) -> None:
        """Let time pass, from one sleeper's moment to the next; each does what he wants to do."""
        end = self.moment + milliseconds
        await self.rest()
        while (first := self._first()) is not None and first <= end:
            self.moment = max(self.moment, first)
            await self.rest()
        self.moment = end
        await self.rest()

    def _first(self) -> int | None:
        scheduled: Any = vars(self)["_scheduled"]
        moments = [timer.when() for timer in scheduled if not timer.cancelled()]
        return START + math.ceil(round(min(moments) * 1000, 3)) if moments else None


class VirtualClock:
    """The loop's time as the engine asks for it."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> int:
        return self._loop.moment

    async def sleep(self, milliseconds: int) -> None:
        woken = self._loop.create_future()
        at = (self._loop.moment + milliseconds - START) / 1000
        timer = self._loop.call_at(at, lambda: woken.done() or woken.set_result(None))
        try:
            await woken
        finally:
            timer.cancel()
