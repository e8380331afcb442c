"""A million timers sleep, and ten thousand are due in one second: `python -m bench.timers`.

Each is a session of its own in one SQLite file. The aims: all have fired within 5 seconds, and what
people say meanwhile waits at most twice as long as before.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.disk import told
from bench.growth import BATCH, said
from bench.load import NAME, Running, now, quantile, running
from bench.stalls import looking
from bench.timing import machine, table
from engine.compiler.bot import load
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from engine.runtime.ports import Delivery
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore

SLEEPING: Final = 1_000_000
DUE: Final = 10_000
TALKERS: Final = 8
BEFORE: Final = 5.0
"""Seconds in which people talk undisturbed."""
AHEAD: Final = 15_000
"""When the timers are due, from the start of the bot on, in milliseconds."""
DAY: Final = 86_400_000
FLOW: Final = """\
flow: nap
version: 1
triggers: [/start]
data: {said: {type: text, optional: true}}
initial: ask
states:
  ask:
    ask: "And then?"
    into: said
    next: [{guard: said == "bye", target: ended}, {target: ask}]
    after: {24h: late}
  late: {say: "It is time, {said}.", next: ended}
  ended: {type: final}
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds from their moment until all had fired, and of answers before and meanwhile."""

    fired: int
    last: float
    before: list[float]
    during: list[float]


async def fill(program: Program, path: Path, sleeping: int, due: int, moment: int) -> None:
    """Store sessions: some whose timer is due within a second of `moment`, others much later."""
    owner = f"{program.bot}/{NAME}:p0"
    session = Session(owner, incarnation="0123456789abcdef", started=now())
    session = step(program, session, said(1, "/start", owner), now()).session
    (timer,) = session.timers
    chat = session.chats["p0"]
    store = SqliteStore(path, program.bot)
    await store.open()
    for start in range(0, sleeping + due, BATCH):
        records = []
        for number in range(start, min(start + BATCH, sleeping + due)):
            person = f"p{number}"
            at = moment + number % 1_000 if number < due else moment + DAY + number
            alarm = replace(timer, due=at, chat=person)
            own = f"{program.bot}/{NAME}:{person}"
            one = replace(session, id=own, rev=1, chats={person: chat}, timers=(alarm,))
            records.append(Record(one))
        await store.commit(records)
    await store.close()


async def talk(bot: Running, until: asyncio.Event) -> list[float]:
    """Some people talk on until it is enough; the seconds of each answer."""

    async def person(number: int) -> list[float]:
        took = []
        while not until.is_set():
            took.append(await bot.ask(f"t{number}", "and so on"))
        return took

    await asyncio.gather(*(bot.ask(f"t{number}", "/start") for number in range(TALKERS)))
    found = await asyncio.gather(*(person(number) for number in range(TALKERS)))
    return [each for one in found for each in one]


async def measure(sleeping: int, due: int, folder: Path) -> Found:
    file = folder / "nap.yaml"
    file.write_text(FLOW, encoding="utf-8")
    program = load(file).program
    path = folder / "bench.sqlite3"
    # The moment is set when the bot runs: until then the timers of the first second wait far away.
    began = time.perf_counter()
    moment = now() + 600_000
    await fill(program, path, sleeping, due, moment)
    print(f"{sleeping + due:,} sessions stored in {time.perf_counter() - began:.0f} s", flush=True)
    moment = now() + AHEAD
    await _move(path, due, moment)
    async with running(SqliteStore(path, program.bot), program) as bot:
        fired = asyncio.Event()
        heard: list[int] = []

        def hear(delivery: Delivery) -> None:
            if delivery.message.text.startswith("It is time"):
                heard.append(now())
                if len(heard) == due:
                    fired.set()

        bot.transport.listener = hear
        quiet = asyncio.Event()
        talking = asyncio.create_task(talk(bot, quiet))
        await asyncio.sleep(max(0, (moment - now()) / 1000 - 0.5))
        quiet.set()
        before = await talking
        talking = asyncio.create_task(talk(bot, fired))
        async with asyncio.timeout(120):
            await fired.wait()
        during = await talking
        assert len(heard) == due
        return Found(len(heard), (heard[-1] - moment) / 1000, before, during)


async def _move(path: Path, due: int, moment: int) -> None:
    """Let the timers of the first sessions be due in the second from `moment` on."""
    import sqlite3  # noqa: PLC0415 - the one place that goes behind the store

    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    for number in range(due):
        at = moment + number % 1_000
        connection.execute(
            "UPDATE sessions SET wake_at = ?, doc = json_set(doc, '$.wake_at', ?,"
            " '$.timers[0].due', ?) WHERE id = ?",
            (at, at, at, f"nap/{NAME}:p{number}"),
        )
    connection.execute("COMMIT")
    connection.close()


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.timers", description=__doc__)
    parser.add_argument("--sleeping", type=int, default=SLEEPING)
    parser.add_argument("--due", type=int, default=DUE)
    parser.add_argument("--stalls", action="store_true", help="show where the bot stood still")
    options = parser.parse_args(words)
    print(machine())
    with tempfile.TemporaryDirectory(prefix="statechat-bench-") as folder:
        print(told(Path(folder)))
        with looking(at=options.stalls) as stalls:
            found = asyncio.run(measure(options.sleeping, options.due, Path(folder)))
    print(f"\n{found.fired:,} timers fired {found.last:.1f} s after the first was due\n")
    rows = [
        [name, f"{len(took):,}", *(f"{quantile(took, share) * 1e3:.1f}" for share in (0.5, 0.99))]
        for name, took in (("before", found.before), ("while they fire", found.during))
    ]
    print(table((f"answers to {TALKERS} people at once", "answers", "median ms", "p99 ms"), rows))
    ratios = [quantile(found.during, at) / quantile(found.before, at) for at in (0.5, 0.99)]
    print("\nmeanwhile the median takes {:.1f} times as long, p99 {:.1f} times".format(*ratios))
    if stalls is not None:
        print(f"\n{stalls.report()}")


if __name__ == "__main__":
    main()
