"""What the bot says for itself outside of a conversation."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import load
from engine.core.access import Access
from engine.core.events import Event
from engine.core.notices import late_text, own_text
from engine.core.phrases import phrase
from engine.core.program import Program
from tests.unit.core.flow_fixture import write_bot

LATE = phrase("late", "en")
ANN = "demo/test:ann"
GROUP = "demo/test:-5"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    german = {"main.de.yaml": "a.say: Ja"}
    flow = "languages: [en, de]\nstates:\n  a: {type: final, say: Yes}"
    return load(write_bot(tmp_path, flow, texts=german)).program


def said(name: str = "text", **more: Any) -> Event:  # noqa: ANN401 - the fields of an event
    return replace(Event("test:1", name, ANN, "c", 0, text="hi"), **more)


def test_an_own_text_is_said_in_the_language_that_is_asked_for(program: Program) -> None:
    assert own_text(program, "not_yours", None) == phrase("not_yours", "en")
    assert own_text(program, "not_yours", "de-at") == phrase("not_yours", "de")


def test_who_waits_is_told_in_the_language_that_is_known_else_in_the_transports(
    program: Program,
) -> None:
    assert late_text(program, said(), None) == LATE
    assert late_text(program, said(lang="de"), None) == phrase("late", "de")
    assert late_text(program, said(lang="de"), "en") == LATE


def test_a_group_is_told_in_its_own_language_and_not_in_that_of_one_person(
    program: Program,
) -> None:
    event = said(owner=GROUP, by=ANN, lang="de")
    assert late_text(program, event, None) == LATE
    assert late_text(program, event, "de") == phrase("late", "de")


@pytest.mark.parametrize("name", ["edited", "reaction", "joined", "left", "blocked"])
def test_who_has_asked_nothing_is_told_nothing(program: Program, name: str) -> None:
    assert late_text(program, said(name), None) == ""


def test_what_is_said_to_others_is_not_answered(program: Program) -> None:
    assert late_text(program, said(owner=GROUP, by=ANN, addressed=False), None) == ""


def test_who_may_not_talk_with_the_bot_is_told_nothing(program: Program) -> None:
    closed = replace(program, access=Access(deny=frozenset({"test:ann"})))
    assert late_text(closed, said(), None) == ""
    assert late_text(closed, said(owner=GROUP, by=ANN), None) == ""


@pytest.mark.parametrize("name", ["timer", "result", "begin"])
def test_what_nobody_has_done_is_nothing_to_wait_for(program: Program, name: str) -> None:
    assert late_text(program, said(name), None) == ""
