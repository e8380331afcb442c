"""SC305 number-label: the label of a choice is the number of another one in the menu.

Where there are no buttons, choices are a numbered menu. A typed number means the choice whose label
it is, and beside the menu's own numbers that surprises: `1. 2` and `2. 3` give for `2` the first.

Write more than the number (`2 people`), or put the choices where their numbers are.
"""

from collections.abc import Iterator

from engine.core.nodes import StateNode
from engine.core.wording import Wording
from engine.diagnostics import Diagnostic, Related
from engine.lint.rule import Subject

FOUND = """
flow: table
triggers: [/table]
initial: people
data: {people: {type: enum}}
states:
  people: {ask: How many?, choices: {two: "2", three: "3", more: More}, next: end}
  end: {type: final, say: "{people | label}: noted."}
"""
NEAR = """
flow: table
triggers: [/table]
initial: people
data: {people: {type: enum}}
states:
  people: {ask: How many?, choices: {one: "1", two: "2", more: More}, next: end}
  end: {type: final, say: "{people | label}: noted."}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for flow in subject.program.flows.values():
        for node in flow.states.values():
            yield from _numbers(node)


def _numbers(node: StateNode) -> Iterator[Diagnostic]:
    question = node.question
    answers = [one for one in question.choices if one.url is None] if question else []
    if any(one.each is not None for one in answers):
        return
    guarded = any(one.guard is not None for one in answers)
    for position, choice in enumerate(answers, 1):
        for number in _spelled(choice.label):
            other = answers[number - 1] if 0 < number <= len(answers) else choice
            if number != position and other is not choice and not guarded:
                assert choice.label is not None
                place = choice.label.base.place
                message = f"`{number}` is the label of `{choice.id}` and the number of `{other.id}`"
                cure = "Write more than the number, such as `2 people`."
                at = other.label.base.place if other.label else None
                related = (Related(at, f"this is number {number}"),) if at else ()
                width = len(str(number))
                yield Diagnostic("SC305", message, place, cure, "info", width, (), related)
                return


def _spelled(label: Wording | None) -> list[int]:
    """The numbers that a label is in any language."""
    texts = (label.base, *label.translations.values()) if label else ()
    words = [text.source.strip() for text in texts]
    return [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 4]
