"""SC951 deprecated-action: a flow invokes an action that its author wants to be left.

`@action("users.add", deprecated="Use `members.add`.")` says so in actions.py. It works for as long
as it is there.

Invoke what it names instead.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, Related
from engine.lint.rule import Subject

FOUND = """
flow: join
triggers: [/join]
initial: add
states:
  add: {invoke: {action: users.add, done: end, error: end}}
  end: {type: final, say: Welcome.}
"""
FOUND_BESIDE = {
    "actions.py": """
from engine import ActionCall, action


@action("users.add", deprecated="Use `members.add`.")
async def add_user(call: ActionCall) -> None: ...


@action("members.add")
async def add_member(call: ActionCall) -> None: ...
"""
}
NEAR = FOUND.replace("users.add", "members.add")
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in subject.program.flows.values():
        for state in flow.states.values():
            question = state.question
            for work in (state.work, question.check if question else None):
                signature = subject.signatures.get(work.action) if work else None
                if work is None or signature is None or signature.deprecated is None:
                    continue
                yield Diagnostic(
                    "SC951", f"`{work.action}` is deprecated", work.place,
                    signature.deprecated, "warning", len(work.action),
                    related=(Related(signature.place, "declared here"),),
                )  # fmt: skip
