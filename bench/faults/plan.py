"""What a season is to be, and what it was."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from bench.faults.verdict import Verdict

SETTLE: Final = 30.0
"""Seconds without anything new after which what has not come to its end never will."""

StoreName = Literal["sqlite", "mongodb"]
TransportName = Literal["telegram", "nostr"]
CALLED: Final = {
    "sqlite": "SQLite", "mongodb": "MongoDB", "telegram": "Telegram", "nostr": "Nostr",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bot runs: its store, its transport, and how many processes it is."""

    store: StoreName = "sqlite"
    transport: TransportName = "telegram"
    workers: int = 1

    @property
    def name(self) -> str:
        workers = f" by {self.workers} workers" if self.workers > 1 else ""
        return f"{CALLED[self.transport]} on {CALLED[self.store]}{workers}"


PLACES: Final = (
    Place(),
    Place(transport="nostr"),
    Place(store="mongodb"),
    Place(store="mongodb", workers=2),
    Place(store="mongodb", transport="nostr"),
    Place(store="mongodb", transport="nostr", workers=2),
)
"""All that there are: a SQLite file is of one process."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a season is to be: after so many counted kills, or seconds, it comes to its end.

    Attributes:
        mutant: the mistake that is seeded, if any.
        settle: seconds of stillness after which it is given up that it comes to its end.
        points: where to kill, if not at all of them.
        workers: processes that share the store, each with an end of its own.
    """

    bot: str
    seed: int
    kills: int
    seconds: float
    persons: int = 24
    mutant: str = ""
    settle: float = SETTLE
    points: tuple[str, ...] = ()
    store: StoreName = "sqlite"
    transport: TransportName = "telegram"
    workers: int = 1

    def within(self, kills: int, seconds: float) -> "Plan":
        """The same season with these bounds."""
        return replace(self, kills=kills, seconds=seconds)

    def at(self, place: Place) -> "Plan":
        """The same season somewhere else."""
        return replace(
            self, store=place.store, transport=place.transport, workers=place.workers
        )  # fmt: skip

    @property
    def place(self) -> Place:
        return Place(self.store, self.transport, self.workers)

    @property
    def name(self) -> str:
        return f"{self.bot} over {self.place.name}, seed {self.seed}"


@dataclass(slots=True)
class Season:
    """What a season was.

    Attributes:
        kills: those that count, by the point and by what was open.
        idle: kills while nothing was uncommitted, unsent or unmarked; they do not count.
    """

    plan: Plan
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    idle: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0
