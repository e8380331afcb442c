"""What is decided about guards agrees with trying every value."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler.bot import load
from engine.core.expr import compile_expression
from engine.core.program import Flow
from engine.core.values import Value
from engine.errors import Place
from engine.lint.cases import Case, cases, outcome
from tests.unit.core.flow_fixture import write_bot

FLOW = """
data:
  n: {type: int, min: 0, max: 12}
  free: {type: number}
  size: {type: enum, values: [s, m, l]}
  sure: {type: bool}
  name: {type: text, max: 5}
  soon: {type: int, min: len(name), max: 10}
  day: {type: date}
  double: {type: int, computed: n * 2}
states:
  a: {say: A, next: end}
  end: {type: final}
"""
ALL: dict[str, list[Value]] = {
    "n": [*range(13), None],
    "size": ["s", "m", "l", None],
    "sure": [True, False, None],
}
"""Every value of the variables whose values can be counted."""


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    return load(write_bot(tmp_path_factory.mktemp("bot"), FLOW)).program.flows["main"]


@pytest.fixture(scope="module")
def judge(flow: Flow) -> Callable[[str], bool | None]:
    return lambda guard: outcome(flow, compile_expression(guard, Place("", 1, 1)))


NUMBERS = st.integers(-2, 15).map(str)
COMPARED = st.one_of(
    st.builds("n {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS),
    st.builds("{} < n <= {}".format, NUMBERS, NUMBERS),
    st.builds("n in [{}, {}]".format, NUMBERS, NUMBERS),
    st.builds(
        "size {} '{}'".format, st.sampled_from(["==", "!="]), st.sampled_from(["s", "m", "l", "x"])
    ),
    st.sampled_from(["sure", "n == null", "size != null", "size in ['s', 'm']", "true"]),
)
GUARDS = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=300)
@given(source=GUARDS)
def test_a_guard_is_decided_as_trying_every_value_decides_it(flow: Flow, source: str) -> None:
    guard = compile_expression(source, Place("", 1, 1))
    tried = {
        Case({"n": n, "size": size, "sure": sure}).holds(guard)
        for n in ALL["n"]
        for size in ALL["size"]
        for sure in ALL["sure"]
    }
    assert outcome(flow, guard) == (tried.pop() if len(tried) == 1 else None)


@pytest.mark.parametrize(
    "guard",
    ["n > 12", "size == 'xl'", "free < 1 and free > 1", "sure == 3", "name == 'too long'"],
)
def test_what_no_value_can_fulfil_is_always_false(
    judge: Callable[[str], bool | None], guard: str
) -> None:
    assert judge(guard) is False


@pytest.mark.parametrize(
    "guard",
    [
        "free > 1 and free < 2",  # no whole number, but a number
        "soon < 3",  # its limit is known only when it runs
        "day < '2026-01-01'",
        "double > 30",
        "n > free",
        "len(name) > 9",
        "name in 'abc'",
        "name == 'short'",
        "user == null",
    ],
)
def test_what_may_be_either_is_left_open(judge: Callable[[str], bool | None], guard: str) -> None:
    assert judge(guard) is None


def test_a_variable_that_is_present_is_not_null(flow: Flow) -> None:
    guard = compile_expression("sure == null", Place("", 1, 1))
    found = cases(flow, [guard], ["sure"])
    assert found is not None
    assert [case.data["sure"] for case in found] == [True, False]


def test_guards_that_tell_too_many_cases_apart_are_left_open(flow: Flow) -> None:
    listed = ", ".join(str(one) for one in range(0, 3000, 2))
    guard = compile_expression(f"free in [{listed[:1900].rpartition(', ')[0]}]", Place("", 1, 1))
    other = compile_expression("n in [1, 3, 5, 7, 9, 11] or size == 's'", Place("", 1, 1))
    assert cases(flow, [guard, other]) is None
