"""The time of the machine, and waiting that can be cut short."""

import asyncio
import time

from engine.runtime.ports import Clock


class SystemClock:
    """The machine's clock, in milliseconds since 1970 UTC."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    async def sleep(self, milliseconds: int) -> None:
        await asyncio.sleep(milliseconds / 1000)


async def pause(clock: Clock, milliseconds: int, wake: asyncio.Event) -> bool:
    """Wait so long, or until `wake` is set; true if it is."""
    if wake.is_set() or milliseconds <= 0:
        return wake.is_set()
    sleeping = asyncio.ensure_future(clock.sleep(milliseconds))
    waking = asyncio.ensure_future(wake.wait())
    try:
        await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
        if sleeping.done():
            sleeping.result()
    finally:
        sleeping.cancel()
        waking.cancel()
        await asyncio.gather(sleeping, waking, return_exceptions=True)
    return wake.is_set()
