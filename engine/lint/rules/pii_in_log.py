"""SC804 pii-in-log: an action writes what says something about a person into a log.

What is marked with `pii` is kept out of every log that Statechat writes, that of `call.log` too. A
`print` or a logger of the own goes around that, and what is written there is kept, copied and read
by others.

Use `call.log`, or leave the value out.
"""

import ast
from collections.abc import Iterator
from typing import Final

from engine.compiler.reader import display
from engine.compiler.registered import Signature, registered
from engine.diagnostics import Diagnostic
from engine.errors import Place
from engine.lint.rule import Subject

FOUND = """
flow: letter
triggers: [/letter]
initial: name
data: {name: {type: text, pii: true}}
states:
  name: {ask: Your name?, next: send}
  send: {invoke: {action: letters.send, with: {to: name}, done: end, error: end}}
  end: {type: final, say: Done.}
"""
FOUND_BESIDE = {
    "actions.py": """
from engine import ActionCall, action


@action("letters.send", pii=["to"])
async def send(call: ActionCall, to: str) -> None:
    print(f"a letter to {to}")
"""
}
NEAR = FOUND
NEAR_BESIDE = {
    name: text.replace('print(f"a letter to {to}")', 'call.log.info("a letter to %s", to)')
    for name, text in FOUND_BESIDE.items()
}

_WRITES: Final = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log", "warn"}
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    tree, path = subject.actions, subject.compiled.bot.actions_file
    if tree is None or path is None:
        return
    file = display(path)
    known = {one.place.line: one for one in registered(tree, file)}
    given = _given(subject)
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef):
            lines = [decorator.lineno for decorator in node.decorator_list]
            signature = next((known[line] for line in lines if line in known), None)
            if signature is not None:
                yield from _told(node, signature, given, file)


def _given(subject: Subject) -> dict[str, frozenset[str]]:
    """The arguments by which actions get what says something about a person, by action."""
    found: dict[str, frozenset[str]] = {}
    for flow in subject.program.flows.values():
        for state in flow.states.values():
            if state.work is not None:
                before = found.get(state.work.action, frozenset())
                found[state.work.action] = before | state.work.private
    return found


def _told(
    function: ast.AsyncFunctionDef, signature: Signature, given: dict[str, frozenset[str]],
    file: str,
) -> Iterator[Diagnostic]:  # fmt: skip
    private = signature.pii | given.get(signature.name, frozenset())
    first = function.args.args[0].arg if function.args.args else ""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not _writes(node.func, first):
            continue
        arguments = [*node.args, *(word.value for word in node.keywords)]
        read = [one for argument in arguments for one in ast.walk(argument)]
        for one in read:
            if isinstance(one, ast.Name) and one.id in private:
                place = Place(file, one.lineno, one.col_offset + 1)
                yield Diagnostic(
                    "SC804", f"`{one.id}` says something about a person, and is written into a log",
                    place, "Use `call.log`, which keeps it out, or leave it out.", "warning",
                    len(one.id),
                )  # fmt: skip


def _writes(function: ast.expr, call: str) -> bool:
    """Whether a call prints, or logs by another logger than that of the call."""
    match function:
        case ast.Name(id="print"):
            return True
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="log")) if (
            name == call
        ):
            return False
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            return attr in _WRITES and "log" in name.lower()
        case _:
            return False
