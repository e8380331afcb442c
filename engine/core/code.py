"""Code in a text: in it only values and braces count."""

import re
from collections.abc import Callable
from typing import Final

from engine.classes import dataclass
from engine.core.effects import MarkKind
from engine.core.markup import Piece

FENCE: Final = 3
"""How many backticks begin a block."""

_SIGN: Final = re.compile(r"`+|[{}]")
_LANGUAGE: Final = re.compile(r"([A-Za-z][\w+#.-]{0,31})?[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Code:
    """What stands between two signs, which end at `end`."""

    kind: MarkKind
    pieces: tuple[Piece, ...]
    language: str | None
    end: int


def read_code(
    source: str, begin: int, sign: str, brace: Callable[[int], tuple[Piece, int]]
) -> Code | None:
    """The code from `begin` up to as many backticks as `sign` has; none if they never come.

    A block leaves out the line breaks at its beginning and end. `brace` gives the piece that a
    brace begins, and its end.
    """
    block = len(sign) >= FENCE
    head = _LANGUAGE.match(source, begin) if block else None
    at = head.end() if head else begin
    pieces: list[Piece] = []
    while found := _SIGN.search(source, at):
        pieces.append(source[at : found.start()])
        at = found.end()
        if found[0] == sign:
            if block and isinstance(last := pieces[-1], str):
                pieces[-1] = last.removesuffix("\n")
            return Code("pre" if block else "code", tuple(pieces), head[1] if head else None, at)
        if found[0][0] == "`":
            pieces.append(found[0])
        else:
            piece, at = brace(found.start())
            pieces.append(piece)
    return None
