"""Conversation tests: what passes, and how a failure is shown."""

from pathlib import Path

import pytest

from engine.compiler.bot import InvalidBot, load
from engine.errors import StatechatError
from engine.testing.runner import Report, run
from tests.unit.core.flow_fixture import write_bot

FLOW = """
languages: [en, de]
data: {name: {type: text, min: 2}, n: {type: int, default: 7}, flag: {type: bool, optional: true},
       size: {type: int, computed: len(name)}, who: {type: text, scope: user, optional: true}}
on: {/twice: {actions: [{say: one}, {say: two}], reprompt: false}, /set: {set: {flag: true}}}
states:
  name: {ask: Your name?, next: pick}
  pick:
    ask: "Pick, {name}!"
    choices: {a: {label: A, target: box}, b: {label: B, target: work}}
  box: {initial: in, states: {in: {after: {1m: {say: Tick.}}, on: {/end: end}}}}
  work: {invoke: {action: do, done: end, error: failed}}
  failed: {type: final, say: Failed.}
  end: {type: final, say: Bye.}
"""
GERMAN = {"main.de.yaml": "name.ask: Dein Name?\n"}


def played(folder: Path, chat: str, **more: str) -> Report:
    extra = "".join(f"  {key.rstrip('_')}: {value}\n" for key, value in more.items())
    lines = "".join(f"    - {line}\n" for line in chat.strip().splitlines())
    test = f"- test: it works\n{extra}  chat:\n{lines}"
    path = write_bot(folder, FLOW, actions=["do"], texts=GERMAN | {"main.test.yaml": test})
    return run(load(path))


@pytest.mark.parametrize(
    "chat",
    [
        "user: /start\nbot: Your name?",
        "user: /start\nbot: [Your name?]",
        "user: /start\nbot: {match: '^Your .*$'}",
        "user: /start\nbot: {contains: name}",
        "user: [/start, Ann]\nbot: [Your name?, {text: 'Pick, Ann!', choices: [A, B]}]",
        "user: [/start, Ann]\nstate: pick\ndata: {name: Ann, n: 7, flag: null}",
        "user: [/start, Ann, {choice: a}]\nstate: box\nwait: 59s\nwait: 1s\nbot: Tick.",
        "user: [/start, Ann, A]\nuser: /end\nend: end\ndata: {name: Ann}",
        "user: [/start, /twice]\nuser: x",
        "user: [/start, /set]\ndata: {flag: true}",
        "user: [/start, Ann]\ndata: {size: 3}\nuser: A\nuser: /end\nend: end\ndata: {size: 3}",
    ],
)
def test_these_pass(tmp_path: Path, chat: str) -> None:
    report = played(tmp_path, chat)
    assert report.render(color=False) == ""
    assert (report.passed, report.failed) == (1, 0)


