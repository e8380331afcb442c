"""SC202 never-read: a variable is declared, and nothing ever reads it.

What people answer is kept and never used. Often a name is misspelled where it was to be read, or
the variable is left over.

Use it, or remove it.
"""

from collections.abc import Iterator

from engine.compiler.liveness import read_anywhere
from engine.compiler.nodes import Fields
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: hello
triggers: [/start]
initial: name
data: {name: {type: text}, town: {type: text}}
states:
  name: {ask: Your name?, next: town}
  town: {ask: Your town?, next: bye}
  bye: {type: final, say: "Bye {name}."}
"""
NEAR = """
flow: hello
triggers: [/start]
initial: name
data: {name: {type: text}, town: {type: text}}
states:
  name: {ask: Your name?, next: town}
  town: {ask: Your town?, next: bye}
  bye: {type: final, say: "Bye {name} of {town}."}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    flows = subject.program.flows.values()
    reads = {flow.name: read_anywhere(flow) for flow in flows}
    person = read_anywhere(subject.program.root).union(*reads.values())
    for flow in flows:
        read = reads[flow.name]
        declared = subject.sources[flow.name].node.get("data")
        for name, entry in declared.entries.items() if isinstance(declared, Fields) else ():
            variable = flow.variables[name]
            known = f"user.{name}" in person if variable.scope == "user" else name in read
            if not known:
                cure = "Use it, or remove it."
                message = f"nothing ever reads `{name}`"
                place = entry.key.place
                yield Diagnostic("SC202", message, place, cure, "warning", len(name))
