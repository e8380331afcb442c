"""SC106 call-without-end: a flow calls itself, and there is no other way to its end.

Either nothing is asked before: then each run begins another one at once, until the stack is full
(`stack:too_deep`). Or every way to a final state leads through the call: then the conversation goes
on for as long as the person likes it, and can never end.

Ask something before the call, and let an answer lead past it.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.evidence import dialogue
from engine.lint.graph import Edge, Graph
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
    yield from _caught(subject, reported)


def _caught(subject: Subject, reported: set[str]) -> Iterator[Diagnostic]:
    """Flows that end only after they have called themselves, straight or through others."""
    ending: set[str] = set()
    while more := {name for name in set(subject.graphs) - ending if _ends(subject, name, ending)}:
        ending |= more
    for name, graph in subject.graphs.items():
        if name in reported or name in ending or not graph.leading_to(graph.ends) & {*graph.start}:
            continue
        path = next((one for one in graph.paths if graph.leaves[one].call is not None), None)
        call = graph.leaves[path].call if path is not None else None
        if path is not None and call is not None:
            yield Diagnostic(
                "SC106", f"`{name}` ends only after this call, and that only after `{name}` has",
                call.place, "Let an answer lead past the call.", "warning", len(call.flow),
                dialogue(subject, graph.flow, graph.paths[path]),
            )  # fmt: skip


def _ends(subject: Subject, name: str, ending: set[str]) -> bool:
    """Whether some way leads to an end over such calls only as are known to end."""
    graph = subject.graphs[name]

    def passes(edge: Edge) -> bool:
        call = graph.leaves[edge.source].call
        return edge.cause != "call" or call is None or call.flow in ending

    return bool(graph.leading_to(graph.ends, passes) & {*graph.start})


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
