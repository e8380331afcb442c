"""SC207 wrong-type: a variable is set to what it can never hold.

The type of the variable, its limits or its values rule it out, so each conversation that comes
there meets a fault (`data:type`).

Set what the variable is declared for, or declare it differently.
"""

from collections.abc import Iterator

from engine.compiler.hints import given, held, words
from engine.core.blocks import Assign
from engine.core.expr import Expression
from engine.core.faults import Fault
from engine.core.inputs import Variable, fits
from engine.core.program import Flow
from engine.core.values import Value
from engine.diagnostics import Diagnostic
from engine.lint.assigned import assigned
from engine.lint.cases import Case, bounded
from engine.lint.rule import Subject

FOUND = """
flow: order
triggers: [/order]
initial: size
data: {price: {type: number, default: 0}}
states:
  size:
    ask: Which size?
    choices:
      small: {label: Small, set: {price: 8}}
      large: {label: Large, set: {price: "'eleven'"}}
    next: end
  end: {type: final, say: "{price} euros."}
"""
NEAR = FOUND.replace("\"'eleven'\"", "11")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in (*subject.program.flows.values(), subject.program.root):
        seen = set()
        for one in assigned(flow):
            why = _unfit(flow, one) if one.place not in seen else None
            seen.add(one.place)
            if why is not None:
                name = one.variable.name
                yield Diagnostic(
                    "SC207", f"`{name}` cannot be set to this: {why}", one.place,
                    "Set what it is declared for, or declare it differently.", "warning",
                )  # fmt: skip


def _unfit(flow: Flow, one: Assign) -> str | None:
    """Why a variable never takes the value; none where it may."""
    known, value = _value(one.value)
    if known:
        return fits(one.variable, value) if value is not None and _judged(one.variable) else None
    wanted, actual = held(one.variable), given(one.value, flow.variables)
    if wanted is None or actual is None or actual & (wanted | {"null"}):
        return None
    return f"it is {words(actual)}"


def _judged(variable: Variable) -> bool:
    """Whether its limits are known before it runs."""
    return bounded(variable) and variable.items is None and variable.fields is None


def _value(evaluate: object) -> tuple[bool, Value]:
    """Whether a value depends on nothing, and what it is then."""
    if not isinstance(evaluate, Expression):
        return False, None
    if evaluate.names or evaluate.calls or evaluate.states:
        return False, None
    try:
        return True, evaluate(Case())
    except Fault:
        return False, None
