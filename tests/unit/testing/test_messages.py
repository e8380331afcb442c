"""Conversation tests of media, reactions, replies, edits and variations."""

from pathlib import Path

import pytest

from engine.compiler.bot import InvalidBot, load
from engine.testing.runner import Report, run
from tests.unit.core.flow_fixture import write_bot

FLOW = """
data: {p: {type: any}}
on:
  photo: {set: {p: turn.media}, react: "❤", say: {photo: turn.media, text: "{turn.text}"}}
  location: {say: {location: turn.media, reply: true}}
  contact: {say: {album: [./a.png, ./b.png]}}
  edited: {say: "now {turn.text}"}
  reaction: {say: "{turn.reaction | list}"}
  /quick: {say: [one, two, three]}
  /type: {typing: true, say: typed}
  /gone: {delete: true}
  text: {say: "{turn.reply_to.text} {turn.text}"}
initial: s
states:
  s: {say: Hello., next: menu}
  menu: {ask: {text: Menu, edit: true}, choices: {a: {label: A, target: menu}}}
"""


def played(folder: Path, chat: str) -> Report:
    lines = "".join(f"    - {line}\n" for line in chat.strip().splitlines())
    test = f"- test: it works\n  chat:\n    - user: /start\n{lines}"
    path = write_bot(folder, FLOW, texts={"main.test.yaml": test})
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(b"x")
    return run(load(path))


@pytest.mark.parametrize(
    "chat",
    [
        "user: {photo: c.jpg, text: Minou}\nbot: [{react: ❤}, {photo: c.jpg, text: Minou}, Menu]",
        "user: {photo: cat.jpg}\nbot: [{react: ❤}, {photo: true}, {contains: Me}]",
        (
            "user: {photo: {name: x.png, width: 3}}\n"
            "data: {p: {kind: photo, id: 'test:photo', transport: test, name: x.png, width: 3}}"
        ),
        (
            "user: {location: {latitude: 48.2, longitude: 16}}\n"
            "bot: [{location: '48.2,16', reply: true}, {text: Menu, reply: false}]"
        ),
        "user: {contact: {phone: '1'}}\nbot: [{album: [{photo: a.png}, {photo: ./b.png}]}, Menu]",
        "user: {edited: words}\nbot: [now words, Menu]",
        "user: {reaction: 👍}\nbot: [👍, Menu]",
        "user: {reaction: []}\nbot: [Menu]",
        "user: /quick\nbot: [two, Menu]\nuser: /quick\nbot: [{match: ^three$}, Menu]",
        "user: /type\nbot: [typed, Menu]",
        "user: /gone\nbot: [{delete: true}, Menu]",
        "user: {text: hm, reply_to: Hel}\nbot: [Hello. hm, Menu]",
        "user: {choice: a}\nbot: {text: Menu, edit: true}",
    ],
)
def test_these_pass(tmp_path: Path, chat: str) -> None:
    assert played(tmp_path, chat).render(color=False) == ""


@pytest.mark.parametrize(
    ("chat", "message"),
    [
        (
            "user: {photo: a.jpg}\nbot: {photo: true}",
            "+ bot:  (reacts ❤)\n  bot:  [photo: a.jpg]",
        ),
        (
            "user: {photo: a.jpg}\nbot: [{react: 👎}]",
            "- bot:  reacts 👎\n+ bot:  (reacts ❤)",
        ),
        (
            "user: {photo: a.jpg, text: hi}\nbot: [{react: ❤}, {photo: b.jpg}]",
            "  bot:  (reacts ❤)\n- bot:  [photo: b.jpg]\n+ bot:  [photo: a.jpg] hi",
        ),
        ("user: /gone\nbot: Menu", "+ bot:  (deletes a message)\n  bot:  Menu"),
        ("user: {choice: a}\nbot: {edit: false}", "- bot:  no edit\n+ bot:  (edits) Menu [A]"),
        ("user: /quick\nbot: four", "- bot:  four\n+ bot:  "),
        ("user: {text: x, reply_to: Nope}", "the bot has said nothing with `Nope` in it"),
    ],
)
def test_these_fail_and_say_why(tmp_path: Path, chat: str, message: str) -> None:
    (failure,) = played(tmp_path, chat).failures
    assert ("\n".join(failure.difference) or failure.message).startswith(message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("user: {photo: a, choice: b}", "`photo` and `choice` are two inputs"),
        ("user: {choice: b, text: c}", "`choice` and `text` are two inputs"),
        ("user: {reply_to: b}", "this input says nothing"),
        ("user: [a, {location: Wien}]", "a location is a mapping"),
    ],
)
def test_inputs_that_are_none_are_found_before_the_tests_run(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(InvalidBot) as caught:
        played(tmp_path, line)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("SC050", message)
