"""A thousand reminders are due in one minute: `python -m bench.reminders`.

Each belongs to a person of its own, in one SQLite file, and is armed by the shipped bot's own flow.
The aim: each is delivered within 5 seconds of its time.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.growth import said
from bench.load import NAME, now, quantile, running
from bench.timing import machine, table
from engine.compiler.bot import load
from engine.core.effects import Invoke
from engine.core.events import RESULT, Event, Result
from engine.core.moments import write_instant
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from engine.core.values import Data
from engine.runtime.garbage import spare
from engine.runtime.ports import Delivery
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore

BOT: Final = Path(__file__).parents[1] / "flows" / "reminders"
COUNT: Final = 1_000
MINUTE: Final = 60_000
AHEAD: Final = 10_000
"""When the first is due, from the filling on, in milliseconds."""


async def fill(program: Program, path: Path, count: int, first: int) -> dict[str, int]:
    """Store persons with a reminder each, spread over a minute; when each is due, by chat."""
    owner = f"{program.bot}/{NAME}:p0"
    session = Session(owner, incarnation="0123456789abcdef", started=now())
    asked = step(program, session, said(1, "/remindme in 10 minutes tea", owner), now())
    (invoke,) = [effect for effect in asked.effects if isinstance(effect, Invoke)]
    at = write_instant(datetime.fromtimestamp(first / 1_000 + 600, UTC))
    found: Data = {"at": at, "every": None, "note": "tea", "sure": True}
    result = Result(invoke.id, invoke.attempt, found)
    read = Event("read:1", RESULT, owner, "p0", now(), ref=invoke.ref, result=result)
    session = step(program, asked.session, read, now()).session
    (timer,) = session.timers
    chat = session.chats["p0"]
    due = {f"p{number}": first + number * MINUTE // count for number in range(count)}
    records = []
    for person, moment in due.items():
        own = f"{program.bot}/{NAME}:{person}"
        alarm = replace(timer, due=moment, chat=person)
        records.append(
            Record(replace(session, id=own, rev=1, chats={person: chat}, timers=(alarm,)))
        )
    store = SqliteStore(path, program.bot)
    await store.open()
    await store.commit(records)
    await store.close()
    return due


async def measure(count: int, folder: Path) -> list[float]:
    """How many seconds after its time each was delivered."""
    program = load(BOT).program
    path = folder / "reminders.sqlite3"
    due = await fill(program, path, count, now() + AHEAD)
    late: list[float] = []
    twice: list[str] = []
    all_ = asyncio.Event()
    async with running(SqliteStore(path, program.bot), program) as bot:

        def hear(delivery: Delivery) -> None:
            moment = due.pop(delivery.chat, None)
            if moment is None:
                twice.append(delivery.chat)
                return
            late.append((now() - moment) / 1_000)
            if not due:
                all_.set()

        bot.transport.listener = hear
        async with asyncio.timeout((AHEAD + MINUTE) / 1_000 + 60):
            await all_.wait()
    assert not twice, twice
    return late


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reminders", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    options = parser.parse_args(words)
    spare()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="statechat-bench-") as folder:
        late = asyncio.run(measure(options.count, Path(folder)))
    figures = [f"{each:.3f}" for each in (quantile(late, 0.5), quantile(late, 0.99), max(late))]
    print(table(("reminders", "median s", "p99 s", "max s"), [[f"{len(late):,}", *figures]]))


if __name__ == "__main__":
    main()
