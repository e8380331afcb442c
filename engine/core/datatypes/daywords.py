"""Words beside the names of days, by language: from CLDR, and from short tables of ours."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from engine.core.datatypes.clock import base_language, plain
from engine.core.locales import locale_of

VAGUE: Final = frozenset({
    "about", "around", "just", "by", "from", "after", "before", "till", "until", "since", "within",
    "later", "etwa", "ungefähr", "circa", "ca", "nach", "bis", "ab", "seit", "vers", "environ",
    "cerca", "aproximadamente", "около", "примерно", "приблизно", "близько", "約", "约",
    "yaklaşık",  # noqa: RUF001 - Turkish
})  # fmt: skip
"""Words that leave the day open, or put it elsewhere; dateparser drops some of them."""
BEFORE: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset({"on", "the"}), "de": frozenset({"am", "den", "der", "dem"}),
    "fr": frozenset({"le"}), "es": frozenset({"el"}), "it": frozenset({"il"}),
    "pt": frozenset({"no", "na"}), "nl": frozenset({"op"}), "pl": frozenset({"w", "we"}),
    "ru": frozenset({"в", "во"}),
}  # fmt: skip
"""Words that may stand before a day, and mean nothing."""
LINKS: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset({"of", "the"}), "de": frozenset({"den", "der", "dem"}),
    "fr": frozenset({"le"}), "es": frozenset({"de", "del"}), "it": frozenset(),
    "pt": frozenset({"de"}), "nl": frozenset(), "ru": frozenset(), "pl": frozenset(),
}  # fmt: skip
"""Words that may stand between a day and its month, and mean nothing."""
NEXT: Final[Mapping[str, frozenset[str]]] = {
    "de": frozenset({"nächsten", "nächster", "nächste", "kommenden", "kommender", "kommende"}),
    "fr": frozenset({"prochain", "prochaine"}), "es": frozenset({"próximo", "proximo"}),
    "it": frozenset({"prossimo", "prossima"}), "nl": frozenset({"volgende", "komende"}),
    "pt": frozenset({"próximo", "próxima"}),
}  # fmt: skip
"""Words beside a weekday that say that it is the coming one."""
_BEHIND: Final[Mapping[str, frozenset[str]]] = {
    "pl": frozenset({"r", "roku"}), "ru": frozenset({"года"}), "uk": frozenset({"року"}),
}  # fmt: skip
"""Words that may stand behind a year, beside those that CLDR has."""


@lru_cache(maxsize=64)
def months_of(lang: str) -> Mapping[str, frozenset[int]]:
    """The months that each written or short name of one means."""
    found: dict[str, set[int]] = {}
    for names in _names(locale_of(lang).months):
        for number, name in names.items():
            found.setdefault(plain(name).strip("."), set()).add(int(number))
    return {name: frozenset(months) for name, months in found.items()}


@lru_cache(maxsize=64)
def names_of_two(lang: str) -> frozenset[str]:
    """Names of months and weekdays that are two words."""
    locale = locale_of(lang)
    names = (each for kinds in (locale.months, locale.days) for each in _names(kinds))
    plains = {plain(name).strip(".") for each in names for name in each.values()}
    return frozenset(name for name in plains if name.count(" ") == 1)


@lru_cache(maxsize=64)
def twofold(lang: str) -> frozenset[str]:
    """Words for two days.

    `mar` is a month and a weekday in Spanish; Hindi has one word for yesterday and tomorrow.
    """
    locale = locale_of(lang)
    fields = locale._data["date_fields"].get("day", {})  # noqa: SLF001 - Babel hides them
    around = [plain(str(word)) for word in fields.get("relative", {}).values()]
    months, weekdays = (
        {
            plain(name).strip(".")
            for names in _names(kinds, "abbreviated")
            for name in names.values()
        }
        for kinds in (locale.months, locale.days)
    )
    months_twice = {name for name, months in months_of(lang).items() if len(months) > 1}
    return frozenset(
        (months & weekdays) | months_twice | {word for word in around if around.count(word) > 1}
    )


def _names(kinds: Any, *widths: str) -> Iterator[Mapping[Any, str]]:  # noqa: ANN401 - Babel has no type for it
    for context in kinds.values():
        for width in widths or ("wide", "abbreviated"):
            yield context.get(width, {})


@lru_cache(maxsize=64)
def fillers(lang: str) -> tuple[frozenset[str], frozenset[str]]:
    """Words that a language puts between a date's parts, and behind the last of them.

    Such is the Spanish "de" between, and the Russian for "year" behind.
    """
    formats = locale_of(lang).date_formats
    inner: set[str] = set()
    last: set[str] = set()
    for width in ("medium", "long", "full"):
        pattern = str(formats[width].pattern)
        for quoted in re.finditer(r"'([^']+)'", pattern):
            behind = not pattern[quoted.end() :].strip(" .")
            words = {word.strip(".") for word in plain(quoted[1]).split()}
            (last if behind else inner).update(words)
    return frozenset(inner), frozenset(last) | _BEHIND.get(base_language(lang), frozenset())
