"""Sources as mypyc makes fast classes of them.

mypyc leaves the `__init__` of a frozen dataclass to the standard library, which takes thirty times
as long as one that mypyc compiles itself. So each class gets the one that it would have had,
written out, and a `__reduce__`, by which it is copied and pickled; everything else of it stays.
`engine.classes`, which makes classes fast where Python is not compiled, gives way to `dataclasses`.
"""

import ast
from collections.abc import Iterator
from typing import Final

FROZEN: Final = "dataclass(frozen=True, slots=True)"
WRITTEN_OUT: Final = "@dataclass(frozen=True, init=False)"
OURS: Final = "from engine.classes import dataclass"
STOCK: Final = "from dataclasses import dataclass"


def rewrite(source: str) -> str:
    """A module whose frozen dataclasses have an `__init__` that is written out."""
    lines = [STOCK if line == OURS else line for line in source.split("\n")]
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    for node in sorted(classes, key=lambda node: node.lineno, reverse=True):
        frozen = _decorator(node, FROZEN)
        fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
        if frozen is None or node.bases or not fields:
            continue
        assert node.end_lineno is not None
        lines[node.end_lineno : node.end_lineno] = [*_init(fields), *_reduce(fields)]
        lines[frozen.lineno - 1] = WRITTEN_OUT
    return "\n".join(lines)


def _decorator(node: ast.ClassDef, wanted: str) -> ast.expr | None:
    return next((each for each in node.decorator_list if ast.unparse(each) == wanted), None)


def _init(fields: list[ast.AnnAssign]) -> Iterator[str]:
    parameters, assignments = zip(*map(_field, fields), strict=True)
    yield ""
    yield f"    def __init__(self, {', '.join(parameters)}) -> None:"
    # It is frozen for others only, and only to mypy: mypyc sets the slot.
    yield from (f"        {each}  # type: ignore[misc]" for each in assignments)


def _reduce(fields: list[ast.AnnAssign]) -> Iterator[str]:
    values = ", ".join(f"self.{ast.unparse(field.target)}" for field in fields)
    yield ""
    yield "    def __reduce__(self) -> tuple[object, ...]:"
    yield f"        return (type(self), ({values},))"


def _field(field: ast.AnnAssign) -> tuple[str, str]:
    """The parameter of a field, and its assignment."""
    name, kind = ast.unparse(field.target), ast.unparse(field.annotation).strip("'\"")
    options = _options(field.value)
    if "default_factory" in options:
        make = options["default_factory"]
        return (
            f'{name}: "{kind} | None" = None',
            f"self.{name} = {make}() if {name} is None else {name}",
        )
    if field.value is None or (options and "default" not in options):
        return f'{name}: "{kind}"', f"self.{name} = {name}"
    default = options.get("default") or ast.unparse(field.value)
    return f'{name}: "{kind}" = {default}', f"self.{name} = {name}"


def _options(value: ast.expr | None) -> dict[str, str]:
    """What `field(…)` was given."""
    if not isinstance(value, ast.Call) or ast.unparse(value.func) != "field":
        return {}
    return {each.arg: ast.unparse(each.value) for each in value.keywords if each.arg}
