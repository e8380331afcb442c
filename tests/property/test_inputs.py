"""Typed inputs against arbitrary texts and values."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.inputs import (
    TYPES,
    Person,
    Variable,
    WrongAnswer,
    fits,
    hint,
    read,
    read_media,
)
from engine.core.numerals import read_number
from engine.core.values import INT_MAX, Value

types = st.sampled_from(sorted(TYPES))
MOMENTS = ("date", "time", "datetime")
"""Types that no number is a limit of."""
langs = st.sampled_from(["en", "de", "de-at", "fr", "ar", "hi", "zz", ""])
bounds = st.none() | st.integers(-50, 50)
words = st.sampled_from(
    ["+49", "0049", "(0)", "030", "1234567", "€", "$", "EUR", "usd", "¥", "12,50", "1.000", "-3",
     "1h", "30min", "90s", "Stunden", "heures", "half", "anderthalb", "½", "hour", "and a half",
     "ja", "nein", "yes", "oui", "нет", "نعم", "a", "b", "a@b.de", "@", "https://a.b/", "tomorrow",
     "morgen", "um", "at", "17", "17:30", "5pm", "Uhr", "29.2.", "2026-02-30", "next", "Friday",
     "٣", "\u0966", "\u00a0", "\u200e", ",", ";", "/", "-", "x", "\n", ":"]
)  # fmt: skip
texts = (
    st.text(max_size=30)
    | st.lists(words, max_size=6).map(" ".join)
    | st.lists(words, max_size=4).map("".join)
    | st.text("0123456789.,' +-\N{MINUS SIGN}\u202f\u0663", max_size=14)
    | st.text("ab@.:/-[]?#%\\1 ", max_size=25)
    | st.sampled_from(["https://", "http://["]).flatmap(lambda start: st.text().map(start.__add__))
)

KEYS = ("kind", "id", "transport", "latitude", "longitude", "phone", "name", "size")
stored = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-INT_MAX, INT_MAX)
    | st.floats(-200, 200)
    | st.text(max_size=5)
    | st.sampled_from(["photo", "voice", "location"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
"""What a transport can tell about what was sent."""


def outcome(reading: Callable[[], Value]) -> Any:  # noqa: ANN401 - a value or an error
    try:
        return reading()
    except WrongAnswer as wrong:
        return wrong


@settings(max_examples=400, deadline=2000)
@given(types, texts, langs, bounds, bounds)
def test_any_text_is_an_answer_that_fits_its_variable_or_a_wrong_answer(
    type_: str, text: str, lang: str, low: int | None, high: int | None
) -> None:
    if type_ in MOMENTS:
        low = high = None
    variable = Variable("x", type_, min=low, max=high, values=("a", "b"))
    found = outcome(lambda: read(variable, text, Person(lang)))
    if isinstance(found, WrongAnswer):
        assert found.hint
        assert type_ in MOMENTS or found.hint == hint(variable, Person(lang))
    else:
        assert found is not None
        assert fits(variable, found) is None


@settings(max_examples=400, deadline=2000)
@given(types, st.sampled_from(["photo", "location", "contact", "voice", "text"]), st.data())
def test_whatever_is_sent_is_an_answer_that_fits_its_variable_or_a_wrong_answer(
    type_: str, event: str, data: st.DataObject
) -> None:
    details = data.draw(stored | st.dictionaries(st.sampled_from(KEYS), stored, max_size=6))
    variable = Variable("x", type_)
    found = outcome(lambda: read_media(variable, event, details, Person()))
    if isinstance(found, WrongAnswer):
        assert found.hint
    else:
        assert fits(variable, found) is None


@given(st.integers(-INT_MAX, INT_MAX), langs)
def test_a_whole_number_is_read_back_however_it_is_grouped(number: int, lang: str) -> None:
    for sign in ("", " ", "'", "\u202f"):
        written = f"{number:_}".replace("_", sign)
        assert read_number(written, lang, whole=True) == number


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**6 - 1))
def test_a_fraction_is_read_back_in_german_and_in_english(whole: int, fraction: int) -> None:
    expected = float(f"{whole}.{fraction:06}")
    english = f"{whole:,}.{fraction:06}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert read_number(english, "en", whole=False) == expected
    assert read_number(german, "de", whole=False) == expected
    assert read_number(english, "en", whole=True) is None


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(TYPES)), anything, bounds, bounds, st.booleans())
def test_any_value_fits_or_is_told_why(
    type_: str,
    value: Value,
    low: int | None,
    high: int | None,
    optional: bool,  # noqa: FBT001 - drawn by position
) -> None:
    if type_ in MOMENTS:
        low = high = None
    variable = Variable("x", type_, min=low, max=high, optional=optional)
    reason = fits(variable, value)
    assert reason is None or reason
    if value is None:
        assert (reason is None) == (optional or type_ == "any")
