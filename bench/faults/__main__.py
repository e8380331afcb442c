"""`python -m bench.faults`: kill and cheat the bots that ship, and judge what has come of it."""

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench import timing
from bench.faults import table
from bench.faults.mutants import MUTANTS
from bench.faults.season import MODELS, Plan, Season, play
from bench.faults.zygote import Zygote
from tests.servers.telegram import Pool

SEASON: Final = 150
"""Most kills of a season; then a new crowd begins with an empty database."""
HUNTS: Final = 4
"""Seasons in which a seeded mistake has to be found."""
SETTLING: Final = 0.8
"""Which part of the time may be spent before the last season has to come to its end."""


def plans(seed: int) -> Iterator[Plan]:
    """Seasons of all kinds in turns, without an end."""
    for number in itertools.count():
        for bot in MODELS:
            yield Plan(bot, seed + number, SEASON, 0)


async def run(options: argparse.Namespace) -> list[Season]:
    """Run seasons until there are enough kills, or the time is up, or a fault is found."""
    end = time.monotonic() + options.minutes * 60 * SETTLING
    seasons: list[Season] = []
    pool, zygote = Pool(), await Zygote.start()
    try:
        for plan in plans(options.seed):
            left = options.kills - sum(season.kills.total() for season in seasons)
            seconds = end - time.monotonic()
            if left <= 0 or seconds <= 0:
                break
            plan = plan.within(min(SEASON, left), seconds)  # noqa: PLW2901 - the same one, bounded
            season = await play(plan, zygote, pool, options.keep)
            seasons.append(season)
            _tell(season)
            if season.verdict.faults:
                break
    finally:
        await zygote.stop()
        pool.stop()
    return seasons


async def hunt(seed: int) -> tuple[str, bool]:
    """Seed one mistake after the other; a table of how each was found, and whether all were."""
    pool, zygote = Pool(), await Zygote.start()
    rows, missed = [], 0
    try:
        for mutant in MUTANTS:
            began, fault = time.monotonic(), None
            for plan in itertools.islice(plans(seed), HUNTS):
                small = replace(plan, mutant=mutant, kills=25, seconds=15, persons=12, settle=10)
                season = await play(small, zygote, pool)
                fault = next(iter(season.verdict.faults), None)
                if fault is not None:
                    break
            missed += fault is None
            found = fault.kind if fault else "**not found**"
            rows.append([mutant, f"{time.monotonic() - began:.0f}", found])
            print(*rows[-1], sep=": ", file=sys.stderr, flush=True)
    finally:
        await zygote.stop()
        pool.stop()
    return timing.table(("mistake", "s", "found as"), rows), not missed


def _tell(season: Season) -> None:
    verdict = season.verdict
    print(
        f"{season.plan.name}: {season.kills.total()} kills in {season.seconds:.0f} s, "
        f"{verdict.events} events, {len(verdict.faults)} faults",
        file=sys.stderr, flush=True,
    )  # fmt: skip


def main(words: Sequence[str] | None = None) -> int:
    """Run as the words say; 1 if anything was found that must not be."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="that count (default: 200)")
    parser.add_argument("--minutes", type=float, default=2, help="at most (default: 2)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep database and log of what fails there"
    )
    parser.add_argument("--mutants", action="store_true", help="seed mistakes: each must be found")
    options = parser.parse_args(words)
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    if options.mutants:
        found, all_ = asyncio.run(hunt(options.seed))
        print(found)
        return 0 if all_ else 1
    seasons = asyncio.run(run(options))
    print(timing.machine("aiogram"), f"seed {options.seed}", sep="; ")
    for part in (table.kills, table.failures, table.judged):
        print(f"\n{part(seasons)}")
    faults = [fault for season in seasons for fault in season.verdict.faults]
    for fault in faults:
        print(f"\n{fault.kind}: {fault.words}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