@pytest.mark.parametrize(
    ("chat", "line", "message"),
    [
        ("user: /start\nbot: Your nam?", 4, "- bot:  Your nam?\n+ bot:  Your name?"),
        ("user: /start\nbot: [Your name?, More]", 4, "  bot:  Your name?\n- bot:  More"),
        (
            "user: [/start, Ann]\nbot: Your name?",
            4,
            "  bot:  Your name?\n+ bot:  Pick, Ann! [A] [B]",
        ),
        ("user: /start\nbot: {match: '^name'}", 4, "- bot:  ~^name\n+ bot:  Your name?"),
        ("user: /start\nbot: {contains: Name}", 4, "- bot:  … Name\n+ bot:  Your name?"),
        (
            "user: /start\nbot: {text: Your name?, choices: [A]}",
            4,
            "- bot:  Your name? [A]\n+ bot:  Your name?",
        ),
        ("user: /start\nstate: box", 4, "expected the state `box`, but it is in `name`"),
        ("user: hello\nstate: box", 4, "expected the state `box`, but it is in no flow"),
        ("user: /start\nend: end", 4, "expected the end `end`, but it is in `name`"),
        (
            "user: [/start, Ann, A, /end]\nend: failed",
            4,
            "expected the end `failed`, but it ended in end",
        ),
        ("user: [/start, Ann]\ndata: {name: Bob}", 4, "expected name: 'Bob'\nbut it is 'Ann'"),
        ("user: [/start, /set]\ndata: {flag: 1}", 4, "expected flag: 1\nbut it is True"),
        ("user: [/start, Ann]\ndata: {size: 4}", 4, "expected size: 4\nbut it is 3"),
        (
            "user: /start\ndata: {size: 4}",
            4,
            "size cannot be computed: len() needs a text, a list or an object, not null.",
        ),
        ("user: /start\ndata: {user.who: Ann}", 4, "expected user.who: 'Ann'\nbut it is None"),
        ("user: [/start, {choice: z}]", 3, "there is no button `z` to press"),
        ("user: [/start, Ann, B]", 3, "the action `do` was called by the flow"),
    ],
)
def test_these_fail_at_their_line_and_say_why(
    tmp_path: Path, chat: str, line: int, message: str
) -> None:
    report = played(tmp_path, chat)
    (failure,) = report.failures
    assert ("\n".join(failure.difference) or failure.message) == message
    assert failure.place.line == line


def test_a_failure_is_shown_as_the_dialogue_that_led_there(tmp_path: Path) -> None:
    report = played(
        tmp_path,
        "user: [Ann, {choice: a}]\nwait: 90s\nbot: [Tick.]\nuser: /end\nbot: Hello",
        from_="{state: name}",
    )
    shown = report.render(color=False).replace(f"{tmp_path}/", "")
    assert (
        shown
        == """\
main.test.yaml:8:7: FAILED it works
    (in name)
    user: Ann
    bot:  Pick, Ann! [A] [B]
    user: [a]
    … 90 s later
    bot:  Tick.
    user: /end
  - bot:  Hello
  + bot:  Bye.
  > the bot said something else"""
    )
    assert "\x1b[31mFAILED\x1b[0m" in report.render(color=True)


def test_a_failure_carries_its_cure(tmp_path: Path) -> None:
    report = played(tmp_path, "user: [/start, Ann, {choice: c}]")
    assert "= help: Shown so far: `a`, `b`." in report.render(color=False)


def test_actions_give_their_results_in_order(tmp_path: Path) -> None:
    chat = "user: [/start, Ann, {choice: b}]\nend: failed\nuser: [/start, Ann, B]\nend: end"
    actions = "{do: [{error: odd, message: no}, {return: 1}]}"
    assert played(tmp_path, chat, actions=actions).render(color=False) == ""


def test_an_action_ends_alike_as_often_as_its_line_says(tmp_path: Path) -> None:
    again = "user: /start\nuser: [Ann, B]\nend: failed\n" * 2
    actions = "{do: [{error: odd, times: 2}, {return: 1}]}"
    assert played(tmp_path, again, actions=actions).render(color=False) == ""
    thrice = again + "user: /start\nuser: [Ann, B]\nend: end"
    assert played(tmp_path, thrice, actions=actions).render(color=False) == ""


def test_a_test_may_set_the_language_the_clock_and_the_state(tmp_path: Path) -> None:
    report = played(tmp_path, "user: /start\nbot: Dein Name?", lang="de")
    assert report.passed == 1
    report = played(
        tmp_path, "data: {name: Bo, n: 7, user.who: Ann}\nuser: B\nend: end", now="2026-03-01",
        from_="{state: pick, data: {name: Bo}, user: {who: Ann}}", actions="{do: [{return: 1}]}",
    )  # fmt: skip
    assert report.render(color=False) == ""


def test_only_the_selected_tests_run(tmp_path: Path) -> None:
    played(tmp_path, "user: /start")
    bot = load(tmp_path)
    assert run(bot, "IT WORKS").passed == 1
    assert run(bot, "something else").passed == 0


