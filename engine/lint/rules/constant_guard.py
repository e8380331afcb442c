"""SC203 constant-guard: a guard always gives the same, whatever its variables hold.

It depends on nothing, or asks for what the type of a variable rules out: a number beyond its `min`
and `max`, a value that an `enum` has not. One that is always false never lets its transition be
taken; one that is always true is none, and what stands below it is never looked at.

Write what it is to depend on, or remove it.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.graph import Graph
from engine.lint.rule import Subject

FOUND = """
flow: hello
triggers: [/start]
initial: age
data: {age: {type: int, max: 130, default: 0}}
states:
  age: {ask: How old are you?, on: {/help: {guard: age > 130, say: A number.}}, next: bye}
  bye: {type: final, say: "{age}!"}
"""
NEAR = """
flow: hello
triggers: [/start]
initial: age
data: {age: {type: int, max: 130, default: 0}}
states:
  age: {ask: How old are you?, on: {/help: {guard: age > 110, say: A number.}}, next: bye}
  bye: {type: final, say: "{age}!"}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in (*subject.graphs.values(), Graph(subject.program.root)):
        for place, guard in subject.guards(graph.flow).items():
            known = graph.outcome(guard)
            if known is not None:
                yield Diagnostic(
                    "SC203", f"this guard is always {'true' if known else 'false'}", place,
                    "Write what it is to depend on, or remove it.", "warning", len(guard.source),
                )  # fmt: skip
