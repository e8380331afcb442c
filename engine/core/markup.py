"""A text as its author wrote it: `engine.core.marks` reads it, `engine.core.writer` compiles it."""

from typing import TypeAlias

from engine.classes import dataclass
from engine.core.effects import MarkKind


@dataclass(frozen=True, slots=True)
class Hole:
    """`source[start:end]` between braces; `pipes` are the offsets of its | signs."""

    start: int
    end: int
    pipes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """`{for name in …}` or `{for key, value in …}`: `over` is what it goes through."""

    names: tuple[str, ...]
    over: Hole
    body: "Markup"


@dataclass(frozen=True, slots=True)
class Option:
    """`{if …}`, and what stands behind its `{else}`."""

    test: Hole
    body: "Markup"
    otherwise: "Markup | None" = None


Piece: TypeAlias = str | Hole | Loop | Option


@dataclass(frozen=True, slots=True)
class Span:
    """A mark over `pieces[first:last]`; `url` are the pieces of a link's address."""

    kind: MarkKind
    first: int
    last: int
    url: tuple[Piece, ...] | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Markup:
    """`spans` are in the order of their beginnings, outer ones first."""

    pieces: tuple[Piece, ...]
    spans: tuple[Span, ...]


def merged(pieces: list[Piece], spans: list[Span]) -> Markup:
    """Join neighbouring plain pieces that no mark tells apart."""
    borders = {border for span in spans for border in (span.first, span.last)}
    found: list[Piece] = []
    moved: dict[int, int] = {}
    joins = False
    for index, piece in enumerate(pieces):
        if index in borders:
            moved[index] = len(found)
            joins = False
        if piece == "":
            continue
        if joins and isinstance(piece, str) and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
        joins = True
    moved[len(pieces)] = len(found)
    kept = [
        Span(each.kind, moved[each.first], moved[each.last], each.url, each.language)
        for each in spans
    ]
    # An inner mark was closed, and so noted, before the outer one of the same extent.
    kept.reverse()
    kept.sort(key=lambda each: (each.first, -each.last))
    return Markup(tuple(found), tuple(kept))
