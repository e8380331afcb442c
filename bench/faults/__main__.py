"""`python -m bench.faults`: kill and cheat the bots that ship, and judge what has come of it.

Without an option it takes two minutes. Broken off, it shows what was judged so far.
"""

import argparse
import asyncio
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from bench import chart, timing
from bench.faults import hunt, table
from bench.faults.campaign import Campaign, plans
from bench.faults.mutants import MUTANTS
from bench.faults.plan import PLACES, Place, Plan
from bench.faults.stage import Stage

SHORT: Final = 2.0
"""Minutes of a run of which nothing else is asked."""


async def _hunt(options: argparse.Namespace, found: list[hunt.Found]) -> None:
    """Look for every mistake, and for nothing where there is none."""

    def tell(each: hunt.Found) -> None:
        found.append(each)
        print(hunt.told([each]).splitlines()[-1], file=sys.stderr, flush=True)
        if not each.is_right:
            print(each.words, file=sys.stderr, flush=True)

    await hunt.hunt_all(
        lambda: plans(_like(options), options.places[:1]), options.mutants, options.jobs,
        lambda: Stage(options.mongodb), tell,
    )  # fmt: skip


def _like(options: argparse.Namespace) -> Plan:
    """What all seasons have in common."""
    return Plan("", options.seed, 0, 0)


def _places(options: argparse.Namespace) -> list[Place]:
    """Where bots shall run, as far as they can here."""
    found = [
        place
        for place in PLACES
        if (options.store or place.store) == place.store
        and (options.transport or place.transport) == place.transport
        and (options.workers or place.workers) == place.workers
    ]
    if options.mongodb or importlib.util.find_spec("secantus") is not None:
        return found
    print("MongoDB skipped: neither SecantusDB nor --mongodb", file=sys.stderr)
    return [place for place in found if place.store != "mongodb"]


async def _until_broken_off(
    work: Coroutine[Any, Any, None],
    seconds: float | None = None,
    enough: Callable[[], bool] = lambda: True,
) -> bool:
    """Do it to its end, or until somebody has enough, or the time is up and there is enough.

    Tells whether that was its end.
    """
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    if seconds is not None:
        loop.call_later(seconds, lambda: task.cancel() if enough() else None)
    try:
        await task
    except asyncio.CancelledError:
        return False
    return True


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--kills", type=int, help="go on until so many count")
    parser.add_argument(
        "--minutes", type=float, help=f"at most (without --kills: {SHORT:.0f})"
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--store",
        choices=("sqlite", "mongodb"),
        help="where bots keep what they know (default: all places in turns)",
    )
    parser.add_argument(
        "--mongodb", metavar="URI", default="", help="use this server instead of small ones"
    )
    parser.add_argument(
        "--workers", type=int, choices=(1, 2),
        help="processes that share the store, each with ends of its own; 2 need MongoDB",
    )  # fmt: skip
    parser.add_argument("--transport", choices=("telegram", "nostr"), help="where people are")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1,
        help="seasons side by side (default: as many as there are cores)",
    )  # fmt: skip
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep database and log of what fails there"
    )
    parser.add_argument("--chart", action="store_true", help="draw bench/charts/faults.svg")
    parser.add_argument(
        "--mutants", nargs="*", choices=MUTANTS, metavar="MISTAKE",
        help="seed mistakes, all or these: each must be found",
    )  # fmt: skip
    options = parser.parse_args(words)
    options.store = options.store or ("mongodb" if options.mongodb else None)
    options.places = _places(options)
    if not options.places:
        parser.error(
            "bots cannot run so: a SQLite file is of one worker, and MongoDB needs a server"
        )
    if options.kills is None and options.minutes is None:
        options.minutes = SHORT
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    return options


def main(words: Sequence[str] | None = None) -> int:
    """Run as the words say; 1 if anything was found that must not be, or not found that must."""
    options = _arguments(words)
    if options.mutants is not None:
        found: list[hunt.Found] = []
        whole = asyncio.run(_until_broken_off(_hunt(options, found)))
        print(timing.machine("aiogram"), f"seed {options.seed}", sep="; ")
        print(f"\n{hunt.told(found)}")
        return 0 if whole and all(each.is_right for each in found) else 1
    campaign = Campaign(
        _like(options), options.places, options.kills, options.minutes, keep=options.keep,
        mongodb=options.mongodb,
    )  # fmt: skip
    seconds = options.minutes * 60 if options.minutes else None
    work = campaign.run(options.jobs)
    whole = asyncio.run(_until_broken_off(work, seconds, lambda: bool(campaign.seasons)))
    seasons = campaign.seasons
    print(timing.machine("aiogram"), f"seed {options.seed}", f"{options.jobs} jobs", sep="; ")
    if not whole:
        print("\nBroken off: what was under way is not judged.")
    for part in (table.places, table.kills, table.failures, table.judged):
        print(f"\n{part(seasons)}")
    if options.chart and seasons:
        print(f"\n{chart.write('faults', table.drawn(seasons, timing.machine('aiogram')))}")
    faults = [fault for season in seasons for fault in season.verdict.faults]
    for fault in faults:
        print(f"\n{fault.kind}: {fault.words}")
    return 1 if faults or not seasons else 0


if __name__ == "__main__":
    sys.exit(main())
