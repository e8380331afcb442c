"""What CLDR knows of a language and a place: Babel, imported where it is needed."""

# ruff: noqa: PLC0415 - importing Babel takes a quarter of a second that most flows need not pay

from functools import lru_cache
from typing import TYPE_CHECKING

from engine.core.phrases import normalize

if TYPE_CHECKING:
    from babel import Locale


@lru_cache(maxsize=256)
def locale_of(lang: str) -> "Locale":
    """The locale of a language tag, else of its language, else English."""
    from babel import Locale, UnknownLocaleError

    tag = normalize(lang)
    for candidate in (tag, tag.partition("-")[0], "en"):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError  # pragma: no cover - Babel always has English


@lru_cache(maxsize=256)
def region_of(lang: str, tz: str | None) -> str | None:
    """The territory (ISO 3166) of a person, by the language's tag, else by the time zone."""
    from babel.core import get_global

    tag = normalize(lang)
    territory = locale_of(tag).territory if "-" in tag else None
    if territory is not None:
        return territory
    found = get_global("zone_territories").get(tz) if tz else None
    return found if isinstance(found, str) and len(found) == 2 and found.isalpha() else None


@lru_cache(maxsize=256)
def local_locale(lang: str, tz: str | None) -> "Locale":
    """The locale of a language as it is written where the person is."""
    region = region_of(lang, tz)
    tag = normalize(lang)
    if region is None or "-" in tag:
        return locale_of(tag)
    found = locale_of(f"{tag}-{region.lower()}")
    return found if found.territory == region else locale_of(tag)
