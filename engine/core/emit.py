"""The function that an expression becomes: which names it sees, and how a fault finds its place.

Every generated node carries the offset of the author's node in its line number, so that the
traceback of a fault tells the place, and nothing is spent on it before.
"""

import ast
from collections.abc import Callable
from typing import Any, Final

from engine.core import operators
from engine.core.faults import Fault
from engine.core.functions import FUNCTIONS
from engine.core.scope import Scope
from engine.core.values import Value

SCOPE: Final = "s"
"""The one parameter of a generated function."""

OPERATORS: Final[dict[type[ast.AST], Callable[..., Value]]] = {
    ast.Add: operators.add,
    ast.Sub: operators.subtract,
    ast.Mult: operators.multiply,
    ast.Div: operators.divide,
    ast.FloorDiv: operators.floor_divide,
    ast.Mod: operators.modulo,
    ast.USub: operators.negate,
    ast.UAdd: operators.positive,
    ast.Eq: operators.equal,
    ast.NotEq: operators.unequal,
    ast.Lt: operators.less,
    ast.LtE: operators.less_equal,
    ast.Gt: operators.greater,
    ast.GtE: operators.greater_equal,
    ast.In: operators.within,
    ast.NotIn: operators.not_within,
}
GLOBALS: Final[dict[str, Any]] = {
    "__builtins__": {},
    **{f"op_{kind.__name__}": run for kind, run in OPERATORS.items()},
    **{f"call_{name}": function.run for name, function in FUNCTIONS.items()},
    "type": type,
    "numeric": operators.NUMERIC,
    "part": operators.part,
    "item": operators.item,
}
"""What generated code can see: never a name of the author's, who has only the scope."""


Keep = Callable[[ast.expr], tuple[ast.expr, ast.expr]]
"""Gives an expression that keeps a value, and one that reads it again."""
_PLAINLY: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


def global_name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def call(function: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(global_name(function), list(arguments), [])


def at(built: ast.expr, offset: int) -> ast.expr:
    """Mark a generated node with the offset of the source that it stands for."""
    built.lineno = built.end_lineno = offset + 1
    built.col_offset = built.end_col_offset = 0
    return built


def constant(value: Value) -> ast.expr:
    assert value is None or isinstance(value, bool | int | float | str)
    return ast.Constant(value)


def comparison(
    name: str, operator: ast.cmpop, left: ast.expr, right: ast.expr, keep: Keep
) -> ast.expr:
    """Texts and null equal nothing of another type, so Python's own operators do for them.

    They do for a number beside one that is written out, too.
    """
    if isinstance(operator, ast.Eq | ast.NotEq):
        for side, other in ((left, right), (right, left)):
            # Python warns of `is` between two literals.
            if not isinstance(side, ast.Constant) or isinstance(other, ast.Constant):
                continue
            if side.value is None:
                identity = ast.Is() if isinstance(operator, ast.Eq) else ast.IsNot()
                return ast.Compare(left, [identity], [right])
            if isinstance(side.value, str):
                return ast.Compare(left, [operator], [right])
    if _is_number(right) and not isinstance(left, ast.Constant) and isinstance(operator, _PLAINLY):
        kept, again = keep(left)
        known = ast.Compare(call("type", kept), [ast.In()], [global_name("numeric")])
        return ast.IfExp(known, ast.Compare(again, [operator], [right]), call(name, again, right))
    return call(name, left, right)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in operators.NUMERIC


def build(body: ast.expr, names: dict[str, Any] | None = None) -> Callable[[Scope], Any]:
    """Compile a generated expression to a function of the scope; `names` are further globals."""
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(SCOPE)], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    tree = ast.Expression(ast.Lambda(arguments, body))
    tree.lineno, tree.col_offset, tree.end_lineno, tree.end_col_offset = 1, 0, 1, 0  # type: ignore[attr-defined]
    code = compile(ast.fix_missing_locations(tree), "<expression>", "eval")
    run: Callable[[Scope], Any] = eval(code, {**GLOBALS, **names} if names else GLOBALS)  # noqa: S307 - generated above from an allow-list
    return run


class Later:
    """A function of the scope that is compiled when it is first called.

    Checking a bot calls few of its expressions and texts, and a person reads few of them soon after
    a start. Those who hold it have the compiled function in its place from then on.
    """

    __slots__ = ("_holders", "_make", "_run")

    def __init__(self, make: Callable[[], Callable[[Scope], Any]]) -> None:
        self._make = make
        self._run: Callable[[Scope], Any] | None = None
        self._holders: list[tuple[object, str]] = []

    def __call__(self, scope: Scope) -> Any:  # noqa: ANN401 - what it was made for
        run = self._run
        if run is None:
            run = self._run = self._make()
            for holder, name in self._holders:
                object.__setattr__(holder, name, run)  # frozen for everyone else
            self._holders.clear()
        return run(scope)

    @classmethod
    def settle(cls, holder: object, name: str) -> None:
        """Let a frozen value forget this, in its field of that name, once it is compiled."""
        later = getattr(holder, name)
        if isinstance(later, cls):
            later._holders.append((holder, name))  # noqa: SLF001 - its own


def fault_offset(fault: Fault) -> int:
    """The offset in the source of the node that raised, read off the traceback."""
    offset = 0
    frame = fault.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<expression>":
            offset = frame.tb_lineno - 1
        frame = frame.tb_next
    return offset
