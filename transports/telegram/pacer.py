"""Holding calls back until Telegram's pace lets them go; without one waiting, nothing is added."""

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

from engine.errors import StatechatError
from engine.runtime.clock import pause
from engine.runtime.ports import Clock
from transports.telegram.pace import Call, Rate, Rates, Schedule

SETTING: Final = "TELEGRAM_PACE"
OFF: Final = "off"
SECOND: Final = 1_000
MINUTE: Final = 60_000
MOST: Final = 100_000
"""Highest pace that can be set, in calls a second or a minute."""
BURST: Final = 5
"""In how many seconds a chat gets its share: Telegram tolerates short bursts, and says no more."""
DEFAULTS: Final[Mapping[str, int]] = {"all": 30, "chat": 1, "group": 20}


class Turns(Protocol):
    """What the sender asks before each call."""

    async def turn(self, call: Call) -> None:
        """Wait until the call may go."""
        ...

    def refused(self, chat: int, milliseconds: int) -> None:
        """Telegram wants nothing of this chat, or of the bot, for so long."""
        ...

    @property
    def closed(self) -> bool:
        """Whether Telegram wants nothing of this bot at the moment."""
        ...


class Pacer:
    """Lets calls go by a schedule. One task runs while any waits."""

    def __init__(self, clock: Clock, rates: Rates) -> None:
        self._clock = clock
        self._schedule = Schedule(rates)
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @property
    def closed(self) -> bool:
        return self._schedule.blocked(self._clock.now())

    async def turn(self, call: Call) -> None:
        """Wait until the call may go; at once where nothing holds it back."""
        self._schedule.join(call)
        if self._task is None:
            self._let_go()
            if not self._schedule:
                return
        going = self._waiting[id(call)] = asyncio.get_running_loop().create_future()
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            await going
        except asyncio.CancelledError:
            self._schedule.leave(call)
            raise
        finally:
            self._waiting.pop(id(call), None)

    def refused(self, chat: int, milliseconds: int) -> None:
        self._schedule.block(chat, self._clock.now(), milliseconds)

    async def close(self) -> None:
        """End the task; whoever waits still is cancelled by those who wait for him."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _let_go(self) -> None:
        while (call := self._schedule.take(self._clock.now())) is not None:
            going = self._waiting.get(id(call))
            if going is not None and not going.done():
                going.set_result(None)

    async def _run(self) -> None:
        while True:
            self._let_go()
            now = self._clock.now()
            moment = self._schedule.next_at(now)
            if moment is None:
                self._task = None
                return
            self._changed.clear()
            await pause(self._clock, moment - now, self._changed)


class Unpaced:
    """For a server that knows no bounds."""

    closed = False

    async def turn(self, call: Call) -> None:
        pass

    def refused(self, chat: int, milliseconds: int) -> None:
        pass

    async def close(self) -> None:
        pass


def read_rates(text: str) -> Rates | None:
    """The pace of a setting such as `all=30,chat=1,group=20`; none where it is `off`.

    `all` and `chat` are calls a second, `group` calls a minute; what is left out is Telegram's.

    Raises:
        StatechatError: `telegram:pace`.
    """
    if text == OFF:
        return None
    wanted = dict(DEFAULTS)
    for part in text.split(",") if text else ():
        name, _, number = (piece.strip() for piece in part.partition("="))
        if name not in wanted or not number.isascii() or not number.isdigit():
            raise _malformed(text)
        wanted[name] = int(number)
        if not 0 < wanted[name] <= MOST:
            raise _malformed(text)
    return Rates(
        Rate(wanted["all"], SECOND),
        Rate(wanted["chat"] * BURST, SECOND * BURST),
        Rate(wanted["group"], MINUTE),
    )


def _malformed(text: str) -> StatechatError:
    return StatechatError(
        "telegram:pace",
        f"{SETTING} is no pace: {text[:80]}",
        cure="Write it like all=30,chat=1,group=20, or off for a server without bounds.",
    )
