"""`handoff` as authors write it, what it is written out as, and what `check` finds in it."""

from pathlib import Path

import pytest

from engine.compiler.bot import compile_bot, load
from engine.compiler.expand import core_forms
from engine.core.values import Value
from engine.lint.runner import lint
from tests.unit.core.flow_fixture import write_bot

BOT = "bot: main\nchats:\n  operators: telegram:-1001\n  boss:\n"
FLOW = """
data: {helped: {type: bool, default: false}}
states:
  talk:
    handoff: operators
    on:
      closed: over
      answered: {set: {helped: true}}
    after: {1h: {guard: not helped, target: over}}
  over: {type: final}
"""


def found(folder: Path, main: str, bot: str = BOT) -> list[str]:
    compiled = compile_bot(write_bot(folder / "main", main, bot=bot))
    return [f"{one.code} {one.message}" for one in compiled.found]


def checked(folder: Path, main: str) -> list[str]:
    found = lint(compile_bot(write_bot(folder / "main", main, bot=BOT)))
    return [f"{one.code} {one.message}" for one in found]


def test_a_chat_alone_is_short_for_the_mapping(tmp_path: Path) -> None:
    (form,) = core_forms(write_bot(tmp_path / "main", FLOW, bot=BOT))
    states: Value = form["states"]
    assert isinstance(states, dict)
    talk = states["talk"]
    assert isinstance(talk, dict)
    assert talk["handoff"] == {"to": "operators"}
    assert talk["on"] == {
        "handoff.closed": [{"target": "over"}],
        "handoff.answered": [{"actions": [{"set": {"helped": True}}]}],
    }


def test_where_a_chat_is_stands_in_the_program_or_only_in_the_environment(tmp_path: Path) -> None:
    program = load(write_bot(tmp_path / "main", FLOW, bot=BOT)).program
    assert program.services.chats == {"operators": "telegram:-1001", "boss": None}
    assert program.hears_in("main/telegram:-1001")
    assert not program.hears_in("main/telegram:-1002")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("handoff: operators", "handoff: operator", "SC048 there is no chat `operator`"),
        (
            "      closed: over\n", "",
            "SC041 operators can end the conversation, and `talk` does not handle that",
        ),
        (
            "    on:", "    next: over\n    on:",
            "SC040 `next` would end the hand-off as soon as it begins",
        ),
        (
            "    handoff: operators", "    handoff: operators\n    invoke: {action: a, done: over}",
            "SC040 a state cannot have `invoke` and `handoff` together",
        ),
        (
            "handoff: operators", "handoff: {to: operators, who: '{name}'}",
            "SC022 there is no variable `name`",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in found(tmp_path, FLOW.replace(old, new))


def test_a_hand_off_that_is_right_raises_no_alarm(tmp_path: Path) -> None:
    assert checked(tmp_path, FLOW) == []
    alone = "states:\n  talk:\n    handoff: boss\n    on: {closed: over}\n  over: {type: final}\n"
    assert checked(tmp_path, alone) == []


def test_a_text_that_the_operators_get_is_not_heard_by_the_state(tmp_path: Path) -> None:
    main = FLOW.replace("closed: over\n", "closed: over\n      text: {say: Hm.}\n")
    assert checked(tmp_path, main) == [
        "SC302 `text` is never heard here: every text goes to the operators"
    ]


def test_an_end_for_which_no_way_is_open_is_found(tmp_path: Path) -> None:
    main = FLOW.replace("closed: over", "closed: {guard: helped, target: over}")
    assert checked(tmp_path, main) == ["SC208 no way leads on from `talk` where `helped` is false"]
