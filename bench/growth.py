"""Whether a bot slows down as it grows: `python -m bench.growth`.

Sessions that are stored, states of a flow, flows of a bot; and the memory that they take. The aims:
at least 0.9 of the speed, nothing in memory for a session that is idle, less than 10 MB for a flow
of 1,000 states.
"""

import argparse
import asyncio
import random
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from bench.chart import Bar, bars, write
from bench.load import NAME, TALK, Running, now, running
from bench.timing import in_turns, machine, table
from engine.compiler.bot import load
from engine.core.events import Event, read_text
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore

SESSIONS: Final = (1_000, 10_000, 100_000, 1_000_000)
STATES: Final = (10, 100, 1_000)
FLOWS: Final = (1, 50, 500)
AT_ONCE: Final = 64
CALLS: Final = 3_000
BATCH: Final = 1_000
GOAL: Final = 0.9
MEGABYTE: Final = 1 << 20


def said(number: int, text: str, owner: str) -> Event:
    name, words, args = read_text(text)
    chat = owner.partition(":")[2]
    return Event(f"{NAME}:{number}", name, owner, chat, now(), number, words, args, lang="en")


async def stored(sizes: Sequence[int], calls: int, folder: Path) -> list[list[str]]:
    """Events a second, and memory, with ever more sessions in one file; people drawn from all."""
    program = load(TALK).program
    path = folder / "bench.sqlite3"
    rows: list[list[str]] = []
    first, there = 0.0, 0
    for size in sizes:
        filling = SqliteStore(path, program.bot)
        await filling.open()
        for records in _people(program, there, size):
            await filling.commit(records)
        await filling.close()
        there = size
        async with running(SqliteStore(path, program.bot), program) as bot:
            await _random_people(bot, size, calls // 4)
            rate = calls / await _random_people(bot, size, calls)
        first = first or rate
        rows.append([f"{size:,} sessions", f"{rate:,.0f}", f"{rate / first:.2f}", _memory()])
    return rows


def _people(program: Program, begin: int, end: int) -> Iterator[list[Record]]:
    """The records of people in the middle of a conversation, in batches."""
    owner = f"{program.bot}/{NAME}:p0"
    known = {"nickname": "Ann of the harbour", "topics": ["sailing", "chess", "bread"]}
    session = Session(owner, incarnation="0123456789abcdef", started=now(), user=known)
    session = step(program, session, said(1, "/start", owner), now()).session
    chat = session.chats["p0"]
    for start in range(begin, end, BATCH):
        yield [
            Record(
                replace(
                    session, id=f"{program.bot}/{NAME}:p{number}", rev=1,
                    chats={f"p{number}": chat},
                    timers=tuple([replace(timer, chat=f"p{number}") for timer in session.timers]),
                )
            )
            for number in range(start, min(start + BATCH, end))
        ]  # fmt: skip


async def _random_people(bot: Running, size: int, calls: int) -> float:
    """The seconds that so many answers take, to people who have not written for long."""
    draw = random.Random(size)
    people = iter(draw.sample(range(size), min(calls, size)) * (calls // size + 1))
    left = iter(range(calls))

    async def lane() -> None:
        for _ in left:
            await bot.ask(f"p{next(people)}", "and so on")

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return time.perf_counter() - began


def _memory() -> str:
    """The memory of this process now, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return f"{pages * 4096 / MEGABYTE:.0f} MB"


def chain(states: int) -> str:
    """A flow that asks one question after the other."""
    lines = [
        f"  s{number}: {{ask: 'Question {number}, {{answer}}?', into: answer, next: s{number + 1}}}"
        for number in range(states)
    ]
    return "\n".join([
        "flow: main", "version: 1", "triggers: [/start]",
        "data: {answer: {type: text, optional: true}}", "initial: s0", "states:", *lines,
        f"  s{states}: {{type: final}}",
    ])  # fmt: skip


def one_of(number: int) -> str:
    """One small flow of many."""
    return "\n".join([
        f"flow: f{number}", "version: 1", f"triggers: [/go{number}]",
        "data: {answer: {type: text}}", "initial: ask", "states:",
        f"  ask: {{ask: 'Question {number}?', into: answer, next: end}}",
        "  end: {type: final, say: '{answer}'}",
    ])  # fmt: skip


def compiled(flows: Sequence[str], folder: Path) -> Program:
    folder.mkdir()
    for number, text in enumerate(flows):
        (folder / f"flow{number}.yaml").write_text(text, encoding="utf-8")
    return load(folder).program


def in_the_middle(program: Program, texts: Sequence[str]) -> tuple[Session, Event]:
    """A session after all texts but the last, and the event of that one."""
    owner = f"{program.bot}/{NAME}:p0"
    session = Session(owner, incarnation="0123456789abcdef", started=now())
    *before, last = [said(number, text, owner) for number, text in enumerate(texts, 1)]
    for event in before:
        session = step(program, session, event, now()).session
    return session, last


def compiled_rows(folder: Path, rounds: int) -> list[list[str]]:
    """Steps a second of flows that grow, and of bots that get more of them."""
    programs = {
        f"{states:,} states": (
            compiled([chain(states)], folder / f"states{states}"),
            ["/start", *["x"] * (states // 2)],
        )
        for states in STATES
    } | {
        f"{flows:,} flows": (
            compiled([one_of(number) for number in range(flows)], folder / f"flows{flows}"),
            [f"/go{flows - 1}", "x"],
        )
        for flows in FLOWS
    }
    cases = {}
    for name, (program, texts) in programs.items():
        session, event = in_the_middle(program, texts)
        cases[name] = partial(step, program, session, event, event.at)
    measured = in_turns(cases, rounds=rounds, calls=200)
    rows, first = [], {"states": 0.0, "flows": 0.0}
    for name, found in measured.items():
        kind = name.partition(" ")[2]
        rate = 1e6 / found.best
        first[kind] = first[kind] or rate
        rows.append([name, f"{rate:,.0f}", f"{rate / first[kind]:.2f}", ""])
    return rows


def flow_memory(folder: Path) -> float:
    """Megabytes that a flow of 1,000 states takes when it has been compiled."""
    path = folder / "memory"
    compiled([chain(10)], folder / "warm")  # what is loaded once, whatever the flow
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        program = compiled([chain(1_000)], path)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert program.flows
    return (after - before) / MEGABYTE


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=SESSIONS)
    parser.add_argument("--calls", type=int, default=CALLS, help="answers at each size")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--chart", action="store_true", help="draw bench/charts/growth.svg")
    options = parser.parse_args(words)
    where = machine()
    with tempfile.TemporaryDirectory(prefix="statechat-bench-") as name:
        folder = Path(name)
        flow = flow_memory(folder)
        rows = compiled_rows(folder, options.rounds)
        rows += asyncio.run(stored(options.sessions, options.calls, folder))
    print(f"{where}\n\n{table(('what', 'events/s', 'x the smallest', 'memory'), rows)}")
    print(f"\na flow of 1,000 states takes {flow:.1f} MB")
    if options.chart:
        bars_ = [
            Bar(name, float(ratio), ours=True, group=name.partition(" ")[2])
            for name, _, ratio, _ in rows
        ]
        write("growth", bars(
            "Speed as a bot grows", "speed beside the smallest", bars_, subtitle=where, goal=GOAL,
        ))  # fmt: skip


if __name__ == "__main__":
    main()
