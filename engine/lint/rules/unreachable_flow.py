"""SC102 unreachable-flow: nothing begins a flow.

It has no trigger, and no flow that can be begun calls it.

Give it `triggers`, call it, or remove its file.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: hello
initial: bye
states:
  bye: {type: final, say: Bye.}
"""
NEAR = """
flow: hello
triggers: [/start]
initial: bye
states:
  bye: {type: final, say: Bye.}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    program = subject.program
    begun = {*program.triggers.values(), *(flow for _, flow in program.patterns)}
    begun |= {trigger.flow for trigger in program.timed.values()}
    rest = list(begun)
    while rest:
        called = set(program.flows[rest.pop()].calls) - begun
        begun |= called
        rest += called
    for name, flow in program.flows.items():
        place = flow.states[""].place
        if name not in begun and place is not None:
            cure = "Give it `triggers`, call it from another flow, or remove it."
            yield Diagnostic("SC102", f"nothing begins the flow `{name}`", place, cure, "warning")
