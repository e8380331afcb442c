"""Patterns: what they find, and that no text makes them slow."""

import pytest

from engine.core.patterns import SOURCE_MAX, compile_pattern
from engine.core.values import TEXT_MAX
from engine.errors import Place, StatechatError

PLACE = Place("form.yaml", 3, 7)


def test_a_search_gives_the_named_groups_of_the_first_fit() -> None:
    pattern = compile_pattern(r"(?P<day>\d+)\.(?P<month>\d+)?", PLACE)
    assert pattern.search("am 24.12. oder 31.12.") == {"day": "24", "month": "12"}
    assert pattern.search("am 24. ?") == {"day": "24", "month": None}
    assert pattern.search("never") is None
    assert pattern.groups == ("day", "month")
    assert (pattern.source, pattern.place) == (r"(?P<day>\d+)\.(?P<month>\d+)?", PLACE)


def test_a_search_without_groups_gives_an_empty_mapping() -> None:
    assert compile_pattern("b", PLACE).search("abc") == {}


def test_only_a_whole_text_fits() -> None:
    pattern = compile_pattern("a|ab", PLACE)
    assert pattern.fits("ab")
    assert not pattern.fits("abc")
    assert not pattern.fits("ab\n")


def test_letters_of_every_script_and_broken_ones_are_searched() -> None:
    assert compile_pattern(r"(?i)(?P<x>Ü.)", PLACE).search("grüß dich") == {"x": "üß"}
    assert compile_pattern("b$", PLACE).search("\ud800b") == {}


@pytest.mark.parametrize(
    "source",
    ["(", "a**", "[z-a]", r"(a)\1", "(?=a)", "((a{900}){900})", "\ud800"],
)
def test_a_faulty_pattern_is_refused_with_its_place(source: str) -> None:
    with pytest.raises(StatechatError) as caught:
        compile_pattern(source, PLACE)
    assert (caught.value.code, caught.value.place) == ("pattern:syntax", PLACE)


def test_a_pattern_is_bounded_in_length() -> None:
    assert compile_pattern("a" * SOURCE_MAX, PLACE).fits("a" * SOURCE_MAX)
    with pytest.raises(StatechatError) as caught:
        compile_pattern("a" * (SOURCE_MAX + 1), PLACE)
    assert caught.value.code == "pattern:syntax"


@pytest.mark.timeout(5)
def test_no_text_makes_a_pattern_slow() -> None:
    pattern = compile_pattern("(a+)+(a+)+$", PLACE)
    assert not pattern.fits("a" * (TEXT_MAX - 1) + "!")
    assert pattern.search("a" * (TEXT_MAX - 1) + "!") is None
