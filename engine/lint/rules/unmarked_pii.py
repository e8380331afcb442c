"""SC805 unmarked-pii: an action takes this as personal, and the variable is not marked `pii`.

What an action declares by `pii=["email"]` says something about a person. A variable that fills
it and is not marked is written into logs as it stands, and is not left out of exports.

Mark the variable: `pii: true`.
"""

from collections.abc import Iterator

from engine.core.expr import Expression
from engine.core.nodes import Work
from engine.core.program import Flow
from engine.core.scope import Name
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: letter
triggers: [/letter]
initial: mail
data: {mail: {type: email}}
states:
  mail: {ask: Your address?, next: send}
  send: {invoke: {action: letters.send, with: {to: mail}, done: end, error: end}}
  end: {type: final, say: Done.}
"""
FOUND_BESIDE = {
    "actions.py": """
from engine import ActionCall, action


@action("letters.send", pii=["to"])
async def send(call: ActionCall, to: str) -> None: ...
"""
}
NEAR = FOUND.replace("{type: email}", "{type: email, pii: true}")
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in subject.program.flows.values():
        for node in flow.states.values():
            work = node.work
            signature = subject.signatures.get(work.action) if work else None
            if work is not None and signature is not None:
                yield from _unmarked(subject, flow, work, signature.pii)


def _unmarked(
    subject: Subject, flow: Flow, work: Work, personal: frozenset[str]
) -> Iterator[Diagnostic]:
    for argument in sorted(personal & work.arguments.keys()):
        value = work.arguments[argument]
        for read in value.names if isinstance(value, Expression) else ():
            name = _variable(flow, read)
            if name is not None and not _marked(subject, flow, read):
                yield Diagnostic(
                    "SC805", f"`{work.action}` takes `{argument}` as personal, and `{name}` is not "
                    "marked so", read.place, "Mark the variable: `pii: true`.", "warning",
                    len(name),
                )  # fmt: skip


def _variable(flow: Flow, read: Name) -> str | None:
    """The name of the stored variable that is read, if it is one."""
    if read.path[0] == "user":
        return ".".join(read.path[:2]) if len(read.path) > 1 else None
    return read.path[0] if read.path[0] in flow.variables else None


def _marked(subject: Subject, flow: Flow, read: Name) -> bool:
    if read.path[0] == "user":
        return read.path[1] in subject.program.private_of_user
    variable = flow.variables[read.path[0]]
    return variable.pii or variable.computed is not None
