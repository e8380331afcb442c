"""Whether a schema allows a value: yes or no, in a tenth of the time of a validator.

Nearly all files are without faults. For these it is enough to know that, so only a file that is not
allowed here is given to `jsonschema`, which is slow to load and to run, and says what is wrong and
where. Each keyword that our schemas use is made a function once.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from typing import Any, Final, Literal

from schemas import schema as read_schema

Kind = Literal["flow", "bot", "test"]
Check = Callable[[Any], bool]

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "null": (type(None),), "number": (int, float), "integer": (int, float),
}  # fmt: skip
_ALL: Final[frozenset[type]] = frozenset({dict, list, str, bool, type(None), int, float})
_NOTES: Final = frozenset(
    {
        "$schema", "$id", "$defs", "title", "description", "examples",
        "type", "then", "else", "additionalProperties",
    }
)  # fmt: skip
"""What needs no function of its own: notes, as are all `x-…`, and what others look at."""


def allows(kind: Kind, value: object) -> bool:
    """Whether a file's data is surely as its schema wants it, made of what JSON has.

    False may be too strict in one thing: `1`, `1.0` and `true` in one list without repetitions.
    """
    return _judge(kind)(value)


@cache
def _judge(kind: Kind) -> Check:
    whole = read_schema(kind)
    return judge(whole, whole["$defs"])


def judge(schema: Any, definitions: Mapping[str, Any]) -> Check:  # noqa: ANN401 - any JSON
    """A function that tells whether a schema allows a value.

    As in `engine.compiler.document`, what stands beside a `$ref` is a note.

    Raises:
        LookupError: the schema has a keyword, or a kind of value in one, that ours do not need.
    """
    return _Judge(definitions).check(schema)


class _Judge:
    """What makes functions of schemas that share their definitions."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._named: dict[str, Check] = {}

    def check(self, schema: Any) -> Check:  # noqa: ANN401 - any JSON
        if isinstance(schema, bool):
            return lambda _: schema
        if "$ref" in schema:
            return self._reference(schema["$ref"].removeprefix("#/$defs/"))
        checks = self._by_type(schema)

        def check(value: Any) -> bool:  # noqa: ANN401 - as above
            wanted = checks.get(type(value))
            if wanted is None:
                return False
            for each in wanted:  # noqa: SIM110 - a generator a value takes as long as the checks
                if not each(value):
                    return False
            return True

        return check

    def fields(self, known: Mapping[str, Any], other: Any) -> Check:  # noqa: ANN401 - any JSON
        """A function that looks at the fields of an object, those that are not known by `other`."""
        checks = self.each_of(known)
        rest = self.check(other)

        def check(value: dict[str, Any]) -> bool:
            for key, one in value.items():  # noqa: SIM110 - as above
                if not checks.get(key, rest)(one):
                    return False
            return True

        return check

    def each_of(self, schemas: Mapping[str, Any]) -> dict[str, Check]:
        return {key: self.check(one) for key, one in schemas.items()}

    def either(self, condition: Any, schema: Mapping[str, Any]) -> Check:  # noqa: ANN401 - any JSON
        """A function for `if`, which chooses between `then` and `else`."""
        given = self.check(condition)
        then, other = (self.check(schema.get(key, True)) for key in ("then", "else"))
        return lambda value: then(value) if given(value) else other(value)

    def _reference(self, name: str) -> Check:
        """Definitions may hold themselves: one that is being made is looked up when it is used."""
        if name not in self._named:

            def later(value: object) -> bool:
                return self._named[name](value)

            self._named[name] = later
            self._named[name] = self.check(self._definitions[name])
        return self._named[name]

    def _by_type(self, schema: Mapping[str, Any]) -> dict[type, list[Check]]:
        """What a value must pass, by its type; a type that is not allowed has no entry."""
        types = schema.get("type", list(_TYPES))
        names = [types] if isinstance(types, str) else types
        found: dict[type, list[Check]] = {one: [] for name in names for one in _TYPES[name]}
        if "integer" in names and "number" not in names:
            found[float].append(float.is_integer)
        if "additionalProperties" in schema and "properties" not in schema and dict in found:
            found[dict].append(self.fields({}, schema["additionalProperties"]))
        for keyword, wanted in schema.items():
            if keyword in _NOTES or keyword.startswith("x-"):
                continue
            kinds, make = _KEYWORDS[keyword]
            check = make(self, wanted, schema)
            for kind in found.keys() & kinds:
                found[kind].append(check)
        return found


