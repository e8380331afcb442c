"""The markup of texts, read from the author's words when a flow is compiled.

`**bold**`, `_italic_` (at the borders of words only), `` `code` ``, `[label](https://…)`; a
backslash before one of these signs, or a brace, makes it a plain character. A sign without its
partner is a plain character too. `{…}` is a hole for a value, `{{` and `}}` are braces.
"""

import re
from dataclasses import dataclass
from typing import Final

from engine.core.effects import MarkKind
from engine.core.scan import outside_strings
from engine.core.scope import place_at
from engine.errors import Place, StatechatError

SOURCE_MAX: Final = 20_000
"""Longest text of an author, in characters."""
HOLES_MAX: Final = 200
"""Most values in one text."""

URL_MAX: Final = 2_048
"""Longest address of a link, in characters."""

_SIGN: Final = re.compile(r"\\|\*{2,}|_+|`+|[\[\]{}]")
_ESCAPED: Final = frozenset("\\*_`[]{}")
_LINK: Final = re.compile(r"https?://", re.IGNORECASE)
_HOST: Final = re.compile(r"https?://[^\s/?#{}]+[/?#]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hole:
    """`source[start:end]` between braces; `pipes` are the offsets of its | signs."""

    start: int
    end: int
    pipes: tuple[int, ...]


Piece = str | Hole


@dataclass(frozen=True, slots=True)
class Span:
    """A mark over `pieces[first:last]`; `url` are the pieces of a link's address."""

    kind: MarkKind
    first: int
    last: int
    url: tuple[Piece, ...] | None = None


@dataclass(frozen=True, slots=True)
class Markup:
    """A text as it was written: `spans` are in the order of their beginnings, outer ones first."""

    pieces: tuple[Piece, ...]
    spans: tuple[Span, ...]


def read_markup(source: str, place: Place) -> Markup:
    """Split a text into plain pieces, holes and marks.

    Raises:
        StatechatError: `text:syntax`, `expr:syntax`.
    """
    if len(source) > SOURCE_MAX:
        message = f"The text is longer than {SOURCE_MAX} characters."
        raise StatechatError("text:syntax", message, place=place)
    return _Reader(source, place).read()


class _Reader:
    """One pass over a text. An opening sign stays a plain piece until its partner is found."""

    __slots__ = ("_at", "_holes", "_opened", "_pieces", "_place", "_source", "_spans")

    def __init__(self, source: str, place: Place) -> None:
        self._source = source
        self._place = place
        self._at = 0
        self._holes = 0
        self._pieces: list[Piece] = []
        self._spans: list[Span] = []
        self._opened: list[tuple[MarkKind, int]] = []

    def read(self) -> Markup:
        while sign := _SIGN.search(self._source, self._at):
            self._plain(self._source[self._at : sign.start()])
            self._at = sign.end()
            self._sign(sign[0], sign.start())
        self._plain(self._source[self._at :])
        return _merged(self._pieces, self._spans)

    def _sign(self, sign: str, start: int) -> None:
        if sign == "\\":
            self._escape()
        elif sign in "{}":
            self._pieces.append(self._brace(start))
        elif sign[0] == "`":
            self._code(sign)
        elif sign[0] == "*":
            self._at = start + 2
            self._pair("bold", "**", start)
        elif sign == "_":
            self._pair("italic", "_", start)
        elif sign == "[":
            self._open("link", sign)
        elif sign == "]":
            self._link()
        else:
            self._plain(sign)

    def _plain(self, text: str) -> None:
        if text:
            self._pieces.append(text)

    def _wrong(self, offset: int, message: str, cure: str | None = None) -> StatechatError:
        place = place_at(self._place, self._source, offset)
        return StatechatError("text:syntax", message, place=place, cure=cure)

    def _escape(self) -> None:
        following = self._source[self._at : self._at + 1]
        if following and following in _ESCAPED:
            self._at += 1
            self._pieces.append(following)
        else:
            self._pieces.append("\\")

    def _brace(self, start: int) -> Piece:
        """The piece that a brace at `start` begins; goes on behind it."""
        sign = self._source[start]
        if self._source.startswith(sign, start + 1):
            self._at = start + 2
            return sign
        if sign == "}":
            raise self._wrong(start, "This } closes nothing.", "Write }} for a brace.")
        self._holes += 1
        if self._holes > HOLES_MAX:
            raise self._wrong(start, f"A text holds {HOLES_MAX} values at most.")
        depth = 0
        pipes: list[int] = []
        for offset, char in outside_strings(
            self._source, start + 1, len(self._source), self._place
        ):
            if char == "}" and depth == 0:
                self._at = offset + 1
                return Hole(start + 1, offset, tuple(pipes))
            depth += (char in "([{") - (char in ")]}")
            if char == "|" and depth == 0:
                pipes.append(offset)
        raise self._wrong(start, "This { is never closed.", "Write {{ for a brace.")

    def _open(self, kind: MarkKind, sign: str) -> None:
        self._opened.append((kind, len(self._pieces)))
        self._pieces.append(sign)

    def _close(self, kind: MarkKind, url: tuple[Piece, ...] | None = None) -> bool:
        """Make a mark since the last opening sign of this kind, if it holds anything.

        Signs that were opened in between stay plain.
        """
        depth = len(self._opened) - 1
        while depth >= 0 and self._opened[depth][0] != kind:
            depth -= 1
        if depth < 0 or self._opened[depth][1] == len(self._pieces) - 1:
            return False
        first = self._opened[depth][1]
        del self._opened[depth:]
        self._pieces[first] = ""
        self._spans.append(Span(kind, first, len(self._pieces), url))
        return True

    def _pair(self, kind: MarkKind, sign: str, start: int) -> None:
        before = self._source[start - 1 : start] or " "
        after = self._source[self._at : self._at + 1] or " "
        words = kind == "italic"
        closes = not before.isspace() and not (words and _in_word(after))
        opens = not after.isspace() and not (words and _in_word(before))
        if closes and self._close(kind):
            return
        if opens:
            self._open(kind, sign)
        else:
            self._pieces.append(sign)

    def _code(self, sign: str) -> None:
        """Code up to as many backticks as it began with: only holes and braces count in it."""
        begin, first, holes = self._at, len(self._pieces), self._holes
        inside = re.compile(r"`+|[{}]")
        while found := inside.search(self._source, self._at):
            self._plain(self._source[self._at : found.start()])
            self._at = found.end()
            if found[0] == sign:
                self._spans.append(Span("code", first, len(self._pieces)))
                return
            if found[0][0] == "`":
                self._pieces.append(found[0])
            else:
                self._pieces.append(self._brace(found.start()))
        del self._pieces[first:]
        self._pieces.append(sign)
        self._at, self._holes = begin, holes

    def _link(self) -> None:
        after, holes = self._at, self._holes
        url = self._address() if self._source.startswith("(", after) else None
        if url is not None and self._close("link", url):
            # A link in a link has no meaning anywhere: outer openings stay plain.
            self._opened = [each for each in self._opened if each[0] != "link"]
            return
        self._at, self._holes = after, holes
        self._pieces.append("]")

    def _address(self) -> tuple[Piece, ...] | None:
        """The pieces of `(https://…)` and goes on behind it; none if there is no such address."""
        begin = self._at + 1
        if not any(each[0] == "link" for each in self._opened):
            return None
        if not _LINK.match(self._source, begin):
            return None
        pieces: list[Piece] = []
        depth = 0
        self._at = begin
        while found := re.compile(r"[\s(){}]").search(self._source, self._at):
            pieces.append(self._source[self._at : found.start()])
            sign, self._at = found[0], found.end()
            if sign.isspace() or self._at - begin > URL_MAX:
                return None
            if sign == ")" and depth == 0:
                return tuple(piece for piece in pieces if piece)
            depth += (sign == "(") - (sign == ")")
            if sign in "()":
                pieces.append(sign)
                continue
            if not _HOST.match(self._source, begin, found.start()):
                raise self._wrong(found.start(), "A value stands only behind the host of a link.")
            pieces.append(self._brace(found.start()))
        return None


def _in_word(char: str) -> bool:
    return char.isalnum() or char in "{}_"


def _merged(pieces: list[Piece], spans: list[Span]) -> Markup:
    """Join neighbouring plain pieces that no mark tells apart."""
    borders = {border for span in spans for border in (span.first, span.last)}
    merged: list[Piece] = []
    moved: dict[int, int] = {}
    joins = False
    for index, piece in enumerate(pieces):
        if index in borders:
            moved[index] = len(merged)
            joins = False
        if piece == "":
            continue
        if joins and isinstance(piece, str) and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
        joins = True
    moved[len(pieces)] = len(merged)
    found = [Span(each.kind, moved[each.first], moved[each.last], each.url) for each in spans]
    # An inner mark was closed, and so noted, before the outer one of the same extent.
    found.reverse()
    found.sort(key=lambda each: (each.first, -each.last))
    return Markup(tuple(merged), tuple(found))
