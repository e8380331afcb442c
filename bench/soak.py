"""A bot at four fifths of what it can, for an hour: `python -m bench.soak --minutes 60`.

What it can is measured first. Its memory and its open files are looked at through the whole run:
the aim is that both are flat.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.chart import Bar, bars, write
from bench.load import Running, quantile, running
from bench.timing import machine, table
from engine.stores.sqlite import SqliteStore

PERSONS: Final = 500
LOAD: Final = 0.8
SAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """How the process is after so many minutes: megabytes, open files, answers since the last."""

    minutes: float
    memory: float
    files: int
    answers: int
    p99: float


async def capacity(bot: Running) -> float:
    """Events a second that are answered when everybody always has something to say."""
    await bot.crowd(PERSONS, 1, "/start")
    began = time.perf_counter()
    took = await bot.crowd(PERSONS, 20)
    return len(took) / (time.perf_counter() - began)


async def soak(bot: Running, rate: float, minutes: float) -> list[Sample]:
    draw = random.Random(1)
    samples: list[Sample] = []
    busy: set[int] = set()
    took: list[float] = []
    began = due = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:

        async def ask(person: int) -> None:
            try:
                took.append(await bot.ask(f"p{person}", "and so on"))
            finally:
                busy.discard(person)

        every = minutes * 60 / SAMPLES
        while len(samples) < SAMPLES:
            due += draw.expovariate(rate)
            await asyncio.sleep(max(0, due - time.perf_counter()))
            free = [person for person in draw.sample(range(PERSONS), 8) if person not in busy]
            if free:
                busy.add(free[0])
                tasks.create_task(ask(free[0]))
            elapsed = time.perf_counter() - began
            if elapsed >= every * (len(samples) + 1) and took:
                samples.append(_sample(elapsed / 60, took))
                took.clear()
    return samples


def _sample(minutes: float, took: list[float]) -> Sample:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    files = len(list(Path("/proc/self/fd").iterdir()))
    return Sample(minutes, pages * 4096 / (1 << 20), files, len(took), quantile(took, 0.99))


async def run(minutes: float) -> tuple[float, list[Sample]]:
    with tempfile.TemporaryDirectory(prefix="statechat-bench-") as folder:
        async with running(SqliteStore(Path(folder) / "bench.sqlite3", "talk")) as bot:
            most = await capacity(bot)
            return most, await soak(bot, LOAD * most, minutes)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--chart", action="store_true", help="draw bench/charts/soak.svg")
    options = parser.parse_args(words)
    where = machine()
    most, samples = asyncio.run(run(options.minutes))
    print(f"{where}\n\nat {LOAD * most:,.0f} events/s of {most:,.0f}\n")
    rows = [
        [
            f"{one.minutes:.1f}", f"{one.memory:.1f}", f"{one.files}", f"{one.answers:,}",
            f"{one.p99 * 1e3:.1f}",
        ]
        for one in samples
    ]  # fmt: skip
    print(table(("minutes", "MB", "open files", "answers", "p99 ms"), rows))
    if options.chart:
        bars_ = [Bar(f"{one.minutes:.0f} min", one.memory, ours=True) for one in samples]
        write("soak", bars("Memory at four fifths of the load", "MB", bars_, subtitle=where))


if __name__ == "__main__":
    main()
