"""What tells quickly whether a schema allows a file agrees with a validator that others wrote."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import flows
from engine.compiler.allowed import Kind, allows, judge
from engine.compiler.source import load
from schemas import schema

FLOWS = Path(flows.__path__[0])
SHIPPED: dict[Kind, list[Path]] = {
    "bot": sorted(FLOWS.glob("*/bot.yaml")),
    "test": sorted(FLOWS.glob("*/*.test.yaml")),
    "flow": [
        path for path in sorted(FLOWS.glob("*/*.yaml")) if path.name == f"{path.parent.name}.yaml"
    ],
}
atoms = (
    st.none() | st.booleans() | st.integers(-2, 2000) | st.sampled_from([0.5, 1.0, 7.0, "", "a"])
    | st.sampled_from(["end", "10m", "final", "history", "a.b", ".back", "a b", "text", "1/s"])
)  # fmt: skip


def keys_of(part: Any) -> set[str]:  # noqa: ANN401 - any JSON
    """Every key of which a schema speaks."""
    if isinstance(part, list):
        return set[str]().union(*map(keys_of, part))
    if not isinstance(part, dict):
        return set()
    named = part.get("properties")
    return set(named if isinstance(named, dict) else ()).union(*map(keys_of, part.values()))


@cache
def keys(kind: Kind) -> list[str]:
    return sorted(keys_of(schema(kind)))


@cache
def data(path: Path) -> Any:  # noqa: ANN401 - as above
    node, _ = load(path.read_bytes(), path.name)
    assert node is not None
    return node.plain_data()


@cache
def validator(kind: Kind) -> Draft202012Validator:
    return Draft202012Validator(schema(kind))


def change(draw: st.DataObject, whole: Any, names: list[str]) -> None:  # noqa: ANN401 - as above
    """Change one thing at some depth: a value, a key, or one more or less of them."""
    place = whole
    values = st.recursive(
        atoms,
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(names), inner, max_size=2)
        ),
        max_leaves=4,
    )
    while True:
        known = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw.draw(st.sampled_from(known)) if known else None
        inner = place[key] if key is not None else None
        if isinstance(inner, (dict, list)) and draw.draw(st.integers(0, 3)):
            place = inner
            continue
        what = draw.draw(st.sampled_from(["value", "less", "more"]))
        if what == "less" and key is not None:
            del place[key]
        elif what == "value" and key is not None:
            place[key] = draw.draw(values)
        elif isinstance(place, dict):
            place[draw.draw(st.sampled_from(names))] = draw.draw(values)
        else:
            place.append(draw.draw(values))
        return


@pytest.mark.parametrize("kind", SHIPPED)
@given(draw=st.data())
def test_a_file_that_was_changed_is_allowed_where_the_validator_allows_it(
    kind: Kind, draw: st.DataObject
) -> None:
    whole = copy.deepcopy(data(draw.draw(st.sampled_from(SHIPPED[kind]))))
    for _ in range(draw.draw(st.integers(0, 2))):
        change(draw, whole, keys(kind))
        if not whole:
            break
    assert allows(kind, whole) == validator(kind).is_valid(whole)


@pytest.mark.parametrize("kind", SHIPPED)
def test_every_file_that_ships_is_allowed(kind: Kind) -> None:
    assert [path.name for path in SHIPPED[kind] if not allows(kind, data(path))] == []


@pytest.mark.parametrize(
    ("rule", "allowed", "refused"),
    [
        ({"type": "integer"}, [1, 1.0], [1.5, True, "1", None]),
        ({"type": "number", "exclusiveMinimum": 0}, [0.1, 1], [0, -1, False]),
        ({"uniqueItems": True}, [["a", "b"], [[1], [2]], "aa"], [["a", "a"], [[1], [1]]]),
        ({"enum": ["a"]}, ["a"], ["b", None, ["a"], {}]),
        ({"not": {"required": ["a"]}}, [{}, {"b": 1}], [{"a": 1}, 1]),
        ({"if": {"const": "a"}, "else": {"type": "object"}}, ["a", {}], ["b", []]),
        ({"dependentRequired": {"a": ["b"]}}, [{}, {"b": 1}, {"a": 1, "b": 2}], [{"a": 1}]),
        ({"dependentSchemas": {"a": {"not": {"required": ["b"]}}}}, [{"a": 1}], [{"a": 1, "b": 1}]),
        ({"additionalProperties": {"type": "string"}}, [{"a": "b"}, 1], [{"a": 1}]),
        ({"additionalProperties": False, "properties": {"a": {}}}, [{"a": 1}], [{"b": 1}]),
    ],
)
def test_each_keyword_means_what_it_means_to_the_validator(
    rule: dict[str, Any], allowed: list[Any], refused: list[Any]
) -> None:
    ours, theirs = judge(rule, {}), Draft202012Validator(rule)
    assert [ours(one) for one in (*allowed, *refused)] == [True] * len(allowed) + [False] * len(
        refused
    )
    assert [theirs.is_valid(one) for one in (*allowed, *refused)] == [
        ours(one) for one in (*allowed, *refused)
    ]


def test_a_schema_may_hold_itself() -> None:
    tree = {"type": "array", "items": {"$ref": "#/$defs/tree"}}
    ours = judge({"$ref": "#/$defs/tree"}, {"tree": tree})
    assert ours([[], [[]]])
    assert not ours([[], [[1]]])


def test_a_keyword_that_is_not_known_is_not_passed_over() -> None:
    with pytest.raises(LookupError, match="patternProperties"):
        judge({"patternProperties": {}}, {})
