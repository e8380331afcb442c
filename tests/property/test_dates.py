"""Dates against every language that CLDR knows, and against arbitrary words."""

from datetime import date, timedelta

from babel import Locale, localedata
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.inputs import Person, Variable, WrongAnswer, fits, read
from engine.core.values import Value

NOW = "2026-11-26T12:00:00Z"
TODAY = date(2026, 11, 26)
LOCALES = sorted(
    name for name in localedata.locale_identifiers() if "Arab" not in name and name != "root"
)
WORDS = [
    "today", "tomorrow", "next", "last", "this", "friday", "sat", "may", "november", "26", "3",
    "3rd",
    "2026", "26/11/2026", "3/4/27", "in", "2", "days", "week", "month", "ago", "the", "of", "on",
    "at", "5pm", "17:00", "noon", "and", "or", "half", "an", "hour", "-", ".", ",", "morgen",
    "heute", "um", "uhr", "nächsten", "Freitag", "in drei Tagen", "1.5", "1h30", "EUR", "€",
]  # fmt: skip


def understood(type_: str, text: str, lang: str) -> Value:
    try:
        return read(Variable("x", type_), text, Person(lang, "UTC", NOW))
    except WrongAnswer as wrong:
        assert wrong.hint  # noqa: PT017 - either way it must hold
        return None


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(LOCALES),
    st.dates(date(2020, 1, 1), date(2045, 12, 31)),
    st.sampled_from(["short", "medium", "long", "full"]),
)
def test_a_date_as_a_language_writes_it_is_that_date_or_none(
    name: str, day: date, style: str
) -> None:
    written = format_date(day, style, locale=name)  # type: ignore[arg-type]  # drawn from these
    tag = name.replace("_", "-").lower()
    assert understood("date", written, tag) in (None, day.isoformat()), written


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(LOCALES), st.integers(-2, 2))
def test_a_word_for_a_day_around_today_is_that_day_or_none(name: str, offset: int) -> None:
    fields = Locale.parse(name)._data["date_fields"].get("day", {})
    word = dict(fields.get("relative", {}).items()).get(offset)
    if word is not None:
        expected = (TODAY + timedelta(days=offset)).isoformat()
        assert understood("date", word, name.replace("_", "-").lower()) in (None, expected), word


@settings(max_examples=800, deadline=None)
@given(
    st.sampled_from(["date", "time", "datetime", "duration", "money", "phone"]),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=6).map(" ".join),
    st.sampled_from(["en", "de", "en-us", "fr", "zz"]),
)
def test_any_words_are_an_answer_that_fits_or_a_wrong_answer(
    type_: str, text: str, lang: str
) -> None:
    found = understood(type_, text, lang)
    assert found is None or fits(Variable("x", type_), found) is None


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["tomorrow", "26 November 2026", "next friday", "in 3 days", "2026-11-26"]),
    st.text(st.characters(categories=["L"]), min_size=3, max_size=8),
    st.booleans(),
)
def test_a_word_that_nobody_knows_spoils_a_date(
    text: str,
    word: str,
    first: bool,  # noqa: FBT001 - drawn by position
) -> None:
    known = {"and", "the", "friday", "november"}
    if word.casefold() not in known and understood("date", word, "en") is None:
        written = f"{word} {text}" if first else f"{text} {word}"
        assert understood("date", written, "en") in (None, understood("date", text, "en"))
