"""SC404 long-label: the label of a choice is longer than a button can show.

Phones cut what does not fit into the width of a button: about 64 characters in a row of one, half
of them in a row of two. The person reads the beginning of each.

Shorten it, say the rest in the question, or use fewer `columns`.
"""

from collections.abc import Iterator
from typing import Final

from engine.compiler.nodes import Scalar
from engine.core.nodes import StateNode
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject
from engine.lint.words import Words, every_text, shortest

ROW: Final = 64
"""Characters that a row of buttons shows at most."""

FOUND = """
flow: ride
triggers: [/ride]
initial: car
data: {car: {type: enum}}
states:
  car:
    ask: Which car?
    choices: {small: Small, van: "A van, with room for eight persons", bus: Bus}
    columns: 2
    next: end
  end: {type: final, say: "{car | label} it is."}
"""
NEAR = FOUND.replace("A van, with room for eight persons", "A van for eight persons")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for one in every_text(subject):
        state, _, choice = one.key.partition(".choices.")
        flow = subject.program.flows.get(one.flow or "")
        node = flow.states.get(state) if flow else None
        if node is not None and choice and "." not in choice:
            yield from _long(node, choice, one)


def _long(node: StateNode, choice: str, one: Words) -> Iterator[Diagnostic]:
    question = node.question
    columns = question.columns if question else 1
    most = ROW // columns
    markup = one.markup if len(one.node.text) > most / 2 else None
    length = shortest(markup) if markup else 0
    if length > most:
        shown: Scalar = one.node
        row = f"{columns} a row" if columns > 1 else "alone in its row"
        yield Diagnostic(
            "SC404", f"the label of `{choice}` has {length} characters; a button that is {row} "
            f"shows {most} at most", shown.place,
            "Shorten it, or use fewer `columns`.", "warning", shown.width,
        )  # fmt: skip
