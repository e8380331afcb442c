"""Chats of several persons in conversation tests."""

from pathlib import Path

import pytest

from engine.compiler.bot import InvalidBot, load
from engine.testing.runner import run
from tests.unit.core.flow_fixture import write_bot

POLL = """
per: chat
triggers: [/poll]
data: {dish: {type: enum}}
states:
  dish:
    ask: What shall we eat?
    choices: {soup: Soup, cake: Cake}
    on: {/stop: {guard: user.is_admin, target: off}, /order: order}
    after: {1h: off}
    next: done
  order: {invoke: {action: do, with: {who: turn.person.id}, into: got, done: cooked, error: off}}
  cooked: {type: final, say: "{got}!"}
  done: {type: final, say: "{turn.person.name} wants {dish | label}."}
  off: {type: final, say: Stopped.}
""".replace("{type: enum}}", "{type: enum, optional: true}, got: {type: text, optional: true}}")
NAME = """
triggers: [/name]
data: {name: {type: text}, known: {type: text, scope: user, optional: true}}
states:
  name: {ask: Your name?, next: size}
  size: {ask: "Size, {name}?", choices: {s: Small, l: Large}, next: hi}
  hi: {set: {user.known: name}, next: end}
  end: {type: final, say: "Hi {name}."}
"""
HEARS = """
hears: all
triggers: ['~(?i)^what is (?P<x>\\w+)']
states: {tell: {type: final, say: {text: "{turn.match.x} is blue.", reply: true}}}
"""


def played(folder: Path, chat: str, groups: str = "[kitchen]", **more: str) -> str:
    extra = "".join(f"  {key}: {value}\n" for key, value in more.items())
    lines = "".join(f"    - {line}\n" for line in chat.strip().splitlines())
    test = f"- test: it works\n  groups: {groups}\n{extra}  chat:\n{lines}"
    flows = {"name": NAME, "hears": HEARS}
    path = write_bot(folder, POLL, actions=["do"], texts={"main.test.yaml": test}, **flows)
    return run(load(path)).render(color=False)


@pytest.mark.parametrize(
    "chat",
    [
        # whoever answers first, by a press or a reply, answers for all
        """
        {in: kitchen, user: /poll}
        {in: kitchen, bot: {text: What shall we eat?, choices: [Soup, Cake]}}
        {in: kitchen, state: dish}
        {in: kitchen, as: ben, user: {choice: cake}}
        {in: kitchen, bot: ben wants Cake.}
        {in: kitchen, end: done}
        """,
        """
        {in: kitchen, user: /poll}
        {in: kitchen, as: ben, user: cake}
        {in: kitchen, state: dish}
        {in: kitchen, as: ben, user: {text: cake, reply_to: What}}
        {in: kitchen, bot: ben wants Cake.}
        """,
        """
        {in: kitchen, user: /poll@bot}
        {in: kitchen, user: /poll@other_bot}
        {in: kitchen, user: "@bot soup"}
        {in: kitchen, bot: somebody wants Soup.}
        """,
        # time goes by for all
        """
        {in: kitchen, user: /poll}
        wait: 1h
        {in: kitchen, bot: Stopped.}
        """,
        # each person has a conversation of their own beside it, and in another chat
        """
        {in: kitchen, as: ben, user: /name}
        {in: kitchen, user: /poll}
        {in: kitchen, bot: {contains: eat}}
        {in: kitchen, as: ben, user: {text: Ben, reply_to: Your name}}
        {in: kitchen, bot: {contains: "Size, Ben?"}}
        {in: kitchen, as: ben, state: size}
        {in: kitchen, as: ben, user: {choice: s}}
        {in: kitchen, bot: Hi Ben.}
        {in: kitchen, as: ben, data: {user.known: Ben}}
        {in: kitchen, state: dish}
        user: /name
        bot: Your name?
        {in: kitchen, state: dish}
        """,
        # what is said to others is heard by those alone who listen to all
        """
        {in: kitchen, user: Good evening}
        {in: kitchen, as: ben, user: what is water}
        {in: kitchen, bot: {text: water is blue., reply: true}}
        """,
        # who has which rights is seen when they act
        """
        {in: kitchen, user: [/poll, /stop]}
        {in: kitchen, state: dish}
        {in: kitchen, as: cleo, user: /stop}
        {in: kitchen, bot: Stopped.}
        """,
        # an action works for the person who has begun it
        """
        {in: kitchen, user: /poll}
        {in: kitchen, as: ben, user: /order}
        {in: kitchen, bot: Soup!}
        """,
    ],
)
def test_these_pass(tmp_path: Path, chat: str) -> None:
    lines = "\n".join(line.strip() for line in chat.strip().splitlines())
    actions = "{do: [{return: Soup}]}"
    persons = "{cleo: {rights: {admin: true}}}"
    assert played(tmp_path, lines, actions=actions, persons=persons) == ""


def test_somebody_elses_button_is_none(tmp_path: Path) -> None:
    chat = "{in: kitchen, as: ben, user: /name}\n"
    chat += "{in: kitchen, as: ben, user: {text: Ben, reply_to: Your}}\n"
    chat += "{in: kitchen, as: cleo, user: {choice: s}}"
    assert "there is no button `s` to press" in played(tmp_path, chat)


def test_what_the_bot_says_in_a_group_is_seen_once(tmp_path: Path) -> None:
    chat = "{in: kitchen, as: ben, user: /poll}\n{in: kitchen, bot: [What shall we eat?, More]}"
    shown = played(tmp_path, chat)
    assert shown.count("What shall we eat?") == 1
    assert "the bot said nothing more" in shown


@pytest.mark.parametrize(
    ("groups", "line", "message"),
    [
        ("[kitchen]", "{in: kitchen, as: ben, bot: Hi}", "everybody sees what the bot says"),
        ('["1"]', "user: /poll", "`1` is the chat that the person has with the bot alone"),
    ],
)
def test_a_group_that_is_none_is_a_fault(
    tmp_path: Path, groups: str, line: str, message: str
) -> None:
    with pytest.raises(InvalidBot) as refused:
        played(tmp_path, line, groups)
    assert message in refused.value.diagnostics[0].message
