import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.core.effects import Mark
from transports.split import Measure, Part, split, utf8_bytes, utf16_units

DRAWN = ["é", "e\u0301", "👩\u200d👩\u200d👧", "🇩🇪", "👍🏽", "😀", "漢", "。"]
WRITING = st.lists(
    st.one_of(*map(st.sampled_from, ("ab .!?\n\t", DRAWN, "".join(DRAWN)))),
    max_size=200,
).map("".join)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, tuple[Mark, ...]]:
    text = draw(WRITING)
    marks = []
    for _ in range(draw(st.integers(0, 4))):
        offset = draw(st.integers(0, max(0, len(text) - 1)))
        length = draw(st.integers(0, len(text) - offset))
        if length:
            marks.append(Mark("bold", offset, length))
    return text, tuple(marks)


def styled(text: str, marks: tuple[Mark, ...]) -> list[tuple[str, int]]:
    """Each character that shows, with the number of marks on it."""
    return [
        (letter, sum(mark.offset <= place < mark.offset + mark.length for mark in marks))
        for place, letter in enumerate(text)
        if not letter.isspace()
    ]


@pytest.mark.parametrize("measure", [utf16_units, utf8_bytes, len])
@given(written=marked(), limit=st.integers(4, 60))
@example(written=(" " * 100, ()), limit=4)
def test_nothing_that_shows_is_lost_and_every_part_fits(
    measure: Measure, written: tuple[str, tuple[Mark, ...]], limit: int
) -> None:
    text, marks = written
    parts = split(text, marks, limit, measure)
    assert parts
    assert all(measure(part.text) <= limit for part in parts)
    assert [seen for part in parts for seen in styled(part.text, part.marks)] == styled(text, marks)


@given(written=marked(), limit=st.integers(4, 60))
def test_parts_of_a_long_text_begin_and_end_with_something_that_shows(
    written: tuple[str, tuple[Mark, ...]], limit: int
) -> None:
    text, marks = written
    parts = split(text, marks, limit, utf16_units)
    if len(parts) > 1:
        assert all(part.text and part.text == part.text.strip() for part in parts)


def test_a_text_that_fits_is_left_as_it_is() -> None:
    marks = (Mark("bold", 0, 2),)
    assert split("  hi  ", marks, 6, len) == (Part("  hi  ", marks),)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("One two.\n\nThree four. Five", 20, ["One two.", "Three four. Five"]),
        ("One two.\nThree four. Five", 20, ["One two.", "Three four. Five"]),
        ("One two three. Four five", 20, ["One two three.", "Four five"]),
        ("one two three four five", 14, ["one two three", "four five"]),
        ("onetwothreefour", 6, ["onetwo", "threef", "our"]),
        ("a\n\nlong enough second line here", 16, ["a\n\nlong enough", "second line here"]),
        ("abcd efgh", 4, ["abcd", "efgh"]),
        ("漢字。漢字漢字", 5, ["漢字。", "漢字漢字"]),
    ],
)
def test_the_cut_is_where_a_reader_would_pause(text: str, limit: int, expected: list[str]) -> None:
    assert [part.text for part in split(text, (), limit, len)] == expected


def test_a_cut_avoids_a_mark_that_fits_into_one_part() -> None:
    parts = split("some words then a bold phrase here", (Mark("bold", 18, 11),), 24, len)
    assert [part.text for part in parts] == ["some words then a", "bold phrase here"]
    assert parts[1].marks == (Mark("bold", 0, 11),)


def test_a_mark_longer_than_a_part_is_carried_by_both_halves() -> None:
    link = Mark("link", 0, 19, "https://example.org")
    parts = split("alpha beta gamma delta", (link,), 12, len)
    assert [part.text for part in parts] == ["alpha beta", "gamma delta"]
    assert [mark.length for part in parts for mark in part.marks] == [10, 8]
    assert {mark.url for part in parts for mark in part.marks} == {"https://example.org"}


def test_code_keeps_its_indentation_at_a_cut_and_its_language_in_both_halves() -> None:
    source = "if a:\n    b()\n\n    c()"
    parts = split(source, (Mark("pre", 0, len(source), None, "python"),), 14, len)
    assert [part.text for part in parts] == ["if a:\n    b()", "\n    c()"]
    assert [(mark.length, mark.language) for part in parts for mark in part.marks] == [
        (len("if a:\n    b()"), "python"),
        (len("\n    c()"), "python"),
    ]


@pytest.mark.parametrize("drawn", ["👩\u200d👩\u200d👧", "🇩🇪", "👍🏽", "e\u0301", "❤️"])
def test_a_character_of_several_code_points_stays_whole(drawn: str) -> None:
    parts = split(drawn * 20, (), 3 * utf16_units(drawn) + 1, utf16_units)
    assert all(part.text.replace(drawn, "") == "" for part in parts)


def test_emoji_count_as_two_units_for_telegram_and_four_bytes_for_nostr() -> None:
    assert (utf16_units("a😀"), utf8_bytes("a😀")) == (3, 5)
    assert [len(part.text) for part in split("😀" * 5, (), 5, utf16_units)] == [2, 2, 1]


def test_a_limit_that_cannot_hold_every_character_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        split("text", (), 3, len)
