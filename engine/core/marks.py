"""The markup of texts, read from the author's words when a flow is compiled.

| sign | mark |
|---|---|
| `**bold**`, `~~strike~~`, `||spoiler||` | as they say |
| `_italic_`, `__underline__` | at the borders of words only |
| `` `code` `` | only values and braces count in it |
| ```` ```lang … ``` ```` | a block of code; the language may be left out |
| `> ` at the beginnings of lines | a quote |
| `[label](https://…)` | a link |

A backslash before one of these signs, or a brace, makes it a plain character. A sign without its
partner is a plain character too. `{…}` is a hole for a value, `{{` and `}}` are braces; the parts
between `engine.core.tags` have markup of their own.
"""

import re
from collections.abc import Callable
from typing import ClassVar, Final, NoReturn

from engine.core.code import read_code
from engine.core.effects import MarkKind
from engine.core.links import BeforeHost, read_address
from engine.core.markup import Hole, Markup, Piece, Span, merged
from engine.core.scan import outside_strings
from engine.core.scope import place_at
from engine.core.tags import DEPTH_MAX, Opened, Word, alone, loop_names, tag_at
from engine.errors import Place, StatechatError

SOURCE_MAX: Final = 20_000
"""Longest text of an author, in characters."""
HOLES_MAX: Final = 200
"""Most values, loops and options in one text."""

_QUOTED: Final = re.compile(r">(?:[^\S\n]|$)", re.MULTILINE)
_SIGN: Final = re.compile(
    rf"\\|\*{{2,}}|_+|~{{2,}}|\|{{2,}}|`+|[\[\]{{}}]|^{_QUOTED.pattern}|\n(?!{_QUOTED.pattern})",
    re.MULTILINE,
)
_ESCAPED: Final = frozenset("\\*_`~|>[]{}")
TAG: Final = "."
"""What a tag is to the signs beside it: neither a blank nor, as a value is, a part of a word."""
_PAIRS: Final[dict[str, MarkKind]] = {
    "**": "bold",
    "_": "italic",
    "__": "underline",
    "~~": "strike",
    "||": "spoiler",
}


def read_markup(source: str, place: Place) -> Markup:
    """Split a text into plain pieces, holes, parts and marks.

    Raises:
        StatechatError: `text:syntax`, `expr:syntax`.
    """
    if len(source) > SOURCE_MAX:
        message = f"The text is longer than {SOURCE_MAX} characters."
        raise StatechatError("text:syntax", message, place=place)
    return _Reader(source, place).read()


def is_plain(source: str) -> bool:
    """Whether a text has no signs, so that it is one plain piece."""
    return len(source) <= SOURCE_MAX and _SIGN.search(source) is None


