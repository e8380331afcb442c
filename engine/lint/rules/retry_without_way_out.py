"""SC301 retry-without-way-out: a question is repeated for ever, and only a right answer leaves it.

Who has no such answer (no phone, no e-mail address, no code that fits) is caught: each
message gets the hint of `retry`, and nothing else is heard.

Add `max` and `target` to `retry`, `skip`, a command such as `/cancel`, or a timer.
"""

from collections.abc import Iterator
from typing import Final

from engine.core.nodes import StateNode
from engine.diagnostics import Diagnostic
from engine.lint.evidence import dialogue
from engine.lint.graph import Edge, Graph
from engine.lint.rule import Subject

FOUND = """
flow: table
triggers: [/table]
initial: phone
data: {phone: {type: phone}}
states:
  phone:
    ask: Your phone number?
    retry: {say: "With the country code, please: +49 …"}
    next: end
  end: {type: final, say: "We will call {phone}."}
"""
NEAR = """
flow: table
triggers: [/table]
initial: phone
data: {phone: {type: phone}}
states:
  phone:
    ask: Your phone number? Send /cancel to stop.
    on: {/cancel: cancelled}
    retry: {say: "With the country code, please: +49 …"}
    next: end
  end: {type: final, say: "We will call {phone}."}
  cancelled: {type: final, say: Never mind.}
"""

_NOT_FOR_ALL: Final = frozenset(
    {
        "email", "phone", "url", "photo", "audio", "voice", "video", "document", "sticker",
        "location", "contact",
    }
)  # fmt: skip
"""Types of which not everybody has a value; a number or a date anybody can write."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    if any(flow.when_busy == "replace" for flow in subject.program.flows.values()):
        return  # its trigger leads out of any question
    called = {name for graph in subject.graphs.values() for name in _called(graph)}
    for name, graph in subject.graphs.items():
        if name in called:
            continue
        for path in graph.paths:
            node = graph.leaves[path]
            if not _repeats(node) or any(_leads_out(edge) for edge in graph.edges[path]):
                continue
            place = node.place
            if place is not None:
                yield Diagnostic(
                    "SC301", f"only a right answer ever leaves `{path}`", place,
                    "Add `max` and `target` to `retry`, or let a command leave it.", "warning",
                    len(path.rpartition(".")[2]),
                    (*dialogue(subject, graph.flow, graph.paths[path]), "> (a wrong answer)"),
                )  # fmt: skip


def _repeats(node: StateNode) -> bool:
    """Whether it repeats a question that not everybody can answer."""
    question = node.question
    if question is None or question.retry is None or question.retry.max is not None:
        return False
    if question.chosen or question.slot is None:
        return False
    variable = question.slot.variable
    return variable.type in _NOT_FOR_ALL or variable.match is not None or question.check is not None


def _leads_out(edge: Edge) -> bool:
    return edge.target != edge.source and not edge.event.startswith("answer")


def _called(graph: Graph) -> Iterator[str]:
    """The flows that a flow calls from states that hear more than their end."""
    for path, node in graph.leaves.items():
        if node.call is not None and any(edge.cause != "call" for edge in graph.edges[path]):
            yield node.call.flow
