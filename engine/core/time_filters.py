"""The filters that write moments, dates, times of day and durations as a language does, by CLDR."""

# ruff: noqa: PLC0415 - importing Babel takes a quarter of a second that most flows need not pay

from datetime import date, datetime, timedelta

from engine.core.datatypes.durations import spelled
from engine.core.faults import Fault
from engine.core.local_filters import Run, Style, WrongArgument, locale_of
from engine.core.moments import localize, read_clock, read_moment
from engine.core.operators import is_number, kind
from engine.core.scope import Scope
from engine.core.values import INT_MAX, Value

_STYLES: tuple[Style, ...] = ("short", "medium", "long", "full")


def _style(style: str, *known: Style) -> Style:
    for each in known:
        if style == each:
            return each
    raise WrongArgument(f"The style is one of {', '.join(map(repr, known))}.")


def date_filter(lang: str, /, style: str = "medium") -> Run:
    from babel.dates import format_date

    chosen = _style(style, *_STYLES)

    def run(scope: Scope, value: Value) -> Value:
        local = localize(read_moment(value, "date"), scope.tz)
        return format_date(local, chosen, locale=locale_of(scope.lang, lang))

    return run


def time_filter(lang: str, /, style: str = "short") -> Run:
    from babel.dates import format_time

    chosen = _style(style, "short", "medium")

    def run(scope: Scope, value: Value) -> Value:
        clock = read_clock(value, scope.tz, "time")
        return format_time(clock, chosen, locale=locale_of(scope.lang, lang))

    return run


def datetime_filter(lang: str, /, style: str = "medium") -> Run:
    from babel.dates import format_date, format_time, get_datetime_format

    chosen = _style(style, *_STYLES)

    def run(scope: Scope, value: Value) -> Value:
        moment = read_moment(value, "datetime")
        if not isinstance(moment, datetime):
            raise Fault("text:type", "datetime takes a moment; a date has no time of day.")
        local = localize(moment, scope.tz)
        locale = locale_of(scope.lang, lang)
        # No style of CLDR has a long date beside a time without seconds and zone.
        both = str(get_datetime_format(chosen, locale=locale)).replace("'", "")
        clock = format_time(local, "short", locale=locale)
        return both.replace("{0}", clock).replace("{1}", format_date(local, chosen, locale=locale))

    return run


def ago_filter(lang: str, /) -> Run:
    from babel.dates import format_timedelta

    def run(scope: Scope, value: Value) -> Value:
        locale = locale_of(scope.lang, lang)
        moment, now = read_moment(value, "ago"), read_moment(scope.now, "now")
        if isinstance(moment, datetime) and isinstance(now, datetime):
            return format_timedelta(moment - now, add_direction=True, locale=locale)
        days = (_day(scope, moment) - _day(scope, now)).days
        named = locale._data["date_fields"]["day"].get("relative", {})  # noqa: SLF001 - Babel hides it
        if days in named:
            return str(named[days])
        span = timedelta(days=days)
        return format_timedelta(span, granularity="day", add_direction=True, locale=locale)

    return run


def _day(scope: Scope, moment: date | datetime) -> date:
    return localize(moment, scope.tz).date()


def duration_filter(lang: str, /, style: str = "long") -> Run:
    if style not in ("long", "short"):
        raise WrongArgument("The style is 'long' or 'short'.")

    def run(scope: Scope, value: Value) -> Value:
        if not isinstance(value, int | float) or not is_number(value):
            raise Fault("text:type", f"duration takes a number of seconds, not {kind(value)}.")
        if not abs(value) <= INT_MAX:
            raise Fault("text:limit", "The duration is too long to be written.")
        tag = str(locale_of(scope.lang, lang)).replace("_", "-")
        return spelled(value, tag, "short" if style == "short" else "long")

    return run
