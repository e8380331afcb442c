"""SC902 lone-list: a list of transitions has one entry, and that has no guard.

A list says that the first transition is taken whose guard holds. Of one without a guard the reader
looks for the rest in vain.

Write the target alone: `next: town`.
"""

from collections.abc import Iterator

from engine.compiler.nodes import Items
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject
from engine.lint.written import guard_of

FOUND = """
flow: hello
triggers: [/start]
initial: name
data: {name: {type: text}}
states:
  name: {ask: Your name?, next: [end]}
  end: {type: final, say: "Bye {name}."}
"""
NEAR = FOUND.replace("[end]", "end")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for transitions in subject.written.values():
        for one in transitions:
            if isinstance(one.node, Items) and len(one.ways) == 1 and guard_of(one.ways[0]) is None:
                key = one.key
                yield Diagnostic(
                    "SC902", f"the list under `{key.text}` has one entry, which has no guard",
                    key.place, "Write it without the list.", "info", key.width,
                )  # fmt: skip
