"""What comes again: rules, and when they come next, by the clock of a time zone.

A rule is a number of seconds, a line of cron, or an object:

    {every: day, at: '09:00'}
    {every: weekday, at: '09:00'}               Monday to Friday
    {every: week, on: ['mon', 'thu'], at: '18:30'}
    {every: month, day: 31, at: '08:00'}        the last day, where a month is shorter
    {every: year, month: 2, day: 29, at: '08:00'}   28 February in other years

Two things happen to clocks. A local time that does not exist, because clocks go forward, becomes
the next instant that does; one that is there twice is its first. Both keep the order of times, so
that a rule never fires twice for one of them.
"""

import calendar
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from engine.classes import dataclass
from engine.core import moments
from engine.core.cron import MONTHS, WEEKDAYS, read_cron
from engine.core.faults import Fault
from engine.core.values import Value

EVERY_MIN: Final = 60
"""Shortest interval of what comes again, in seconds."""
EVERY_MAX: Final = 10 * 366 * 24 * 3600
AHEAD: Final = 9 * 366
"""How many days are looked at for the next one: 29 February may be eight years away."""
_ZONES_APART: Final = timedelta(days=1)
_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "day": frozenset(),
    "weekday": frozenset(),
    "week": frozenset({"on"}),
    "month": frozenset({"day"}),
    "year": frozenset({"month", "day"}),
}


@dataclass(frozen=True, slots=True)
class Daily:
    """Times of day, in order, on the days that fit."""

    times: tuple[time, ...]
    on: Callable[[date], bool]


def next_time(rule: Value, after: datetime, tz: str | None) -> datetime | None:
    """The first instant of a rule that lies after `after` (in UTC); none if there is none.

    Raises:
        Fault: `time:rule` for what is no rule, `time:zone`.
    """
    if isinstance(rule, int | float) and not isinstance(rule, bool):
        if not EVERY_MIN <= rule <= EVERY_MAX:
            raise Fault("time:rule", f"an interval has {EVERY_MIN} seconds to ten years")
        return moments.shift(after, rule)
    daily, zone = read_rule(rule), moments.zone(tz)
    first = moments.localize(after, tz).date() - timedelta(days=1)
    try:
        for ahead in range(AHEAD):
            day = first + timedelta(days=ahead)
            if daily.on(day):
                for clock in daily.times:
                    found = instant(datetime.combine(day, clock), zone)
                    if found > after:
                        return found
    except OverflowError:
        pass
    return None


def read_rule(rule: Value) -> Daily:
    """A line of cron or an object as times of day on days.

    Raises:
        Fault: `time:rule`.
    """
    if isinstance(rule, str):
        cron = read_cron(rule)
        return Daily(cron.times, cron.on)
    if not isinstance(rule, Mapping):
        raise Fault("time:rule", "a rule is a number of seconds, a line of cron or an object")
    every = rule.get("every")
    allowed = _KEYS.get(every) if isinstance(every, str) else None
    if allowed is None:
        raise Fault("time:rule", f"`every` of a rule is {', '.join(_KEYS)}")
    for key in rule:
        if key not in allowed | {"every", "at"}:
            raise Fault("time:rule", f"a rule of every {every} has no `{key[:40]}`")
    return Daily((_clock(rule.get("at")),), _days(str(every), rule))


def _days(every: str, rule: Mapping[str, Value]) -> Callable[[date], bool]:
    if every == "day":
        return lambda _: True
    if every == "weekday":
        return lambda day: day.isoweekday() <= 5
    if every == "week":
        wanted = _weekdays(rule.get("on"))
        return lambda day: day.isoweekday() in wanted
    number = _whole(rule.get("day"), "day", 31)
    if every == "month":
        return lambda day: day.day == min(number, _length(day.year, day.month))
    month = _whole(rule.get("month"), "month", len(MONTHS))
    if number > _length(2024, month):
        raise Fault("time:rule", f"{MONTHS[month - 1]} has no day {number}")
    return lambda day: day.month == month and day.day == min(number, _length(day.year, month))


def _weekdays(value: Value) -> frozenset[int]:
    listed = value if isinstance(value, list | tuple) else [value]
    found: set[int] = set()
    for each in listed:
        if isinstance(each, str) and each.lower()[:3] in WEEKDAYS:
            found.add(WEEKDAYS.index(each.lower()[:3]) + 1)
        else:
            found.add(_whole(each, "on", len(WEEKDAYS)))
    if not found:
        raise Fault("time:rule", "`on` of a rule is empty")
    return frozenset(found)


def _whole(value: Value, key: str, last: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= last:
        return value
    raise Fault("time:rule", f"`{key}` of a rule is a whole number from 1 to {last}")


def _clock(value: Value) -> time:
    if not isinstance(value, str):
        raise Fault("time:rule", "`at` of a rule is a time of day such as 09:30")
    try:
        return moments.read_clock(value, None, "`at` of a rule")
    except Fault as fault:
        raise Fault("time:rule", fault.message) from None


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def instant(local: datetime, zone: tzinfo) -> datetime:
    """When a wall clock shows a time: the first time, or the first instant after a gap it lies in.

    Raises:
        OverflowError: outside of the years 1 to 9999.
    """
    found = local.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    before, after = found - _ZONES_APART, found
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
