"""Every example of the schemas, put where it belongs and read as a bot: its form is right.

What an example names (states, variables, actions) need not be there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.compiler.bot import InvalidBot, load
from engine.diagnostics import Diagnostic, FlowInvalid
from engine.testing.files import scripts
from schemas import Name, schema

OF_FORM = {
    "SC001", "SC002", "SC003", "SC004", "SC010", "SC011", "SC012", "SC030", "SC031", "SC032",
    "SC043",
}  # fmt: skip
Json = dict[str, Any]
TYPES = {
    "match": "text", "values": "enum", "items": "list", "fields": "object", "region": "phone",
    "currency": "money",
}  # fmt: skip
"""The type of variable that an option belongs to."""
BESIDE = {
    "states": {"initial": "day"},
    "deep": {"type": "history"},
    "target": {"type": "history"},
}
"""What a state needs beside a key, and its schema does not say."""
PARALLEL = {"states": {"a": {"say": "A"}, "b": {"say": "B"}}}


def resolved(part: Json, whole: Json) -> Json:
    while "$ref" in part:
        part = whole["$defs"][part["$ref"].rpartition("/")[2]]
    return part


def example(part: Json, whole: Json) -> Any:  # noqa: ANN401 - any JSON
    found = part.get("examples") or resolved(part, whole).get("examples")
    return found[0] if found else None


def filled(mapping: Json, whole: Json, key: str, value: object) -> Json:
    """A mapping with an example, and with examples of all that must stand beside it."""
    made: Json = {key: value}
    waiting = [key, *mapping.get("required", ())]
    while waiting:
        name = waiting.pop()
        made.setdefault(name, example(mapping["properties"][name], whole))
        beside = mapping.get("dependentRequired", {}).get(name, ())
        waiting += [other for other in beside if other not in made]
    return made


def cases(name: Name, path: str) -> Iterator[Any]:
    """Each example of each key of a mapping, in that mapping; `path` leads to it."""
    whole = schema(name)
    mapping = whole
    for step in path.split("/") if path else ():
        mapping = resolved(mapping[step], whole)
    for key, part in mapping["properties"].items():
        if "not" in part or "const" in part:
            continue
        for number, value in enumerate(
            part.get("examples") or resolved(part, whole).get("examples", ())
        ):
            made = filled(mapping, whole, key, value)
            yield pytest.param(made, id=f"{path.rpartition('/')[2] or name}-{key}-{number}")


def found(folder: Path, **files: object) -> list[Diagnostic]:
    for stem, data in files.items():
        path = folder / f"{stem.replace('_', '.')}.yaml"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    try:
        scripts(load(folder))
    except InvalidBot as invalid:
        return [*invalid.diagnostics]
    except FlowInvalid as invalid:
        return [*invalid.diagnostics]
    return []


def check(folder: Path, **files: object) -> None:
    faults = [f"{one.code} {one.message}" for one in found(folder, **files) if one.code in OF_FORM]
    assert not faults


def flow(state: Json, **more: object) -> Json:
    states = {"s": state, "end": {"type": "final"}}
    return {"flow": "t", "triggers": ["/t"], "initial": "s", "states": states, **more}


@pytest.mark.parametrize("made", [*cases("flow", "")])
def test_of_a_flow(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=made)


@pytest.mark.parametrize("made", [*cases("flow", "$defs/state")])
def test_of_a_state(made: Json, tmp_path: Path) -> None:
    key = next(iter(made))
    state = {**made, **BESIDE.get(key, {})}
    if made.get("type") == "parallel":
        state |= PARALLEL
    if state.get("type") == "history":
        state = {"initial": "x", "states": {"x": {"say": "X"}, "h": state}}
    check(tmp_path, t=flow(state))


@pytest.mark.parametrize("made", [*cases("flow", "$defs/transition")])
def test_of_a_transition(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=flow({"on": {"/x": made, "/y": [made, "end"]}}))


@pytest.mark.parametrize("made", [*cases("flow", "$defs/timed")])
def test_of_a_timer(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=flow({"after": [made]}))


@pytest.mark.parametrize("made", [*cases("flow", "$defs/choice")])
def test_of_a_choice(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=flow({"ask": "?", "choices": {"a": made, "b": "B"}, "next": "end"}))


@pytest.mark.parametrize("made", [*cases("flow", "$defs/retry")])
def test_of_a_retry(made: Json, tmp_path: Path) -> None:
    data = {"s": {"type": "text"}}
    check(tmp_path, t=flow({"ask": "?", "retry": made, "next": "end"}, data=data))


@pytest.mark.parametrize("made", [*cases("flow", "$defs/invoke")])
def test_of_an_invoke(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=flow({"invoke": {"done": "end", **made}}))


@pytest.mark.parametrize("made", [*cases("flow", "$defs/variables/additionalProperties")])
def test_of_a_variable(made: Json, tmp_path: Path) -> None:
    declared = {**made, "type": TYPES.get(next(iter(made)), made["type"])}
    check(tmp_path, t=flow({"next": "end"}, data={"x": declared}))


@pytest.mark.parametrize("made", [*cases("flow", "$defs/say")])
def test_of_a_message(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=flow({"say": {"text": "Hello!", **made}, "next": "end"}))


@pytest.mark.parametrize("made", [*cases("flow", "$defs/action")])
def test_of_an_action(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=flow({"entry": [made], "next": "end"}))


@pytest.mark.parametrize("made", [*cases("bot", ""), *cases("bot", "$defs/bot_transition")])
def test_of_bot_yaml(made: Json, tmp_path: Path) -> None:
    whole = made if made.keys() <= schema("bot")["properties"].keys() else {"on": {"/x": made}}
    check(tmp_path, t=flow({"next": "end"}), bot=whole)


@pytest.mark.parametrize("made", [*cases("test", "items")])
def test_of_a_test(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=flow({"next": "end"}), t_test=[made])


@pytest.mark.parametrize("made", [*cases("test", "$defs/chat_line")])
def test_of_a_line_of_a_test(made: Json, tmp_path: Path) -> None:
    check(tmp_path, t=flow({"next": "end"}), t_test=[{"test": "it", "chat": [made]}])


def test_a_wrong_example_would_be_found(tmp_path: Path) -> None:
    for state in ({"say": "{a b}"}, {"on": {"/x": {"guard": "1 +"}}}, {"aks": "?"}):
        codes = {one.code for one in found(tmp_path, t=flow(state))}
        assert codes & OF_FORM
