"""What a run of a chart shows, whoever runs it."""

from dataclasses import dataclass, field
from typing import Final

ROOT: Final = "(root)"
"""What stands for the root's path, which is empty."""
MICROSTEPS_MAX: Final = 40
"""A chart that takes more for one event is not run on: ours would call it a loop sooner or later.

Ours counts what the peer does not: taking a raised event that nobody hears."""


class TooLong(Exception):  # noqa: N818 - no error: the chart goes in circles
    """One event causes more microsteps than are worth comparing."""


@dataclass(slots=True)
class Step:
    """What one event did.

    Attributes:
        journal: `enter path`, `exit path` and `take number of transition`, each with the values
            of all variables at that moment.
        leaves: paths of the active atomic and final states.
        data: the variables after it.
        ended: the top-level final state that was reached.
    """

    journal: list[str] = field(default_factory=list)
    leaves: frozenset[str] = frozenset()
    data: dict[str, int] = field(default_factory=dict)
    ended: str | None = None

    def __str__(self) -> str:
        lines = [f"  {line}" for line in self.journal]
        values = " ".join(f"{name}={value}" for name, value in self.data.items())
        return "\n".join([*lines, f"  = {self.ended or ' '.join(sorted(self.leaves))}  {values}"])
