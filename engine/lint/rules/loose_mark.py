"""SC405 loose-mark: a sign of a mark has no partner, so it is shown as it is written.

`**bold` without an end is no bold, but two stars in the text. Marks begin and end in one paragraph,
in one part of a loop or an option, and none crosses the border of a quote.

Close it, or write a backslash before it if the sign itself is meant.
"""

import re
from collections.abc import Iterator
from typing import Final

from engine.core.markup import Loop, Markup, Option
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject
from engine.lint.words import every_text

FOUND = """
flow: hours
triggers: [/hours]
initial: show
states:
  show: {type: final, say: "We are **open from 9 to 5."}
"""
NEAR = """
flow: hours
triggers: [/hours]
initial: show
states:
  show: {type: final, say: "We are **open** from 9 to 5, 2 ** 3 days."}
"""

_SIGN: Final = r"\*\*|~~|\|\|"
_LOOSE: Final = re.compile(rf"(?<![^\s(])(?:{_SIGN}|`)(?=\w)|(?<=\w)(?:{_SIGN})(?![^\s.,;:!?)])")
_SIGNS: Final = ("**", "~~", "||", "`")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for one in every_text(subject):
        text = one.node.text
        # Behind a backslash a sign is meant as it is.
        if "\\" in text or not any(sign in text for sign in _SIGNS):
            continue
        markup = one.markup
        loose = _loose(markup) if markup else None
        if loose is not None and text.count(loose) == 1:
            sign = next(sign for sign in _SIGNS if sign in loose)
            offset = text.index(loose) + loose.index(sign)
            yield Diagnostic(
                "SC405", f"this `{sign}` has no partner, and is shown as it is",
                one.node.at(offset), "Close it, or write `\\` before it.", "warning", len(sign),
            )  # fmt: skip


def _loose(markup: Markup) -> str | None:
    """A sign without a partner with the words around it, as they stand in the text."""
    code = {
        index
        for span in markup.spans
        if span.kind in ("code", "pre")
        for index in range(span.first, span.last)
    }
    for index, piece in enumerate(markup.pieces):
        if isinstance(piece, str) and index not in code:
            found = _LOOSE.search(piece)
            if found:
                return piece[max(0, found.start() - 8) : found.end() + 8].split("\n")[0]
        inner = [piece.body] if isinstance(piece, Loop) else []
        if isinstance(piece, Option):
            inner = [piece.body, *([piece.otherwise] if piece.otherwise else [])]
        for body in inner:
            if (loose := _loose(body)) is not None:
                return loose
    return None
