"""What is looked up before a flow begins: the step changes nothing until it knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from engine.compiler.bot import load
from engine.core.effects import Invoke, Send
from engine.core.events import RESULT, Event, Result, read_text
from engine.core.outcome import Outcome, Wanted
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from tests.unit.core.flow_fixture import NOW, write_bot

BOT = """\
bot: main
records:
  facts: {scope: chat, fields: {subject: {type: text, fold: true}}, unique: [subject]}
texts: {fallback: What?}
"""
TELL = """\
flow: tell
triggers: [text, /what, "~^who (?P<who>.+)$"]
lookup:
  collection: facts
  where: [{subject: turn.text}, {subject: {within: turn.text}}]
  limit: 1
initial: tell
states:
  tell: {type: final, say: "Found {turn.found[0].subject | default('nothing')}."}
"""
WAIT = """\
flow: wait
triggers: [/wait]
initial: wait
states:
  wait: {invoke: {action: records.count, with: {collection: facts}, done: over}}
  over: {type: final, say: Over.}
"""


@dataclass
class Desk:
    """A bot, and records that are found by the text of the event that asks."""

    program: Program
    session: Session = field(default_factory=lambda: Session("main/test:1", incarnation="x"))
    known: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    asked: list[Wanted] = field(default_factory=list)
    number: int = 0

    def says(self, text: str) -> Outcome:
        self.number += 1
        name, text, args = read_text(text)
        return self.happens(
            Event(f"test:{self.number}", name, self.session.id, "1", NOW, text=text, args=args)
        )

    def happens(self, event: Event) -> Outcome:
        outcome = step(self.program, self.session, event, NOW)
        while (wants := outcome.wants) is not None:
            assert outcome == Outcome(self.session, heard=False, wants=wants), "nothing was done"
            self.asked.append(wants)
            (first, _) = wants.args["where"]  # type: ignore[misc]  # two filters, as written
            found = self.known.get(first["subject"], [])  # type: ignore[index]
            event = replace(event, found={**(event.found or {}), wants.key: found})
            outcome = step(self.program, self.session, event, NOW)
        self.session = outcome.session
        return outcome


def said(outcome: Outcome) -> list[str]:
    return [effect.message.text for effect in outcome.effects if isinstance(effect, Send)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(
        load(write_bot(tmp_path, TELL, bot=BOT, wait=WAIT)).program,
        known={"Tea": [{"subject": "tea"}]},
    )


def test_a_text_begins_the_flow_with_what_was_found(desk: Desk) -> None:
    assert said(desk.says("Tea")) == ["Found tea."]
    (wanted,) = desk.asked
    where = [{"subject": "Tea"}, {"subject": {"within": "Tea"}}]
    assert wanted.args == {"collection": "facts", "where": where, "limit": 1}
    assert (wanted.person, wanted.chat) == ("main/test:1", "1")


def test_a_text_for_which_nothing_is_found_goes_on_to_others(desk: Desk) -> None:
    assert said(desk.says("Milk")) == ["What?"]


def test_what_was_written_to_others_and_matches_nothing_is_not_heard(
    desk: Desk, tmp_path: Path
) -> None:
    hears_all = TELL.replace("initial:", "hears: all\ninitial:")
    folder = tmp_path / "group"
    folder.mkdir()
    desk.program = load(write_bot(folder, hears_all, bot=BOT)).program
    before = desk.session
    said_to_bob = Event(
        "test:9", "text", "main/test:1", "1", NOW, text="Milk", by="main/test:1", addressed=False
    )
    assert desk.happens(said_to_bob).heard is False
    assert desk.session == before
    assert desk.happens(replace(said_to_bob, id="test:10", text="Tea")).heard is True


@pytest.mark.parametrize("text", ["/what", "who are you"])
def test_a_command_or_a_pattern_begins_the_flow_anyway(desk: Desk, text: str) -> None:
    assert said(desk.says(text)) == ["Found nothing."]


def test_what_was_kept_while_an_action_ran_is_looked_up_when_it_has_ended(desk: Desk) -> None:
    (invoke,) = [effect for effect in desk.says("/wait").effects if isinstance(effect, Invoke)]
    desk.says("Tea")
    desk.says("Milk")
    assert desk.asked == [], "nobody looks for what is only kept"
    ended = Event("invoke:1", RESULT, "main/test:1", "1", NOW, result=Result(invoke.id, 1, 0))
    assert said(desk.happens(ended)) == ["Over.", "Found tea.", "What?"]
    assert len(desk.asked) == 2


def test_a_lookup_that_cannot_be_computed_begins_nothing_and_is_logged(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "faulty"
    folder.mkdir()
    faulty = TELL.replace("limit: 1", "limit: turn.text + 1")
    desk.program = load(write_bot(folder, faulty, bot=BOT)).program
    outcome = desk.says("Tea")
    assert said(outcome) == ["What?"]
    assert "fault:expr:type" in [entry.code for entry in outcome.log]
