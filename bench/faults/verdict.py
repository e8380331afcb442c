"""What is found of a season: what must not be, and what was counted."""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Kind = Literal[
    "event lost",
    "applied twice",
    "timer lost or doubled",
    "order broken",
    "message lost",
    "message doubled",
    "other",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Fault:
    """What must not be, as far as it can be told, and in words."""

    kind: Kind
    words: str


@dataclass(slots=True)
class Verdict:
    """What was found in one season, or in many.

    Attributes:
        events, messages: how many were judged.
        doubled: messages that came again where they may.
        silences: timers that have fired.
        actions: results of actions that were applied.
        aside: events that were set aside after three deaths.
        late: how often somebody was told that the answer comes later.
    """

    faults: list[Fault] = field(default_factory=list)
    events: int = 0
    messages: int = 0
    doubled: int = 0
    silences: int = 0
    actions: int = 0
    aside: int = 0
    late: int = 0

    def add(self, other: "Verdict") -> None:
        self.faults += other.faults
        self.events += other.events
        self.messages += other.messages
        self.doubled += other.doubled
        self.silences += other.silences
        self.actions += other.actions
        self.aside += other.aside
        self.late += other.late
