"""A dialogue through the whole of a bot, beside its peers: `python -m bench.telegram`.

Ours is everything from the text of `getUpdates` to the parsed answer of `sendMessage`: transport,
bus, dispatcher, step, outbox, and a SQLite file that is durable at every commit. Each run is a
process of its own on one core; runs take turns, and the best of each counts.
"""

import argparse
import asyncio
import functools
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from bench import dialogue
from bench.peers import PEERS, Peers
from bench.timing import machine, table

if TYPE_CHECKING:
    from bench.memory_api import MemoryApi

FLOW: Final = Path(__file__).parent / "flows" / "registration.yaml"
TOKEN: Final = "42:" + "T" * 35
OURS: Final = "statechat, durable SQLite"
PERSONS: Final = 1_000
PERSONS_SLOW: Final = 300
ROUNDS: Final = 5
HEAD: Final = (
    "contestant", "updates/s", "us each", "cpu us", "calls", "x ours", "x our cpu", "all runs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one contestant; times are microseconds an update."""

    name: str
    wall: float
    cpu: float
    calls: float
    """Calls of the Bot API a dialogue."""


async def ours(persons: int, folder: Path) -> Run:
    """Our own run: hold the dialogue with so many persons at once."""
    from bench.memory_api import MemoryApi, MemorySession  # noqa: PLC0415 - aiogram is an extra
    from engine.compiler.bot import load  # noqa: PLC0415 - only where it runs
    from engine.core.step import step  # noqa: PLC0415 - as above
    from engine.runtime.actions import Actions  # noqa: PLC0415 - as above
    from engine.runtime.app import App  # noqa: PLC0415 - as above
    from engine.runtime.garbage import spare  # noqa: PLC0415 - as above
    from engine.runtime.release import Release  # noqa: PLC0415 - as above
    from engine.stores.batch import Batched  # noqa: PLC0415 - as above
    from engine.stores.sqlite import SqliteStore  # noqa: PLC0415 - as above
    from transports.telegram import api  # noqa: PLC0415 - as above
    from transports.telegram.transport import Telegram  # noqa: PLC0415 - as above

    server = MemoryApi()
    program = load(FLOW).program
    store = Batched(SqliteStore(folder / "bench.sqlite3", program.bot))
    bot = functools.partial(step, program)
    app = App(Release(program, bot, Actions()), store, [Telegram(TOKEN)], sole=True)
    spare()
    stop, ready = asyncio.Event(), asyncio.Event()
    session = functools.partial(MemorySession, server)
    with mock.patch.object(api, "FormSession", session):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app.run(stop, ready.set))
            await ready.wait()
            wall, cpu = await _hold(server, persons)
            stop.set()
    assert len(server.ended) == persons, "some dialogues did not come to their end"
    expected = {name: count * persons for name, count in dialogue.CALLS.items()}
    assert {name: server.calls[name] for name in expected} == expected, server.calls
    updates = persons * len(dialogue.STEPS)
    made = sum(server.calls[name] for name in expected)
    return Run(OURS, wall / updates * 1e6, cpu / updates * 1e6, made / persons)


async def _hold(server: "MemoryApi", persons: int) -> tuple[float, float]:
    """Hold the dialogue; the wall and CPU seconds until the last call was answered."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(len(dialogue.STEPS)):
        for update in dialogue.row(number, persons, server.keyboards):
            server.enqueue(update)
        await server.until(dialogue.calls_until(number, persons))
    return time.perf_counter() - wall, time.process_time() - cpu


def run_here(persons: int, folder: Path) -> Run:
    """Our run in this process, its database in a folder."""
    return asyncio.run(ours(persons, folder))


def run_ours(persons: int, core: int) -> Run:
    """Our run in a process of its own."""
    words = [sys.executable, "-m", "bench.telegram", "--alone", str(persons), "--core", str(core)]
    root = Path(__file__).parent.parent
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=root)
    if done.returncode:
        sys.exit(f"our own run failed:\n{done.stderr}")
    return Run(**json.loads(done.stdout))


def compare(runs: Mapping[str, Sequence[Run]]) -> str:
    """The table of all contestants: each one's best run, and all of its runs."""
    best = {name: min(several, key=lambda run: run.wall) for name, several in runs.items()}
    rows = [
        [
            name, f"{1e6 / run.wall:,.0f}", f"{run.wall:.0f}", f"{_cpu(runs[name]):.0f}",
            f"{run.calls:.1f}", f"{run.wall / best[OURS].wall:.2f}",
            f"{_cpu(runs[name]) / _cpu(runs[OURS]):.2f}",
            " ".join(f"{1e6 / one.wall:.0f}" for one in sorted(runs[name], key=_by_wall)),
        ]
        for name, run in best.items()
    ]  # fmt: skip
    head = (
        "contestant",
        "updates/s",
        "us each",
        "cpu us",
        "calls",
        "x ours",
        "x our cpu",
        "all runs",
    )
    return table(head, rows)


def _cpu(runs: Sequence[Run]) -> float:
    return min(run.cpu for run in runs)


def _by_wall(run: Run) -> float:
    return run.wall


def contest(peers: Peers | None, rounds: int, persons: int, core: int, **slow: float) -> str:
    """Let everyone run, in turns; `slow` goes to the peers only."""
    runs: dict[str, list[Run]] = {}
    for _ in range(rounds):
        runs.setdefault(OURS, []).append(run_ours(persons, core))
        for name in PEERS if peers else ():
            assert peers is not None
            found = peers.run(name, persons, core, **slow)
            if found is not None:
                runs.setdefault(name, []).append(Run(name, **found))
    return compare(runs)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.telegram", description=__doc__)
    beside = Path(__file__).parent.parent.parent / "shared" / "bench" / "telegram_peers"
    parser.add_argument("--peers", type=Path, default=beside, help="folder of the peers' runner")
    parser.add_argument(
        "--python", default=sys.executable, help="interpreter in which the peers are installed"
    )
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--core", type=int, default=0, help="the core that all of them run on")
    parser.add_argument("--alone", type=int, metavar="PERSONS", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.alone is not None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {options.core})
        with tempfile.TemporaryDirectory(prefix="statechat-bench-") as folder:
            print(json.dumps(asdict(run_here(options.alone, Path(folder)))))
        return
    peers = Peers.find(options.peers, options.python)
    versions: dict[str, Any] = peers.versions() if peers else {}
    print(machine("aiogram"))
    if peers:
        print("peers:", ", ".join(f"{name} {version}" for name, version in versions.items()))
    print(f"{options.persons} persons x {len(dialogue.STEPS)} updates, best of {options.rounds}\n")
    print(contest(peers, options.rounds, options.persons, options.core))
    if peers:
        print(f"\n{PERSONS_SLOW} persons; the peers 100 at once, 1 ms each call of their storage\n")
        at_once = {"at_once": 100, "storage": 1}
        print(contest(peers, options.rounds, PERSONS_SLOW, options.core, **at_once))


if __name__ == "__main__":
    main()
