"""Conversation tests of menus: pressing what stands beside the choices, looking at the buttons."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.testing.runner import Report, run
from tests.unit.core.flow_fixture import write_bot

FLOW = """
languages: [en, de]
data: {tops: {type: list, optional: true}, next: {type: text}}
states:
  tops:
    ask: On top?
    choices: {ham: Ham, corn: Corn}
    multi: {min: 1}
    skip: next
    next: next
  next:
    ask: Which?
    choices_from: {for: "['a', 'b', 'c']", label: "Row {item}"}
    choices: {skip: Skip me}
    page: 2
    next: end
  end: {type: final, say: "{next}"}
"""


def played(folder: Path, chat: str, lang: str = "en") -> Report:
    lines = "".join(f"    - {line}\n" for line in chat.strip().splitlines())
    test = f"- test: it works\n  lang: {lang}\n  chat:\n{lines}"
    return run(load(write_bot(folder, FLOW, texts={"main.test.yaml": test})))


@pytest.mark.parametrize(
    "chat",
    [
        "user: [/start, {choice: ham}, {choice: done}]\nbot: [On top?, Which?]",
        "user: /start\nuser: {choice: ham}\nbot: {choices: [✓ Ham, Corn, Done, Skip]}",
        "user: [/start, {choice: ham}]\nuser: {choice: ham}\nbot: {choices: [Ham, Corn, Skip]}",
        "user: [/start, {choice: skip}]\ndata: {tops: null}",
        "user: [/start, 1]\nuser: {choice: next}\nbot: {choices: [Row c, Skip me, Previous]}",
        "user: [/start, 1]\nuser: [{choice: next}, {choice: previous}, {choice: b}]\nbot: b",
        "user: [/start, 1, {choice: skip}]\nend: end\nbot: [On top?, Which?, skip]",
    ],
)
def test_these_pass(tmp_path: Path, chat: str) -> None:
    report = played(tmp_path, chat)
    assert report.render(color=False) == ""
    assert report.passed == 1


def test_controls_are_pressed_by_the_same_words_in_every_language(tmp_path: Path) -> None:
    chat = "user: [/start, {choice: ham}, {choice: done}, {choice: next}]\nstate: next"
    assert played(tmp_path, chat, "de").passed == 1


@pytest.mark.parametrize(
    ("chat", "message"),
    [
        ("user: [/start, {choice: done}]", "there is no button `done` to press"),
        ("user: [/start, 1, {choice: previous}]", "there is no button `previous` to press"),
        ("user: /start\nuser: {choice: ham}\nbot: On top?", "the bot said nothing more"),
        (
            "user: /start\nuser: {choice: ham}\nbot: {choices: [Ham, Corn]}",
            "+ bot:  (edits)  [✓ Ham] [Corn] [Done] [Skip]",
        ),
    ],
)
def test_these_fail_and_say_why(tmp_path: Path, chat: str, message: str) -> None:
    assert message in played(tmp_path, chat).render(color=False)