def test_a_test_that_names_what_is_not_there_is_a_fault_of_its_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidBot) as caught:
        played(tmp_path, "user: x", from_="{state: nam}")
    (found,) = caught.value.diagnostics
    assert found.code == "SC050"
    assert found.cure == "Did you mean `name`?"


def test_a_role_that_the_bot_has_not_is_a_fault_of_the_file(tmp_path: Path) -> None:
    write_bot(tmp_path, FLOW, actions=["do"], bot="access: {roles: {editor: [telegram:1]}}")
    with pytest.raises(InvalidBot) as caught:
        played(tmp_path, "user: x", rights="{roles: [editr]}")
    (found,) = caught.value.diagnostics
    assert (found.code, found.cure) == ("SC050", "Did you mean `editor`?")


def test_a_test_file_that_cannot_be_read_is_an_error_with_its_cure(tmp_path: Path) -> None:
    played(tmp_path, "user: /start")
    bot = load(tmp_path)
    (tmp_path / "main.test.yaml").unlink()
    with pytest.raises(StatechatError, match="cannot be read"):
        run(bot)


NOTES = """
data: {text: {type: text}, note: {type: object, optional: true}}
states:
  text: {ask: Note?, next: keep}
  keep:
    invoke:
      action: records.put
      with: {collection: notes, values: {text: text}, by: text}
      into: note
      done: kept
      error: [{guard: error.code == "limit", target: full}, {target: failed}]
  kept: {type: final, say: "Kept {note.text}."}
  full: {type: final, say: Full.}
  failed: {type: final}
"""
NOTES_BOT = """
records:
  notes:
    scope: user
    limit: 2
    unique: [text]
    fields: {text: {type: text}, n: {type: int, default: 1}}
"""


def noted(folder: Path, test: str) -> str:
    texts = {"main.test.yaml": test}
    return run(load(write_bot(folder, NOTES, bot=NOTES_BOT, texts=texts))).render(color=False)


def test_records_are_kept_in_memory_for_one_test(tmp_path: Path) -> None:
    test = """
- test: the limit is reached
  records: {notes: [{text: a, n: 5}]}
  chat:
    - records: {notes: [{text: a, n: 5}]}
    - user: [/start, b, /start, a]
    - end: kept
    - records: {notes: [{text: a}, {text: b, n: 1}]}
    - user: [/start, c]
    - bot: [Note?, Full.]
- test: nothing is left of the test before
  chat: [{records: {notes: []}}, {user: [/start, a]}, {end: kept}]
- test: results can be scripted as those of any action
  actions: {records.put: [{error: strange}]}
  chat: [{user: [/start, a]}, {end: failed}, {records: {notes: []}}]
- test: some attempts are carried out, others are not
  actions: {records.put: [{run: true}, {error: strange}, {run: true}]}
  chat:
    - user: [/start, a]
    - end: kept
    - user: [/start, b]
    - end: failed
    - user: [/start, c]
    - end: kept
    - records: {notes: [{text: a}, {text: c}]}
"""
    assert noted(tmp_path, test) == ""


def test_only_what_works_on_records_can_run_in_a_test(tmp_path: Path) -> None:
    with pytest.raises(InvalidBot) as refused:
        played(tmp_path, "user: /start", actions="{do: [{run: true}]}")
    assert [fault.message for fault in refused.value.diagnostics] == [
        "`do` cannot run in a test: only what works on records does"
    ]


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("[]", "expected 0 records of notes, but there are 1:"),
        ("[{text: b}]", "expected text of record 1 of notes: 'b'"),
    ],
)
def test_records_that_are_not_as_expected_are_shown(
    tmp_path: Path, expected: str, message: str
) -> None:
    chat = f"[{{user: [/start, a]}}, {{records: {{notes: {expected}}}}}]"
    assert message in noted(tmp_path, f"- test: notes\n  chat: {chat}\n")
