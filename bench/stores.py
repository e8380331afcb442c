"""Round trips to the store, and events a second, for persons who talk at once.

`python -m bench.stores`: on SQLite, and on the server of the tests or that of `--mongodb URI`. The
aims: two round trips an event for one person alone, at most a tenth at 64 persons at once.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from bench.chart import Bar, bars, write
from bench.load import READS, WRITES, Running, running
from bench.timing import machine, table
from engine.stores.protocol import Store
from engine.stores.sqlite import SqliteStore

PERSONS: Final = (1, 16, 64, 256)
EVENTS: Final = 4_000
"""Events of one row, at least ten a person."""
HEAD: Final = (
    "store, persons at once", "events/s", "trips/event", "reads", "writes", "median ms", "p99 ms",
    "cpu us/event",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What so many persons at once got of a store."""

    store: str
    persons: int
    rate: float
    reads: float
    writes: float
    median: float
    p99: float
    cpu: float

    @property
    def trips(self) -> float:
        return self.reads + self.writes

    def row(self) -> list[str]:
        return [
            f"{self.store}, {self.persons}", f"{self.rate:,.0f}", f"{self.trips:.3f}",
            f"{self.reads:.3f}", f"{self.writes:.3f}", f"{self.median * 1000:.1f}",
            f"{self.p99 * 1000:.1f}", f"{self.cpu * 1e6:.0f}",
        ]  # fmt: skip


async def measure(store: Store, name: str, events: int) -> list[Found]:
    async with running(store) as bot:
        await bot.crowd(max(PERSONS), 1, "/start")
        return [
            await _at_once(bot, name, persons, max(10, events // persons)) for persons in PERSONS
        ]


async def _at_once(bot: Running, name: str, persons: int, calls: int) -> Found:
    bot.trips.clear()
    began, cpu = time.perf_counter(), time.process_time()
    took = sorted(await bot.crowd(persons, calls))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    count = len(took)
    reads, writes = (sum(bot.trips[each] for each in kind) / count for kind in (READS, WRITES))
    return Found(
        name, persons, count / seconds, reads, writes, took[count // 2], took[int(count * 0.99)],
        used / count,
    )  # fmt: skip


@asynccontextmanager
async def mongo(uri: str | None) -> AsyncIterator[str]:
    """The address of a database for this run: on the server named, else on one of our own."""
    name = f"statechat_bench_{uuid4().hex}"
    if uri is not None:
        from pymongo import AsyncMongoClient  # noqa: PLC0415 - an extra

        yield f"{uri.rstrip('/')}/{name}"
        async with AsyncMongoClient(uri) as client:
            await client.drop_database(name)
        return
    words = [sys.executable, "-m", "tests.servers.secantus"]
    server = await asyncio.create_subprocess_exec(
        *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        own = (await server.stdout.readline()).decode().strip().rstrip("/")
        yield f"{own}/{name}?retryWrites=false"
    finally:
        server.terminate()
        await server.wait()


async def run(options: argparse.Namespace) -> list[Found]:
    with tempfile.TemporaryDirectory(prefix="statechat-bench-") as folder:
        file = SqliteStore(Path(folder) / "bench.sqlite3", "talk")
        found = await measure(file, "SQLite", options.events)
    if options.no_mongodb:
        return found
    from engine.stores.mongo import MongoStore  # noqa: PLC0415 - an extra

    async with mongo(options.mongodb) as uri:
        name = "MongoDB" if options.mongodb else "secantusdb"
        store = MongoStore(uri, "talk", driver="pymongo")
        found += await measure(store, name, options.events // 2)
    return found


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.stores", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--mongodb", metavar="URI", help="measure this server")
    parser.add_argument("--no-mongodb", action="store_true", help="measure SQLite only")
    parser.add_argument("--chart", action="store_true", help="draw bench/charts/stores.svg")
    options = parser.parse_args(words)
    where = machine()
    found = asyncio.run(run(options))
    print(f"{where}\n\n{table(HEAD, [one.row() for one in found])}")
    if options.chart:
        rows = [
            Bar(f"{one.store}, {one.persons}", one.trips, ours=True, group=one.store)
            for one in found
        ]
        write("stores", bars(
            "Round trips to the store, by persons at once", "round trips an event", rows,
            subtitle=where,
        ))  # fmt: skip


if __name__ == "__main__":
    main()
