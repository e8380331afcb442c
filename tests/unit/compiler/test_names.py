"""What is referred to and nowhere declared: found at its place, with what was probably meant."""

from pathlib import Path
from typing import Any

import pytest

from engine.compiler.bot import InvalidBot, load
from engine.diagnostics import Diagnostic
from tests.unit.core.flow_fixture import write_bot


def findings(folder: Path, main: str, **more: Any) -> list[Diagnostic]:  # noqa: ANN401 - as `write_bot` takes
    """What `load` has to say about a bot, warnings included."""
    try:
        return list(load(write_bot(folder, main, **more)).warnings)
    except InvalidBot as invalid:
        return list(invalid.diagnostics)


def shown(found: list[Diagnostic]) -> list[str]:
    """Each finding on a line: place without the folder, code, message."""
    return [
        f"{Path(one.place.file).name}:{one.place.line}:{one.place.column} {one.code} {one.message}"
        for one in found
    ]


GOOD = """
data: {n: {type: int, default: 0}, who: {type: text, scope: user}}
states:
  q: {ask: "{n} {user.who} {turn.text} {turn.anything} {now} {session.id}?", into: n, next: end}
  end: {type: final}
"""


def test_what_is_declared_or_always_there_is_known(tmp_path: Path) -> None:
    assert findings(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{m}", "there is no variable `m`"),
        ("{who}", "`who` stays with the person"),
        ("{user.n}", "there is no variable `user.n`"),
        ("{session.user}", "there is no variable `session.user`"),
        ("{error.code}", "`error` is known only in what handles an error"),
    ],
)
def test_a_name_that_is_not_declared_is_found_in_a_text(
    tmp_path: Path, text: str, message: str
) -> None:
    found = findings(tmp_path, GOOD.replace("{n} ", f"{text} "))
    assert [(one.code, one.message) for one in found] == [("SC022", message)]
    assert found[0].place.line == 6
    assert found[0].place.column == 14


def test_error_is_known_only_where_an_error_is_handled(tmp_path: Path) -> None:
    flow = """
    states:
      q:
        on: {error: {say: "{error.code}"}, /x: end}
        invoke: {action: do, done: end, retry: {max: 2, if: error.transient},
                 error: [{guard: error.code == 'x', target: end}]}
      end: {type: final}
    """
    assert findings(tmp_path, flow, actions=["do"]) == []


def test_a_target_is_a_sibling_or_a_path_from_the_root(tmp_path: Path) -> None:
    flow = """
    states:
      a: {initial: x, states: {x: {on: {/a: y, /b: a.y, /c: b, /d: a, /e: b.x}}, y: {next: x}}}
      b: {initial: x, states: {x: {on: {/a: y}}}}
    """
    assert shown(findings(tmp_path, flow)) == ["main.yaml:6:41 SC020 there is no state `y`"]


def test_the_final_states_of_a_called_flow_are_events_of_its_state_only(tmp_path: Path) -> None:
    flow = """
    on: {done: end}
    states:
      c: {call: child, on: {done: end}}
      end: {type: final}
    """
    found = findings(tmp_path, flow, child="states: {done: {type: final}}")
    assert shown(found) == ["main.yaml:4:6 SC028 `done` never comes here"]


def test_who_calls_an_unreadable_flow_is_not_to_blame(tmp_path: Path) -> None:
    flow = "states: {c: {call: child, on: {done: end, other: end}}, end: {type: final}}"
    found = findings(tmp_path, flow, child="states: [")
    assert {Path(one.place.file).name for one in found} == {"child.yaml"}


def test_the_ends_of_a_flow_that_is_nowhere_are_not_reported_as_well(tmp_path: Path) -> None:
    flow = "states: {c: {call: chidl, on: {done: end, other: end}}, end: {type: final}}"
    found = findings(tmp_path, flow, child="states: {done: {type: final}}")
    assert shown(found) == ["main.yaml:4:20 SC021 there is no flow `chidl`"]
    assert found[0].cure == "Did you mean `child`?"


def test_a_raised_event_is_known_and_a_misspelled_one_is_not(tmp_path: Path) -> None:
    flow = """
    states:
      s: {on: {/go: {raise: ready}, ready: {say: a}, redy: {say: b}}}
    """
    found = findings(tmp_path, flow)
    assert shown(found) == ["main.yaml:5:50 SC028 there is no event `redy`"]
    assert found[0].cure == "Did you mean `ready`?"


@pytest.mark.parametrize("name", ["always", "answer", "wrong", "init", "state"])
def test_names_that_the_machine_uses_can_neither_be_raised_nor_heard(
    tmp_path: Path, name: str
) -> None:
    flow = "states: {s: {on: {/go: {raise: %s}, %s: {say: a}}}}"
    found = findings(tmp_path, flow % (name, name))
    assert [one.code for one in found] == ["SC028", "SC028"]


def test_a_label_needs_a_question_with_choices(tmp_path: Path) -> None:
    found = findings(tmp_path, GOOD.replace("{n} ", "{n | label} "))
    assert [one.code for one in found] == ["SC031"]
    assert "no question with choices fills this variable" in found[0].message


def test_a_variable_of_the_person_is_declared_alike_in_all_flows(tmp_path: Path) -> None:
    other = "data: {who: {type: int, scope: user}}\nstates: {s: {type: final}}"
    found = findings(tmp_path, GOOD, other=other)
    assert [one.code for one in found] == ["SC027"]


def test_the_same_trigger_may_stand_in_one_flow_only(tmp_path: Path) -> None:
    other = "triggers: [/start, /x]\nstates: {s: {type: final}}"
    found = findings(tmp_path, GOOD, other=other)
    assert [one.message for one in found] == ["`/start` begins the flow `main` already"]
