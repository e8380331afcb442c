"""The parts of a text that repeat or are left out: `{for …}…{/for}`, `{if …}…{else}…{/if}`."""

import re
from typing import Final, Literal, cast

from engine.classes import dataclass
from engine.core.effects import MarkKind
from engine.core.markup import Hole, Loop, Markup, Option, Piece, Span

DEPTH_MAX: Final = 5
"""How deep these parts can stand in each other."""

Word = Literal["for", "if", "else", "/for", "/if"]

_TAG: Final = re.compile(r"\{\s*(?:(for|if)(?=[\s({\['\"])|(else|/\s*for|/\s*if)\s*(?=\}))")
_OVER: Final = re.compile(r"\s*([^\W\d]\w*)(?:\s*,\s*([^\W\d]\w*))?\s+in(?=[\s([{'\"])\s*")
_MARGIN: Final = re.compile(r"[ \t]*(?:>[ \t]?)?")
_REST: Final = re.compile(r"[ \t]*(?:\n|\Z)")


@dataclass(slots=True)
class Opened:
    """A part whose end has not been read, and the state of the markup around it.

    `first` is the body before its `{else}`; `signs` are open signs of marks, `quote` is the piece
    with which a quote began.
    """

    word: Word
    start: int
    head: Hole
    names: tuple[str, ...]
    pieces: list[Piece]
    spans: list[Span]
    signs: list[tuple[MarkKind, int]]
    quote: int | None
    first: Markup | None = None

    @property
    def ends(self) -> tuple[Word, ...]:
        """The tags that may come next at this depth."""
        if self.word == "for":
            return ("/for",)
        return ("else", "/if") if self.first is None else ("/if",)

    def closed(self, body: Markup) -> Loop | Option:
        if self.word == "for":
            return Loop(self.names, self.head, body)
        if self.first is None:
            return Option(self.head, body)
        return Option(self.head, self.first, body)


def tag_at(source: str, start: int) -> tuple[Word, int] | None:
    """The word of the tag whose brace stands at `start`, and where it goes on; none for a value."""
    found = _TAG.match(source, start)
    if found is None:
        return None
    return cast("Word", (found[1] or found[2]).replace(" ", "")), found.end()


def loop_names(source: str, start: int, end: int) -> tuple[tuple[str, ...], int] | None:
    """The names of `item in …` or `key, value in …`, and where what it goes over begins."""
    found = _OVER.match(source, start, end)
    if found is None:
        return None
    return tuple(name for name in found.groups() if name), found.end()


def alone(source: str, start: int, end: int) -> int | None:
    """Where the next line begins, if a tag is all that stands on its own."""
    begin = source.rfind("\n", 0, start) + 1
    rest = _REST.match(source, end)
    return rest.end() if rest and _MARGIN.fullmatch(source, begin, start) else None
