"""Days as people write them, by dateparser's dictionaries of 200 languages, fenced in.

dateparser guesses where it does not understand: it drops words, fills in what is missing from
today, swaps day and month where that helps. So only its translation is used: the words of a text
in canonical English. What that may be is this module's grammar, and each token must have its part
in it. What remains open (a year that is not written, the order of day and month) becomes several
readings, of which the caller takes the one within its limits, or none.
"""

import calendar
import re
import unicodedata
from datetime import date, timedelta
from typing import Final

from engine.classes import dataclass
from engine.core.datatypes.clock import base_language, plain
from engine.core.datatypes.dayorder import day_orders, year_first
from engine.core.datatypes.daywords import BEFORE, NEXT, fillers, months_of, twofold
from engine.core.datatypes.translation import (
    counts_from_today,
    each_has_its_part,
    english,
    is_around,
)

LENGTH_MAX: Final = 100
NEAR: Final = timedelta(days=183)
"""A day without its year is taken to be the coming one if that is not further away."""
SHORT_YEARS: Final = 5
"""How many years from now a year of two digits is believed to lie in this century."""
_SPAN_MAX: Final = 5_000

_WEEKDAYS: Final = tuple(name.lower() for name in calendar.day_name)
_MONTHS: Final = tuple(name.lower() for name in calendar.month_name)
_NUMERIC: Final = re.compile(r"(\d{1,4})([./-])\s?(\d{1,2})(?:\2\s?(\d{1,4})?)?", re.ASCII)
_APART: Final = " .,'\u2019"
"""Signs between words that mean nothing."""
_EASTERN: Final = re.compile(r"(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]", re.ASCII)
_RELATIVE: Final = re.compile(r"(?:in (\d{1,4})|(\d{1,4})) (day|week|month|year)( ago)?", re.ASCII)
_TURNED: Final = re.compile(rf"(next|this|last) ({'|'.join(_WEEKDAYS)})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Readings:
    """The days that a text can mean; `likely` is the one to take where limits leave several."""

    days: tuple[date, ...]
    likely: date | None = None


def read_days(text: str, lang: str, region: str | None, today: date) -> Readings | None:
    """What day a text means, for a person of a language and a territory; none if it means none."""
    text = _EASTERN.sub(r"\1-\2-\3", plain(text)) if len(text) <= LENGTH_MAX else ""
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        return _numeric(numeric, lang, region, today)
    if re.fullmatch(r"[\d\W]*", text):
        return None
    base = base_language(lang)
    first = text.split()
    words = _without(first, BEFORE.get(base, frozenset()))
    words = _without_fillers(words, lang)
    numeric = _NUMERIC.fullmatch(words[-1])
    if numeric and len(words) == 2:
        found = _numeric(numeric, lang, region, today)
        return found and _on_weekday(found, english(words[0].strip(".,"), lang))
    if not is_clean(text) or twofold(lang).intersection(word.strip(".,") for word in words):
        return None
    coming = NEXT.get(base, frozenset())
    if len(words) == 2 and coming.intersection(words):
        (rest,) = [word for word in words if word not in coming] or [""]
        name = english(rest, lang)
        return _weekday(name, "next", today) if name in _WEEKDAYS else None
    # "Am Morgen" is not tomorrow, as "morgen" is.
    whole = len(words) == len(first) or words[0] == "day"
    translated = english(" ".join(words), lang) if whole or not is_around(words, lang) else None
    found = None if translated is None else _canonical(translated, words, lang, today)
    return found if found and _named_so(found, words, lang) else None


def _named_so(found: Readings, words: list[str], lang: str) -> bool:
    """Whether CLDR agrees with dateparser about the month that a word names."""
    known = months_of(lang)
    named = [known[word] for each in words if (word := each.strip(".,")) in known]
    return all(day.month in months for day in found.days for months in named)


def is_clean(text: str) -> bool:
    """Whether a text has no sign that could change its meaning: a minus, a bracket, a question."""
    for before, char, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if char == "-":
            if not (before.isalnum() and after.isalnum()):
                return False
        elif not (char.isalnum() or char in _APART or unicodedata.category(char)[0] == "M"):
            return False
    return True


def _without(words: list[str], before: frozenset[str]) -> list[str]:
    """The words without those that may stand before a day, each of them once."""
    rest = list(words)
    for _ in before:
        if len(rest) > 1 and rest[0] in before and rest[0] not in words[: len(words) - len(rest)]:
            rest = rest[1:]
    return rest


def _without_fillers(words: list[str], lang: str) -> list[str]:
    inner, last = fillers(lang)
    if len(words) > 1 and words[-1].strip(".") in last:
        words = words[:-1]
    middle = [word for word in words[1:-1] if word.strip(".") not in inner]
    return [words[0], *middle, words[-1]] if len(words) > 1 else words


def _on_weekday(found: Readings, name: str | None) -> Readings | None:
    """Of the days that are meant, those on a weekday; none if it is another one."""
    fitting = tuple(day for day in found.days if _WEEKDAYS[day.weekday()] == name)
    # A weekday that contradicts the day that is likely is a slip, and not a hint at another year.
    if not fitting or (found.likely is not None and found.likely not in fitting):
        return None
    return Readings(fitting, found.likely)


def _numeric(found: re.Match[str], lang: str, region: str | None, today: date) -> Readings | None:
    first, sign, second, third = found.groups()
    if len(first) > 2:
        # A year stands first only in ISO's order.
        return None if third is None or len(first) != 4 else _sure(first, second, third)
    if third is None:
        if sign == "-" or (sign == "." and not found[0].count(".")):
            return None
        pairs = {
            _pair(order, first, second) for order in _orders(sign, lang, region, first, second)
        }
        return _yearless(pairs, today)
    if len(third) not in (2, 4):
        return None
    if len(third) == 2 and year_first(lang, region):
        return None
    orders = _orders(sign, lang, region, first, second)
    years, likely = _years(third, today)
    days = {
        day
        for order in orders
        for year in years
        if (day := _day(year, *_pair(order, first, second))) is not None
    }
    sure = [day for day in days if day.year == likely] if likely else list(days)
    return Readings(tuple(sorted(days)), sure[0] if len(sure) == 1 else None) if days else None


def _orders(sign: str, lang: str, region: str | None, first: str, second: str) -> tuple[str, ...]:
    # Nobody who writes points puts the month first.
    return ("dmy",) if sign == "." else day_orders(lang, region, first, second)


def _pair(order: str, first: str, second: str) -> tuple[int, int]:
    """Month and day."""
    return (int(first), int(second)) if order == "mdy" else (int(second), int(first))


def _years(written: str, today: date) -> tuple[tuple[int, ...], int | None]:
    """The years that are meant, and the likely one of them."""
    if len(written) == 4:
        return (int(written),), int(written)
    this = 2000 + int(written)
    return (this - 100, this), this if abs(this - today.year) <= SHORT_YEARS else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _sure(year: str, month: str, day: str) -> Readings | None:
    found = _day(int(year), int(month), int(day))
    return None if found is None else Readings((found,), found)


def _yearless(pairs: set[tuple[int, int]], today: date) -> Readings | None:
    """The coming and the last such day; the 29th of February is not there in every year."""
    days: list[date] = []
    for month, day in pairs:
        found = [_day(year, month, day) for year in range(today.year - 8, today.year + 9)]
        real = [each for each in found if each is not None]
        days += [each for each in real if each >= today][:1]
        days += [each for each in real if each < today][-1:]
    coming = [each for each in days if each >= today]
    likely = coming[0] if len(pairs) == 1 and coming and coming[0] - today <= NEAR else None
    return Readings(tuple(days), likely) if days else None


def _weekday(name: str, turn: str, today: date) -> Readings:
    """The coming such day; on that weekday itself a bare name may mean today, or not."""
    ahead = (_WEEKDAYS.index(name) - today.weekday()) % 7
    coming = today + timedelta(days=ahead or 7)
    last = today - timedelta(days=7 - ahead)
    if turn == "next":
        return Readings((coming,), coming)
    if turn == "last":
        return Readings((last,), last)
    if ahead:
        return Readings((coming, last), coming)
    return Readings((today, coming, last), today if turn == "this" else None)


def _canonical(translated: str, words: list[str], lang: str, today: date) -> Readings | None:
    """The grammar of the translation: every token has a part in it."""
    relative = _RELATIVE.fullmatch(translated)
    if relative:
        whole = is_around(words, lang) or counts_from_today(words, lang)
        return _relative(relative, today) if whole else None
    turned = _TURNED.fullmatch(translated)
    if turned:
        return _weekday(turned[2], turned[1], today)
    if not each_has_its_part(words, translated, lang):
        return None
    tokens = [token.rstrip(".") for token in translated.split()]
    named = [token for token in tokens if token in _WEEKDAYS]
    rest = [token for token in tokens if token not in _WEEKDAYS]
    if len(named) > 1 or (named and named[0] not in (tokens[0], tokens[-1])):
        return None
    if named and not rest:
        # "So", "mi" and "do" are words of their own.
        return _weekday(named[0], "", today) if len("".join(words).strip(".")) > 2 else None
    found = _named_month(rest, today)
    if found is None or not named:
        return found
    return _on_weekday(found, named[0])


def _named_month(tokens: list[str], today: date) -> Readings | None:
    """`26 november 2026`, `november 26 2026`, `26 november`, `november 26`."""
    months = [index for index, token in enumerate(tokens) if token in _MONTHS[1:]]
    numbers = [token for token in tokens if token.isdecimal()]
    if len(months) != 1 or len(numbers) != len(tokens) - 1 or not 2 <= len(tokens) <= 3:
        return None
    if months[0] == 1 and len(numbers[0]) == 4:
        return _sure(numbers[0], str(_MONTHS.index(tokens[1])), numbers[-1])
    if months[0] > 1 or len(numbers[0]) > 2:
        return None
    month, day = _MONTHS.index(tokens[months[0]]), int(numbers[0])
    if len(numbers) == 1:
        return _yearless({(month, day)}, today)
    # "Dec 25 26" may be two days.
    if len(numbers[1]) != 4 and (len(numbers[1]) != 2 or months[0] == 0):
        return None
    years, likely = _years(numbers[1], today)
    days = tuple(found for year in years if (found := _day(year, month, day)) is not None)
    sure = next((each for each in days if each.year == likely), None)
    return Readings(days, sure) if days else None


def _relative(found: re.Match[str], today: date) -> Readings | None:
    ahead, behind, unit, ago = found.groups()
    if (ahead is None) is (ago is None):
        return None
    count = int(ahead or behind) * (1 if ahead else -1)
    if abs(count) > _SPAN_MAX:
        return None
    if unit in ("day", "week"):
        day: date | None = today + timedelta(days=count * (7 if unit == "week" else 1))
    else:
        months = today.year * 12 + today.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        if not 1 <= year <= 9999:
            return None
        last = calendar.monthrange(year, month + 1)[1]
        day = _day(year, month + 1, min(today.day, last))
    return None if day is None else Readings((day,), day)
