"""Moments, dates and time zones: ISO 8601 texts in, `datetime` inside."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from engine.core.faults import Fault
from engine.core.operators import kind
from engine.core.values import Value

_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?", re.ASCII
)
_CLOCK: Final = re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII)


def read_moment(value: Value, user: str) -> date | datetime:
    """A date for `2026-11-23`, an aware datetime in UTC for `2026-11-23T21:18:16Z`.

    `user` is the function or filter that needs it.

    Raises:
        Fault: `expr:type`; a moment without an offset from UTC is not one.
    """
    if not isinstance(value, str):
        raise Fault("expr:type", f"{user} needs a moment, not {kind(value)}.")
    found = _MOMENT.fullmatch(value)
    try:
        if found and found["time"]:
            return datetime.fromisoformat(value).astimezone(UTC)
        if found:
            return date.fromisoformat(value)
    except (ValueError, OverflowError):
        pass
    raise Fault("expr:type", f"{user} needs a moment such as 2026-11-23T21:18:16Z or a date.")


def read_instant(value: Value, user: str) -> datetime:
    """As `read_moment`; a date is its midnight in UTC."""
    moment = read_moment(value, user)
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


def write_instant(moment: datetime) -> str:
    """The text of a moment, in whole seconds: all of them sort as texts."""
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}Z"


def shift(moment: datetime, seconds: float) -> datetime:
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        raise Fault("expr:limit", "This moment lies outside the years 1 to 9999.") from None


def zone(name: str | None) -> tzinfo:
    """The time zone of this IANA name, or UTC.

    Raises:
        Fault: `time:zone`, there is none of this name.
    """
    if name is None:
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - few flows need it

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault("time:zone", f"There is no time zone {name[:60]!r}.") from None


def localize(moment: date | datetime, tz: str | None) -> datetime:
    """The wall clock of a moment in a time zone; a date is midnight wherever the person is."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    try:
        return moment.astimezone(zone(tz)).replace(tzinfo=None)
    except OverflowError:
        raise Fault("expr:limit", "This moment lies outside the years 1 to 9999.") from None


def read_clock(value: Value, tz: str | None, user: str) -> time:
    """The time of day of a moment in a time zone, or of a text such as `21:18`."""
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        try:
            return time.fromisoformat(value)
        except ValueError:
            raise Fault("expr:type", f"{value} is no time of day.") from None
    return localize(read_moment(value, user), tz).time()
