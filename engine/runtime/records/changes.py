"""What a change makes of a record's values, and whether the collection takes them."""

from collections.abc import Mapping

from engine.classes import dataclass
from engine.core.collections import Collection
from engine.core.inputs import fits
from engine.core.suggest import one_of
from engine.core.values import VALUE_MAX, Value, weigh
from engine.runtime.records.entries import value_of
from engine.runtime.records.filters import invalid, same

Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Change:
    """An update, applied in this order; what it needs of the record is read in the same write.

    Attributes:
        set: values that fields get.
        add: numbers that are added; null counts as 0.
        append: what lists get at their end; null counts as an empty list.
        drop: what lists lose, wherever it stands.
    """

    set: Values
    add: Values
    append: Values
    drop: Values

    def __bool__(self) -> bool:
        return bool(self.set or self.add or self.append or self.drop)

    def of(self, collection: Collection, values: Values) -> dict[str, Value]:
        """The values after the change.

        Raises:
            ActionError: `invalid`.
        """
        changed = dict(values)
        for given, operate in (
            (self.set, _replace), (self.add, _add), (self.append, _append), (self.drop, _drop)
        ):  # fmt: skip
            for name, value in given.items():
                _known(collection, name)
                changed[name] = operate(value_of(collection, changed, name), value, name)
        return judged(collection, changed, {**self.set, **self.add, **self.append, **self.drop})


def judged(collection: Collection, values: Values, given: Values) -> dict[str, Value]:
    """Values that the collection takes; only the fields that were given are judged anew.

    Raises:
        ActionError: `invalid`, `too_big`.
    """
    for name in given:
        _known(collection, name)
        variable = collection.fields[name].variable
        reason = fits(variable, values[name])
        if reason is not None:
            raise invalid(f"`{name}` of `{collection.name}` cannot be that: {reason}")
    if weigh(values) > VALUE_MAX:
        raise invalid(f"the record is heavier than {VALUE_MAX} characters")
    return dict(values)


def complete(collection: Collection, given: Values) -> dict[str, Value]:
    """The values of a new record: what is given, and defaults.

    Raises:
        ActionError: `invalid`.
    """
    values = dict(given)
    for name, field in collection.fields.items():
        values.setdefault(name, field.variable.default)
        variable = field.variable
        if values[name] is None and not variable.optional and variable.type != "any":
            raise invalid(f"`{name}` of `{collection.name}` is missing")
    return judged(collection, values, given)


def _known(collection: Collection, name: str) -> None:
    if name not in collection.fields:
        cure = one_of(name, list(collection.fields))
        raise invalid(f"`{collection.name}` has no field `{name}`. {cure}")


def _replace(_old: Value, new: Value, _name: str) -> Value:
    return new


def _add(old: Value, new: Value, name: str) -> Value:
    number: Value = 0 if old is None else old
    if not _is_number(number) or not _is_number(new):
        raise invalid(f"`add` needs numbers, and `{name}` is none")
    assert isinstance(number, int | float)
    assert isinstance(new, int | float)
    return number + new


def _append(old: Value, new: Value, name: str) -> Value:
    return [*_list(old, "append", name), new]


def _drop(old: Value, new: Value, name: str) -> Value:
    return [item for item in _list(old, "drop", name) if not same(item, new)]


def _list(value: Value, verb: str, name: str) -> list[Value]:
    if value is not None and not isinstance(value, list | tuple):
        raise invalid(f"`{verb}` needs a list, and `{name}` is none")
    return list(value or ())


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
