"""SC101 unreachable-state: no conversation ever comes to a state.

Nothing leads there: no transition, no choice, no timer, no first state. Either a target is wrong
somewhere, or the state is left over from an earlier version. What is written there is never said.

Lead to it, or remove it.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: hello
triggers: [/start]
initial: ask
data: {name: {type: text}}
states:
  ask: {ask: Your name?, into: name, next: bye}
  thanks: {say: Thank you., next: bye}
  bye: {type: final, say: "Bye {name}."}
"""
NEAR = """
flow: hello
triggers: [/start]
initial: ask
data: {name: {type: text}}
states:
  ask: {ask: Your name?, into: name, next: thanks}
  thanks: {say: Thank you., next: bye}
  bye: {type: final, say: "Bye {name}."}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        states = graph.flow.states
        reached = {
            node.path for path in graph.paths for node in (*states[path].ancestry, states[path])
        }
        for node in states.values():
            around = node.ancestry[-1] if node.ancestry else node
            if node.path in reached or around.path not in reached or node.kind == "history":
                continue
            if node.place is not None:
                yield Diagnostic(
                    "SC101", f"no conversation ever comes to `{node.path}`", node.place,
                    "Lead to it, or remove it.", "warning", len(node.path.rpartition(".")[2]),
                )  # fmt: skip
