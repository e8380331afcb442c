"""SC202 never-read: a variable is declared, and nothing ever reads it.

What people answer is kept and never used. Often a name is misspelled where it was to be read, or
the variable is left over. The choice of a question need not be kept: it leads on all the same.

Use it, or remove it.
"""

from collections.abc import Iterator

from engine.compiler.liveness import read_anywhere
from engine.compiler.nodes import Fields, Scalar
from engine.core.program import Flow
from engine.diagnostics import Diagnostic, Related
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
    reads = subject.reads
    person = read_anywhere(subject.program.root).union(*reads.values())
    for trigger in subject.program.timed.values():
        names = getattr(trigger.selects, "names", ())
        person |= {".".join(name.path[:2]) for name in names}
    for flow in flows:
        read = reads[flow.name]
        declared = subject.sources[flow.name].node.get("data")
        for name, entry in declared.entries.items() if isinstance(declared, Fields) else ():
            variable = flow.variables[name]
            known = f"user.{name}" in person if variable.scope == "user" else name in read
            if not known:
                yield _found(flow, entry.key, name)


def _found(flow: Flow, key: Scalar, name: str) -> Diagnostic:
    """A choice that is only kept is no mistake of the question, so it is told apart."""
    asked = [
        node
        for node in flow.states.values()
        if node.question is not None
        and node.question.slot is not None
        and node.question.slot.name == name
    ]
    chosen = bool(asked) and all(node.question and node.question.chosen for node in asked)
    related = tuple(
        Related(node.place, "kept here", len(node.path.rpartition(".")[2]))
        for node in asked
        if node.place is not None
    )
    if chosen:
        message = f"the choice is kept in `{name}`, and nothing ever reads it"
        cure = "Use it, or remove the variable: a choice leads on without one."
    else:
        message, cure = f"nothing ever reads `{name}`", "Use it, or remove it."
    return Diagnostic("SC202", message, key.place, cure, "warning", len(name), (), related)
