"""SC208 no-way-on: a state goes on by itself, and in some case no guard lets it.

It asks nothing and waits for nothing. Where no guard of its `next` holds, the conversation stands
still there: nothing is said, and only a command or a timer leads out.

Let the last transition have no guard, or cover what is left out.
"""

from collections.abc import Iterator
from typing import Final

from engine.core.blocks import Guard
from engine.core.expr import Expression
from engine.core.handoff import CLOSED
from engine.core.program import Flow
from engine.diagnostics import Diagnostic
from engine.lint.cases import Case, cases
from engine.lint.evidence import dialogue
from engine.lint.graph import Graph
from engine.lint.rule import Subject

FOUND = """
flow: club
triggers: [/join]
initial: age
data: {age: {type: int, min: 0, max: 130}}
states:
  age: {ask: How old are you?, next: sort}
  sort:
    next:
      - {guard: age < 18, target: young}
      - {guard: age > 18, target: welcome}
  young: {type: final, say: Come back later.}
  welcome: {type: final, say: Welcome.}
"""
NEAR = FOUND.replace("age > 18", "age >= 18")

_OUTCOMES: Final = ("invoke.done", "final:")
"""Events that come once, and after which a state waits for nothing more."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        for path, way in graph.paths.items():
            for event in _events(graph, path):
                left = _left_out(graph.flow, path, event)
                place = graph.flow.states[path].place
                if left is not None and place is not None:
                    yield Diagnostic(
                        "SC208", f"no way leads on from `{path}` where {_shown(left)}", place,
                        "Let the last transition have no guard, or cover this case.", "warning",
                        len(path.rpartition(".")[2]), dialogue(subject, graph.flow, way),
                    )  # fmt: skip
                    break


def _events(graph: Graph, path: str) -> Iterator[str]:
    """What leads on from a state that waits for nothing else."""
    node = graph.leaves[path]
    if node.kind == "final" or node.question is not None or not graph.flow.fixed:
        return
    heard = {edge.event for edge in graph.edges[path] if edge.cause in ("work", "call", "inner")}
    if node.handoff is not None:
        yield CLOSED
    elif node.work is None and node.call is None:
        others = [edge for edge in graph.edges[path] if edge.cause in ("person", "timer")]
        if "always" in heard and not others:
            yield "always"
    else:
        yield from (event for event in sorted(heard) if event.startswith(_OUTCOMES))


def _left_out(flow: Flow, path: str, event: str) -> Case | None:
    """A case in which no guard holds, though all of them can be judged."""
    rows = flow.machine.events[event].transitions.get(path, ())
    guards: list[Expression] = []
    for row in rows:
        if len(row.conditions) != 1 or not isinstance(row.conditions[0], Guard):
            return None
        guards.append(row.conditions[0].expression)
    read = {name.path[0] for guard in guards for name in guard.names}
    if any(name in flow.variables and flow.variables[name].optional for name in read):
        return None  # whether it is empty here is not known
    # A variable that may have no value yet is another rule's matter.
    found = cases(flow, guards, flow.variables) if read else None
    return next((case for case in found or () if not any(map(case.holds, guards))), None)


def _shown(case: Case) -> str:
    values = [f"`{name}` is {_word(value)}" for name, value in case.data.items()]
    return " and ".join(values) or "it comes there"


def _word(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
