"""SC106 call-without-end: a flow calls itself, and nothing is asked before.

Each run begins another one at once, until the stack is full (`stack:too_deep`).

Ask something before the call, or guard the way to it.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.graph import Graph
from engine.lint.rule import Subject

FOUND = """
flow: echo
triggers: [/echo]
initial: again
states:
  again: {call: echo, on: {end: end}}
  end: {type: final, say: Echo.}
"""
NEAR = """
flow: echo
triggers: [/echo]
initial: word
data: {word: {type: text}}
states:
  word: {ask: Say something., next: [{guard: word == 'stop', target: end}, again]}
  again: {call: echo, on: {end: end}}
  end: {type: final, say: "{word}"}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    calls = {name: _call(graph) for name, graph in subject.graphs.items()}
    reported: set[str] = set()
    for name, found in calls.items():
        walked: list[str] = []
        here: str | None = name
        while here is not None and here not in walked:
            walked.append(here)
            call = calls.get(here)
            here = None if call is None else call[0]
        if here != name or reported & set(walked):
            continue
        reported |= set(walked)
        place = None if found is None else subject.program.flows[name].states[found[1]].place
        if place is not None:
            chain = " → ".join(f"`{one}`" for one in (*walked, name))
            cure = "Ask something before the call, or guard the way to it."
            yield Diagnostic("SC106", f"{chain} calls itself without end", place, cure)


def _call(graph: Graph) -> tuple[str, str] | None:
    """The flow that a run surely calls before it waits for anything, and the state that does."""
    path = graph.start[0] if graph.start else ""
    walked: set[str] = set()
    while path and path not in walked:
        walked.add(path)
        call = graph.leaves[path].call
        if call is not None:
            return call.flow, path
        edge = graph.at_once(path)
        path = edge.target if edge is not None else ""
    return None
