"""Seeds one mistake after the other, to see that each is found as what it is.

The runtime as it is comes first, in the same seasons under the same load: if it is not found clean,
nothing that is found of a mistake means anything.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bench.faults.mutants import MUTANTS
from bench.faults.plan import Plan
from bench.faults.season import play
from bench.faults.stage import Stage
from bench.faults.verdict import KINDS
from bench.timing import table

HUNTS: Final = 6
"""Seasons in which a seeded mistake has to be found."""
KILLS: Final = 25
SECONDS: Final = 40.0
"""Time for so many kills, on a machine that has other things to do, too."""
SETTLE: Final = 8.0
PERSONS: Final = 12
CONTROL: Final = "none"
CONTROL_OF_TWO: Final = "none, two workers"
CONTROLS: Final = {CONTROL: 2, CONTROL_OF_TWO: 3}
"""The runtime as it is, and in which part of the seasons: there all of them are played."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a mistake, or of none: faults by kind, in so many seasons."""

    mistake: str
    seasons: int
    seconds: float
    kills: int
    kinds: Counter[str]
    words: str = ""

    @property
    def is_right(self) -> bool:
        """Whether a mistake was found as what it is, and nothing where there is none."""
        if self.mistake in CONTROLS:
            return not self.kinds
        return bool(MUTANTS[self.mistake].kinds & self.kinds.keys())


def seeded(plans: Iterable[Plan], mistake: str) -> Iterator[Plan]:
    """Seasons that are just long enough to show the mistake, where it shows soonest."""
    mutant = MUTANTS.get(mistake)
    of_two = mistake == CONTROL_OF_TWO or (mutant is not None and mutant.of_two)
    for plan in plans:
        small = replace(plan, kills=KILLS, seconds=SECONDS, persons=PERSONS, settle=SETTLE)
        if of_two:
            small = small.at(replace(plan.place, store="mongodb", workers=2))
        if mutant is None:
            yield small
        elif not mutant.bot or plan.bot == mutant.bot:
            yield replace(small, mutant=mistake, points=mutant.points)


async def hunt(plans: Iterable[Plan], mistake: str, stage: Stage, seasons: int = HUNTS) -> Found:
    """Look for one mistake until it is found as what it is; for none in all of the seasons."""
    began = time.monotonic()
    kinds: Counter[str] = Counter()
    found, kills, words = Found(mistake, 0, 0.0, 0, kinds), 0, ""
    most = seasons // CONTROLS.get(mistake, 1)
    for number, plan in enumerate(itertools.islice(seeded(plans, mistake), most), 1):
        season = await play(plan, stage)
        kills += season.kills.total()
        kinds.update(fault.kind for fault in season.verdict.faults)
        words += "".join(f"{fault.kind}: {fault.words}\n\n" for fault in season.verdict.faults[:2])
        found = Found(mistake, number, time.monotonic() - began, kills, kinds, words)
        if mistake not in CONTROLS and found.is_right:
            break
    return found


def mistakes(chosen: Sequence[str]) -> list[str]:
    """Those, or all, and before them nothing where they are seeded."""
    named = list(chosen or MUTANTS)
    of_two = {MUTANTS[name].of_two for name in named}
    return [*([CONTROL] * (False in of_two)), *([CONTROL_OF_TWO] * (True in of_two)), *named]


async def hunt_all(
    plans: Callable[[], Iterable[Plan]],
    chosen: Sequence[str],
    jobs: int,
    stage: Callable[[], Stage],
    tell: Callable[[Found], None],
    seasons: int = HUNTS,
) -> None:
    """Look for these mistakes, or for all, so many side by side; tells what was found of each."""
    waiting = mistakes(chosen)

    async def job() -> None:
        async with stage() as own:
            while waiting:
                tell(await hunt(plans(), waiting.pop(0), own, seasons))

    async with asyncio.TaskGroup() as group:
        for _ in range(jobs):
            group.create_task(job())


def told(found: Sequence[Found]) -> str:
    """A row for each mistake, and one for none."""
    rows = [
        [
            each.mistake, _expected(each.mistake),
            ", ".join(f"{kind} {each.kinds[kind]}" for kind in KINDS if each.kinds[kind]) or "-",
            str(each.seasons), str(each.kills), f"{each.seconds:.0f}",
            "yes" if each.is_right else "**no**",
        ]
        for each in found
    ]  # fmt: skip
    return table(("mistake", "must be found as", "found", "seasons", "kills", "s", "right"), rows)


def _expected(mistake: str) -> str:
    if mistake in CONTROLS:
        return "nothing"
    kinds = MUTANTS[mistake].kinds
    return " or ".join(kind for kind in KINDS if kind in kinds)
