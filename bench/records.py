"""Records in a chat that has few of them, and in one that has many: `python -m bench.records`.

On SQLite, and on the MongoDB of `--mongodb URI`, there in a database that is removed afterwards.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import uuid4

from bench.timing import machine, table
from engine.core.collections import Collection, Field, Search
from engine.core.inputs import Variable
from engine.runtime.records.database import BoundRecords, Database, Holder
from engine.runtime.records.entries import shape_of
from engine.stores.batch import Batched
from engine.stores.protocol import Store
from engine.stores.sqlite import SqliteStore

FACTS = Collection(
    "facts",
    {
        "subject": Field(Variable("subject", "text"), fold=True),
        "text": Field(Variable("text", "text")),
        "asked": Field(Variable("asked", "int", default=0)),
        "by": Field(Variable("by", "text")),
    },
    scope="chat",
    unique=(("subject",),),
    index=("asked",),
    search=Search(("subject",), 75),
    limit=20_000,
)
AT_ONCE = 64
"""Facts that are put at once while a chat is filled."""
SYLLABLES = tuple(f"{one}{two}" for one in "bcdfghjklmnprstvwz" for two in "aeiou")
Ask = Callable[[BoundRecords, str, int], Awaitable[object]]


def subject(number: int) -> str:
    """A name of several words; neighbours are not alike."""
    pick = random.Random(number)
    words = ("".join(pick.choices(SYLLABLES, k=3)) for _ in range(2))
    return f"{' '.join(words)} {number}"


ASKS: dict[str, Ask] = {
    "put, a new one": lambda records, _, number: records.put(
        "facts", {"subject": f"new {uuid4().hex} {number}", "text": "x", "by": "ann"}
    ),
    "put by subject": lambda records, name, _: records.put(
        "facts", {"subject": name, "text": "changed", "by": "bob"}, by="subject"
    ),
    "get by subject": lambda records, name, _: records.get("facts", where={"subject": name}),
    "find, a typing error": lambda records, name, _: records.find(
        "facts", search=name[:2] + name[3:], limit=1
    ),
    "find, ten most asked": lambda records, *_: records.find(
        "facts", sort={"asked": "desc"}, limit=10
    ),
    "find, the newest ten": lambda records, *_: records.find(
        "facts", sort={"created": "desc"}, limit=10
    ),
    "update, add 1": lambda records, name, _: records.update(
        "facts", where={"subject": name}, add={"asked": 1}
    ),
    "count": lambda records, *_: records.count("facts"),
    "find, no index": lambda records, *_: records.find("facts", where={"by": "nobody"}),
}


def records(store: Store, chat: str) -> BoundRecords:
    """The records of a chat, for one change."""
    database = Database(store.record_store, {"facts": FACTS}, now)
    return database.bound(Holder.of("bench/test:1", chat), uuid4().hex)


def now() -> int:
    return int(time.time() * 1000)


async def fill(store: Store, chat: str, number: int) -> None:
    """Put so many facts into a chat, many at once."""
    for begin in range(0, number, AT_ONCE):
        await asyncio.gather(
            *(
                records(store, chat).put(
                    "facts", {"subject": subject(one), "text": "y" * 80, "by": "ann"}
                )
                for one in range(begin, min(begin + AT_ONCE, number))
            )
        )


async def ask(
    store: Store, chat: str, size: int, what: Ask, calls: int, persons: int
) -> list[float]:
    """Milliseconds of each of so many calls, by several persons at once."""
    numbers = iter(range(calls))

    async def person() -> list[float]:
        took = []
        for number in numbers:
            begin = time.perf_counter()
            await what(records(store, chat), subject(number * 7919 % size), number)
            took.append((time.perf_counter() - begin) * 1000)
        return took

    return [
        each
        for found in await asyncio.gather(*(person() for _ in range(persons)))
        for each in found
    ]


async def measure(store: Store, name: str, arguments: argparse.Namespace) -> None:
    await store.open()
    try:
        await store.record_store.prepare([shape_of(FACTS)])
        for size in arguments.sizes:
            await fill(store, f"{size}", size)
        rows = []
        for label, what in ASKS.items():
            cells = []
            for size in arguments.sizes:
                chat = f"{size}"
                took = sorted(
                    await ask(store, chat, size, what, arguments.calls, arguments.persons)
                )
                cells += [f"{took[len(took) // 2]:.1f}", f"{took[int(len(took) * 0.99)]:.1f}"]
            rows.append([label, *cells])
    finally:
        await store.close()
    head = [name, *(f"{part} of {size}" for size in arguments.sizes for part in ("median", "p99"))]
    print(f"\n{table(head, rows)}")


async def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await measure(Batched(SqliteStore(Path(folder) / "bench.db", "bench")), "SQLite", arguments)
    if arguments.mongodb:
        from pymongo import AsyncMongoClient  # noqa: PLC0415 - an extra

        from engine.stores.mongo import MongoStore  # noqa: PLC0415 - an extra

        name = f"statechat_bench_{uuid4().hex}"
        uri = f"{arguments.mongodb.rstrip('/')}/{name}"
        try:
            await measure(Batched(MongoStore(uri, "bench", driver="pymongo")), "MongoDB", arguments)
        finally:
            async with AsyncMongoClient(arguments.mongodb) as client:
                await client.drop_database(name)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--persons", type=int, default=10)
    parser.add_argument("--mongodb", metavar="URI")
    arguments = parser.parse_args(words)
    print(machine("rapidfuzz"))
    print(f"{arguments.persons} persons at once, {arguments.calls} calls; milliseconds a call")
    asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
