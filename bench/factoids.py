"""Answers of the factoids bot in chats with few facts and with many: `python -m bench.factoids`.

Ten persons of one chat ask at once, each when the last answer is there: about a subject as it was
taught, with a typing error, and about what nobody taught. Measured is from the event to the
message that the transport is given, through the whole bot. On SQLite, and on the MongoDB of
`--mongodb URI`, there in a database that is removed afterwards.
"""

import argparse
import asyncio
import functools
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from bench.load import LoadTransport, now, quantile
from bench.records import AT_ONCE, subject
from bench.timing import machine, table
from engine.compiler.bot import load
from engine.core.events import Event
from engine.core.program import Program
from engine.core.step import step
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.garbage import spare
from engine.runtime.ports import Delivery
from engine.runtime.records.database import Database, Holder
from engine.runtime.records.entries import shape_of
from engine.runtime.release import Release
from engine.stores.batch import Batched
from engine.stores.protocol import Store
from engine.stores.sqlite import SqliteStore

BOT: Final = Path(__file__).parents[1] / "flows" / "factoids"
GOAL: Final = 50
"""Milliseconds, of the 99th percentile."""
QUESTIONS: Final[dict[str, Callable[[str], str]]] = {
    "as it was taught": lambda name: f"What is {name}?",
    "a typing error": lambda name: f"What is {name[:2]}{name[3:]}?",
    "nobody taught it": lambda name: f"Who is {name[::-1]}?",
}


class Room(LoadTransport):
    """One chat of several persons; each waits for their own answer."""

    async def send(self, delivery: Delivery) -> str | None:
        self.sent += 1
        waiting = self.waiting.pop(delivery.owner, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(time.perf_counter())
        return f"{self.sent}"

    async def question(self, bot: str, person: int, chat: str, text: str) -> float:
        """Ask, and wait for the answer; the milliseconds that it took."""
        assert self.host is not None
        self._events += 1
        number, owner = self._events, f"{bot}/{self.name}:{person}"
        answered = self.waiting[owner] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        done = await self.host.accept(
            Event(
                f"{self.name}:{number}", "text", owner, chat, now(), order=number, text=text,
                lang="en",
            )
        )  # fmt: skip
        done.add_done_callback(lambda _: self._done(number))
        return (await answered - began) * 1000


async def fill(program: Program, store: Store, sizes: Sequence[int]) -> None:
    """Put so many facts into the chat that is named like their number."""
    facts = program.services.records["facts"]
    await store.open()
    try:
        await store.record_store.prepare(
            [shape_of(one) for one in program.services.records.values()]
        )
        database = Database(store.record_store, {"facts": facts}, now)

        async def put(chat: str, number: int) -> None:
            holder = Holder.of(f"{program.bot}/{LoadTransport.name}:0", chat)
            values = {"subject": subject(number), "relation": "is", "text": "y" * 80}
            await database.bound(holder, uuid4().hex).put("facts", values)

        for size in sizes:
            for begin in range(0, size, AT_ONCE):
                end = min(begin + AT_ONCE, size)
                await asyncio.gather(*(put(f"{size}", one) for one in range(begin, end)))
    finally:
        await store.close()


@asynccontextmanager
async def running(program: Program, store: Store) -> AsyncIterator[Room]:
    room, stop, ready = Room(), asyncio.Event(), asyncio.Event()
    app = App(
        Release(program, functools.partial(step, program), Actions()), store, [room], sole=True,
    )  # fmt: skip
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(app.run(stop, ready.set))
        await ready.wait()
        try:
            yield room
        finally:
            stop.set()


async def crowd(
    bot: str, room: Room, size: int, ask: Callable[[str], str], options: argparse.Namespace
) -> list[float]:
    """So many persons ask side by side; the milliseconds of each answer."""
    numbers = iter(range(options.calls))

    async def person(who: int) -> list[float]:
        return [
            await room.question(bot, who, f"{size}", ask(subject(number * 7919 % size)))
            for number in numbers
        ]

    took = await asyncio.gather(*(person(who) for who in range(options.persons)))
    return [each for one in took for each in one]


async def measure(name: str, make: Callable[[str], Store], options: argparse.Namespace) -> None:
    program = load(BOT).program
    await fill(program, make(program.bot), options.sizes)
    rows = []
    async with running(program, make(program.bot)) as room:
        for label, ask in QUESTIONS.items():
            found: dict[int, list[float]] = {size: [] for size in options.sizes}
            for _ in range(options.rounds):  # sizes take turns, so that noise meets all of them
                for size in options.sizes:
                    found[size] += await crowd(program.bot, room, size, ask, options)
            worst = [quantile(took, 0.99) for took in found.values()]
            cells = [
                f"{quantile(took, share):.1f}" for took in found.values() for share in (0.5, 0.99)
            ]
            rows.append([label, *cells, f"{worst[-1] / worst[0]:.2f}"])
    head = [name, *(f"{part} of {size}" for size in options.sizes for part in ("median", "p99"))]
    print(f"\n{table([*head, 'p99, last x first'], rows)}")


async def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await measure("SQLite", lambda bot: Batched(SqliteStore(path, bot)), options)
    if options.mongodb:
        from pymongo import AsyncMongoClient  # noqa: PLC0415 - an extra

        from engine.stores.mongo import MongoStore  # noqa: PLC0415 - an extra

        name = f"statechat_bench_{uuid4().hex}"
        uri = f"{options.mongodb.rstrip('/')}/{name}"
        try:
            await measure(
                "MongoDB", lambda bot: Batched(MongoStore(uri, bot, driver="pymongo")), options
            )
        finally:
            async with AsyncMongoClient(options.mongodb) as client:
                await client.drop_database(name)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.factoids", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--calls", type=int, default=200, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--persons", type=int, default=10)
    parser.add_argument("--mongodb", metavar="URI")
    options = parser.parse_args(words)
    spare()
    print(machine("rapidfuzz"))
    print(f"{options.persons} persons at once; milliseconds an answer; goal: p99 under {GOAL}")
    asyncio.run(run(options))


if __name__ == "__main__":
    main()
