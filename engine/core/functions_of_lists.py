"""The functions of expressions that make lists and objects of others; nothing is changed in place.

Null counts as an empty list or object where something is put in or taken out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.core.faults import Fault
from engine.core.operators import (
    WORK_MAX,
    bounded_list,
    check_order,
    kind,
    number,
    same,
)
from engine.core.registry import Function, function, list_argument, text_argument
from engine.core.values import LIST_MAX, Value

LIST_FUNCTIONS: Final[dict[str, Function]] = {}


def _items(value: Value, user: str) -> Sequence[Value]:
    return () if value is None else list_argument(value, user)


def _object(value: Value, user: str) -> Mapping[str, Value]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise Fault("expr:type", f"{user} needs an object, not {kind(value)}.")


def _of_each(items: Value, key: Value, user: str) -> Iterator[tuple[Value, Value]]:
    """Each item of a list of objects, and what it has under the key."""
    name = text_argument(key, user)
    for item in _items(items, user):
        yield item, _object(item, user).get(name)


def _whole(value: Value, user: str) -> int:
    found = number(value, user)
    if not isinstance(found, int):
        raise Fault("expr:type", f"{user} needs a whole number.")
    return found


def _bounded_object(found: dict[str, Value]) -> Value:
    if len(found) > LIST_MAX:
        raise Fault("expr:limit", f"The object has more than {LIST_MAX} keys.")
    return found


@function(
    LIST_FUNCTIONS,
    "append(list, item)",
    "The list with one more item at its end.",
    ("append([1, 2], 3)", [1, 2, 3]),
)
def _append(items: Value, item: Value) -> Value:
    return bounded_list([*_items(items, "append()"), item])


@function(
    LIST_FUNCTIONS,
    "remove(list, item)",
    "The list without the items that equal this one.",
    ("remove(['a', 'b', 'a'], 'a')", ["b"]),
)
def _remove(items: Value, item: Value) -> Value:
    work = iter(range(WORK_MAX))
    return [each for each in _items(items, "remove()") if not same(each, item, work)]


@function(
    LIST_FUNCTIONS,
    "index(list, item)",
    "Where the first such item stands, counted from 0; null where there is none.",
    ("index(['a', 'b'], 'b')", 1),
)
def _index(items: Value, item: Value) -> Value:
    work = iter(range(WORK_MAX))
    found = enumerate(_items(items, "index()"))
    return next((position for position, each in found if same(each, item, work)), None)


@function(
    LIST_FUNCTIONS,
    "slice(list, start, end?)",
    "The items, or the characters of a text, from one position up to another, counted from 0;"
    " a position below 0 counts from the end.",
    ("slice([1, 2, 3, 4], 1, 3)", [2, 3]),
)
def _slice(items: Value, start: Value, end: Value = None) -> Value:
    first = _whole(start, "slice()")
    last = None if end is None else _whole(end, "slice()")
    if isinstance(items, str):
        return items[first:last]
    return [*_items(items, "slice()")[first:last]]


@function(
    LIST_FUNCTIONS,
    "reverse(list)",
    "The list, the last item first.",
    ("reverse([1, 2, 3])", [3, 2, 1]),
)
def _reverse(items: Value) -> Value:
    return [*reversed(_items(items, "reverse()"))]


@function(
    LIST_FUNCTIONS,
    "sort(list, key?)",
    "The numbers or texts of a list in order; objects by what they have under a key.",
    ("sort([3, 1, 2])", [1, 2, 3]),
)
def _sort(items: Value, key: Value = None) -> Value:
    if key is None:
        pairs = [(item, item) for item in _items(items, "sort()")]
    else:
        pairs = list(_of_each(items, key, "sort()"))
    for _, rank in pairs:
        check_order(pairs[0][1], rank)
    return [item for item, _ in sorted(pairs, key=lambda pair: pair[1])]  # type: ignore[arg-type,return-value]  # checked before


@function(
    LIST_FUNCTIONS,
    "unique(list)",
    "The list with each item once, where it came first.",
    ("unique([1, 2, 1])", [1, 2]),
)
def _unique(items: Value) -> Value:
    found: list[Value] = []
    plain: set[str] = set()
    work = iter(range(WORK_MAX))
    for each in _items(items, "unique()"):
        if isinstance(each, str):
            new = each not in plain
            plain.add(each)
        else:
            new = not any(same(each, known, work) for known in found)
        if new:
            found.append(each)
    return found


@function(
    LIST_FUNCTIONS,
    "pluck(list, key)",
    "What each object of a list has under a key.",
    ("pluck([{'n': 1}, {'n': 2}], 'n')", [1, 2]),
)
def _pluck(items: Value, key: Value) -> Value:
    return [found for _, found in _of_each(items, key, "pluck()")]


@function(
    LIST_FUNCTIONS,
    "where(list, key, value)",
    "The objects of a list that have this value under a key.",
    ("where([{'n': 1}, {'n': 2}], 'n', 2)", [{"n": 2}]),
)
def _where(items: Value, key: Value, value: Value) -> Value:
    work = iter(range(WORK_MAX))
    return [item for item, found in _of_each(items, key, "where()") if same(found, value, work)]


@function(
    LIST_FUNCTIONS,
    "range(start, end)",
    "The whole numbers from one up to another, which is left out.",
    ("range(1, 4)", [1, 2, 3]),
)
def _range(start: Value, end: Value) -> Value:
    numbers = range(_whole(start, "range()"), _whole(end, "range()"))
    if len(numbers) > LIST_MAX:
        raise Fault("expr:limit", f"The list is longer than {LIST_MAX} items.")
    return [*numbers]


@function(
    LIST_FUNCTIONS,
    "values(object)",
    "The values of an object, in order.",
    ("values({'a': 1})", [1]),
)
def _values(value: Value) -> Value:
    return bounded_list([*_object(value, "values()").values()])


@function(
    LIST_FUNCTIONS,
    "put(object, key, value)",
    "The object with a value under a key.",
    ("put({'a': 1}, 'b', 2)", {"a": 1, "b": 2}),
)
def _put(value: Value, key: Value, item: Value) -> Value:
    return _bounded_object({**_object(value, "put()"), text_argument(key, "put()"): item})


@function(
    LIST_FUNCTIONS,
    "drop(object, key)",
    "The object without a key.",
    ("drop({'a': 1, 'b': 2}, 'a')", {"b": 2}),
)
def _drop(value: Value, key: Value) -> Value:
    name = text_argument(key, "drop()")
    return {each: item for each, item in _object(value, "drop()").items() if each != name}


@function(
    LIST_FUNCTIONS,
    "merge(object, other)",
    "Both objects as one; where both have a key, the second counts.",
    ("merge({'a': 1, 'b': 1}, {'b': 2})", {"a": 1, "b": 2}),
)
def _merge(value: Value, other: Value) -> Value:
    return _bounded_object({**_object(value, "merge()"), **_object(other, "merge()")})
