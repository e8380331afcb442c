"""What guards give, decided over every value that the variables they read can have.

A guard that compares variables with constants tells apart only a few regions of their values: one
value of each region stands for all of it, so that trying those is a proof. Whatever else a guard
does (calls, arithmetic, variables against each other) leaves it open.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from itertools import pairwise, product
from math import inf, isfinite
from typing import Final

from engine.classes import dataclass
from engine.core.expr import Expression
from engine.core.faults import Fault
from engine.core.inputs import Variable, fits
from engine.core.parse import tree
from engine.core.program import Flow
from engine.core.values import Value

CASES_MAX: Final = 2_000
"""Most combinations of values that are tried; guards that tell more apart are left open."""
_WORDS: Final[Mapping[str, Value]] = {"true": True, "false": False, "null": None}
_OTHER: Final = "…"
"""A text that no author compares with."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scope in which variables have these values, and nothing else is known."""

    data: Mapping[str, Value] = field(default_factory=dict)
    user: Mapping[str, Value] = field(default_factory=dict)
    turn: Mapping[str, Value] = field(default_factory=dict)
    session: Mapping[str, Value] = field(default_factory=dict)
    local: Mapping[str, Value] = field(default_factory=dict)
    now: str = ""
    lang: str = "en"
    tz: str | None = None

    def in_state(self, _path: str) -> bool:
        return False

    def label(self, _path: tuple[str, ...], _value: object) -> str:
        return ""

    def holds(self, guard: Expression) -> bool:
        """Whether a guard holds here; one that fails does not."""
        try:
            return bool(guard(self))
        except Fault:
            return False


def constant(guard: Expression) -> bool | None:
    """What a guard always gives, if it depends on nothing."""
    return None if guard.names or guard.calls or guard.states else Case().holds(guard)


def outcome(flow: Flow, guard: Expression) -> bool | None:
    """What a guard always gives, whatever values its variables have; none if it can give both."""
    found = cases(flow, [guard])
    given = {case.holds(guard) for case in found} if found else ()
    return given.pop() if isinstance(given, set) and len(given) == 1 else None


def cases(
    flow: Flow, guards: Iterable[Expression], present: Iterable[str] = ()
) -> list[Case] | None:
    """One case for each region that the guards tell apart; none where they cannot be judged.

    Variables may be null, but those in `present`.
    """
    compared: dict[str, set[Value]] = {}
    for guard in guards:
        if guard.calls or guard.states or any(len(name.path) != 1 for name in guard.names):
            return None
        if guard.names and not _reads(tree(guard.source), flow.variables, compared):
            return None
    values: dict[str, list[Value]] = {}
    for name, constants in compared.items():
        known = _values(flow.variables[name], constants)
        if known is None:
            return None
        values[name] = known if name in present else [*known, None]
    count = 1
    for known in values.values():
        count *= len(known)
    if count > CASES_MAX:
        return None
    return [Case(dict(zip(values, chosen, strict=True))) for chosen in product(*values.values())]


def bounded(variable: Variable) -> bool:
    """Whether its limits, if it has any, are known before it runs."""
    return all(one is None or isinstance(one, int | float) for one in (variable.min, variable.max))


def _values(variable: Variable, constants: set[Value]) -> list[Value] | None:
    """One value of each region that the constants tell apart."""
    if variable.computed is not None:
        return None
    if not bounded(variable):
        variable = replace(variable, min=None, max=None)
    match variable.type:
        case "bool":
            return [True, False]
        case "enum" if variable.values:
            return list(variable.values)
        case "int" | "number":
            return [*_numbers(variable, constants)]
        case "text":
            texts = [one for one in constants if isinstance(one, str)]
            return [*(one for one in sorted(texts) if fits(variable, one) is None), _OTHER]
        case _:
            return None


def _numbers(variable: Variable, constants: set[Value]) -> list[int | float]:
    low, high = _limit(variable.min, -inf), _limit(variable.max, inf)
    marks = {one for one in constants if isinstance(one, int | float) and not isinstance(one, bool)}
    ordered = sorted(marks | {one for one in (low, high) if isfinite(one)}) or [0]
    found: set[int | float] = {ordered[0] - 1, ordered[-1] + 1, *ordered}
    if variable.type == "int":
        found |= {round(one) + step for one in ordered for step in (-1, 0, 1)}
        found = {one for one in found if one == int(one)}
    else:
        found |= {(one + other) / 2 for one, other in pairwise(ordered)}
    return [one for one in sorted(found) if low <= one <= high]


def _limit(given: object, missing: float) -> int | float:
    return given if isinstance(given, int | float) else missing


def _reads(
    node: ast.expr, variables: Mapping[str, Variable], compared: dict[str, set[Value]]
) -> bool:
    """Whether an expression only compares variables with constants; notes which with which."""
    match node:
        case ast.BoolOp(values=parts):
            return all(_reads(part, variables, compared) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return _reads(part, variables, compared)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = pairwise([left, *others])
            return all(
                _compares(one, op, other, variables, compared)
                for (one, other), op in zip(sides, ops, strict=True)
            )
        case ast.Name(id=name) if name in variables:
            compared.setdefault(name, set())
            return variables[name].type == "bool"
        case _:
            return _constant(node) is not None


def _compares(
    left: ast.expr,
    op: ast.cmpop,
    right: ast.expr,
    variables: Mapping[str, Variable],
    compared: dict[str, set[Value]],
) -> bool:
    if isinstance(op, ast.In | ast.NotIn) and not isinstance(right, ast.List | ast.Tuple):
        return False
    for one, other in ((left, right), (right, left)):
        if isinstance(one, ast.Name) and one.id in variables:
            known = _constant(other)
            ordered = isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
            if known is None or (ordered and variables[one.id].type not in ("int", "number")):
                return False
            compared.setdefault(one.id, set()).update(known)
            return True
    return _constant(left) is not None and _constant(right) is not None


def _constant(node: ast.expr) -> Sequence[Value] | None:
    """The constants that a part is made of; none where it is anything else."""
    match node:
        case ast.Constant(value=value) if isinstance(value, str | int | float | None):
            return (value,)
        case ast.Name(id=name) if name in _WORDS:
            return (_WORDS[name],)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if isinstance(
            value, int | float
        ):
            return (-value,)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            found = [_constant(part) for part in parts]
            if any(one is None for one in found):
                return None
            return [value for one in found if one is not None for value in one]
        case _:
            return None
