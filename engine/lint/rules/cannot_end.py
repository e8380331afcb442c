"""SC103 cannot-end: from a state on, a conversation can never end.

No way leads from there to a final state of the flow. The person is caught, and a flow that called
this one waits for ever. A flow that is to go on for ever, such as a menu, needs a way out all the
same: a command that ends it.

Lead to a final state, or add `on: {/cancel: cancelled}` to the flow.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.evidence import dialogue
from engine.lint.livelock import livelocks
from engine.lint.rule import Subject

FOUND = """
flow: game
triggers: [/play]
initial: guess
data: {guess: {type: int, min: 1, max: 9}}
states:
  guess: {ask: A number?, next: [{guard: guess == 7, target: won}, wrong]}
  wrong: {say: "Not {guess}.", on: {/again: wrong}}
  won: {type: final, say: You won!}
"""
NEAR = """
flow: game
triggers: [/play]
initial: guess
data: {guess: {type: int, min: 1, max: 9}}
states:
  guess: {ask: A number?, next: [{guard: guess == 7, target: won}, wrong]}
  wrong: {say: "Not {guess}.", on: {/again: guess}}
  won: {type: final, say: You won!}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        ending = graph.leading_to(graph.ends)
        round_ = {path for circle in livelocks(graph) for path in circle}
        caught = [
            path
            for path in graph.paths
            if path not in round_ and path not in ending and not graph.circle(path)
        ]
        if not caught:
            continue
        first = min(caught, key=lambda path: len(graph.paths[path]))
        place = graph.flow.states[first].place
        if place is not None:
            yield Diagnostic(
                "SC103", f"from `{first}` on, no conversation can end", place,
                "Lead to a final state, or let a command end it: `on: {/cancel: …}`.", "warning",
                len(first.rpartition(".")[2]),
                dialogue(subject, graph.flow, graph.paths[first]),
            )  # fmt: skip
