"""Filters and orders of records: what is asked, and which part of an index holds the answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from engine.actions import ActionError
from engine.classes import dataclass
from engine.core.collections import Collection
from engine.core.patterns import Pattern, read_pattern
from engine.core.suggest import one_of
from engine.core.values import Value
from engine.runtime.records.entries import moment, unique_index, value_of
from engine.stores.records.keys import bounds, fold, joined, key_of
from engine.stores.records.protocol import CREATED, DELETED, Entry, Span


def invalid(message: str) -> ActionError:
    return ActionError("invalid", message)


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a filter."""

    field: str
    operator: str
    value: Value
    folded: bool

    def holds(self, value: Value) -> bool:
        if self.operator == "matches":  # a pattern is not folded: `\S` is not `\s`
            return _matches(value, self.value, folded=self.folded)
        return _OPERATORS[self.operator](self._plain(value), self._plain(self.value))

    def _plain(self, value: Value) -> Value:
        if not self.folded:
            return value
        if isinstance(value, list | tuple):
            return [fold(item) if isinstance(item, str) else item for item in value]
        return fold(value) if isinstance(value, str) else value


class Order(NamedTuple):
    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What the records asked for are like; every test must hold."""

    collection: Collection
    tests: tuple[Test, ...]

    def holds(self, entry: Entry) -> bool:
        return all(test.holds(_value(self.collection, entry, test.field)) for test in self.tests)

    def span(self, order: Sequence[Order], *, deleted: bool = False) -> Span:
        """The smallest part of an index that surely holds what is asked for."""
        if deleted:
            return Span(DELETED)
        equal = {test.field: test for test in self.tests if test.operator == "eq"}
        for fields in self.collection.unique:
            if all(name in equal and equal[name].value is not None for name in fields):
                keys = [key_of(equal[name].value, folded=equal[name].folded) for name in fields]
                if None not in keys:
                    key = joined([key for key in keys if key is not None])
                    return Span(unique_index(fields), key, f"{key}\0")
        ranged = [self._range(name) for name in self.collection.index]
        found = sorted((span for span in ranged if span), key=lambda span: span.index not in equal)
        by = order[0] if len(order) == 1 else None
        for span in found:
            if by is not None and by.field == span.index:
                return Span(span.index, span.low, span.high, by.descending)
        if found:
            return found[0]
        if by is not None and by.field in (CREATED, *self.collection.index):
            return Span(by.field, descending=by.descending)
        return Span()

    def _range(self, name: str) -> Span | None:
        """The part of an index to which the tests of its field keep."""
        low, high = "", None
        for test in self.tests:
            found = test.field == name and bounds(test.operator, test.value, folded=test.folded)
            if found:
                low = max(low, found[0])
                high = min(high or found[1] or "", found[1] or "") if found[1] else high
        return Span(name, low, high) if low or high else None


def read_filter(collection: Collection, where: Mapping[str, Value] | None) -> Filter:
    """A filter as a flow writes it: `{field: value}` or `{field: {operator: value}}`.

    Raises:
        ActionError: `invalid`.
    """
    tests: list[Test] = []
    for name, wanted in (where or {}).items():
        folded = _known(collection, name)
        given = wanted if isinstance(wanted, Mapping) else {"eq": wanted}
        for operator, value in given.items():
            if operator not in _OPERATORS:
                raise invalid(f"there is no comparison `{operator}`. {one_of(operator, OPERATORS)}")
            if operator == "in" and not isinstance(value, list | tuple):
                raise invalid(f"`in` of `{name}` needs a list")
            tests.append(Test(name, operator, value, folded))
    return Filter(collection, tuple(tests))


def read_order(collection: Collection, sort: Value) -> list[Order]:
    """An order as a flow writes it: `{field: asc}`, several, or a list of such.

    Raises:
        ActionError: `invalid`.
    """
    order: list[Order] = []
    for part in sort if isinstance(sort, list | tuple) else [sort or {}]:
        if not isinstance(part, Mapping) or not set(part.values()) <= {"asc", "desc"}:
            raise invalid("`sort` is like {field: asc} or {field: desc}")
        for name, direction in part.items():
            _known(collection, name)
            order.append(Order(name, direction == "desc"))
    return order


def in_order(
    collection: Collection, entries: Iterable[Entry], order: Sequence[Order]
) -> list[Entry]:
    """Entries as a flow asks for them; alike ones, and without an order, the oldest first."""
    found = sorted(entries, key=lambda entry: (entry.created, entry.id))
    for name, descending in reversed(order):
        folded = name in collection.fields and collection.fields[name].fold

        def place(entry: Entry, name: str = name, folded: bool = folded) -> str:  # noqa: FBT001
            return key_of(_value(collection, entry, name), folded=folded) or ""

        found.sort(key=place, reverse=descending)
    return found


def _known(collection: Collection, name: str) -> bool:
    """Whether a field's texts are folded.

    Raises:
        ActionError: `invalid`, there is no such field.
    """
    if name in ("id", "created", "updated"):
        return False
    if name not in collection.fields:
        known = ["id", "created", "updated", *collection.fields]
        raise invalid(f"`{collection.name}` has no field `{name}`. {one_of(name, known)}")
    return collection.fields[name].fold


def _value(collection: Collection, entry: Entry, name: str) -> Value:
    if name == "id":
        return entry.id
    if name in ("created", "updated"):
        return moment(entry.created if name == "created" else entry.updated)
    return value_of(collection, entry.values, name)


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal; true is not 1."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def _ordered(test: Callable[[str, str], bool]) -> Callable[[Value, Value], bool]:
    """A comparison of two numbers or two texts; it holds of nothing else."""

    def holds(one: Value, other: Value) -> bool:
        left, right = _rank(one), _rank(other)
        return left is not None and right is not None and left[0] == right[0] and test(left, right)

    return holds


def _rank(value: Value) -> str | None:
    if isinstance(value, str):
        return f"4{value}"
    return None if value is None or isinstance(value, bool) else key_of(value)


def _contains(value: Value, part: Value) -> bool:
    if isinstance(value, str):
        return isinstance(part, str) and part in value
    return isinstance(value, list | tuple) and any(same(item, part) for item in value)


def _matches(value: Value, text: Value, *, folded: bool) -> bool:
    """Whether a stored regular expression is found in a text; what is none is found in nothing."""
    if not isinstance(value, str) or not isinstance(text, str):
        return False
    pattern = _compiled(value, folded)
    return pattern is not None and pattern.search(text) is not None


@lru_cache(maxsize=1_000)
def _compiled(source: str, folded: bool) -> Pattern | None:  # noqa: FBT001 - a key of the cache
    return read_pattern(f"(?i){source}" if folded else source)


_OPERATORS: Final[Mapping[str, Callable[[Value, Value], bool]]] = {
    "eq": same,
    "ne": lambda value, other: not same(value, other),
    "gt": _ordered(lambda value, other: value > other),
    "gte": _ordered(lambda value, other: value >= other),
    "lt": _ordered(lambda value, other: value < other),
    "lte": _ordered(lambda value, other: value <= other),
    "in": lambda value, many: isinstance(many, list | tuple) and any(
        same(value, one) for one in many
    ),
    "begins": lambda value, part: isinstance(value, str) and isinstance(part, str)
    and value.startswith(part),
    "contains": _contains,
    "within": lambda value, text: isinstance(value, str) and isinstance(text, str)
    and value in text,
    "matches": lambda value, text: _matches(value, text, folded=False),
}  # fmt: skip
OPERATORS: Final = tuple(_OPERATORS)
