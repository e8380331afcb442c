"""Flows that begin at times of their own, for each person whom a condition selects."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from engine.classes import dataclass
from engine.core.access import Rate
from engine.core.recurrence import next_time
from engine.core.scope import Scope
from engine.core.values import Value

RATE: Final = Rate(20, 1_000)
"""How many persons get something at a time by default: Telegram takes thirty messages a second."""


@dataclass(frozen=True, slots=True)
class TimedTrigger:
    """`every` or `cron` among the triggers of a flow.

    Attributes:
        key: tells it from others, and from what it was before it was changed.
        rule: when it comes again, as `engine.core.recurrence` reads it.
        selects: whether somebody is meant; everybody is where there is none.
    """

    key: str
    flow: str
    rule: Value
    tz: str | None = None
    selects: Callable[[Scope], Value] | None = None
    rate: Rate = RATE

    def after(self, moment: int) -> int | None:
        """When it comes next after a moment (ms), or none if never."""
        found = next_time(self.rule, datetime.fromtimestamp(moment / 1000, UTC), self.tz)
        return None if found is None else round(found.timestamp() * 1000)

    def latest(self, at: int, now: int) -> int:
        """From when it counts on (ms) where `at` was due by now: what was missed is done once.

        An interval keeps its beat; a rule of the calendar has its own.
        """
        if isinstance(self.rule, int | float):
            step = round(self.rule * 1000)
            return at + (now - at) // step * step
        return max(at, now)
