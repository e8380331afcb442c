"""The functions of expressions, one entry each. Every one is total and bounded.

A function gives a value or raises `Fault("expr:type" | "expr:limit")`.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from engine.core.display import show_plain
from engine.core.faults import Fault
from engine.core.functions_of_lists import LIST_FUNCTIONS
from engine.core.functions_of_money import MONEY_FUNCTIONS
from engine.core.functions_of_time import TIME_FUNCTIONS
from engine.core.operators import (
    Number,
    bounded,
    bounded_list,
    bounded_text,
    check_order,
    kind,
    number,
    within,
)
from engine.core.patterns import read_pattern
from engine.core.registry import DIGITS_MAX, Function, function, list_argument, text_argument
from engine.core.values import INT_MAX, LIST_MAX, TEXT_MAX, Value

_NUMBER: Final = re.compile(r"[+-]?\d{1,300}(?P<rest>(\.\d{1,300})?([eE][+-]?\d{1,3})?)", re.ASCII)


FUNCTIONS: Final[dict[str, Function]] = {**TIME_FUNCTIONS, **LIST_FUNCTIONS, **MONEY_FUNCTIONS}


def read_number(value: Value) -> Number | None:
    """A number, or what a text says in the spelling of expressions; else none."""
    if isinstance(value, int | float):
        return int(value) if isinstance(value, bool) else value
    if not isinstance(value, str):
        return None
    found = _NUMBER.fullmatch(value.strip())
    if found is None:
        return None
    result = float(found[0]) if found["rest"] else int(found[0])
    # The comparison is false for an infinite number too, which "1e999" would be.
    return result if abs(result) <= INT_MAX else None


@function(
    FUNCTIONS,
    "len(value)",
    "Characters of a text, items of a list, keys of an object.",
    ("len('abc')", 3),
)
def _len(value: Value) -> Value:
    if isinstance(value, str | Sequence | Mapping):
        return len(value)
    raise Fault("expr:type", f"len() needs a text, a list or an object, not {kind(value)}.")


@function(FUNCTIONS, "lower(text)", "The text in small letters.", ("lower('Ann')", "ann"))
def _lower(text: Value) -> Value:
    return bounded_text(text_argument(text, "lower()").lower())


@function(FUNCTIONS, "upper(text)", "The text in capital letters.", ("upper('Ann')", "ANN"))
def _upper(text: Value) -> Value:
    return bounded_text(text_argument(text, "upper()").upper())


@function(FUNCTIONS, "trim(text)", "The text without blanks around it.", ("trim('  Ann ')", "Ann"))
def _trim(text: Value) -> Value:
    return text_argument(text, "trim()").strip()


@function(
    FUNCTIONS,
    "int(value)",
    "A whole number: of a text that is one, of a number without its fraction; else null.",
    ("int('42')", 42),
)
def _int(value: Value) -> Value:
    found = read_number(value)
    if found is None or (isinstance(value, str) and isinstance(found, float)):
        return None
    return bounded(int(found))


@function(
    FUNCTIONS,
    "number(value)",
    "A number, of a text that is one in the spelling of expressions; else null.",
    ("number('3.5')", 3.5),
)
def _number(value: Value) -> Value:
    return read_number(value)


@function(FUNCTIONS, "str(value)", "The value as a text; null is empty.", ("str(3.0)", "3"))
def _str(value: Value) -> Value:
    return show_plain(value)


@function(
    FUNCTIONS, "bool(value)", "Whether the value counts as true in `if`.", ("bool([])", False)
)
def _bool(value: Value) -> Value:
    return bool(value)


def _extreme(user: str, values: tuple[Value, ...], pick: Callable[[Value, Value], bool]) -> Value:
    items = list_argument(values[0], user) if len(values) == 1 else values
    if not items:
        return None
    best = items[0]
    check_order(best, best)
    for each in items[1:]:
        check_order(best, each)
        if pick(each, best):
            best = each
    return best


@function(
    FUNCTIONS,
    "min(value...)",
    "The least of some numbers or texts, or of a list; null of none.",
    ("min(3, 2)", 2),
)
def _min(*values: Value) -> Value:
    return _extreme("min()", values, lambda one, other: one < other)  # type: ignore[operator]  # checked before


@function(
    FUNCTIONS,
    "max(value...)",
    "The greatest of some numbers or texts, or of a list; null of none.",
    ("max([3, 7, 5])", 7),
)
def _max(*values: Value) -> Value:
    return _extreme("max()", values, lambda one, other: one > other)  # type: ignore[operator]  # checked before


@function(FUNCTIONS, "abs(number)", "The number without its sign.", ("abs(-3)", 3))
def _abs(value: Value) -> Value:
    return abs(number(value, "abs()"))


@function(
    FUNCTIONS,
    "round(number, digits?)",
    "To the nearest number with so many digits after the point, a whole one by default;"
    " a half goes to the even neighbour.",
    ("round(2.71828, 2)", 2.72),
)
def _round(value: Value, digits: Value = None) -> Value:
    value = number(value, "round()")
    if digits is None:
        return bounded(round(value))
    places = number(digits, "round()")
    if not isinstance(places, int) or not 0 <= places <= DIGITS_MAX:
        raise Fault("expr:limit", f"round() keeps 0 to {DIGITS_MAX} digits.")
    return round(value, places)


@function(
    FUNCTIONS, "floor(number)", "The greatest whole number that is not above.", ("floor(-2.5)", -3)
)
def _floor(value: Value) -> Value:
    return bounded(math.floor(number(value, "floor()")))


@function(FUNCTIONS, "ceil(number)", "The least whole number that is not below.", ("ceil(2.1)", 3))
def _ceil(value: Value) -> Value:
    return bounded(math.ceil(number(value, "ceil()")))


@function(FUNCTIONS, "sum(list)", "The sum of a list of numbers.", ("sum([1, 2, 3])", 6))
def _sum(items: Value) -> Value:
    total: Number = 0
    for each in list_argument(items, "sum()"):
        total = bounded(total + number(each, "sum()"))
    return total


@function(FUNCTIONS, "first(list)", "The first item of a list, or null.", ("first([7, 8])", 7))
def _first(items: Value) -> Value:
    return next(iter(list_argument([] if items is None else items, "first()")), None)


@function(FUNCTIONS, "last(list)", "The last item of a list, or null.", ("last([7, 8])", 8))
def _last(items: Value) -> Value:
    items = list_argument([] if items is None else items, "last()")
    return items[-1] if items else None


@function(
    FUNCTIONS,
    "contains(container, item)",
    "Whether a list has this item, a text this part, or an object this key.",
    ("contains('seaside', 'sea')", True),
)
def _contains(container: Value, item: Value) -> Value:
    return within(item, container)


@function(
    FUNCTIONS,
    "startswith(text, start)",
    "Whether a text begins so.",
    ("startswith('seaside', 'sea')", True),
)
def _startswith(text: Value, start: Value) -> Value:
    return text_argument(text, "startswith()").startswith(text_argument(start, "startswith()"))


@function(
    FUNCTIONS,
    "endswith(text, end)",
    "Whether a text ends so.",
    ("endswith('seaside', 'side')", True),
)
def _endswith(text: Value, end: Value) -> Value:
    return text_argument(text, "endswith()").endswith(text_argument(end, "endswith()"))


@function(
    FUNCTIONS,
    "join(list, separator?)",
    "The items as one text, commas between them.",
    ("join([1, 2], '-')", "1-2"),
)
def _join(items: Value, separator: Value = ", ") -> Value:
    between = text_argument(separator, "join()")
    shown, size = [], 0
    for each in list_argument(items, "join()"):
        shown.append(show_plain(each))
        size += len(shown[-1]) + len(between)
        if size > TEXT_MAX + len(between):
            raise Fault("expr:limit", f"The text is longer than {TEXT_MAX} characters.")
    return between.join(shown)


@function(
    FUNCTIONS,
    "split(text, separator?)",
    "The parts of a text between separators, by default between blanks.",
    ("split('a,b', ',')", ["a", "b"]),
)
def _split(text: Value, separator: Value = None) -> Value:
    between = None if separator is None else text_argument(separator, "split()")
    if between == "":
        raise Fault("expr:type", "split() needs a separator that is not empty.")
    return bounded_list([*text_argument(text, "split()").split(between, LIST_MAX)])


@function(
    FUNCTIONS,
    "replace(text, old, new)",
    "The text with each `old` replaced.",
    ("replace('a-b', '-', ' ')", "a b"),
)
def _replace(text: Value, old: Value, new: Value) -> Value:
    text, old, new = (text_argument(each, "replace()") for each in (text, old, new))
    if not old:
        raise Fault("expr:type", "replace() needs a text to look for that is not empty.")
    if len(text) + text.count(old) * (len(new) - len(old)) > TEXT_MAX:
        raise Fault("expr:limit", f"The text is longer than {TEXT_MAX} characters.")
    return text.replace(old, new)


@function(FUNCTIONS, "keys(object)", "The keys of an object, in order.", ("keys({'a': 1})", ["a"]))
def _keys(value: Value) -> Value:
    if isinstance(value, Mapping):
        return bounded_list([*value])
    raise Fault("expr:type", f"keys() needs an object, not {kind(value)}.")


@function(
    FUNCTIONS,
    "has(object, key)",
    "Whether an object has this key.",
    ("has({'a': null}, 'a')", True),
)
def _has(value: Value, key: Value) -> Value:
    if value is None or isinstance(value, Mapping):
        return value is not None and text_argument(key, "has()") in value
    raise Fault("expr:type", f"has() needs an object, not {kind(value)}.")


@function(
    FUNCTIONS,
    "is_pattern(text)",
    "Whether a text is a regular expression, as `matches` of records takes it.",
    ("is_pattern('[a-z]+')", True),
)
def _is_pattern(text: Value) -> Value:
    return read_pattern(text_argument(text, "is_pattern()")) is not None
