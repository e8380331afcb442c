"""Seeds one mistake after the other, to see that each is found as what it is.

The runtime as it is comes first, in the same seasons under the same load: if it is not found clean,
nothing that is found of a mistake means anything.
"""

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bench.faults.mutants import MUTANTS
from bench.faults.season import Plan, Season, play
from bench.faults.verdict import KINDS
from bench.faults.zygote import Zygote
from bench.timing import table
from tests.servers.telegram import Pool

HUNTS: Final = 6
"""Seasons in which a seeded mistake has to be found."""
KILLS: Final = 25
SECONDS: Final = 40.0
"""Time for so many kills, on a machine that has other things to do, too."""
SETTLE: Final = 25.0
PERSONS: Final = 12
CONTROL: Final = "none"


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
        if self.mistake == CONTROL:
            return not self.kinds
        return bool(MUTANTS[self.mistake].kinds & self.kinds.keys())


def small(plan: Plan) -> Plan:
    """A season that is just long enough to show a mistake."""
    return replace(plan, kills=KILLS, seconds=SECONDS, persons=PERSONS, settle=SETTLE)


def seeded(plans: Iterable[Plan], mistake: str) -> Iterator[Plan]:
    """Those seasons that can show the mistake, where it shows soonest."""
    mutant = MUTANTS[mistake]
    for plan in plans:
        if not mutant.bot or plan.bot == mutant.bot:
            yield replace(small(plan), mutant=mistake, points=mutant.points)


async def control(plans: Sequence[Plan], zygote: Zygote, pool: Pool) -> Found:
    """Look for faults where there are none."""
    return await _look(CONTROL, map(small, plans), zygote, pool)


async def hunt(plans: Iterable[Plan], mistake: str, zygote: Zygote, pool: Pool) -> Found:
    """Look for one mistake until it is found as what it is."""
    return await _look(mistake, itertools.islice(seeded(plans, mistake), HUNTS), zygote, pool)


async def _look(mistake: str, plans: Iterable[Plan], zygote: Zygote, pool: Pool) -> Found:
    began = time.monotonic()
    seasons: list[Season] = []
    found = Found(mistake, 0, 0.0, 0, Counter())
    for plan in plans:
        seasons.append(await play(plan, zygote, pool))
        faults = [fault for season in seasons for fault in season.verdict.faults]
        found = Found(
            mistake, len(seasons), time.monotonic() - began,
            sum(season.kills.total() for season in seasons),
            Counter(fault.kind for fault in faults),
            "\n\n".join(f"{fault.kind}: {fault.words}" for fault in faults),
        )  # fmt: skip
        if mistake != CONTROL and found.is_right:
            break
    return found


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
    if mistake == CONTROL:
        return "nothing"
    kinds = MUTANTS[mistake].kinds
    return " or ".join(kind for kind in KINDS if kind in kinds)
