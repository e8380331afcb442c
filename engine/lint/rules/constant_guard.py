"""SC203 constant-guard: a guard depends on nothing, so it always gives the same.

One that is always false never lets its transition be taken; one that is always true is none, and
what stands below it is never looked at.

Write what it is to depend on, or remove it.
"""

from collections.abc import Iterator

from engine.core.blocks import Guard
from engine.diagnostics import Diagnostic
from engine.lint.graph import constant
from engine.lint.rule import Subject

FOUND = """
flow: hello
triggers: [/start]
initial: age
data: {age: {type: int, default: 0}}
states:
  age: {ask: How old are you?, on: {/help: {guard: "'age' == 18", say: A number.}}, next: bye}
  bye: {type: final, say: "{age}!"}
"""
NEAR = """
flow: hello
triggers: [/start]
initial: age
data: {age: {type: int, default: 0}}
states:
  age: {ask: How old are you?, on: {/help: {guard: age != 18, say: A number.}}, next: bye}
  bye: {type: final, say: "{age}!"}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in (*subject.program.flows.values(), subject.program.root):
        found = {
            one.expression.place: one.expression
            for heard in flow.machine.events.values()
            for rows in heard.transitions.values()
            for row in rows
            for one in row.conditions
            if isinstance(one, Guard)
        }
        for place, guard in found.items():
            known = constant(guard)
            if known is not None:
                yield Diagnostic(
                    "SC203", f"this guard is always {'true' if known else 'false'}", place,
                    "Write what it is to depend on, or remove it.", "warning", len(guard.source),
                )  # fmt: skip
