"""The functions of expressions that know the clock, the calendar and the state."""

from typing import Final

from engine.core import moments
from engine.core.faults import Fault
from engine.core.operators import number
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
    "in_state(path)",
    "Whether this state, or one inside it, is active; the path is written out.",
    ("in_state('form.day')", True),
    scoped=True,
)
def _in_state(scope: Scope, path: Value) -> Value:
    return scope.in_state(text_argument(path, "in_state()"))
