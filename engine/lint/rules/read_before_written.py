"""SC201 read-before-written: on some way, a variable is read that has no value yet.

It is null there: a text shows nothing in its place, a comparison or a sum with it is a fault.

Ask for it before, give it a `default`, or say by `optional: true` that it may be empty.
"""

from collections.abc import Iterator

from engine.compiler.liveness import unwritten
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: hello
triggers: [/start]
initial: who
data: {name: {type: text}}
states:
  who: {ask: Your name?, into: name, on: {/skip: bye}, next: bye}
  bye: {type: final, say: "Bye {name}."}
"""
NEAR = """
flow: hello
triggers: [/start]
initial: who
data: {name: {type: text, optional: true}}
states:
  who: {ask: Your name?, into: name, on: {/skip: bye}, next: bye}
  bye: {type: final, say: "Bye {name}."}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in subject.program.flows.values():
        for read in unwritten(flow):
            name = ".".join(read.path)
            yield Diagnostic(
                "SC201", f"`{name}` may have no value yet where it is read here", read.place,
                "Ask for it before, give it a `default`, or declare it `optional: true`.",
                "warning", len(name),
            )  # fmt: skip
