"""A whole bot under load in this process: a transport that only counts, and counted stores.

Each event of `flows/talk.yaml` leads to one message; a person who talks waits for it, and then says
the next thing.
"""

import asyncio
import functools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from engine.compiler.bot import load
from engine.core.events import Event, read_text
from engine.core.program import Program
from engine.core.step import step
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.garbage import spare
from engine.runtime.ports import Delivery, Host
from engine.runtime.release import Release
from engine.stores.batch import Batched
from engine.stores.protocol import Store

TALK: Final = Path(__file__).parent / "flows" / "talk.yaml"
NAME: Final = "load"
WRITES: Final = ("commit", "remember", "set_aside", "put", "add", "remove")
READS: Final = ("load", "received", "get")


def now() -> int:
    return time.time_ns() // 1_000_000


class Counted:
    """A store that counts the round trips that are asked of it, by method."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.trips: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        found = getattr(self._store, name)
        if name not in READS and name not in WRITES:
            return found

        @functools.wraps(found)
        async def counted(*words: Any) -> Any:  # noqa: ANN401 - whatever the method takes
            self.trips[name] += 1
            return await found(*words)

        return counted


@dataclass
class LoadTransport:
    """Feeds what the benchmark says, and takes every message at once.

    Attributes:
        sent: how many messages it took; `at` when each was, in seconds, where it is asked for.
        waiting: who waits for the next message of a chat.
    """

    name: str = NAME
    trouble: str | None = None
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0
    host: Host | None = None
    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    listener: Callable[[Delivery], None] | None = None
    applied: int = 0
    _events: int = 0

    async def open(self, host: Host) -> None:
        self.host = host
        self.caught_up.set()

    async def feed(self) -> None:
        await asyncio.Event().wait()

    async def send(self, delivery: Delivery) -> str | None:
        self.sent += 1
        waiting = self.waiting.pop(delivery.chat, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(time.perf_counter())
        if self.listener is not None:
            self.listener(delivery)
        return f"{self.sent}"

    def horizon(self, prefix: str) -> int:  # noqa: ARG002 - it has one source
        """All that was committed is never delivered again: the ids need not be kept."""
        return self.applied

    async def close(self) -> None:
        """There is nothing to close."""

    async def say(self, bot: str, person: str, text: str) -> asyncio.Future[None]:
        """Let a person say something; done when it is committed."""
        assert self.host is not None
        self._events += 1
        number = self._events
        name, words, args = read_text(text)
        done = await self.host.accept(
            Event(
                f"{NAME}:{number}", name, f"{bot}/{NAME}:{person}", person, now(), order=number,
                text=words, args=args, lang="en",
            )
        )  # fmt: skip
        done.add_done_callback(lambda _: self._done(number))
        return done

    def _done(self, number: int) -> None:
        self.applied = max(self.applied, number)

    async def ask(self, bot: str, person: str, text: str) -> float:
        """Say something and wait for the answer; the seconds that it took."""
        answered = self.waiting[person] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await self.say(bot, person, text)
        return await answered - began


@dataclass(frozen=True, slots=True)
class Running:
    """A bot that runs: where people talk with it, and what its store was asked."""

    bot: str
    transport: LoadTransport
    trips: Counter[str]

    async def ask(self, person: str, text: str) -> float:
        return await self.transport.ask(self.bot, person, text)

    async def crowd(self, persons: int, calls: int, text: str = "and so on") -> list[float]:
        """So many persons talk side by side, each `calls` times; the seconds of each answer."""

        async def person(number: int) -> list[float]:
            return [await self.ask(f"p{number}", text) for _ in range(calls)]

        took = await asyncio.gather(*(person(number) for number in range(persons)))
        return [each for one in took for each in one]


@asynccontextmanager
async def running(store: Store, program: Program | None = None) -> AsyncIterator[Running]:
    """A bot on a store, from its start to its end."""
    program = program or load(TALK).program
    counted = Counted(store)
    transport = LoadTransport()
    app = App(
        Release(program, functools.partial(step, program), Actions()),
        Batched(cast("Store", counted)), [transport], sole=True,
    )  # fmt: skip
    stop, ready = asyncio.Event(), asyncio.Event()
    spare()
    task = asyncio.create_task(app.run(stop, ready.set))
    waiting = asyncio.ensure_future(ready.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield Running(program.bot, transport, counted.trips)
    finally:
        waiting.cancel()
        stop.set()
        await task


def quantile(took: list[float], share: float) -> float:
    """The value below which a share (0 to 1) of what was measured lies."""
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
