"""Filters at work: `value | filter(arguments)` as a part of a generated function."""

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NoReturn, TypeVar

from engine.classes import dataclass
from engine.core.emit import at, call
from engine.core.faults import Fault
from engine.core.filters import FILTERS, Filter
from engine.core.generate import CONSTANTS, Generator, static_path
from engine.core.local_filters import Run, WrongArgument
from engine.core.operators import kind
from engine.core.parse import Part
from engine.core.scope import Name, Scope, place_at
from engine.core.suggest import one_of
from engine.core.values import Value
from engine.errors import Place, StatechatError

FILTERS_MAX: Final = 10
"""Most filters behind one value."""

_T = TypeVar("_T")


class Pipes:
    """Generates the holes of one text.

    `found` are the globals that generated code needs; `labels` the variables that went through
    `label`; `aliases` name the list whose items a loop's name stands for.
    """

    __slots__ = ("_aliases", "_filters", "_generator", "_lang", "found", "labels")

    def __init__(
        self,
        generator: Generator,
        lang: str,
        aliases: Mapping[tuple[str, ...], tuple[str, ...]],
        filters: Mapping[str, Filter] = FILTERS,
    ) -> None:
        self._filters = filters
        self._generator = generator
        self._lang = lang
        self._aliases = aliases
        self.found: dict[str, Any] = generator.found
        self.found["label"] = _label
        self.labels: list[Name] = []

    def value(self, part: Part, filters: list[Part]) -> ast.expr:
        """An expression and its filters, from left to right.

        Raises:
            StatechatError: `expr:syntax`, `expr:function`, `text:filter`.
        """
        tree = part.parse()
        value = self._generator.tree(part, tree)
        if len(filters) > FILTERS_MAX:
            _refuse(filters[FILTERS_MAX], f"A value goes through {FILTERS_MAX} filters at most.")
        for index, each in enumerate(filters):
            path = static_path(tree) if index == 0 else None
            node = each.parse(keywords=True)
            value = at(self._filtered(each, node, value, path), each.offset(node))
        return value

    def _filtered(
        self, part: Part, node: ast.expr, value: ast.expr, path: tuple[str, ...] | None
    ) -> ast.expr:
        applied = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
        if not isinstance(applied.func, ast.Name):
            _refuse(part, "A filter is a name, with arguments in brackets behind it.")
        name = applied.func.id
        entry = self._filters.get(name)
        if entry is None:
            _refuse(part, f"There is no filter {name}.", one_of(name, self._filters))
        if name == "default":
            return self._default(part, applied, value)
        if name == "label":
            return self._labelled(part, applied, value, path)
        key = f"f{len(self.found)}"
        arguments = _Arguments.of(part, entry, applied)
        if arguments.literal:
            self.found[key] = _passing_null(_built(entry, part, arguments, self._lang))
            return call(key, ast.Name("s", ast.Load()), value)
        self.found[key] = _built_late(entry, arguments, self._lang)
        given = [self._generator.tree(part, each) for each in arguments.nodes]
        return call(key, ast.Name("s", ast.Load()), value, *given)

    def _default(self, part: Part, applied: ast.Call, value: ast.expr) -> ast.expr:
        if len(applied.args) != 1 or applied.keywords:
            _refuse_arguments(part, FILTERS["default"])
        kept, again = self._generator.keep(value)
        missing = ast.Compare(kept, [ast.Is()], [ast.Constant(None)])
        return ast.IfExp(missing, self._generator.tree(part, applied.args[0]), again)

    def _labelled(
        self, part: Part, applied: ast.Call, value: ast.expr, path: tuple[str, ...] | None
    ) -> ast.expr:
        if applied.args or applied.keywords:
            _refuse_arguments(part, FILTERS["label"])
        if path is None:
            _refuse(part, "label takes a variable, as the first filter.", "Write {city | label}.")
        name = next(name for name in reversed(self._generator.names) if name.path == path)
        path = self._aliases.get(path, path)
        self.labels.append(Name(path, name.place))
        steps: list[ast.expr] = [ast.Constant(step) for step in path]
        return call("label", ast.Name("s", ast.Load()), ast.Tuple(steps, ast.Load()), value)


def _label(scope: Scope, path: tuple[str, ...], value: Value) -> Value:
    if isinstance(value, list | tuple):
        return [scope.label(path, each) for each in value]
    return None if value is None else scope.label(path, value)


def _passing_null(run: Run) -> Run:
    return lambda scope, value: None if value is None else run(scope, value)


def _place(part: Part) -> Place:
    blanks = part.source[part.start : part.end]
    start = part.start + len(blanks) - len(blanks.lstrip())
    return place_at(part.place, part.source, start)


def _refuse(part: Part, message: str, cure: str | None = None) -> NoReturn:
    raise StatechatError("text:filter", message, place=_place(part), cure=cure)


def _refuse_arguments(part: Part, entry: Filter) -> NoReturn:
    message = f"{entry.name} does not take these arguments."
    _refuse(part, message, f"It is written {entry.signature}.")


@dataclass(frozen=True, slots=True)
class _Arguments:
    """What stands in the brackets of a filter: the last `nodes` are those of `names`."""

    nodes: tuple[ast.expr, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, part: Part, entry: Filter, applied: ast.Call) -> "_Arguments":
        names = [each.arg or "**" for each in applied.keywords]
        found = cls((*applied.args, *(each.value for each in applied.keywords)), tuple(names))
        assert entry.build is not None
        try:
            positional, named = found.bound(found.nodes)
            _signature(entry.build).bind("", *positional, **named)
        except TypeError:
            _refuse_arguments(part, entry)
        if len(set(names)) < len(names):
            _refuse_arguments(part, entry)
        return found

    @property
    def literal(self) -> bool:
        return all(_is_literal(each) for each in self.nodes)

    def bound(self, given: Sequence[_T]) -> tuple[Sequence[_T], dict[str, _T]]:
        """What was given, by position and by name."""
        split = len(self.nodes) - len(self.names)
        return given[:split], dict(zip(self.names, given[split:], strict=True))


@lru_cache(maxsize=256)
def _signature(build: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(build)


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in CONSTANTS)


def _literal(node: ast.expr) -> Any:  # noqa: ANN401 - the filter judges it
    if isinstance(node, ast.Name):
        return CONSTANTS[node.id]
    if isinstance(node, ast.UnaryOp):
        value = _literal(node.operand)
        return -value if isinstance(value, int | float) else None
    assert isinstance(node, ast.Constant)
    return node.value


def _built(entry: Filter, part: Part, arguments: _Arguments, lang: str) -> Run:
    """The filter for its literal arguments, made when the text is compiled."""
    assert entry.build is not None
    positional, named = arguments.bound([_literal(each) for each in arguments.nodes])
    try:
        return entry.build(lang, *positional, **named)
    except WrongArgument as wrong:
        _refuse(part, str(wrong), f"It is written {entry.signature}.")


def _built_late(entry: Filter, arguments: _Arguments, lang: str) -> Callable[..., Value]:
    """The filter for arguments that are known only when the text is written."""
    build = entry.build
    assert build is not None

    def run(scope: Scope, value: Value, *given: Value) -> Value:
        for each in given:
            if not isinstance(each, str | int | float):
                raise Fault("text:type", f"An argument of {entry.name} cannot be {kind(each)}.")
        positional, named = arguments.bound(given)
        try:
            made = build(lang, *positional, **named)
        except WrongArgument as wrong:
            raise Fault("text:type", f"{entry.name}: {wrong}") from None
        return None if value is None else made(scope, value)

    return run
