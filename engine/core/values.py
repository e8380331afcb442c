"""The values that a conversation can hold, and the bounds of every size in a session."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"
"""JSON's values, never changed in place. Moments are ISO 8601 texts in UTC: they sort as texts."""

Data: TypeAlias = Mapping[str, Value]

NUMBERS: Final = (int, float)
"""For `isinstance`, where it runs for every value: `int | float` is made anew each time."""
LISTS: Final = (list, tuple)
"""As `NUMBERS`."""
INT_MAX: Final = 2**63 - 1
"""Largest whole number: what BSON can hold."""
TEXT_MAX: Final = 65_536
"""Longest text of an event or a value, in characters."""
LIST_MAX: Final = 1_000
DEPTH_MAX: Final = 20
MICROSTEPS_MAX: Final = 100
STACK_MAX: Final = 16
"""Most flows that wait for each other in one chat."""
BACK_MAX: Final = 20
"""Most answered questions that `.back` can return to."""
HELD_MAX: Final = 32
"""Most events that wait for an invoke to end."""
TIMERS_MAX: Final = 200
PLAN_MAX: Final = 4_096
"""Heaviest inputs of a flow that is scheduled."""
PLAN_NAME_MAX: Final = 64
"""Longest name of what is scheduled, in characters."""
OUTBOX_MAX: Final = 500
"""Most items that one session's outbox can hold; an event that plans more is a fault."""
VALUE_MAX: Final = 2 * TEXT_MAX
"""Heaviest value of one variable or record, by `weigh`: the longest text, and what is around it."""
BACK_WEIGHT: Final = 65_536
"""Most that the snapshots of one chat may weigh together."""


def weigh(value: Value) -> int:
    """About how many characters a value takes when it is stored; works on any nesting."""
    weight = 0
    rest: list[Value] = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            weight += len(item) + 2
        elif item is None or isinstance(item, NUMBERS):  # asking for a Mapping is slow
            weight += 8
        elif isinstance(item, Mapping):
            weight += 2
            for key, inner in item.items():
                weight += len(key) + 3
                rest.append(inner)
        else:
            weight += 2 + len(item)
            rest.extend(item)
    return weight
