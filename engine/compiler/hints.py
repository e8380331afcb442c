"""What the type hints of an action say about its arguments and its result, without importing it.

A value is of one or more shapes, those of JSON; where nothing is known of it, none are named, and
nothing is claimed. So only what can never fit is found.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from engine.core.datatypes import TYPES
from engine.core.expr import Expression
from engine.core.inputs import Variable
from engine.core.values import Value

Shapes: TypeAlias = "frozenset[str] | None"
"""`null`, `bool`, `int`, `number`, `text`, `list`, `object`; none where it may be anything."""

_BY_NAME: Final[Mapping[str, frozenset[str]]] = {
    "str": frozenset({"text"}),
    "int": frozenset({"int"}),
    "float": frozenset({"number", "int"}),
    "bool": frozenset({"bool"}),
    "None": frozenset({"null"}),
    **dict.fromkeys(("dict", "Dict", "Mapping"), frozenset({"object"})),
    **dict.fromkeys(
        ("list", "List", "Sequence", "Iterable", "tuple", "Tuple"), frozenset({"list"})
    ),
}
_WORDS: Final[Mapping[str, str]] = {
    "null": "nothing", "bool": "true or false", "int": "a whole number", "number": "a number",
    "text": "a text", "list": "a list", "object": "an object",
}  # fmt: skip


def hinted(annotation: ast.expr | None) -> Shapes:
    """The shapes that a type hint allows."""
    match annotation:
        case ast.Constant(value=str() as quoted):
            return _quoted(quoted)
        case ast.Constant(value=None):
            return _BY_NAME["None"]
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _BY_NAME.get(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            return _generic(name, inner)
        case _:
            return None


def _quoted(hint: str) -> Shapes:
    try:
        return hinted(ast.parse(hint, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _either(parts: list[ast.expr]) -> Shapes:
    found = [hinted(part) for part in parts]
    if any(shapes is None for shapes in found):
        return None
    return frozenset[str]().union(*(shapes for shapes in found if shapes is not None))


def _generic(name: str, inner: ast.expr) -> Shapes:
    parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
    if name == "Optional":
        return _either([inner, ast.Constant(None)])
    if name == "Union":
        return _either(parts)
    if name == "Annotated":
        return hinted(parts[0])
    if name == "Literal":
        values = [part.value for part in parts if isinstance(part, ast.Constant)]
        return frozenset().union(*map(_of_value, values)) if len(values) == len(parts) else None
    return _BY_NAME.get(name)


def given(evaluate: Callable[..., Value], variables: Mapping[str, Variable]) -> Shapes:
    """The shapes that an argument can have, as far as it is a constant or a variable."""
    if not isinstance(evaluate, Expression):
        return None
    try:
        source = ast.parse(evaluate.source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
    match source:
        case ast.Constant(value=value) if isinstance(value, str | int | float | None):
            return _of_value(value)
        case ast.Name(id="true" | "false"):
            return frozenset({"bool"})
        case ast.Name(id="null"):
            return frozenset({"null"})
        case ast.Name(id=name) if name in variables:
            return held(variables[name])
        case _:
            return None


def held(variable: Variable) -> Shapes:
    """The shapes of what a variable can hold; it may be null as well."""
    kind = TYPES.get(variable.type)
    if kind is None or variable.type == "any":
        return None
    shapes = _of_value(kind.stored)
    return shapes | {"int"} if "number" in shapes else shapes


def _of_value(value: object) -> frozenset[str]:
    match value:
        case None:
            return frozenset({"null"})
        case bool():
            return frozenset({"bool"})
        case int():
            return frozenset({"int", "number"})
        case float():
            return frozenset({"number"})
        case str():
            return frozenset({"text"})
        case Mapping():
            return frozenset({"object"})
        case _:
            return frozenset({"list"})


def words(shapes: frozenset[str]) -> str:
    """Shapes as an author reads them: `a text or nothing`."""
    named = shapes - {"int"} if "number" in shapes else shapes
    return " or ".join(words for shape, words in reversed(tuple(_WORDS.items())) if shape in named)
