"""Words beside the names of days, by language: from CLDR, and from short tables of ours."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from engine.core.datatypes.clock import plain
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
NEXT: Final[Mapping[str, frozenset[str]]] = {
    "de": frozenset({"nächsten", "nächster", "nächste", "kommenden", "kommender", "kommende"}),
    "fr": frozenset({"prochain", "prochaine"}), "es": frozenset({"próximo", "proximo"}),
    "it": frozenset({"prossimo", "prossima"}), "nl": frozenset({"volgende", "komende"}),
    "pt": frozenset({"próximo", "próxima"}),
}  # fmt: skip
"""Words beside a weekday that say that it is the coming one."""


@lru_cache(maxsize=64)
def months_of(lang: str) -> Mapping[str, frozenset[int]]:
    """The months that each written or short name of one means."""
    found: dict[str, set[int]] = {}
    for names in _names(locale_of(lang).months):
        for number, name in names.items():
            found.setdefault(plain(name).strip("."), set()).add(int(number))
    return {name: frozenset(months) for name, months in found.items()}


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
def fillers(lang: str) -> frozenset[str]:
    """Words that a language puts beside a date's parts, such as the Russian for "year"."""
    formats = locale_of(lang).date_formats
    patterns = [str(formats[width].pattern) for width in ("medium", "long", "full")]
    quoted = [words for pattern in patterns for words in re.findall(r"'([^']+)'", pattern)]
    return frozenset(word.strip(".") for words in quoted for word in plain(words).split())
