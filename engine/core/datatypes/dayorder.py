"""In which order a language and its territories write day, month and year as numbers."""

from functools import lru_cache
from typing import Final

from engine.core.locales import locale_of
from engine.core.phrases import normalize

_EITHER: Final = ("dmy", "mdy")


@lru_cache(maxsize=256)
def _order(lang: str, region: str | None) -> tuple[str, bool]:
    """`dmy`, `mdy` or `ymd`, as CLDR's short date has it; and whether the territory is known."""
    tag = normalize(lang)
    locale = locale_of(tag)
    if "-" not in tag and region is not None:
        local = locale_of(f"{tag}-{region.lower()}")
        locale = local if local.territory == region else locale
    pattern = str(locale.date_formats["short"].pattern)
    letters = [letter for letter in pattern.lower() if letter in "dmy"]
    return "".join(dict.fromkeys(letters)), locale.territory is not None


def year_first(lang: str, region: str | None) -> bool:
    """Whether the year stands first, so that one of two digits cannot be told from a day."""
    return _order(lang, region)[0] not in _EITHER


def day_orders(lang: str, region: str | None, first: str, second: str) -> tuple[str, ...]:
    """The orders, `dmy` or `mdy`, in which a person may have meant two numbers.

    A number beyond 12 is the day, whatever the order; two equal ones have one meaning. Few
    territories write the month first: of a language whose first territory does, and of one that
    begins with the year, nothing is known.
    """
    if int(first) > 12 or int(second) > 12:
        return ("dmy",) if int(first) > 12 else ("mdy",)
    if first == second:
        return ("dmy",)
    order, certain = _order(lang, region)
    return (order,) if order in _EITHER and (certain or order == "dmy") else _EITHER
