"""A flow as a machine definition for XState: what becomes of each part."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cli.main import main
from engine.compiler.expand import expand
from tests.unit.core.flow_fixture import write_bot

FLOW = """
flow: main
description: A flow.
triggers: [/start]
when_busy: ignore
input: {i: {type: int, default: 4}}
data: {n: {type: int, default: 1}, q: {type: text}}
entry: [{set: {n: n + 1}}]
on: {/home: a, /back: .back, /help: {say: Help., reprompt: false}}
idle: {10m: gone}
initial: a
states:
  a:
    ask: Q?
    into: q
    choices: {x: {label: X, target: both}, y: Y}
    next: [{guard: n == 1, target: both}, box]
    retry: {max: 2, target: gone}
  both:
    type: parallel
    on: {done: box}
    states:
      r: {initial: r1, states: {r1: {next: r2}, r2: {type: final}}}
      s: {initial: s1, states: {s1: {next: s2}, s2: {type: final}}}
  box:
    initial: in
    exit: [{raise: left}]
    on: {left: a, /in: {target: box.in, internal: true}, /out: box.in}
    after: {1m30s: gone}
    states:
      in: {after: [{after: n * 60, target: box.draw}], on: {/back_in: box.deep}}
      draw: {split: {in: 3, child: 1}}
      child: {call: child, on: {end: gone}}
      last: {type: history}
      deep: {type: history, deep: true, target: box.draw}
  gone: {type: final, output: {n: n}}
"""
CHILD = "states: {s: {next: end}, end: {type: final}}"


@pytest.fixture
def machine(tmp_path: Path) -> Any:  # noqa: ANN401 - JSON
    write_bot(tmp_path, FLOW, child=CHILD)
    return json.loads(expand(tmp_path / "main.yaml", "xstate"))


def test_the_head_becomes_context_and_meta(machine: Any) -> None:  # noqa: ANN401 - as above
    assert machine["id"] == "main"
    assert machine["description"] == "A flow."
    assert machine["context"] == {"i": 4, "n": 1, "q": None}
    assert machine["meta"]["triggers"] == ["/start"]
    assert machine["meta"]["when_busy"] == "ignore"
    assert machine["entry"] == [{"type": "set", "params": {"n": "n + 1"}}]


def test_the_root_is_never_left_and_other_states_are_unless_it_is_internal(
    machine: Any,  # noqa: ANN401 - as above
) -> None:
    assert machine["on"]["/home"] == [{"target": "#main.a"}]
    box = machine["states"]["box"]["on"]
    assert box["/in"] == [{"target": "#main.box.in"}]
    assert box["/out"] == [{"target": "#main.box.in", "reenter": True}]


def test_answers_are_events_with_guards_by_name(machine: Any) -> None:  # noqa: ANN401 - as above
    on = machine["states"]["a"]["on"]
    assert list(on) == ["answer.x", "answer.*", "wrong"]
    assert on["answer.*"] == [
        {
            "target": "#main.both",
            "reenter": True,
            "guard": {"type": "expression", "params": {"code": "n == 1"}},
        },
        {"target": "#main.box", "reenter": True},
    ]


def test_actions_stand_by_name_with_what_they_need(machine: Any) -> None:  # noqa: ANN401 - as above
    assert machine["states"]["box"]["exit"] == [{"type": "raise", "params": {"event": "left"}}]
    (asked,) = machine["states"]["a"]["entry"]
    assert asked["type"] == "ask"
    assert asked["params"]["ask"] == "Q?"
    assert machine["on"]["/back"] == [{"actions": [{"type": "back"}]}]
    assert machine["on"]["/help"] == [
        {"actions": [{"type": "say", "params": {"say": "Help."}}], "meta": {"reprompt": False}}
    ]


def test_regions_history_and_ends_are_those_of_xstate(machine: Any) -> None:  # noqa: ANN401 - as above
    both = machine["states"]["both"]
    assert both["type"] == "parallel"
    assert both["onDone"] == [{"target": "#main.box", "reenter": True}]
    assert "on" not in both
    assert both["states"]["r"]["initial"] == "r1"
    assert both["states"]["r"]["states"]["r2"] == {"type": "final"}
    box = machine["states"]["box"]["states"]
    assert box["last"] == {"type": "history", "history": "shallow"}
    assert box["deep"] == {"type": "history", "history": "deep", "target": "#main.box.draw"}
    assert machine["states"]["gone"] == {"type": "final", "meta": {"output": {"n": "n"}}}


def test_timers_are_milliseconds_or_delays_by_name_and_idle_an_event(
    machine: Any,  # noqa: ANN401 - as above
) -> None:
    box = machine["states"]["box"]
    assert box["after"] == {"90000": [{"target": "#main.gone", "reenter": True}]}
    assert list(box["states"]["in"]["after"]) == ["delay:n * 60"]
    assert machine["on"]["idle.10m"] == [{"target": "#main.gone"}]


def test_draws_and_calls_stand_by_name(machine: Any) -> None:  # noqa: ANN401 - as above
    box = machine["states"]["box"]["states"]
    assert [way["guard"] for way in box["draw"]["always"]] == [
        {"type": "drawn", "params": {"share": 3, "target": "box.in"}},
        {"type": "drawn", "params": {"share": 1, "target": "box.child"}},
    ]
    assert box["child"]["meta"] == {"call": {"call": "child"}}
    assert list(box["child"]["on"]) == ["final.end"]


def test_json_is_the_core_form_and_a_list_for_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bot(tmp_path, FLOW, child=CHILD)
    assert main(["expand", str(tmp_path / "main.yaml"), "--format", "json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert one == yaml.safe_load(expand(tmp_path / "main.yaml"))
    assert main(["expand", str(tmp_path), "--format", "json"]) == 0
    both = json.loads(capsys.readouterr().out)
    assert [flow["flow"] for flow in both] == ["child", "main"]
    assert both[1] == one


def test_a_format_that_is_not_known_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["expand", "flows/order", "--format", "dot"]) == 2
    assert "xstate" in capsys.readouterr().err
