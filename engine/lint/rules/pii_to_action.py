"""SC803 pii-to-action: an action is given what says something about a person, undeclared.

What leaves the conversation should leave it knowingly. An action says which of its arguments are
made for that: `@action("name", pii=["address"])`. Reviewers see there what is passed on.

Declare the argument, or give something else.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
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


@action("letters.send")
async def send(call: ActionCall, to: str) -> None:
    call.log.info("a letter")
"""
}
NEAR = FOUND
NEAR_BESIDE = {
    name: text.replace('"letters.send"', '"letters.send", pii=["to"]')
    for name, text in FOUND_BESIDE.items()
}


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in subject.program.flows.values():
        for node in flow.states.values():
            work = node.work
            signature = subject.signatures.get(work.action) if work else None
            if work is None or signature is None:
                continue
            for name in sorted(work.private - signature.pii):
                yield Diagnostic(
                    "SC803", f"`{work.action}` gets what says something about a person as `{name}`",
                    work.place, f'Declare it in actions.py: `@action(…, pii=["{name}"])`.',
                    "warning", len(work.action),
                )  # fmt: skip
