"""Functions that Python files register, read from their syntax trees: nothing is imported."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal

from engine.classes import dataclass
from engine.compiler.hints import Shapes, hinted
from engine.errors import Place

Kind = Literal["action", "check"]
"""What a function is registered as, by the decorator of this name."""
PII: Final = "pii"
"""The keyword by which an action declares what it takes of a person."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What an action or a check takes and gives.

    Attributes:
        arguments: the shapes of each, by its name.
        needed: those that must be given.
        open: whether it takes further ones.
        result: the shapes of what it returns.
        codes: those of each `ActionError` that it raises itself, as far as they are written out.
        pii: the arguments that may say something about a person.
        deprecated: what to invoke instead; none where it is not deprecated.
    """

    name: str
    kind: Kind
    arguments: Mapping[str, Shapes]
    needed: frozenset[str]
    open: bool
    place: Place
    result: Shapes = None
    codes: frozenset[str] = frozenset()
    pii: frozenset[str] = frozenset()
    deprecated: str | None = None


class UnreadableSource(Exception):  # noqa: N818 - what a file is, not what went wrong with us
    """Python cannot parse a file; says why and where."""

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


def parsed(source: str, file: str) -> ast.Module:
    """The syntax tree of a file.

    Raises:
        UnreadableSource: it has none.
    """
    try:
        return ast.parse(source, filename=file)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        column = getattr(error, "offset", None) or 1
        reason = getattr(error, "msg", None) or str(error)
        raise UnreadableSource(reason, Place(file, line, column)) from error


def registered(tree: ast.Module, file: str) -> Iterator[Signature]:
    """The actions and checks that the functions of a module are registered as."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            if not isinstance(decorator, ast.Call) or not decorator.args:
                continue
            function, name = decorator.func, decorator.args[0]
            called = (
                function.attr
                if isinstance(function, ast.Attribute)
                else getattr(function, "id", "")
            )
            if called not in ("action", "check") or not isinstance(name, ast.Constant):
                continue
            kind: Kind = "check" if called == "check" else "action"
            place = Place(file, decorator.lineno, decorator.col_offset + 1)
            signature = _signature(str(name.value), kind, node, place, _words(decorator, PII))
            yield replace(signature, deprecated=_text(decorator, "deprecated"))


def raised_codes(tree: ast.AST) -> Iterator[str | None]:
    """The code of each `ActionError` that is made in a piece of Python; none where it is computed.

    Calls of other functions are not followed.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        if name == "ActionError" or (isinstance(name, ast.Name) and name.id == "ActionError"):
            given = [*node.args, *(word.value for word in node.keywords if word.arg == "code")]
            code = given[0] if given else None
            written = isinstance(code, ast.Constant) and isinstance(code.value, str)
            yield code.value if written else None  # type: ignore[union-attr] # a constant, as above


def _words(call: ast.Call, keyword: str) -> frozenset[str]:
    """The texts in a list, tuple or set that a keyword is given."""
    value = next((word.value for word in call.keywords if word.arg == keyword), None)
    parts = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else []
    return frozenset(
        part.value
        for part in parts
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def _text(call: ast.Call, keyword: str) -> str | None:
    """The text that a keyword is given, if it is written out and not empty."""
    value = next((word.value for word in call.keywords if word.arg == keyword), None)
    written = isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value
    return str(written) if written else None


def _signature(
    name: str,
    kind: Kind,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    place: Place,
    pii: frozenset[str],
) -> Signature:
    """The first argument is the call itself; every other one is given by name."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    optional = {
        argument.arg for argument in positional[len(positional) - len(arguments.defaults) :]
    }
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            optional.add(argument.arg)
    named = [*positional[1:], *arguments.kwonlyargs]
    return Signature(
        name,
        kind,
        {argument.arg: hinted(argument.annotation) for argument in named},
        frozenset(argument.arg for argument in named) - optional,
        open=arguments.kwarg is not None,
        place=place,
        result=hinted(node.returns),
        codes=frozenset(code for code in raised_codes(node) if code is not None),
        pii=pii,
    )
