"""SC205 missing-case: after some answers no way on is open.

The answer is right and is stored, but no guard of `next` holds for it. The same question is asked
again, and the person does not learn why.

Let the last transition have no guard, or cover what is left out.
"""

from collections.abc import Iterator

from engine.core.blocks import Guard
from engine.core.expr import Expression
from engine.core.inputs import Variable
from engine.core.nodes import StateNode
from engine.core.program import Flow
from engine.core.session import ANSWER
from engine.core.values import Value
from engine.diagnostics import Diagnostic
from engine.lint.cases import bounded, cases
from engine.lint.evidence import dialogue
from engine.lint.rule import Subject

FOUND = """
flow: club
triggers: [/join]
initial: age
data: {age: {type: int, min: 0, max: 130}}
states:
  age:
    ask: How old are you?
    next:
      - {guard: age < 18, target: young}
      - {guard: age > 18, target: welcome}
  young: {type: final, say: Come back later.}
  welcome: {type: final, say: Welcome.}
"""
NEAR = """
flow: club
triggers: [/join]
initial: age
data: {age: {type: int, min: 0, max: 130}}
states:
  age:
    ask: How old are you?
    next:
      - {guard: age < 18, target: young}
      - {guard: age >= 18, target: welcome}
  young: {type: final, say: Come back later.}
  welcome: {type: final, say: Welcome.}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        for path in graph.paths:
            node = graph.leaves[path]
            left = _left_out(graph.flow, node)
            if left is None or node.place is None:
                continue
            shown = left if isinstance(left, str) else str(left).lower()
            way = (*dialogue(subject, graph.flow, graph.paths[path]), f"> {_said(node, left)}")
            yield Diagnostic(
                "SC205", f"after the answer `{shown}` to `{path}` no way on is open", node.place,
                "Let the last transition of `next` have no guard, or cover this answer.",
                "warning", len(path.rpartition(".")[2]), way,
            )  # fmt: skip


def _left_out(flow: Flow, node: StateNode) -> Value:
    """An answer for which no guard of `next` holds, whatever the other variables are."""
    guards = _guards(flow, node)
    question = node.question
    if not guards or question is None or question.slot is None or question.slot.of_user:
        return None
    variable = question.slot.variable
    if question.check is not None or question.multi is not None or not _answerable(variable):
        return None
    found = cases(flow, guards, [variable.name])
    if found is None or not all(variable.name in case.data for case in found):
        return None
    open_ = {case.data[variable.name] for case in found if any(map(case.holds, guards))}
    offered = [one.value if one.value is not None else one.id for one in question.choices
               if one.url is None and one.event is None and one.guard is None]  # fmt: skip
    values = [case.data[variable.name] for case in found]
    asked = [value for value in values if not question.chosen or value in offered]
    return next((value for value in asked if value not in open_), None)


def _guards(flow: Flow, node: StateNode) -> list[Expression]:
    """The guards of the ways on from an answer; none if one of them is surely open."""
    heard = flow.machine.events.get(ANSWER)
    rows = heard.transitions.get(node.path, ()) if heard else ()
    found = []
    for row in rows:
        if len(row.conditions) != 1 or not isinstance(row.conditions[0], Guard):
            return []
        found.append(row.conditions[0].expression)
    return found


def _answerable(variable: Variable) -> bool:
    """Whether each value that is tried is one that a person can give."""
    return bounded(variable) and (variable.type != "text" or variable.match is None)


def _said(node: StateNode, value: Value) -> str:
    assert node.question is not None
    if node.question.chosen:
        return f"[{'yes' if value is True else 'no' if value is False else value}]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
