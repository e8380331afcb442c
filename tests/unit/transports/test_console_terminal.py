"""How messages look on a terminal; the prompt itself is tried in a pseudo-terminal, in e2e."""

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import Button, Mark, MarkKind, Message
from transports.console.terminal import paint, styled
from transports.console.transport import harmless_message

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def on_screen(message: Message, *, color: bool = True, width: int = 80) -> str:
    return paint(styled(harmless_message(message)), width=width, color=color)


def test_marks_are_styles() -> None:
    shown = on_screen(Message("so bold", (Mark("bold", 3, 4),)))
    assert shown == "so \x1b[1mbold\x1b[0m\n"


@pytest.mark.parametrize("kind", get_args(MarkKind))
def test_each_mark_can_be_told_from_plain_words(kind: MarkKind) -> None:
    shown = on_screen(Message("so odd", (Mark(kind, 3, 3, "https://x.example"),)))
    assert shown != on_screen(Message("so odd"))
    assert "odd" in ESCAPE.sub("", shown)


def test_each_line_of_a_quote_has_a_bar() -> None:
    shown = on_screen(Message("so\na\nb\nc", (Mark("quote", 3, 3),)))
    assert ESCAPE.sub("", shown) == "so\n│ a\n│ b\nc\n"


def test_the_address_of_a_link_stands_behind_it_and_later_marks_stay_in_place() -> None:
    marks = (Mark("link", 0, 4, "https://example.org/x"), Mark("bold", 9, 4))
    shown = on_screen(Message("here and bold", marks))
    assert ESCAPE.sub("", shown) == "here (https://example.org/x) and bold\n"
    assert "\x1b[1mbold\x1b[0m" in shown


def test_buttons_are_a_numbered_menu_below_the_text() -> None:
    rows = ((Button("Berlin", 1, "b"),), (Button("New\nYork", 1, "n"),))
    assert ESCAPE.sub("", on_screen(Message("Where?", (), rows))) == (
        "Where?\n1. Berlin\n2. New York\n"
    )


def test_links_and_what_is_typed_by_its_word_stand_in_the_menu_too() -> None:
    rows = (
        (Button("K", 1, "k", 11), Button("Terms", 1, "t", 0, "https://a.example/\x1b[31m")),
        (Button("Next", 1, ".page:2", 0), Button("Skip", 1, ".skip", 0)),
    )
    shown = on_screen(Message("Which?", (), rows))
    assert "\x1b[31m" not in shown
    assert ESCAPE.sub("", shown).splitlines() == [
        "Which?", "11. K", "Terms: https://a.example/\ufffd[31m", "[Next] [Skip]",
    ]  # fmt: skip


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    assert on_screen(Message("[bold]x[/bold] :smile: **y**")) == "[bold]x[/bold] :smile: **y**\n"


def test_lines_break_between_words_and_no_word_is_lost() -> None:
    text = "words and more words " * 30
    shown = on_screen(Message(text), width=40)
    assert max(map(len, shown.splitlines())) <= 40
    assert shown.split() == text.split()


def test_without_colour_no_colour_is_sent() -> None:
    shown = on_screen(Message("", (), ((Button("Yes", 1, "y"),),)), color=False)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)


@given(st.text(), st.text(min_size=1), st.integers(0, 20), st.integers(1, 20))
def test_nothing_that_a_person_wrote_reaches_the_terminal_as_a_control(
    text: str, label: str, offset: int, length: int
) -> None:
    offset = min(offset, len(text))
    mark = Mark("link", offset, min(length, len(text) - offset), "https://x/" + text)
    shown = on_screen(Message(text, (mark,), ((Button(label, 1, "x"),),)))
    assert not CONTROL.search(ESCAPE.sub("", shown))
