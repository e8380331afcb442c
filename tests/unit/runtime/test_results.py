"""What an action returns becomes a value that can be stored, or is refused with the place."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.runtime.results import as_value

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_json_values_come_through_as_they_are(value: object) -> None:
    assert as_value(value) == value


def test_tuples_become_lists() -> None:
    assert as_value({"a": (1, (2,))}) == {"a": [1, [2]]}


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({1, 2}, "a set"),
        ({"a": [0, b"x"]}, r"result.a\[1\]` is a bytes"),
        (date(2026, 1, 1), "a date"),
        (float("nan"), "out of range"),
        (2**63, "out of range"),
        ({1: "x"}, "no text"),
        (nested(21), "nested deeper"),
        (list(range(1_001)), "longer than"),
        ("x" * 65_537, "a text is longer than 65536"),
        (["x" * 65_536] * 2, "heavier than"),
    ],
)
def test_everything_else_is_refused(value: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        as_value(value)
