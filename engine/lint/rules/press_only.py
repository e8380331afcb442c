"""SC602 press-only: `on` hears the press on a button, and not the same choice when it is typed.

A typed label or number is an answer, which no `choice.…` of `on` hears. On Nostr and in a terminal
there are no buttons at all, so there this is never heard.

Let the choice itself do what is to be done: `{label: …, target: …, set: …}`.
"""

from collections.abc import Iterator

from engine.compiler.nodes import Scalar
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: menu
triggers: [/menu]
initial: menu
on: {choice.bye: end}
states:
  menu:
    ask: What shall it be?
    choices: {hours: Opening hours, bye: Nothing}
    next: hours
  hours: {type: final, say: From 9 to 5.}
  end: {type: final, say: Bye.}
"""
NEAR = """
flow: menu
triggers: [/menu]
initial: menu
states:
  menu:
    ask: What shall it be?
    choices: {hours: Opening hours, bye: {label: Nothing, target: end}}
    next: hours
  hours: {type: final, say: From 9 to 5.}
  end: {type: final, say: Bye.}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for transitions in subject.written.values():
        for one in transitions:
            key: Scalar = one.key
            if one.group == "on" and key.text.startswith("choice."):
                choice = key.text.removeprefix("choice.")
                yield Diagnostic(
                    "SC602", f"a press on `{choice}` is heard here, and not who types it",
                    key.place, "Let the choice itself do it.", "info", key.width,
                )  # fmt: skip
