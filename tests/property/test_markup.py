"""What a person typed is never markup, on any transport: it is shown as it was typed, unstyled."""

import json
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pynostr")

from engine.core.effects import Mark, Message
from engine.core.texts import compile_text
from engine.errors import Place
from engine.runtime.ports import Delivery
from tests.property.test_texts import World
from transports.console.terminal import paint, styled
from transports.console.transport import harmless, harmless_message
from transports.menu import numbered
from transports.nostr.keys import Key
from transports.nostr.outbound import compose
from transports.nostr.wraps import unwrap
from transports.telegram.requests import build

BOT, PERSON = Key(bytes([1] * 32)), Key(bytes([2] * 32))
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
PIECES = (
    *"*_~`|>[](){}\\<>&#!. \n", "**a**", "_a_", "__a__", "~~a~~", "||a||", "`a`", "```a```",
    "\n> a", "[a](https://b.c)", "<b>a</b>", "&lt;", "[bold]a[/bold]", "{x}", "{for i in x}", "🎉",
    "ab",
)  # fmt: skip
TYPED = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
SOURCES = ("{x}", "**Dear** {x}!", "> {x}\nsaid __you__ ~~not~~", "{for i in y}`-` {i} {/for}")
"""Texts whose marks, but for the quote, hold only the author's words."""


def said(source: str, typed: str) -> Message:
    world = World({"x": typed, "y": [typed, typed]})
    return Message(*compile_text(source, Place("x", 1, 1), lang="en").text(world))


def authors(message: Message) -> list[Mark]:
    return [mark for mark in message.marks if mark.kind != "quote"]


@given(st.sampled_from(SOURCES), TYPED)
def test_the_core_marks_only_the_authors_words(source: str, typed: str) -> None:
    message = said(source, typed)
    assert typed in message.text
    marked = {message.text[mark.offset : mark.offset + mark.length] for mark in authors(message)}
    assert marked <= {"Dear", "you", "not", "-"}


@given(st.sampled_from(SOURCES), TYPED.filter(lambda typed: not typed.isspace()))
def test_telegram_gets_entities_for_the_authors_words_and_no_mode_of_parsing(
    source: str, typed: str
) -> None:
    message = said(source, typed)
    (request,) = build(message)
    assert request.fields["text"] == message.text
    assert set(request.fields) <= {"text", "entities"}
    entities = json.loads(str(request.fields.get("entities", "[]")))
    assert len(entities) == len(message.marks)
    raw = message.text.encode("utf-16-le")
    for entity in entities:
        if entity["type"] != "blockquote":
            part = raw[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2]
            assert part.decode("utf-16-le") in {"Dear", "you", "not", "-"}


@given(st.sampled_from(SOURCES), TYPED.filter(lambda typed: not typed.isspace()))
def test_nostr_and_a_pipe_get_it_as_it_was_typed(source: str, typed: str) -> None:
    message = said(source, typed)
    delivery = Delivery("a#i:1.1", "d/nostr:x", PERSON.public, message, 1_700_000_000_000, "en")
    (letter,) = compose(BOT, delivery)
    shown = numbered(message)
    assert unwrap(PERSON, letter.event).content.strip() == shown.strip()
    # Each line of a quote gets a sign before it.
    for part in typed.split("\n") if source.startswith(">") else [typed]:
        assert part in shown


@given(st.sampled_from(SOURCES), TYPED)
def test_a_terminal_shows_it_without_style(source: str, typed: str) -> None:
    message = harmless_message(said(source, typed))
    for line in _unstyled(paint(styled(message), width=500, color=True)):
        assert not ESCAPE.search(line)
    text = ESCAPE.sub("", paint(styled(message), width=500, color=True))
    for line in harmless(typed).split("\n"):
        assert line.strip() in text


def _unstyled(painted: str) -> Sequence[str]:
    """What is left when the author's styled words, and the bars of quotes, are taken out."""
    words = r"\x1b\[[0-9;]*m(Dear|you|not|-|│ )\x1b\[0m"
    # A quote is italic as a whole.
    painted = re.sub(r"\x1b\[3m([^\x1b]*)\x1b\[0m", r"\1", painted)
    return re.sub(words, "", painted).split("\n")
