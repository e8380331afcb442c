"""The types `date`, `time` and `datetime`."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from engine.core.datatypes.clock import plain, read_clock, take_clock
from engine.core.datatypes.days import LENGTH_MAX, Readings, is_clean, read_days
from engine.core.datatypes.durations import SECONDS, read_duration
from engine.core.datatypes.kind import (
    BOUNDED,
    Example,
    Kind,
    Order,
    Speaker,
    Variable,
    WrongAnswer,
)
from engine.core.datatypes.translation import counts_from_today, english
from engine.core.faults import Fault
from engine.core.locales import locale_of, region_of
from engine.core.moments import localize, read_moment, write_instant, zone
from engine.core.moments import read_clock as clock_of
from engine.core.phrases import IN, languages, phrase
from engine.core.values import Value

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_OFFSET: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_ISO: Final = re.compile(r"(?<=\d)t(?=\d\d:)", re.ASCII)
_AHEAD: Final = re.compile(
    r"(?:in )?(?:(\d{1,5}) hour)? ?(?:(\d{1,5}) minute)? ?(?:(\d{1,5}) second)?( ago)?", re.ASCII
)


def today(speaker: Speaker) -> date:
    """The day that it is where the person is."""
    return localize(read_moment(speaker.now, "now"), speaker.tz).date()


# What a value is.


def is_date(value: Value) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_time(value: Value) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def is_instant(value: Value) -> bool:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


# Limits. One of another sort is taken for what it says of this one.


def _date_bound(limit: Value, speaker: Speaker, _least: bool) -> object:  # noqa: FBT001 - see Order
    return localize(read_moment(limit, "a limit"), speaker.tz).date().isoformat()


def _time_bound(limit: Value, speaker: Speaker, _least: bool) -> object:  # noqa: FBT001 - as above
    return clock_of(limit, speaker.tz, "a limit").strftime("%H:%M")


def _instant_bound(limit: Value, speaker: Speaker, least: bool) -> object:  # noqa: FBT001 - as above
    moment = read_moment(limit, "a limit")
    if isinstance(moment, datetime):
        return write_instant(moment)
    end = datetime.combine(moment, time() if least else time(23, 59, 59), zone(speaker.tz))
    try:
        return write_instant(end.astimezone(UTC))
    except OverflowError:
        raise Fault("expr:limit", "This moment lies outside the years 1 to 9999.") from None


def show_date(limit: Value, speaker: Speaker) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - only a hint needs it

    day = localize(read_moment(limit, "a limit"), speaker.tz)
    return format_date(day, "long", locale=locale_of(speaker.lang))


def show_time(limit: Value, speaker: Speaker) -> str:
    from babel.dates import format_time  # noqa: PLC0415 - as above

    clock = clock_of(limit, speaker.tz, "a limit")
    return format_time(clock, "short", locale=locale_of(speaker.lang))


def show_instant(limit: Value, speaker: Speaker) -> str:
    day = show_date(limit, speaker)
    if isinstance(read_moment(limit, "a limit"), datetime):
        return f"{day} {show_time(limit, speaker)}"
    return day


# What a person means.


def _bounded(variable: Variable, speaker: Speaker) -> Callable[[str, Order], bool]:
    from engine.core.datatypes.limits import within  # noqa: PLC0415 - which needs the table of types

    return lambda value, order: within(variable, order, value, speaker)


def _chosen(readings: Readings, fits: Callable[[date], bool], speaker: Speaker) -> date | None:
    """The one reading within the limits, else the likely one; else the person is to say more."""
    fitting = [day for day in readings.days if fits(day)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        # The limits are told by the caller, whichever it is.
        return readings.likely or readings.days[0]
    if readings.likely in fitting:
        return readings.likely
    raise WrongAnswer(phrase("date_unclear", speaker.lang, example=_example_date(speaker)))


def _read_date(variable: Variable, text: str, speaker: Speaker) -> Value:
    readings = read_days(text, speaker.lang, region_of(speaker.lang, speaker.tz), today(speaker))
    if readings is None:
        return None
    fits = _bounded(variable, speaker)
    day = _chosen(readings, lambda day: fits(day.isoformat(), BY_DAY), speaker)
    return None if day is None else day.isoformat()


def _read_time(_variable: Variable, text: str, speaker: Speaker) -> Value:
    clock = read_clock(text, speaker.lang)
    return None if clock is None else clock.strftime("%H:%M")


def _read_datetime(variable: Variable, text: str, speaker: Speaker) -> Value:
    if len(text) > LENGTH_MAX:
        return None
    if _OFFSET.fullmatch(text):
        return _absolute(text)
    ahead = _from_now(text, speaker)
    if ahead is not None:
        return ahead
    taken = take_clock(_ISO.sub(" ", plain(text)), speaker.lang)
    if taken is None or not taken[1]:
        return None
    clock, rest = taken
    readings = read_days(rest, speaker.lang, region_of(speaker.lang, speaker.tz), today(speaker))
    if readings is None:
        return None
    fits = _bounded(variable, speaker)
    moments = {day: found for day in readings.days if (found := _instants(day, clock, speaker.tz))}
    day = _chosen(
        readings, lambda day: any(fits(one, BY_INSTANT) for one in moments.get(day, ())), speaker
    )
    found = moments.get(day, ()) if day else ()
    if len(found) != 1:
        raise WrongAnswer(phrase("clock_changes", speaker.lang))
    return found[0]


def _absolute(text: str) -> Value:
    try:
        return write_instant(datetime.fromisoformat(text).astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _from_now(text: str, speaker: Speaker) -> Value:
    """`in 2 hours`, `in half an hour`, `now`; not "in 2 days", which names no time of day."""
    first, _, rest = plain(text).partition(" ")
    if any(first in IN[each] for each in languages(speaker.lang)):
        seconds = read_duration(Variable("", "duration"), rest, speaker)
        if isinstance(seconds, int | float) and seconds < SECONDS["day"]:
            return write_instant(_now(speaker) + timedelta(seconds=seconds))
    words = plain(text).split()
    if not is_clean(plain(text)) or not counts_from_today(words, speaker.lang):
        return None
    found = _AHEAD.fullmatch(english(plain(text), speaker.lang) or "-")
    if found is None or not any(found.groups()[:3]):
        return None
    hours, minutes, seconds = (int(count or 0) for count in found.groups()[:3])
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if bool(found[4]) is found[0].startswith("in "):
        return None
    return write_instant(_now(speaker) + (-span if found[4] else span))


def _now(speaker: Speaker) -> datetime:
    now = read_moment(speaker.now, "now")
    assert isinstance(now, datetime)
    return now


def _instants(day: date, clock: time, tz: str | None) -> tuple[str, ...]:
    """The moments of a wall clock: none where it is turned forward, two where it is turned back."""
    local = datetime.combine(day, clock, zone(tz))
    try:
        found = [replaced.astimezone(UTC) for replaced in (local, local.replace(fold=1))]
        real = [
            write_instant(moment)
            for moment in found
            if moment.astimezone(local.tzinfo).replace(tzinfo=None, fold=0)
            == local.replace(tzinfo=None)
        ]
    except OverflowError:
        return ()
    return tuple(dict.fromkeys(real))


# Examples for hints.


def _example_date(speaker: Speaker) -> str:
    return show_date(today(speaker).isoformat(), speaker)


def _example_time(speaker: Speaker) -> str:
    return show_time("17:30", speaker)


def _example_datetime(speaker: Speaker) -> str:
    return f"{_example_date(speaker)} {_example_time(speaker)}"


def _written(test: Callable[[Value], bool]) -> Callable[[str], Value]:
    return lambda text: text if test(text) else None


def _same(value: Value) -> object:
    return value


BY_DAY: Final = Order(_same, _date_bound, show_date)
BY_CLOCK: Final = Order(_same, _time_bound, show_time)
BY_INSTANT: Final = Order(_same, _instant_bound, show_instant)

KINDS = (
    Kind(
        "date",
        "A day: as a date, with or without its year, as a weekday, or counted from today.",
        "date such as 2026-11-26",
        lambda _, value: is_date(value),
        "2026-11-26",
        _read_date,
        order=BY_DAY,
        written=_written(is_date),
        options=BOUNDED,
        example=_example_date,
        examples=(
            Example("tomorrow", "2026-11-27"),
            Example("next friday", "2026-11-27"),
            Example("in two weeks", "2026-12-10"),
            Example("26 November 2026", "2026-11-26"),
            Example("Dec 1", "2026-12-01"),
            Example("26.11.2026", "2026-11-26", "de"),
            Example("am Montag", "2026-11-30", "de"),
            Example("3/4/2027", "2027-03-04", "en-us"),
            Example("3/4/2027", "2027-04-03", "en-gb"),
            Example("20 November", None),
            Example("next week", None),
            Example("tomorrow or friday", None),
            Example("30 February 2027", None),
        ),
    ),
    Kind(
        "time",
        "A time of day. A bare number is none, and neither is `5 o'clock`, which comes twice a"
        " day.",
        "time such as 17:00",
        lambda _, value: is_time(value),
        "17:00",
        _read_time,
        order=BY_CLOCK,
        written=_written(is_time),
        options=BOUNDED,
        example=_example_time,
        examples=(
            Example("17:00", "17:00"),
            Example("5pm", "17:00"),
            Example("17 Uhr", "17:00", "de"),
            Example("17h30", "17:30", "fr"),
            Example("noon", "12:00"),
            Example("5", None),
        ),
    ),
    Kind(
        "datetime",
        "A day and a time of day, by the clock where the person is; or how long it is until then.",
        "moment such as 2026-11-26T17:00:00Z",
        lambda _, value: is_instant(value),
        "2026-11-26T17:00:00Z",
        _read_datetime,
        order=BY_INSTANT,
        written=_written(is_instant),
        options=BOUNDED,
        example=_example_datetime,
        examples=(
            Example("tomorrow 3pm", "2026-11-27T14:00:00Z"),
            Example("morgen um 17 Uhr", "2026-11-27T16:00:00Z", "de"),
            Example("2026-11-27 17:00", "2026-11-27T16:00:00Z"),
            Example("in half an hour", "2026-11-26T12:30:00Z"),
            Example("tomorrow at 5", None),
            Example("tomorrow", None),
            Example("28 March 2027 02:30", None),
        ),
    ),
)
