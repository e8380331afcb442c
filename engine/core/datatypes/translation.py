"""What a text says in canonical English, by the dictionaries of dateparser.

It is asked for no date: only for what the words of a language mean, and which words it drops.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from engine.core.datatypes.clock import base_language, plain
from engine.core.datatypes.daywords import LINKS, VAGUE, names_of_two

_NOW: Final = "0 second ago"
_PERIODS: Final = frozenset({
    "second", "minute", "hour", "week", "month", "year", "decade", "century", "fortnight",
})  # fmt: skip


def english(text: str, lang: str) -> str | None:
    """A text in canonical English, by dateparser; none where it does not know every word.

    What is no day but a whole week, month or year has none either, nor what leaves a day open.
    """
    if not text:
        return None
    from dateparser.conf import settings  # noqa: PLC0415 - few bots ask for dates

    locale = _locale(base_language(lang))
    phrases = {} if locale is None else _phrases(locale)
    if text in phrases and (phrases[text] == _NOW or not _is_period({text: phrases[text]}, text)):
        return phrases[text]
    # A phrase within others is a part of something else: "tomorrow" in "in tomorrow".
    if (
        locale is None
        or any(f" {phrase} " in f" {text} " for phrase in phrases)
        or VAGUE.intersection(re.split(r"\W+", text))
    ):
        return None
    if not locale.is_applicable(text, strip_timezone=False, settings=settings):
        return None
    translated = locale.translate(text, keep_formatting=False, settings=settings)
    return " ".join(str(translated).replace(",", " ").split())


def _locale(language: str) -> Any:  # noqa: ANN401 - a class that dateparser does not export
    from dateparser.languages.loader import default_loader  # noqa: PLC0415 - as above

    for each in (language, "en"):
        try:
            return next(iter(default_loader.get_locales(languages=[each])))
        except (ValueError, StopIteration):
            continue
    return None  # pragma: no cover - dateparser always has English


def _phrases(locale: Any) -> dict[str, str]:  # noqa: ANN401 - as above
    """What a language calls the days around today, and the weeks, months and years around it."""
    named = locale.info.get("relative-type", {})
    return {plain(phrase): meaning for meaning, phrases in named.items() for phrase in phrases}


def _is_period(phrases: Mapping[str, str], text: str) -> bool:
    """Whether a text names a whole week, month or year, such as "next week": that is no day."""
    return any(
        f" {phrase} " in f" {text} " and meaning.removesuffix(" ago").rpartition(" ")[2] in _PERIODS
        for phrase, meaning in phrases.items()
    )


def is_around(words: Sequence[str], lang: str) -> bool:
    """Whether words are what a language calls a day around today, such as "tomorrow"."""
    locale = _locale(base_language(lang))
    return locale is not None and " ".join(words) in _phrases(locale)


@lru_cache(maxsize=4096)
def _alone(word: str, lang: str) -> str:
    """What one word says by itself: nothing for one that dateparser drops."""
    from dateparser.conf import settings  # noqa: PLC0415 - as above

    locale = _locale(base_language(lang))
    said = "" if locale is None else locale.translate(word, settings=settings)
    return " ".join(str(said).replace(",", " ").split())


def counts_from_today(words: Sequence[str], lang: str) -> bool:
    """Whether only words such as "in" and "ago" say nothing by themselves."""
    locale = _locale(base_language(lang))
    info = {} if locale is None else locale.info
    known = {plain(word) for key in ("in", "ago") for word in info.get(key, ())}
    joined = {each for words_ in known for each in words_.split()}
    return all(_alone(word, lang) or word.strip(",") in joined for word in words)


def _dangles(words: Sequence[str], lang: str) -> bool:
    """Whether a word that says nothing stands where it says that something is missing."""
    said = [_alone(word, lang) for word in words]
    if not (said[0] and said[-1]):
        return True
    links = LINKS.get(base_language(lang))
    return links is not None and any(
        not each and word.strip(",") not in links for word, each in zip(words, said, strict=True)
    )


def _units(words: Sequence[str], lang: str) -> list[str]:
    """The words, those that make one name together as one: a month in Vietnamese has two."""
    units: list[str] = []
    for word in words:
        pair = f"{units[-1]} {word}" if units else ""
        if pair and pair.strip(".,") in names_of_two(lang):
            units[-1] = pair
        else:
            units.append(word)
    return units


def each_has_its_part(words: Sequence[str], translated: str, lang: str) -> bool:
    """Whether nothing was dropped that could mean something, and no number made of a word."""
    units = _units(words, lang)
    said = [token for unit in units for token in _alone(unit, lang).split()]
    written = [digits for unit in units if " " not in unit for digits in re.findall(r"\d+", unit)]
    numbers = [digits for token in said for digits in re.findall(r"\d+", token)]
    return (
        sorted(said) == sorted(translated.split())
        and sorted(written) == sorted(numbers)
        and not _dangles(words, lang)
    )
