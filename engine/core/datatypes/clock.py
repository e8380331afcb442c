"""Times of day as people write them: what names one hour and minute, and nothing else.

A bare number is no time, and neither is what could be in the morning or in the evening.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import time
from functools import lru_cache
from typing import Final

from engine.core.locales import locale_of
from engine.core.phrases import normalize

LENGTH_MAX: Final = 100
_MARKS: Final[Mapping[str, str]] = {
    "de": "uhr|h", "fr": "heures?|h", "es": "horas?|hs?", "pt": "horas?|h", "it": "ore",
    "nl": "uur", "ca": "h", "gl": "h",
}  # fmt: skip
"""What stands behind an hour of the day, by language."""
_AT: Final[Mapping[str, str]] = {
    "en": "at", "de": "um", "fr": "à|a", "es": "a las?", "it": "alle ore|alle|ore", "pt": "às|as",
    "nl": "om", "pl": "o", "ru": "в",
}  # fmt: skip
"""What may stand before a time, by language."""
_ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "am": ("am", "a.m.", "a.m"), "pm": ("pm", "p.m.", "p.m"),
}  # fmt: skip
_NOON: Final[Mapping[str, tuple[str, ...]]] = {"en": ("midday",), "de": ("mittag", "mittags")}
"""Further words than CLDR has."""


def plain(text: str) -> str:
    """A text as it is compared: small letters, ASCII digits, single blanks, no final stop."""
    text = unicodedata.normalize("NFKC", text).casefold()
    signs = [str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text]
    return " ".join("".join(signs).split()).strip(" .!,")


def base_language(lang: str) -> str:
    return normalize(lang).partition("-")[0]


@lru_cache(maxsize=64)
def _words(lang: str) -> Mapping[str, tuple[str, ...]]:
    """The language's words for the halves of the day, noon and midnight."""
    periods = locale_of(lang).day_periods
    found: dict[str, set[str]] = {"am": set(), "pm": set(), "noon": set(), "midnight": set()}
    for widths in periods.values():
        for names in widths.values():
            for period, words in found.items():
                if period in names:
                    words.add(plain(names[period]))
    for period, known in _ALWAYS.items():
        found[period].update(known)
    found["noon"].update(_NOON.get(base_language(lang), ()))
    # A word of one letter, as the narrow "n" and "a", may be anything.
    return {
        period: tuple(sorted((word for word in words if len(word) > 1), key=len, reverse=True))
        for period, words in found.items()
    }


@lru_cache(maxsize=64)
def _pattern(lang: str) -> re.Pattern[str]:
    words = _words(lang)

    def either(*periods: str) -> str:
        return "|".join(re.escape(word) for period in periods for word in words[period])

    half = f"(?P<half{{0}}>{either('am', 'pm')})"
    marks = _MARKS.get(base_language(lang), r"(?!)")
    at = _AT.get(base_language(lang), r"(?!)")
    forms = (
        rf"(?P<h1>\d{{1,2}}):(?P<m1>\d{{2}})(?::00)?(?:\s?{half.format(1)})?(?:\s?(?:{marks}))?",
        rf"(?P<h2>\d{{1,2}})\s?{half.format(2)}",
        rf"(?P<h3>\d{{1,2}})\.(?P<m3>\d{{2}})\s?(?:{marks}|{half.format(3)})",
        rf"(?P<h4>\d{{1,2}})\s?(?:{marks})(?:\s?(?P<m4>\d{{2}}))?",
        f"(?P<word>{either('noon')})" if words["noon"] else r"(?P<word>\Z\A)",
    )
    return re.compile(rf"(?<![\w:.,/+-])(?:(?:{at})\s)?(?:{'|'.join(forms)})(?![\w:/+-]|[.,]\d)")


def take_clock(text: str, lang: str) -> tuple[time, str] | None:
    """The one time of day in a plain text, and the text without it; none if there is not one."""
    if len(text) > LENGTH_MAX:
        return None
    found = list(_pattern(lang).finditer(text))
    if len(found) != 1:
        return None
    clock = _clock(found[0], lang)
    if clock is None:
        return None
    rest = f"{text[: found[0].start()]} {text[found[0].end() :]}"
    return clock, " ".join(rest.split()).strip(" ,")


def _clock(found: re.Match[str], lang: str) -> time | None:
    if found["word"] is not None:
        return time(12)
    groups = found.groupdict()
    hour, minute, half = (
        next((groups[key] for key in keys if groups.get(key) is not None), None)
        for keys in (("h1", "h2", "h3", "h4"), ("m1", "m3", "m4"), ("half1", "half2", "half3"))
    )
    hours = int(hour or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half in _words(lang)["pm"] else 0)
    minutes = int(minute or 0)
    return time(hours, minutes) if hours <= 23 and minutes <= 59 else None


def read_clock(text: str, lang: str) -> time | None:
    """The time of day that a whole text is: also `17.30`, and midnight."""
    text = plain(text)
    if text in _words(lang)["midnight"]:
        return time()
    dotted = re.fullmatch(r"(\d{1,2})\.(\d\d)", text)
    if dotted:
        text = f"{dotted[1]}:{dotted[2]}"
    taken = take_clock(text, lang)
    return None if taken is None or taken[1] else taken[0]
