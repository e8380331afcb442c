"""SC104 ends-by-command-or-timer: from a state on, only a command or a timer ends the conversation.

Whatever the person answers, the conversation does not come to its end. That is meant now and then
(a menu), but mostly a `next` leads the wrong way. A timer of a state that asks nothing is what that
state waits for, and no interruption.

Lead an answer to a final state.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.evidence import dialogue
from engine.lint.graph import Edge, Graph
from engine.lint.livelock import livelocks
from engine.lint.rule import Subject

FOUND = """
flow: order
triggers: [/order]
initial: what
data: {what: {type: text}}
on: {/cancel: cancelled}
states:
  what: {ask: What would you like?, next: sure}
  sure: {ask: "{what}, right?", choices: {a: Yes, b: No}, next: what}
  cancelled: {type: final, say: Cancelled.}
"""
NEAR = """
flow: order
triggers: [/order]
initial: what
data: {what: {type: text}}
on: {/cancel: cancelled}
states:
  what: {ask: What would you like?, next: sure}
  sure: {ask: "{what}, right?", choices: {a: {label: Yes, target: done}, b: No}, next: what}
  cancelled: {type: final, say: Cancelled.}
  done: {type: final, say: Thank you.}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        ending = graph.leading_to(graph.ends)
        closing = {
            edge.source
            for edges in graph.edges.values()
            for edge in edges
            if edge.target in graph.ends and _by_itself(graph, edge)
        }
        by_itself = graph.leading_to(closing) | graph.ends
        round_ = {path for circle in livelocks(graph) for path in circle}
        caught = ending - by_itself - round_
        found = [path for path in graph.paths if path in caught]
        if not found:
            continue
        first = min(found, key=lambda path: len(graph.paths[path]))
        place = graph.flow.states[first].place
        if place is not None:
            yield Diagnostic(
                "SC104", f"from `{first}` on, only a command or a timer ends the conversation",
                place, "Lead an answer to a final state.", "warning",
                len(first.rpartition(".")[2]),
                dialogue(subject, graph.flow, graph.paths[first]),
            )  # fmt: skip


def _by_itself(graph: Graph, edge: Edge) -> bool:
    """Whether it is no interruption: a state that asks nothing and has a timer waits for that."""
    waits = graph.leaves[edge.source].question is None and edge.event.startswith("after:")
    return edge.cause not in ("command", "timer") or waits