def _each(check: Check) -> Check:
    return lambda value: all(map(check, value))


def _dependent(checks: Mapping[str, Check]) -> Check:
    return lambda value: all(check(value) for key, check in checks.items() if key in value)


def _one_of(wanted: list[object]) -> Check:
    texts = frozenset(one for one in wanted if isinstance(one, str))
    if len(texts) != len(wanted):
        raise LookupError(wanted)
    return lambda value: isinstance(value, str) and value in texts


def _unrepeated(value: list[Any]) -> bool:
    if all(isinstance(one, str) for one in value):
        return len(set(value)) == len(value)
    return not any(one == other for one, other in combinations(value, 2))


def _anything(_: object) -> bool:
    return True


def _matching(pattern: str) -> Check:
    search = re.compile(pattern).search
    return lambda value: search(value) is not None


def _without(check: Check) -> Check:
    return lambda value: not check(value)


_Make = Callable[[_Judge, Any, Mapping[str, Any]], Check]
_NUMBER: Final = frozenset({int, float})
_OBJECT: Final = frozenset({dict})
_KEYWORDS: Final[Mapping[str, tuple[frozenset[type], _Make]]] = {
    "properties": (_OBJECT, lambda judge, known, schema: judge.fields(
        known, schema.get("additionalProperties", True))),
    "propertyNames": (_OBJECT, lambda judge, names, _: _each(judge.check(names))),
    "required": (_OBJECT, lambda _, keys, __: frozenset(keys).issubset),
    "dependentRequired": (_OBJECT, lambda _, needs, __: _dependent(
        {key: frozenset(keys).issubset for key, keys in needs.items()})),
    "dependentSchemas": (_OBJECT, lambda judge, needs, _: _dependent(judge.each_of(needs))),
    "minProperties": (_OBJECT, lambda _, limit, __: lambda value: len(value) >= limit),
    "maxProperties": (_OBJECT, lambda _, limit, __: lambda value: len(value) <= limit),
    "items": (frozenset({list}), lambda judge, item, _: _each(judge.check(item))),
    "minItems": (frozenset({list}), lambda _, limit, __: lambda value: len(value) >= limit),
    "uniqueItems": (frozenset({list}), lambda _, wanted, __: _unrepeated if wanted else _anything),
    "pattern": (frozenset({str}), lambda _, pattern, __: _matching(pattern)),
    "minLength": (frozenset({str}), lambda _, limit, __: lambda value: len(value) >= limit),
    "maxLength": (frozenset({str}), lambda _, limit, __: lambda value: len(value) <= limit),
    "minimum": (_NUMBER, lambda _, limit, __: lambda value: value >= limit),
    "maximum": (_NUMBER, lambda _, limit, __: lambda value: value <= limit),
    "exclusiveMinimum": (_NUMBER, lambda _, limit, __: lambda value: value > limit),
    "enum": (_ALL, lambda _, texts, __: _one_of(texts)),
    "const": (_ALL, lambda _, text, __: _one_of([text])),
    "not": (_ALL, lambda judge, unwanted, _: _without(judge.check(unwanted))),
    "if": (_ALL, lambda judge, condition, schema: judge.either(condition, schema)),
}  # fmt: skip
"""The types of values that each keyword speaks of, and how its function is made."""
