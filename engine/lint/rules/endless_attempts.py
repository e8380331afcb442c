"""SC505 endless-attempts: an action that fails is begun again at once, for ever.

`error` leads back to the state that invokes it, straight or over states that wait for nothing.
While the service is down, each conversation calls it as fast as it can, and the person hears
nothing or the same again and again.

Let `retry` repeat it, which pauses and comes to an end, or ask the person before: "Try again?"
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.evidence import dialogue
from engine.lint.graph import Edge, Graph
from engine.lint.rule import Subject

FOUND = """
flow: pay
triggers: [/pay]
initial: charge
states:
  charge: {invoke: {action: payment.charge, timeout: 9s, done: end, error: sorry}}
  sorry: {say: That did not work., next: charge}
  end: {type: final, say: Thank you.}
"""
FOUND_BESIDE = {
    "actions.py": """
from engine import ActionCall, action


@action("payment.charge")
async def charge(call: ActionCall) -> None: ...
"""
}
NEAR = FOUND.replace(
    "{say: That did not work., next: charge}",
    "{confirm: That did not work. Again?, next: charge, no: end}",
)
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        for path, way in graph.paths.items():
            work = graph.leaves[path].work
            failed = (edge for edge in graph.edges[path] if edge.event == "invoke.error")
            if work is not None and any(_returns(graph, edge) for edge in failed):
                told = (*dialogue(subject, graph.flow, way), f"({work.action} fails)")
                yield Diagnostic(
                    "SC505", f"whenever `{work.action}` fails it is begun again at once",
                    work.place, "Let `retry` repeat it, or ask the person before.", "warning",
                    len(work.action), told,
                )  # fmt: skip


def _returns(graph: Graph, edge: Edge) -> bool:
    """Whether a failure surely leads back to its own state without waiting for anything."""
    walked: list[str] = []
    here: Edge | None = edge
    while here is not None and here.sure and here.target in graph.leaves:
        if here.target == edge.source:
            return True
        if here.target in walked or graph.leaves[here.target].question is not None:
            return False
        walked.append(here.target)
        here = graph.at_once(here.target)
    return False
