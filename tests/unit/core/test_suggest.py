"""What is proposed for a word that nobody knows."""

import pytest

from engine.core.suggest import WORD_MAX, closest, did_you_mean, one_of

KNOWN = ("next", "Target", "guard")


@pytest.mark.parametrize(
    ("word", "found"),
    [("nxt", "next"), ("TARGETS", "Target"), ("gaurd", "guard"), ("zzz", None), ("", None)],
)
def test_the_most_similar_word_is_found_in_any_letter_case(word: str, found: str | None) -> None:
    assert closest(word, KNOWN) == found


def test_words_are_found_as_they_are_written_not_as_they_are_compared() -> None:
    assert did_you_mean("target", KNOWN) == "Did you mean `Target`?"
    assert did_you_mean("zzz", KNOWN) is None


def test_a_short_table_is_listed_where_nothing_in_it_is_similar() -> None:
    assert one_of("zzz", {"b": 1, "a": 2}) == "There are a, b."
    assert one_of("nexd", KNOWN) == "Did you mean `next`?"


def test_words_too_long_to_compare_are_left_alone() -> None:
    longest = "x" * WORD_MAX
    assert closest(longest, [longest]) == longest
    assert closest(longest + "x", [longest]) is None
    assert closest(longest, [longest + "x"]) is None