class _Reader:
    """One pass over a text. An opening sign stays a plain piece until its partner is found.

    `_parts` are the tags whose ends have not been read; `_quote` is the piece with which a quote
    began.
    """

    __slots__ = (
        "_at", "_holes", "_opened", "_parts", "_pieces", "_place", "_quote", "_source", "_spans",
        "_tag_end",
    )  # fmt: skip

    def __init__(self, source: str, place: Place) -> None:
        self._source = source
        self._place = place
        self._at = 0
        self._holes = 0
        self._pieces: list[Piece] = []
        self._spans: list[Span] = []
        self._opened: list[tuple[MarkKind, int]] = []
        self._quote: int | None = None
        self._tag_end = -1
        self._parts: list[Opened] = []

    def read(self) -> Markup:
        while sign := _SIGN.search(self._source, self._at):
            self._plain(self._source[self._at : sign.start()])
            self._at = sign.end()
            self._handlers[sign[0][0]](self, sign[0], sign.start())
        self._plain(self._source[self._at :])
        if self._parts:
            word, start = self._parts[-1].word, self._parts[-1].start
            self._refuse(start, f"This {{{word}}} is never closed.", f"Close it with {{/{word}}}.")
        return self._end_of_markup()

    def _plain(self, text: str) -> None:
        if text:
            self._pieces.append(text)

    def _refuse(self, offset: int, message: str, cure: str | None = None) -> NoReturn:
        place = place_at(self._place, self._source, offset)
        raise StatechatError("text:syntax", message, place=place, cure=cure)

    def _line(self, sign: str, _start: int) -> None:
        self._end_quote()
        self._plain(sign)

    def _escape(self, _sign: str, _start: int) -> None:
        following = self._source[self._at : self._at + 1]
        if following and following in _ESCAPED:
            self._at += 1
            self._pieces.append(following)
        else:
            self._pieces.append("\\")

    def _braces(self, _sign: str, start: int) -> None:
        tag = tag_at(self._source, start)
        if tag is None:
            self._pieces.append(self._brace(start)[0])
        else:
            self._tag(*tag, start)

    def _brace(self, start: int) -> tuple[Piece, int]:
        """The piece that a brace at `start` begins, and its end; goes on behind it."""
        sign = self._source[start]
        if self._source.startswith(sign, start + 1):
            self._at = start + 2
            return sign, self._at
        if sign == "}":
            self._refuse(start, "This } closes nothing.", "Write }} for a brace.")
        if tag_at(self._source, start):
            self._refuse(start, "No loop and no option stands in code or in an address.")
        return self._hole(start + 1, start), self._at

    def _hole(self, begin: int, start: int) -> Hole:
        """What stands from `begin` to the brace that closes the one at `start`."""
        self._holes += 1
        if self._holes > HOLES_MAX:
            self._refuse(start, f"A text holds {HOLES_MAX} values at most.")
        depth = 0
        pipes: list[int] = []
        for offset, char in outside_strings(self._source, begin, len(self._source), self._place):
            if char == "}" and depth == 0:
                self._at = offset + 1
                return Hole(begin, offset, tuple(pipes))
            depth += (char in "([{") - (char in ")]}")
            if char == "|" and depth == 0:
                pipes.append(offset)
        return self._refuse(start, "This { is never closed.", "Write {{ for a brace.")

    # Parts that repeat or are left out.

    def _tag(self, word: Word, end: int, start: int) -> None:
        if word in ("for", "if"):
            self._begin_part(word, end, start)
        else:
            self._at = end + 1
            self._end_part(word, start)
        self._tag_end = self._at
        next_line = alone(self._source, start, self._at)
        if next_line is not None:
            self._at = next_line
            if not _QUOTED.match(self._source, next_line):
                self._end_quote()

    def _begin_part(self, word: Word, end: int, start: int) -> None:
        if len(self._parts) >= DEPTH_MAX:
            self._refuse(start, f"Loops and options stand in each other {DEPTH_MAX} deep at most.")
        head = self._hole(end, start)
        names: tuple[str, ...] = ()
        if word == "for":
            found = loop_names(self._source, end, head.end)
            if found is None:
                self._refuse(start, "A loop names its items.", "Write {for item in items}.")
            names, begin = found
            head = Hole(begin, head.end, head.pipes)
        if word == "if" and head.pipes:
            self._refuse(head.pipes[0], "A condition takes no filters.")
        if alone(self._source, start, self._at) is not None:
            self._trim_line()
        self._parts.append(
            Opened(word, start, head, names, self._pieces, self._spans, self._opened, self._quote)
        )
        self._begin_markup()

    def _end_part(self, word: Word, start: int) -> None:
        part = self._parts[-1] if self._parts else None
        if part is None or word not in part.ends:
            shown = f"{{{word}}}"
            cure = f"The next end here is {{/{part.word}}}." if part else None
            self._refuse(start, f"This {shown} belongs to nothing.", cure)
        if alone(self._source, start, self._at) is not None:
            self._trim_line()
        body = self._end_of_markup()
        if word == "else":
            part.first = body
            self._begin_markup()
            return
        self._parts.pop()
        self._pieces, self._spans = part.pieces, part.spans
        self._opened, self._quote = part.signs, part.quote
        self._pieces.append(part.closed(body))

    def _begin_markup(self) -> None:
        self._pieces, self._spans, self._opened, self._quote = [], [], [], None

    def _end_of_markup(self) -> Markup:
        self._end_quote()
        return merged(self._pieces, self._spans)

    def _trim_line(self) -> None:
        if self._pieces and isinstance(last := self._pieces[-1], str):
            self._pieces[-1] = last.rstrip(" \t")

    # Marks.

    def _begin_quote(self, _sign: str, _start: int) -> None:
        """A line of a quote: the first one opens it. Within a part of a quote it means nothing."""
        if self._quote is None and not any(part.quote is not None for part in self._parts):
            self._opened.clear()
            self._quote = len(self._pieces)
            self._pieces.append("")

    def _end_quote(self) -> None:
        if self._quote is not None:
            self._opened.clear()
            if any(self._pieces[self._quote :]):
                self._spans.append(Span("quote", self._quote, len(self._pieces)))
            self._quote = None

    def _bracket(self, sign: str, _start: int) -> None:
        self._open("link", sign)

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

    def _pair(self, sign: str, start: int) -> None:
        if sign[0] != "_":
            # Of a longer run only the first two are a sign.
            self._at = start + 2
            sign = sign[:2]
        kind = _PAIRS.get(sign)
        before = TAG if start == self._tag_end else self._source[start - 1 : start] or " "
        after = self._source[self._at : self._at + 1] or " "
        if after == "{" and tag_at(self._source, self._at):
            after = TAG
        words = sign[0] == "_"
        closes = not before.isspace() and not (words and _in_word(after))
        opens = not after.isspace() and not (words and _in_word(before))
        if kind and closes and self._close(kind):
            return
        if kind and opens:
            self._open(kind, sign)
        else:
            self._pieces.append(sign)

    def _code(self, sign: str, _start: int) -> None:
        begin, first, holes = self._at, len(self._pieces), self._holes
        code = read_code(self._source, begin, sign, self._brace)
        if code is None:
            self._at, self._holes = begin, holes
            self._pieces.append(sign)
            return
        self._at = code.end
        self._pieces += code.pieces
        self._spans.append(Span(code.kind, first, len(self._pieces), language=code.language))

    def _link(self, sign: str, _start: int) -> None:
        after, holes = self._at, self._holes
        found = None
        if self._source.startswith("(", after) and any(each[0] == "link" for each in self._opened):
            try:
                found = read_address(self._source, after + 1, self._brace)
            except BeforeHost as error:
                self._refuse(error.offset, "A value stands only behind the host of a link.")
        if found is not None and self._close("link", found[0]):
            # A link in a link has no meaning anywhere: outer openings stay plain.
            self._opened = [each for each in self._opened if each[0] != "link"]
            self._at = found[1]
            return
        self._at, self._holes = after, holes
        self._pieces.append(sign)

    _handlers: ClassVar[dict[str, Callable[["_Reader", str, int], None]]] = {
        "\\": _escape,
        "{": _braces,
        "}": _braces,
        "`": _code,
        "[": _bracket,
        "]": _link,
        "\n": _line,
        ">": _begin_quote,
        **dict.fromkeys("*_~|", _pair),
    }
    """By the first character of a sign."""


def _in_word(char: str) -> bool:
    return char.isalnum() or char in "{}_"
