"""Whether a session can hold a value at all, whatever its type."""

import math
from collections.abc import Mapping
from typing import Final

from engine.core.values import (
    DEPTH_MAX,
    INT_MAX,
    LIST_MAX,
    NUMBERS,
    TEXT_MAX,
    VALUE_MAX,
    Value,
    weigh,
)

SCALARS: Final = (str, *NUMBERS)


def too_heavy(value: Value) -> bool:
    """Whether one variable cannot hold a value; a text or number of bounded size is never so."""
    return not isinstance(value, SCALARS) and weigh(value) > VALUE_MAX


def too_large(value: Value) -> str | None:
    """Why no session can hold the value, in work that is bounded even if it shares its parts."""
    if value is None or isinstance(value, SCALARS):
        return odd(value)
    rest: list[tuple[Value, int]] = [(value, 1)]
    seen = 0
    while rest:
        item, depth = rest.pop()
        seen += 1
        if seen > VALUE_MAX or depth > DEPTH_MAX:
            return "it is too large or nested too deeply"
        reason = odd(item)
        if reason is not None:
            return reason
        if isinstance(item, Mapping):
            rest.extend((each, depth + 1) for each in item.values())
        elif isinstance(item, list | tuple):
            rest.extend((each, depth + 1) for each in item)
    return None


def odd(item: object) -> str | None:
    """Why no session can hold a value, whatever it holds itself."""
    if isinstance(item, str):
        return f"a text is longer than {TEXT_MAX} characters" if len(item) > TEXT_MAX else None
    if isinstance(item, int):
        return None if -INT_MAX <= item <= INT_MAX else "a number is too large"
    if isinstance(item, float):
        return None if math.isfinite(item) else "a number is not finite"
    if isinstance(item, Mapping):
        return None if all(isinstance(key, str) for key in item) else "a key is no text"
    if isinstance(item, list | tuple):
        return f"a list is longer than {LIST_MAX} items" if len(item) > LIST_MAX else None
    return None if item is None else "it is no value of JSON"
