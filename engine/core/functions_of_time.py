"""The functions of expressions that know the clock, the calendar and the state."""

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Final

from engine.core import moments
from engine.core.faults import Fault
from engine.core.operators import number
from engine.core.recurrence import next_time
from engine.core.registry import Function, function, text_argument
from engine.core.scope import Scope
from engine.core.values import Value

TIME_FUNCTIONS: Final[dict[str, Function]] = {}


@function(
    TIME_FUNCTIONS,
    "plus(moment, seconds)",
    "The moment so many seconds later; a date counts from its midnight in UTC.",
    ("plus('2026-11-23T23:59:50Z', 10)", "2026-11-24T00:00:00Z"),
)
def _plus(moment: Value, seconds: Value) -> Value:
    instant = moments.read_instant(moment, "plus()")
    return moments.write_instant(moments.shift(instant, number(seconds, "plus()")))


@function(
    TIME_FUNCTIONS,
    "seconds_between(start, end)",
    "Seconds from one moment or date to another; less than zero if it lies before.",
    ("seconds_between('2026-11-23', '2026-11-24')", 86400),
)
def _seconds_between(start: Value, end: Value) -> Value:
    first, then = (moments.read_instant(each, "seconds_between()") for each in (start, end))
    seconds = (then - first).total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


_PARTS: Final = {
    "year": lambda local: local.year,
    "month": lambda local: local.month,
    "day": lambda local: local.day,
    "weekday": lambda local: local.isoweekday(),
    "hour": lambda local: local.hour,
    "minute": lambda local: local.minute,
    "date": lambda local: local.date().isoformat(),
    "time": lambda local: local.strftime("%H:%M"),
}


@function(
    TIME_FUNCTIONS,
    "date_part(moment, part)",
    "The year, month, day, weekday (1 is Monday), hour, minute, date or time of a moment"
    " in the session's time zone.",
    ("date_part('2026-11-23T21:18:16Z', 'hour')", 21),
    scoped=True,
)
def _date_part(scope: Scope, moment: Value, part: Value) -> Value:
    pick = _PARTS.get(text_argument(part, "date_part()"))
    if pick is None:
        raise Fault("expr:type", f"date_part() knows {', '.join(_PARTS)}.")
    result: int | str = pick(moments.localize(moments.read_moment(moment, "date_part()"), scope.tz))
    return result


@function(
    TIME_FUNCTIONS,
    "today()",
    "The date that it is in the session's time zone.",
    ("today()", "2026-11-23"),
    scoped=True,
)
def _today(scope: Scope) -> Value:
    return _day(scope, scope.now, "today()").isoformat()


@function(
    TIME_FUNCTIONS,
    "at(date, time)",
    "The moment of a time of day on a date, by the clock of the session's time zone.",
    ("at('2026-11-24', '09:30')", "2026-11-24T09:30:00Z"),
    scoped=True,
)
def _at(scope: Scope, day: Value, clock: Value) -> Value:
    found = moments.read_clock(clock, scope.tz, "at()")
    return _moment(datetime.combine(_day(scope, day, "at()"), found), scope)


@function(
    TIME_FUNCTIONS,
    "shift(moment, count, unit)",
    "A date or moment so many 'days', 'weeks', 'months' or 'years' later, at the same time of day"
    " in the session's time zone; a day that a month does not have becomes its last.",
    ("shift('2026-01-31', 1, 'months')", "2026-02-28"),
    scoped=True,
)
def _shift(scope: Scope, moment: Value, count: Value, unit: Value) -> Value:
    steps = number(count, "shift()")
    name = text_argument(unit, "shift()")
    if name not in _UNITS or not isinstance(steps, int):
        raise Fault("expr:type", f"shift() takes a whole number of {', '.join(_UNITS)}.")
    found = moments.read_moment(moment, "shift()")
    local = moments.localize(found, scope.tz)
    try:
        days, months = _UNITS[name]
        shifted = _later(local, steps * months) + timedelta(days=steps * days)
    except (OverflowError, ValueError):
        raise Fault("expr:limit", "This moment lies outside the years 1 to 9999.") from None
    return _moment(shifted, scope) if isinstance(found, datetime) else shifted.date().isoformat()


@function(
    TIME_FUNCTIONS,
    "days_between(start, end)",
    "Days of the calendar from one date or moment to another; less than zero if it lies before.",
    ("days_between('2026-11-23', '2026-12-24')", 31),
    scoped=True,
)
def _days_between(scope: Scope, start: Value, end: Value) -> Value:
    first, then = (_day(scope, each, "days_between()") for each in (start, end))
    return (then - first).days


@function(
    TIME_FUNCTIONS,
    "years_between(start, end)",
    "Full years from one date or moment to another: an age, from a date of birth to `today()`.",
    ("years_between('2000-11-24', '2026-11-23')", 25),
    scoped=True,
)
def _years_between(scope: Scope, start: Value, end: Value) -> Value:
    first, then = (_day(scope, each, "years_between()") for each in (start, end))
    return then.year - first.year - ((then.month, then.day) < (first.month, first.day))


@function(
    TIME_FUNCTIONS,
    "weekday(moment)",
    "The day of the week in the session's time zone: 1 is Monday, 7 is Sunday.",
    ("weekday('2026-11-23')", 1),
    scoped=True,
)
def _weekday(scope: Scope, moment: Value) -> Value:
    return _day(scope, moment, "weekday()").isoweekday()


@function(
    TIME_FUNCTIONS,
    "next_time(rule, after?, tz?)",
    "The next moment of what comes again, after a moment (now) by the clock of a time zone (the"
    " session's); null if there is none. See [what comes again](language.md#what-comes-again).",
    ("next_time('0 9 * * mon-fri', '2026-11-27T10:00:00Z', 'UTC')", "2026-11-30T09:00:00Z"),
    scoped=True,
)
def _next_time(scope: Scope, rule: Value, after: Value = None, tz: Value = None) -> Value:
    begin = moments.read_instant(scope.now if after is None else after, "next_time()")
    zone = scope.tz if tz is None else text_argument(tz, "next_time()")
    found = next_time(rule, begin, zone)
    return None if found is None else moments.write_instant(found)


_UNITS: Final = {"days": (1, 0), "weeks": (7, 0), "months": (0, 1), "years": (0, 12)}
"""Days and months of each unit."""


def _day(scope: Scope, moment: Value, user: str) -> date:
    return moments.localize(moments.read_moment(moment, user), scope.tz).date()


def _later(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))


def _moment(local: datetime, scope: Scope) -> Value:
    try:
        return moments.write_instant(local.replace(tzinfo=moments.zone(scope.tz)).astimezone(UTC))
    except OverflowError:
        raise Fault("expr:limit", "This moment lies outside the years 1 to 9999.") from None


@function(
    TIME_FUNCTIONS,
    "in_state(path)",
    "Whether this state, or one inside it, is active; the path is written out.",
    ("in_state('form.day')", True),
    scoped=True,
)
def _in_state(scope: Scope, path: Value) -> Value:
    return scope.in_state(text_argument(path, "in_state()"))
