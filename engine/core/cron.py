"""The five fields of a line of cron: minute, hour, day of the month, month, day of the week.

`0 9 * * mon-fri` is nine o'clock on working days. As everywhere, a day fits where the day of the
month and that of the week are both restricted and one of them fits. Written here because it is
less than what a library for it brings along, and because the core decides itself what becomes of
times that a clock change skips or repeats.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Final

from engine.classes import dataclass
from engine.core.faults import Fault

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
CRON_MAX: Final = 200
"""Longest line, in characters."""
_FIELDS: Final[tuple[tuple[str, int, int, Mapping[str, int]], ...]] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(WEEKDAYS, 1)}),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A line that was read. `weekdays` count from 1, Monday; `either` joins both kinds of days."""

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def on(self, day: date) -> bool:
        """Whether it fires on a day of the local calendar."""
        if day.month not in self.months:
            return False
        monthly, weekly = day.day in self.days, day.isoweekday() in self.weekdays
        return monthly or weekly if self.either else monthly and weekly


def read_cron(line: str) -> Cron:
    """Read the five fields.

    Raises:
        Fault: `time:rule`, with the field that cannot be read.
    """
    fields = line.lower().split() if len(line) <= CRON_MAX else []
    if len(fields) != len(_FIELDS):
        message = "a line of cron has five fields: minute, hour, day, month, day of the week"
        raise Fault("time:rule", message)
    minutes, hours, days, months, weekdays = (
        _field(text, *known) for text, known in zip(fields, _FIELDS, strict=True)
    )
    times = tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes))
    either = not (fields[2].startswith("*") or fields[4].startswith("*"))
    return Cron(times, days, months, frozenset(each or 7 for each in weekdays), either)


def _field(text: str, name: str, first: int, last: int, names: Mapping[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        wide = span == "*"
        begin = first if wide else names.get(low, _number(low))
        end = last if wide or (step and not high) else names.get(high or low, _number(high or low))
        if high and begin == last == len(WEEKDAYS):  # `sun-tue`
            begin = 0
        by = _number(step) if "/" in part else 1
        if not (first <= begin <= end <= last and by > 0):
            raise Fault("time:rule", f"`{part}` is no {name} ({first} to {last})")
        found |= set(range(begin, end + 1, by))
    return frozenset(found)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else -1
