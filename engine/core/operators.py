"""The operators of expressions: total over all values, strict about types, bounded in work.

`true` and `1` are different values and `true` has no order and no arithmetic; whole and other
numbers compare as numbers; lists and objects compare part by part.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from engine.core.faults import Fault
from engine.core.values import INT_MAX, LIST_MAX, LISTS, NUMBERS, TEXT_MAX, Value

WORK_MAX: Final = 10_000
"""Most parts of lists and objects that one comparison looks at."""

Number = int | float

_PLAIN: Final = frozenset({int, float, str, bool, type(None)})
NUMERIC: Final = frozenset({int, float})
_ORDERED: Final = frozenset({int, float, str})


def is_number(value: object) -> bool:
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


def kind(value: Value) -> str:
    """The name of a value's type, as a message to an author uses it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "an object" if isinstance(value, Mapping) else "a list"


def number(value: Value, user: str) -> Number:
    """The value, if it is a number; `user` is the operator or function that needs one."""
    if isinstance(value, NUMBERS) and not isinstance(value, bool):
        return value
    raise Fault("expr:type", f"{user} needs a number, not {kind(value)}.")


def bounded(result: Number) -> Number:
    """The result of an arithmetic operation, if it is a number that a session can hold."""
    if -INT_MAX <= result <= INT_MAX or (isinstance(result, float) and math.isfinite(result)):
        return result
    raise Fault("expr:limit", "The result is too large a number.")


def bounded_text(text: str) -> str:
    if len(text) > TEXT_MAX:
        raise Fault("expr:limit", f"The text is longer than {TEXT_MAX} characters.")
    return text


def bounded_list(items: list[Value]) -> list[Value]:
    if len(items) > LIST_MAX:
        raise Fault("expr:limit", f"The list is longer than {LIST_MAX} items.")
    return items


def _arithmetic(sign: str, apply: Callable[[Any, Any], Number]) -> Callable[[Value, Value], Value]:
    def applied(left: Value, right: Value) -> Value:
        if type(left) not in NUMERIC or type(right) not in NUMERIC:
            number(left, sign), number(right, sign)
        result = apply(left, right)
        return result if -INT_MAX <= result <= INT_MAX else bounded(result)

    return applied


def _division(sign: str, apply: Callable[[Any, Any], Number]) -> Callable[[Value, Value], Value]:
    def divided(left: Value, right: Value) -> Value:
        dividend, divisor = number(left, sign), number(right, sign)
        if divisor == 0:
            raise Fault("expr:divide", "A number cannot be divided by zero.")
        return bounded(apply(dividend, divisor))

    return divided


_add_numbers = _arithmetic("+", operator.add)
subtract = _arithmetic("-", operator.sub)
multiply = _arithmetic("*", operator.mul)
divide = _division("/", operator.truediv)
floor_divide = _division("//", operator.floordiv)
modulo = _division("%", operator.mod)


def add(left: Value, right: Value) -> Value:
    """The sum of numbers; texts and lists are joined."""
    if isinstance(left, str) and isinstance(right, str):
        return bounded_text(left + right)
    if isinstance(left, LISTS) and isinstance(right, LISTS):
        return bounded_list([*left, *right])
    return _add_numbers(left, right)


def negate(value: Value) -> Value:
    return -number(value, "-")


def positive(value: Value) -> Value:
    return number(value, "+")


def check_order(left: Value, right: Value) -> None:
    """Fault unless both are numbers or both are texts."""
    if not (is_number(left) and is_number(right)) and not (
        isinstance(left, str) and isinstance(right, str)
    ):
        raise Fault("expr:type", f"There is no order between {kind(left)} and {kind(right)}.")


def _ordering(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def ordered(left: Value, right: Value) -> bool:
        # Two values of one ordered type are the common case, and need no further look.
        if type(left) is not type(right) or type(left) not in _ORDERED:
            check_order(left, right)
        return compare(left, right)

    return ordered


less = _ordering(operator.lt)
less_equal = _ordering(operator.le)
greater = _ordering(operator.gt)
greater_equal = _ordering(operator.ge)


def equal(left: Value, right: Value) -> bool:
    """Whether both are the same value. Never a fault for any pair of types."""
    if type(left) is type(right) and type(left) in _PLAIN:
        return left == right
    return same(left, right, iter(range(WORK_MAX)))


def unequal(left: Value, right: Value) -> bool:
    return not equal(left, right)


def same(left: Value, right: Value, work: Iterator[int]) -> bool:
    """As `equal`, with the work that several comparisons may do together.

    Raises:
        Fault: `expr:limit` when it is used up.
    """
    pairs: list[tuple[Value, Value]] = [(left, right)]
    while pairs:
        if next(work, None) is None:
            raise Fault("expr:limit", "These values are too large to compare.")
        one, other = pairs.pop()
        if isinstance(one, bool) or isinstance(other, bool):
            same = one is other
        elif isinstance(one, Mapping) and isinstance(other, Mapping):
            same = one.keys() == other.keys()
            if same:
                pairs.extend((one[key], other[key]) for key in one)
        elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
            same = len(one) == len(other)
            if same:
                pairs.extend(zip(one, other, strict=True))
        else:
            same = one == other
        if not same:
            return False
    return True


def within(item: Value, container: Value) -> bool:
    """`item in container`: an item of a list, a part of a text, a key of an object.

    Nothing is in null, and null is in no text and no object.
    """
    if isinstance(container, LISTS):
        if item is None or isinstance(item, str):
            return item in container
        work = iter(range(WORK_MAX))
        return any(same(item, each, work) for each in container)
    if container is None:
        return False
    if isinstance(container, str | Mapping):
        if item is None:
            return False
        if isinstance(item, str):
            return item in container
        raise Fault("expr:type", f"{kind(container)} has no {kind(item)} in it.".capitalize())
    raise Fault("expr:type", f"Nothing can be looked for in {kind(container)}.")


def not_within(item: Value, container: Value) -> bool:
    return not within(item, container)


def part(value: Value, key: str) -> Value:
    """`value.key` and `value["key"]`: null where there is none."""
    if isinstance(value, Mapping):
        return value.get(key)
    if value is None:
        return None
    raise Fault("expr:type", f"{kind(value)} has no part .{key}.".capitalize())


def item(value: Value, index: Value) -> Value:
    """`value[index]`: null where there is none, or where either is null."""
    if value is None or index is None:
        return None
    if isinstance(value, Mapping):
        if isinstance(index, str):
            return value.get(index)
        raise Fault("expr:type", f"The key of an object is a text, not {kind(index)}.")
    if isinstance(value, Sequence):
        if isinstance(index, int) and not isinstance(index, bool):
            return value[index] if -len(value) <= index < len(value) else None
        raise Fault("expr:type", f"The index of {kind(value)} is a whole number.")
    raise Fault("expr:type", f"{kind(value)} has no items.".capitalize())
