"""Several persons, chats and transports in one test; properties that hold throughout."""

from pathlib import Path

import pytest

from engine.compiler.bot import InvalidBot, load
from engine.testing.runner import Report, run
from tests.unit.core.flow_fixture import write_bot

FLOW = """
languages: [en, de]
data:
  name: {type: text}
  total: {type: int, default: 0}
  twice: {type: int, computed: total * 2}
on:
  /where: {say: "{session.transport} {session.chat} {session.tz}"}
  /add: {set: {total: total + 1}}
  /admin: [{guard: user.is_admin, say: Yes., reprompt: false}, {say: No.}]
states:
  name: {ask: Your name?, next: pick, after: {1h: {say: Still there?}}}
  pick:
    ask: "Pick, {name}!"
    choices: {a: {label: Apple, target: end}, b: {label: Banana, target: inner}}
    skip: end
  inner: {call: inner, on: {left: end, done: end}}
  end: {type: final, say: Bye.}
"""
INNER = """
states:
  wait: {ask: Inner?, into: x, next: left}
  left: {type: final}
  done: {type: final}
data: {x: {type: text}}
"""
FETCH = """
triggers: [/fetch]
data: {answer: {type: object, optional: true}}
states:
  ask:
    invoke:
      action: http.request
      with: {url: "'https://example.org/x'"}
      into: answer
      retry: {max: 2, delay: 1s}
      done: told
      error: [{guard: error.code == "http:404", target: gone}, {target: down}]
  told: {type: final, say: "{answer.json.degrees} degrees."}
  gone: {type: final, say: Gone.}
  down: {type: final, say: Down.}
"""


def played(folder: Path, chat: str, **more: str) -> Report:
    extra = "".join(f"  {key.rstrip('_')}: {value}\n" for key, value in more.items())
    lines = "".join(f"    - {line}\n" for line in chat.strip().splitlines())
    test = f"- test: it works\n{extra}  chat:\n{lines}"
    bot = "access: {roles: {editor: [telegram:1]}}\nhttp: {hosts: [example.org]}"
    path = write_bot(
        folder, FLOW, bot=bot, texts={"main.test.yaml": test}, inner=INNER, fetch=FETCH
    )
    return run(load(path))


def failure(folder: Path, chat: str, **more: str) -> str:
    (found,) = played(folder, chat, **more).failures
    return found.render(color=False).partition("FAILED it works\n")[2]


@pytest.mark.parametrize(
    "chat",
    [
        "user: [/start, Ann]\n{as: ben, user: [/start, Ben]}\nstate: pick\n{as: ben, state: pick}",
        "user: /start\nbot: Your name?\n{as: ben, user: /start}\n{as: ben, bot: Your name?}",
        "{as: ben, user: /start}\nwait: 1h\n{as: ben, bot: Still there?}",
        "user: /start\n{in: team, user: [/start, Ann]}\nstate: name\n{in: team, state: pick}",
        "{in: team, user: [/start, /where]}\n{in: team, bot: [Your name?, test team, Your name?]}",
        "{as: ben, via: nostr, user: [/start, Ben, {choice: b}]}\n{as: ben, user: /start}",
    ],
)
def test_each_person_has_a_conversation_of_their_own_on_one_clock(
    tmp_path: Path, chat: str
) -> None:
    assert played(tmp_path, chat).render(color=False) == ""


def test_what_one_person_is_told_does_not_answer_for_another(tmp_path: Path) -> None:
    shown = failure(tmp_path, "{as: ben, user: /start}\n{as: eve, bot: Your name?}")
    assert shown.splitlines() == [
        "    ben user: /start",
        "    ben bot:  Your name?",
        "  - bot:  Your name?",
        "  > the bot said nothing more",
    ]


def test_a_test_says_what_is_known_of_its_persons(tmp_path: Path) -> None:
    chat = "user: [/start, /admin]\nbot: [Your name?, No., Your name?]\n"
    chat += "{as: ben, user: [/start, /admin]}\n{as: ben, bot: [Your name?, 'Yes.']}\n"
    chat += "{as: ben, user: /where}\n"
    chat += "{as: ben, bot: [telegram 1 Europe/Berlin, Your name?]}"
    persons = "{ben: {rights: {admin: true}, tz: Europe/Berlin, transport: telegram}}"
    assert played(tmp_path, chat, persons=persons).render(color=False) == ""


