"""Many seasons, some side by side, until enough kills count; it tells how far it has come."""

import asyncio
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.faults import table
from bench.faults.plan import Place, Plan, Season
from bench.faults.season import MODELS, play
from bench.faults.stage import Stage

SEASON: Final = 75
"""Most kills of a season; then a new crowd begins with an empty database."""
SHORT: Final = 20
"""The same of a short run, which shall have seasons of all kinds."""
SETTLING: Final = 0.6
"""Which part of the time may be spent before the last season has to come to its end."""
TOLD: Final = 3
"""Faults of a season that are told at once."""
SHOWN: Final = 1_000
"""Kills after which the table is shown as it is so far."""


def plans(like: Plan, places: Sequence[Place]) -> Iterator[Plan]:
    """Seasons of all bots at all of these places in turns, without an end, else like one."""
    for number in itertools.count():
        for place in places:
            for bot in MODELS:
                yield replace(like.at(place), bot=bot, seed=like.seed + number)


class Campaign:
    """Runs seasons. Those that have come to their end are in `seasons`, whatever breaks it off.

    Attributes:
        like: what they have in common.
        places: where bots run.
        kills: how many have to count.
        minutes: how long it may take at most; this or `kills` is enough.
        mongodb: the address of a server, if not one of our own.
    """

    def __init__(
        self,
        like: Plan,
        places: Sequence[Place],
        kills: int | None,
        minutes: float | None,
        *,
        keep: Path | None = None,
        mongodb: str = "",
    ) -> None:
        self.seasons: list[Season] = []
        self._kills = kills
        self._began = time.monotonic()
        self._end = self._began + minutes * 60 * SETTLING if minutes else float("inf")
        self._plans = plans(replace(like, kills=SEASON if kills else SHORT), places)
        self._seed = like.seed
        self._mongodb = mongodb
        self._keep = keep
        self._under_way = 0
        self._shown = 0

    @property
    def counted(self) -> int:
        """Kills that count, of seasons that have come to their end."""
        return sum(season.kills.total() for season in self.seasons)

    async def run(self, jobs: int) -> None:
        """Run so many seasons side by side."""
        aim = f"{self._kills:,} kills" if self._kills is not None else "kills for a while"
        _say(f"{aim}, {jobs} seasons side by side, from seed {self._seed}")
        async with asyncio.TaskGroup() as group:
            for _ in range(jobs):
                group.create_task(self._job())

    async def _job(self) -> None:
        async with Stage(self._mongodb) as stage:
            while (plan := self._next()) is not None:
                self._under_way += plan.kills
                try:
                    season = await play(plan, stage, self._keep)
                finally:
                    self._under_way -= plan.kills
                self.seasons.append(season)
                self._tell(season)

    def _next(self) -> Plan | None:
        """The next season, none where there is nothing left to do."""
        seconds = self._end - time.monotonic()
        left = SEASON
        if self._kills is not None:
            left = self._kills - self.counted - self._under_way
        if left <= 0 or seconds <= 0:
            return None
        plan = next(self._plans)
        return plan.within(min(plan.kills, left), seconds)

    def _tell(self, season: Season) -> None:
        verdict, counted = season.verdict, self.counted
        pace = counted / (time.monotonic() - self._began) * 60
        of = f" of {self._kills:,}" if self._kills is not None else ""
        left = ""
        if self._kills is not None and counted < self._kills:
            left = f", about {(self._kills - counted) / max(pace, 1):.0f} min left"
        _say(
            f"{season.plan.name}: {season.kills.total()} kills in {season.seconds:.0f} s, "
            f"{verdict.events} events, {len(verdict.faults)} faults; "
            f"{counted:,}{of} kills, {pace:.0f} a minute{left}"
        )
        for fault in verdict.faults[:TOLD]:
            _say(f"{fault.kind}: {fault.words}\n")
        if counted // SHOWN > self._shown:
            self._shown = counted // SHOWN
            _say(f"\n{table.kills(self.seasons)}\n")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
