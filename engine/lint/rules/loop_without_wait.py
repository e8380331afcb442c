"""SC105 loop-without-wait: states lead to each other at once, for ever.

`next` and `always` are taken without waiting for anything. Where they lead round in a circle and no
guard can break it, each conversation that comes there ends in the fault `loop:too_long`.

Ask something on the way, wait with `after`, or guard a transition.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, Related
from engine.lint.evidence import dialogue
from engine.lint.graph import Graph
from engine.lint.rule import Subject

FOUND = """
flow: clock
triggers: [/clock]
initial: go
states:
  go: {ask: Shall I?, choices: {a: {label: Go on, target: tick}, b: {label: No, target: end}}}
  tick: {say: Tick., next: tock}
  tock: {say: Tock., next: tick}
  end: {type: final}
"""
NEAR = """
flow: clock
triggers: [/clock]
initial: go
states:
  go: {ask: Shall I?, choices: {a: {label: Go on, target: tick}, b: {label: No, target: end}}}
  tick: {say: Tick., next: tock}
  tock: {say: Tock., next: go}
  end: {type: final}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        seen: set[str] = set()
        for path in graph.paths:
            circle = graph.circle(path)
            if not circle or seen & set(circle):
                continue
            seen |= set(circle)
            place = graph.flow.states[path].place
            if place is not None:
                round_ = " → ".join(f"`{one}`" for one in (*circle, circle[0]))
                yield Diagnostic(
                    "SC105", f"{round_} goes round without ever waiting", place,
                    "Ask something on the way, wait with `after`, or guard a transition.",
                    "error", len(path.rpartition(".")[2]),
                    dialogue(subject, graph.flow, graph.paths[path]),
                    tuple(_round(graph, circle)),
                )  # fmt: skip


def _round(graph: Graph, circle: list[str]) -> Iterator[Related]:
    """The further states of a circle, and where each leads."""
    for path, after in list(zip(circle, [*circle[1:], circle[0]], strict=True))[1:]:
        place = graph.flow.states[path].place
        if place is not None:
            yield Related(place, f"leads on to `{after}`", len(path.rpartition(".")[2]))
