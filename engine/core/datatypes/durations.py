"""The type `duration`: a number of seconds.

The names of units are CLDR's, in every language; words for numbers are those of the built-in
languages. A month and a year have no length of their own, and a bare number no unit.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

from engine.core.datatypes.clock import plain
from engine.core.datatypes.kind import BOUNDED, Example, Kind, Order, Speaker, Variable
from engine.core.display import show_number
from engine.core.faults import Fault
from engine.core.locales import locale_of
from engine.core.numerals import decimal_sign, read_number
from engine.core.operators import is_number, kind
from engine.core.phrases import AND, QUANTITIES, languages
from engine.core.values import INT_MAX, Value

SECONDS: Final[Mapping[str, int]] = {
    "week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1,
}  # fmt: skip
_SHORT: Final[Mapping[str, tuple[str, ...]]] = {
    "week": ("w",), "day": ("d",), "hour": ("h", "hr", "hrs"), "minute": ("m", "min", "mins"),
    "second": ("s", "sec", "secs"),
}  # fmt: skip
_WRITTEN: Final = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_LENGTH_MAX: Final = 100


def written(text: str) -> int | None:
    """The seconds of a duration as it is written in a flow: `1h30m`."""
    found = _WRITTEN.fullmatch(text)
    if found is None or not text:
        return None
    total = sum(
        int(count) * SECONDS[unit]
        for count, unit in zip(found.groups(), SECONDS, strict=True)
        if count
    )
    return total if total <= INT_MAX else None


@lru_cache(maxsize=64)
def _units(lang: str) -> Mapping[str, str]:
    """The unit of each word that a language has for one."""
    patterns = locale_of(lang)._data["unit_patterns"]  # noqa: SLF001 - Babel only writes with them
    found: dict[str, str] = {}
    for unit in SECONDS:
        for forms in patterns.get(f"duration-{unit}", {}).values():
            for pattern in forms.values() if isinstance(forms, Mapping) else ():
                if isinstance(pattern, str):
                    found.setdefault(plain(pattern.replace("{0}", "")), unit)
        for word in _SHORT[unit]:
            found.setdefault(word, unit)
    found.pop("", None)
    return found


def _numbers(lang: str) -> Mapping[str, float]:
    return {word: size for each in languages(lang) for word, size in QUANTITIES[each].items()}


def read_duration(_variable: Variable, text: str, speaker: Speaker) -> Value:
    """The seconds that a text names: from the largest unit to the smallest, each once."""
    text = plain(text)
    if not text or len(text) > _LENGTH_MAX:
        return None
    units, numbers = _units(speaker.lang), _numbers(speaker.lang)
    joints = {word for each in languages(speaker.lang) for word in AND[each]}
    tokens = _tokens(text, decimal_sign(speaker.lang))
    total: float = 0
    rank = -1
    order = list(SECONDS)
    while tokens:
        if total and tokens[0] in joints and len(tokens) > 1:
            tokens = tokens[1:]
        count, tokens = _count(tokens, numbers, speaker.lang)
        if count is None:
            return None
        if not tokens:
            # `1h30`: what follows hours is minutes.
            unit = order[rank + 1] if 0 <= rank < len(order) - 1 and _joined(text) else None
        else:
            unit, tokens = units.get(tokens[0]), tokens[1:]
        if unit is None or order.index(unit) <= rank:
            return None
        rank = order.index(unit)
        total += count * SECONDS[unit]
    if not 0 < total <= INT_MAX:
        return None
    return int(total) if float(total).is_integer() else total


def _joined(text: str) -> bool:
    """Whether a text ends in two digits without a unit, as `1h30` does."""
    return re.fullmatch(r"\d{1,3}\s?[^\W\d]+\s?[0-5]\d", text) is not None


def _tokens(text: str, decimal: str) -> list[str]:
    """Numbers and words, apart even where no blank is between them."""
    other = "," if decimal == "." else "."
    number = rf"\d+(?:{re.escape(decimal)}\d+)?(?:/\d+)?"
    found = re.findall(rf"{number}|½|[^\s\d{re.escape(other)}½]+|\S", text)
    return [each.strip(".,") or each for each in found if each.strip(".,")]


def _count(
    tokens: list[str], numbers: Mapping[str, float], lang: str
) -> tuple[float | None, list[str]]:
    """The number that tokens begin with: in digits, or in words (`half an`, `two and a half`)."""
    for length in (4, 3, 2, 1):
        words = " ".join(tokens[:length])
        if len(tokens) >= length and words in numbers:
            return numbers[words], tokens[length:]
    if tokens and tokens[0][0].isdigit():
        return read_number(tokens[0], lang, whole=False), tokens[1:]
    return None, tokens


def _bound(limit: Value, _speaker: Speaker, _least: bool) -> object:  # noqa: FBT001 - see Order
    if isinstance(limit, int | float) and is_number(limit):
        return limit
    found = written(limit) if isinstance(limit, str) else None
    if found is None:
        raise Fault("expr:type", f"a limit is a number of seconds, not {kind(limit)}.")
    return found


def show_duration(limit: Value, speaker: Speaker) -> str:
    """A duration in words: its two largest units."""
    seconds = _bound(limit, speaker, True)  # noqa: FBT003 - of no meaning here
    assert isinstance(seconds, int | float)
    return spelled(seconds, speaker.lang)


def spelled(seconds: float, lang: str, length: Literal["long", "short"] = "long") -> str:
    """Seconds in the units of a language, without those that are zero."""
    from babel.lists import format_list  # noqa: PLC0415 - only texts need it
    from babel.units import format_unit  # noqa: PLC0415 - as above

    locale = locale_of(lang)
    rest: float = abs(seconds)
    shown: list[str] = []
    for unit, size in SECONDS.items():
        if unit == "week":
            continue
        count, rest = divmod(rest, size) if unit != "second" else (rest, 0)
        if count or (unit == "second" and not shown):
            number = int(count) if float(count).is_integer() else float(show_number(count))
            shown.append(format_unit(number, f"duration-{unit}", length, locale=locale))
    # Of some languages Babel has only a part of the patterns for units.
    whole = {"start", "middle", "end", "2"} <= set(locale.list_patterns.get("unit", ()))
    text = format_list(shown, "unit" if whole else "standard", locale=locale)
    return f"-{text}" if seconds < 0 else text


KINDS = (
    Kind(
        "duration",
        "How long something takes, with its units. It is stored in seconds.",
        "number of seconds",
        lambda _, value: is_number(value),
        5400,
        read_duration,
        order=Order(lambda value: value, _bound, show_duration),
        written=written,
        options=BOUNDED,
        example=lambda speaker: spelled(5400, speaker.lang),
        examples=(
            Example("1h30", 5400),
            Example("90 min", 5400),
            Example("2 days 4 hours", 187200),
            Example("half an hour", 1800),
            Example("anderthalb Stunden", 5400, "de"),
            Example("1,5 Stunden", 5400, "de"),
            Example("2 heures et demie", None, "fr"),
            Example("90", None),
            Example("1 month", None),
            Example("1:30", None),
        ),
    ),
)