def test_over_a_transport_without_buttons_a_choice_is_typed_by_its_number(tmp_path: Path) -> None:
    chat = "user: [/start, /where]\nbot: [Your name?, nostr 1 Europe/Vienna, Your name?]\n"
    chat += "user: Ann\nuser: {choice: a}\nend: end\n"
    chat += "user: [/start, Ann, {choice: skip}]\nend: end"
    assert played(tmp_path, chat, transport="nostr", tz="Europe/Vienna").render(color=False) == ""
    shown = failure(tmp_path, "user: [/start, Ann, a, {choice: a}]", transport="nostr")
    assert "no open question has a choice `a` to type" in shown


def test_a_test_may_begin_in_a_flow_that_another_has_called(tmp_path: Path) -> None:
    begin = "{flow: inner, state: wait, stack: [{flow: main, state: inner, data: {name: Ann}}]}"
    chat = "user: x\nbot: Bye.\nend: end"
    assert played(tmp_path, chat, from_=begin).render(color=False) == ""


def test_a_test_may_begin_in_a_flow_that_has_interrupted_another(tmp_path: Path) -> None:
    begin = "{flow: inner, state: wait, stack: [{flow: main, state: name}]}"
    assert played(tmp_path, "user: x\nbot: Your name?\nstate: name", from_=begin).passed == 1


@pytest.mark.parametrize(
    ("answers", "chat"),
    [
        ("[{json: {degrees: 21}}]", "user: /fetch\nbot: 21 degrees."),
        ("[{status: 503}, {json: {degrees: 3}}]", "user: /fetch\nwait: 1s\nbot: 3 degrees."),
        ("[{status: 404}]", "user: /fetch\nbot: Gone."),
        ("[{error: timeout}, {error: refused}]", "user: /fetch\nwait: 1s\nbot: Down."),
    ],
)
def test_a_test_says_what_hosts_answer(tmp_path: Path, answers: str, chat: str) -> None:
    assert played(tmp_path, chat, http=answers).render(color=False) == ""


@pytest.mark.parametrize(
    ("chat", "broken"),
    [
        ("never: total > 1\nuser: [/start, /add]", None),
        (
            "never: total > 1\nuser: [/start, /add, /add]",
            "never: total > 1\n  > but it became true",
        ),
        ("always: twice < 3\nuser: [/start, /add, /add]", "always: twice < 3"),
        ("always: name != 'Eve'\n{as: ben, user: [/start, Eve]}", "always: name != 'Eve'"),
        ("user: [/start, /add, /add]\nnever: total > 1", "never: total > 1"),
        ("never: in_state('pick')\nuser: [/start, Ann]", "never: in_state('pick')"),
        ("always: 1 / total > 0\nuser: [/start]", None),
        ("never: x == null\nuser: [/start, Ann]", None),
        ("never: x == null\nuser: [/start, Ann, Banana]", "never: x == null"),
    ],
)
def test_a_property_is_held_after_every_step(tmp_path: Path, chat: str, broken: str | None) -> None:
    if broken is None:
        assert played(tmp_path, chat).render(color=False) == ""
    else:
        assert f"> {broken}" in failure(tmp_path, chat)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("never: totl > 1", "there is no variable `totl`"),
        ("never: user.nam == 1", "there is no variable `user.nam`"),
        ("always: in_state('ends')", "there is no state `ends`"),
        ("always: 1 +", ""),
        ("{as: ben}", "this line says whose it is, and nothing else"),
        ("{as: ben, wait: 1m}", "`as` cannot stand beside `wait`"),
    ],
)
def test_what_a_line_cannot_mean_is_found_before_the_tests_run(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(InvalidBot) as caught:
        played(tmp_path, line)
    assert message in caught.value.diagnostics[0].message


def test_an_unknown_time_zone_is_found_before_the_tests_run(tmp_path: Path) -> None:
    with pytest.raises(InvalidBot) as caught:
        played(tmp_path, "user: x", tz="Europe/Wien")
    (found,) = caught.value.diagnostics
    assert found.code == "SC050"


def test_all_that_one_line_types_is_typed_in_the_same_chat(tmp_path: Path) -> None:
    chat = """
        {in: team, user: /start}
        {user: [/start, Ann]}
        {state: pick}
        {in: team, state: name}
    """
    report = played(tmp_path, "\n".join(line.strip() for line in chat.strip().splitlines()))
    assert not report.failed, report.render(color=False)
