"""SC901 name-style: names of one flow are spelled in different ways.

`your_name` beside `yourAge` and `your-town`: whoever reads a target or an expression has to look up
how it is spelled. Names of one word fit every way.

Spell them all like most of them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from engine.compiler.nodes import Fields, Scalar
from engine.compiler.symbols import FlowSource
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: hello
triggers: [/start]
initial: your_name
data: {your_name: {type: text}, yourTown: {type: text}}
states:
  your_name: {ask: Your name?, next: yourTown}
  yourTown: {ask: Your town?, next: the_end}
  the_end: {type: final, say: "{your_name} of {yourTown}."}
"""
NEAR = FOUND.replace("yourTown", "your_town")

_STYLES: Final = {
    "snake_case": re.compile(r"[a-z0-9]+(_[a-z0-9]+)+"),
    "kebab-case": re.compile(r"[a-z0-9]+(-[a-z0-9]+)+"),
    "camelCase": re.compile(r"[a-z]+[0-9]*([A-Z][a-z0-9]*)+"),
    "PascalCase": re.compile(r"([A-Z][a-z0-9]*){2,}"),
}


def check(subject: Subject) -> Iterator[Diagnostic]:
    for source in subject.sources.values():
        styled = [(name, style) for name in _names(source) if (style := _style(name.text))]
        # Of equally many, the way that is met first counts.
        (usual, _), *others = Counter(style for _, style in styled).most_common() or [("", 0)]
        for name, style in styled if others else ():
            if style != usual:
                yield Diagnostic(
                    "SC901", f"`{name.text}` is spelled in {style}, most of this flow in {usual}",
                    name.place, f"Spell it in {usual} too.", "info", name.width,
                )  # fmt: skip


def _names(source: FlowSource) -> Iterator[Scalar]:
    """The names that an author has given: variables, inputs, states."""
    for key in ("data", "input"):
        declared = source.node.get(key)
        if isinstance(declared, Fields):
            yield from (entry.key for entry in declared.entries.values())
    yield from (state.key for state in source.states.values() if state.key is not None)


def _style(name: str) -> str | None:
    return next((style for style, form in _STYLES.items() if form.fullmatch(name)), None)
