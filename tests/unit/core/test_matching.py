"""What a typed text means among several choices: one of them, or none."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.matching import FUZZY_LENGTHS, PARTS_MAX, Candidate, fold, match, match_list


def candidates(*labels: str) -> list[Candidate]:
    """Choices in order; `a|b` are two spellings of one."""
    return [
        Candidate(frozenset(map(fold, label.split("|"))), number)
        for number, label in enumerate(labels, 1)
    ]


def meant(text: str, *labels: str) -> str | None:
    found = match(text, candidates(*labels))
    return None if found is None else labels[found].split("|")[0]


CITIES = ("Berlin", "Vienna|Wien", "Bern", "New York|NYC")


@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("Berlin", "Berlin"),
        ("  bERLIN\n", "Berlin"),
        ("\uff22erlin", "Berlin"),
        ("wien", "Vienna"),
        ("new   york", "New York"),
        ("nyc", "New York"),
    ],
)
def test_a_whole_label_or_synonym_in_any_case_and_width(typed: str, city: str) -> None:
    assert meant(typed, *CITIES) == city


@pytest.mark.parametrize(("typed", "city"), [("1", "Berlin"), ("4", "New York"), (" 2 ", "Vienna")])
def test_a_number(typed: str, city: str) -> None:
    assert meant(typed, *CITIES) == city


@pytest.mark.parametrize("typed", ["0", "5", "-1", "1.5", "99999", "1" * 5_000])
def test_a_number_of_no_choice_means_nothing(typed: str) -> None:
    assert meant(typed, *CITIES) is None


def test_a_label_that_is_a_number_counts_before_the_numbers() -> None:
    assert meant("2", "3", "2", "1") == "2"
    assert meant("1", "3", "2", "1") == "1"


@pytest.mark.parametrize(
    ("typed", "city"), [("v", "Vienna"), ("new", "New York"), ("berl", "Berlin"), ("wie", "Vienna")]
)
def test_a_beginning_of_one_choice(typed: str, city: str) -> None:
    assert meant(typed, *CITIES) == city


@pytest.mark.parametrize("typed", ["b", "ber", "BER"])
def test_a_beginning_of_two_choices_means_neither(typed: str) -> None:
    assert meant(typed, *CITIES) is None


def test_two_spellings_of_one_choice_that_begin_alike_are_no_ambiguity() -> None:
    assert meant("wi", "Wien|Wiener", "Berlin") == "Wien"


def test_a_whole_label_counts_even_if_another_begins_with_it() -> None:
    assert meant("red", "Red wine", "Red") == "Red"


@pytest.mark.parametrize("typed", ["10", "1", "10.5", "1000 €"])
def test_a_part_of_a_number_is_no_beginning_and_no_typing_error(typed: str) -> None:
    assert meant(typed, "100 €", "20.50 €", "10.55 €", "300") == ("100 €" if typed == "1" else None)


def test_a_whole_number_is_the_beginning_of_a_label() -> None:
    assert meant("100", "100 €", "200 €") == "100 €"
    assert meant("20", "100 €", "20 €, by card") == "20 €, by card"


@pytest.mark.parametrize(
    ("typed", "label"),
    [("berlni", "Berlin"), ("Viena", "Vienna"), ("new yrok", "New York"), ("berlinn", "Berlin")],
)
def test_a_typing_error_in_one_choice(typed: str, label: str) -> None:
    assert meant(typed, "Berlin", "Vienna", "New York") == label


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("munday", ("Monday", "Sunday")),
        ("large pizzza", ("Large pizza", "Large pizzas")),
        ("option c", ("Option A", "Option B")),
        ("gate 12", ("Gate 1", "Gate 2")),
    ],
)
def test_what_is_close_to_two_choices_means_neither(typed: str, labels: tuple[str, ...]) -> None:
    assert meant(typed, *labels) is None


@pytest.mark.parametrize(
    ("typed", "label"),
    [("unmarried", "Married"), ("inactive", "Active"), ("women", "Men"), ("cat", "Car"),
     ("rome", "Roma"), ("barge", "Large"), ("1oo euros", "100 euros")],
)  # fmt: skip
def test_another_word_is_not_taken_for_a_typing_error(typed: str, label: str) -> None:
    assert meant(typed, label, "Something else") is None


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b"])
def test_a_blank_text_means_nothing(text: str) -> None:
    assert meant(text, *CITIES) is None


def test_what_is_meant_whole_only_has_no_beginnings_and_no_typing_errors() -> None:
    done = [Candidate(frozenset({"finished"}), 0, whole=True), *candidates("Final")]
    assert match("finished", done) == 0
    assert match("fini", done) is None
    assert match("fin", done) == 1
    assert match("finishd", done) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1, 3", [0, 2]),
        ("3,1", [0, 2]),
        ("1 3", [0, 2]),
        ("1; 3", [0, 2]),
        ("1\n3", [0, 2]),
        ("head, KNEE", [0, 2]),
        ("1, knee", [0, 2]),
        ("he, kne", [0, 2]),
        ("1, 1", [0]),
        ("knee", [2]),
        ("1,", [0]),
        ("arm, left", [3]),
    ],
)
def test_a_list_of_numbers_labels_or_both(typed: str, found: list[int]) -> None:
    assert match_list(typed, candidates("Head", "Shoulder", "Knee", "Arm, left")) == found


@pytest.mark.parametrize(
    "typed", ["1, 9", "head, tail", "head knee", ",", "", "1-3", "1, 2, 3, 4, 1"]
)
def test_a_list_with_a_part_that_means_nothing_means_nothing(typed: str) -> None:
    assert match_list(typed, candidates("Head", "Shoulder", "Knee", "Arm, left")) is None


def test_a_list_without_end_is_not_looked_at() -> None:
    rows = candidates(*(f"row {number}" for number in range(1_000)))
    assert match_list(", ".join(map(str, range(1, PARTS_MAX + 1))), rows) == list(range(PARTS_MAX))
    assert match_list(", ".join(map(str, range(1, PARTS_MAX + 2))), rows) is None


LABELS = st.lists(st.text("abAB 19é,", min_size=1, max_size=8).filter(str.strip), max_size=6)


@given(st.text("abAB 19é,", max_size=9), LABELS)
def test_what_is_found_does_not_depend_on_the_order_of_the_choices(
    typed: str, labels: Sequence[str]
) -> None:
    forward = [Candidate(frozenset({fold(label)}), 0) for label in labels]
    found = match(typed, forward)
    mirrored = match(typed, forward[::-1])
    assert (found is None) is (mirrored is None)
    if found is not None and mirrored is not None:
        assert found == len(labels) - 1 - mirrored


@given(LABELS)
def test_every_label_that_stands_once_means_its_own_choice(labels: Sequence[str]) -> None:
    folded = [fold(label) for label in labels]
    for at, label in enumerate(labels):
        if folded.count(folded[at]) == 1:
            assert match(label, candidates(*(each.replace("|", "") for each in labels))) == at


@given(st.text(max_size=300), st.lists(st.text(max_size=100), max_size=5))
def test_any_text_means_one_choice_or_none(typed: str, labels: list[str]) -> None:
    found = match(typed, [Candidate(frozenset({fold(label)}), 0) for label in labels])
    assert found is None or 0 <= found < len(labels)
    if len(fold(typed)) not in FUZZY_LENGTHS and found is not None:
        assert fold(labels[found]).startswith(fold(typed))
