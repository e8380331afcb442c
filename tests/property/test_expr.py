"""Expressions against a second, naive interpreter, and against arbitrary sources."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.expr import compile_expression
from engine.core.faults import Fault
from engine.core.functions import FUNCTIONS
from engine.core.values import INT_MAX, TEXT_MAX, Value
from engine.errors import Place, StatechatError

PLACE = Place("fuzz.yaml", 1, 1)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-INT_MAX, INT_MAX)
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
values: st.SearchStrategy[Value] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
worlds = st.dictionaries(st.sampled_from(["x", "y", "z"]), values)


@dataclass
class World:
    data: Mapping[str, Value]
    user: Mapping[str, Value] = field(default_factory=lambda: {"name": "Ann"})
    turn: Mapping[str, Value] = field(default_factory=dict)
    session: Mapping[str, Value] = field(default_factory=dict)
    now: str = "2026-11-23T21:18:16Z"
    local: Mapping[str, Value] = field(default_factory=dict)
    lang: str = "en"
    tz: str | None = "Europe/Vienna"

    def in_state(self, path: str) -> bool:
        return path == "a.b"

    def label(self, path: tuple[str, ...], value: Value) -> str:
        return f"{path}{value}"


class Naive(Exception):  # noqa: N818 - stands for the fault that the reference expects
    pass


Reference = Callable[[Mapping[str, Value]], Value]


@dataclass(frozen=True)
class Case:
    """A source, and what it means."""

    source: str
    means: Reference


def _ref_number(value: Value) -> int | float:
    if type(value) not in (int, float):
        raise Naive
    return value  # type: ignore[return-value]  # checked above


def _ref_same(one: Value, other: Value) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_ref_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_ref_same(one[k], other[k]) for k in one)
    return one == other


def _ref_sized(result: float) -> Value:
    if not math.isfinite(result) or (type(result) is int and abs(result) > INT_MAX):
        raise Naive
    return result


def _ref_arithmetic(sign: str, one: Value, other: Value) -> Value:
    if sign == "+" and type(one) is type(other) and isinstance(one, str | list):
        return one + other  # type: ignore[operator]  # both of one type
    left, right = _ref_number(one), _ref_number(other)
    if sign in ("/", "//", "%") and right == 0:
        raise Naive
    apply = {
        "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
        "//": operator.floordiv, "%": operator.mod,
    }[sign]  # fmt: skip
    return _ref_sized(apply(left, right))


def _ref_order(sign: str, one: Value, other: Value) -> bool:
    if not (isinstance(one, str) and isinstance(other, str)):
        _ref_number(one)
        _ref_number(other)
    apply: Callable[[Any, Any], bool] = {
        "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    }[sign]  # fmt: skip
    return apply(one, other)


def _ref_in(one: Value, other: Value) -> bool:
    if other is None:
        return False
    if isinstance(other, list):
        return any(_ref_same(one, each) for each in other)
    if isinstance(other, str | dict) and (one is None or isinstance(one, str)):
        return one is not None and one in other
    raise Naive


def _ref_item(one: Value, index: Value) -> Value:
    if one is None or index is None:
        return None
    if isinstance(one, dict) and isinstance(index, str):
        return one.get(index)
    if isinstance(one, str | list) and type(index) is int:
        return one[index] if -len(one) <= index < len(one) else None
    raise Naive


def _binary(sign: str, one: Case, other: Case) -> Case:
    source = f"({one.source} {sign} {other.source})"
    if sign in ("+", "-", "*", "/", "//", "%"):
        return Case(source, lambda w: _ref_arithmetic(sign, one.means(w), other.means(w)))
    if sign in ("<", "<=", ">", ">="):
        return Case(source, lambda w: _ref_order(sign, one.means(w), other.means(w)))
    meanings: dict[str, Reference] = {
        "==": lambda w: _ref_same(one.means(w), other.means(w)),
        "!=": lambda w: not _ref_same(one.means(w), other.means(w)),
        "in": lambda w: _ref_in(one.means(w), other.means(w)),
        "not in": lambda w: not _ref_in(one.means(w), other.means(w)),
        "and": lambda w: one.means(w) and other.means(w),
        "or": lambda w: one.means(w) or other.means(w),
    }
    return Case(source, meanings[sign])


def _chain(one: Case, other: Case, third: Case) -> Case:
    def means(world: Mapping[str, Value]) -> Value:
        middle = other.means(world)
        first = one.means(world)
        return _ref_order("<", first, middle) and _ref_order("<=", middle, third.means(world))

    return Case(f"({one.source} < {other.source} <= {third.source})", means)


def _constant(value: Value) -> Case:
    spelt = {None: "null", True: "true", False: "false"}
    source = spelt[value] if value is None or isinstance(value, bool) else repr(value)
    return Case(source, lambda _: value)


def _extend(inner: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    signs = ["+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "!=", "in", "and", "or"]
    return (
        st.builds(_binary, st.sampled_from([*signs, "not in"]), inner, inner)
        | st.builds(_chain, inner, inner, inner)
        | inner.map(lambda c: Case(f"(not {c.source})", lambda w: not c.means(w)))
        | inner.map(lambda c: Case(f"(-{c.source})", lambda w: -_ref_number(c.means(w))))
        | st.builds(
            lambda a, b, c: Case(
                f"({a.source} if {b.source} else {c.source})",
                lambda w: a.means(w) if b.means(w) else c.means(w),
            ),
            inner, inner, inner,
        )
        | st.lists(inner, max_size=3).map(
            lambda cs: Case(
                f"[{', '.join(c.source for c in cs)}]", lambda w: [c.means(w) for c in cs]
            )
        )
        | inner.map(lambda c: Case(f"{{'a': {c.source}}}", lambda w: {"a": c.means(w)}))
        | st.builds(
            lambda a, b: Case(
                f"{a.source}[{b.source}]", lambda w: _ref_item(a.means(w), b.means(w))
            ),
            inner, inner,
        )
    )  # fmt: skip


plain_scalars = (
    st.none()
    | st.booleans()
    | st.integers(0, 9)
    | st.floats(0, 10)
    | st.text("ab'\"\\{}|", max_size=3)
)
leaves = plain_scalars.map(_constant) | st.sampled_from("xyz").map(
    lambda name: Case(name, lambda w: w.get(name))
)
cases = st.recursive(leaves, _extend, max_leaves=8)


def _bounded(value: Value) -> bool:
    if isinstance(value, str):
        return len(value) <= TEXT_MAX
    if isinstance(value, Mapping):
        return all(map(_bounded, value.values()))
    if isinstance(value, Sequence):
        return all(map(_bounded, value))
    return (
        value is None
        or isinstance(value, bool)
        or abs(value) <= INT_MAX
        or (isinstance(value, float) and math.isfinite(value))
    )


@settings(max_examples=400, deadline=1000)
@given(cases, worlds)
def test_a_compiled_expression_means_what_a_naive_interpreter_says(
    case: Case, data: dict[str, Value]
) -> None:
    expression = compile_expression(case.source, PLACE)
    try:
        expected = case.means(data)
    except Naive:
        with pytest.raises(Fault):
            expression(World(data))
        return
    found = expression(World(data))
    assert repr(found) == repr(expected)
    assert _bounded(found)


tokens = st.sampled_from(
    [
        "x",
        "y",
        "user",
        "user.name",
        "turn",
        "now",
        "error",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        ":",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "<",
        "<=",
        "==",
        "!=",
        "=",
        "in",
        "not",
        "and",
        "or",
        "if",
        "else",
        "is",
        "lambda",
        "for",
        "'a'",
        '"b"',
        "1",
        "0",
        "2.5",
        "1e308",
        "9223372036854775807",
        "true",
        "null",
        "None",
        "'x",
        "[0]",
        "['k']",
        ".a",
        "len(",
        "str(",
        "join(",
        "split(",
        "replace(",
        "max(",
        "round(",
        "plus(",
        "date_part(",
        "in_state(",
        "#",
        ";",
        "\\",
        "\n",
        "é",
        "\x00",
        "''",
    ]
)
sources = st.text(max_size=60) | st.lists(tokens, max_size=25).map(" ".join)


def outcome(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call gives
    """What a call gives, or the error of ours that it raises; any other error fails the test."""
    try:
        return call()
    except (StatechatError, Fault) as error:
        return error


@settings(max_examples=400, deadline=1000)
@given(sources, worlds)
def test_any_source_is_refused_or_gives_a_value_or_a_fault(
    source: str, data: dict[str, Value]
) -> None:
    expression = outcome(lambda: compile_expression(source, PLACE))
    if isinstance(expression, StatechatError):
        assert expression.code.startswith("expr:")
        assert expression.place is not None
        assert expression.place.line <= 1 + source.count("\n")
        return
    found = outcome(lambda: expression(World(data)))
    if isinstance(found, Fault):
        assert found.place is not None
        assert found.code in (
            "expr:type",
            "expr:limit",
            "expr:divide",
            "text:limit",
            "time:zone",
            "time:rule",
        )
    else:
        assert _bounded(found)


@settings(max_examples=400, deadline=1000)
@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(values, max_size=3), st.data())
def test_every_function_is_total_over_all_values(
    name: str, arguments: list[Value], data: st.DataObject
) -> None:
    function = FUNCTIONS[name]
    useful: st.SearchStrategy[Value] = st.sampled_from(
        ["", ",", "hour", "2026-11-23", "2026-11-23T21:18:16Z", 0, 12, -1e308]
    )
    arguments = [*arguments, *data.draw(st.lists(useful, min_size=3, max_size=3))]
    arguments = arguments[: data.draw(st.integers(function.least, min(function.most, 3)))]
    scope = [World({})] if function.scoped else []
    found = outcome(lambda: function.run(*scope, *arguments))
    if isinstance(found, Fault):
        assert found.code in ("expr:type", "expr:limit", "text:limit", "time:rule")
    else:
        assert _bounded(found)


@given(st.sampled_from([*"([{'-+~!", "not ", "x.", "x[", "1+", "1 if ", "f("]), st.integers(1, 700))
def test_repetition_never_exhausts_the_parser(sign: str, count: int) -> None:
    for source in (sign * count, sign * count + "1", sign * count + "1" + ")" * count):
        found = outcome(partial(compile_expression, source, PLACE))
        assert not isinstance(found, StatechatError) or found.code.startswith("expr:")
