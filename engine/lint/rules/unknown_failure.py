"""SC702 unknown-failure: a guard asks for a code with which the action never fails.

It is misspelled, or was renamed in actions.py, so the failure that is meant takes another way.

Write a code that the action raises: `ActionError("code")`.
"""

from collections.abc import Iterator

from engine.core.blocks import Guard
from engine.core.expr import Expression
from engine.core.nodes import StateNode
from engine.core.program import Flow
from engine.core.suggest import did_you_mean
from engine.diagnostics import Diagnostic
from engine.errors import Place
from engine.lint.failures import compared, possible
from engine.lint.rule import Subject
from engine.lint.rules import unhandled_failure

FOUND = unhandled_failure.NEAR.replace('error.code == "jammed"', 'error.code == "jamed"')
FOUND_BESIDE = unhandled_failure.FOUND_BESIDE
NEAR = unhandled_failure.NEAR
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in subject.program.flows.values():
        for node in flow.states.values():
            known = possible(subject, node.work.action) if node.work else None
            if known is None or node.work is None:
                continue
            for guard in _guards(flow, node):
                for code in compared(guard):
                    if code not in known and ":" not in code:
                        offset = max(0, guard.source.find(code))
                        place = Place(
                            guard.place.file, guard.place.line, guard.place.column + offset
                        )
                        cure = did_you_mean(code, known) or "Write a code that it raises."
                        message = f"`{node.work.action}` never fails with `{code}`"
                        yield Diagnostic("SC702", message, place, cure, "warning", len(code))


def _guards(flow: Flow, node: StateNode) -> list[Expression]:
    heard = flow.machine.events.get("invoke.error")
    rows = heard.transitions.get(node.path, []) if heard else []
    found = [one.expression for row in rows for one in row.conditions if isinstance(one, Guard)]
    again = node.work.again if node.work else None
    return [*found, again] if again is not None else found
