"""Cut a text that is too long for one message, where a reader would pause, with its marks.

Transports count differently (Telegram in UTF-16 units, Nostr in bytes), so the measure is passed
in; it must be additive, the size of a text being the sum of the sizes of its characters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from engine.classes import dataclass
from engine.core.effects import Mark

Measure = Callable[[str], int]

_PAUSES: Final = (
    re.compile(r"\n[^\S\n]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"[.!?…][\"'»”’)\]]*\s+|[。！？]\s*"),  # noqa: RUF001 - full-width on purpose
    re.compile(r"\s+"),
)
"""Where to cut, the best first: after a paragraph, a line, a sentence, a word."""

_LINE_END: Final = re.compile(r"[^\S\n]*\n")
_JOINER: Final = "\u200d"
_REGIONAL: Final = range(0x1F1E6, 0x1F200)
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)


@dataclass(frozen=True, slots=True)
class Part:
    """One message's worth of a text; the offsets of its marks count from its own beginning."""

    text: str
    marks: tuple[Mark, ...] = ()


def utf16_units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    """Length in bytes, as Nostr's relays count."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def split(text: str, marks: Sequence[Mark], limit: int, measure: Measure) -> tuple[Part, ...]:
    """Cut a text into parts that each measure at most `limit`; never none.

    Blanks at a cut are dropped, but for the indentation of code. A cut falls inside a mark only if
    the mark alone is too long for a part, and then both halves carry it; inside a character that
    is drawn as one (an emoji of several code points) only if that alone is too long.

    Raises:
        ValueError: `limit` is below 4, the size of the largest single code point.
    """
    if limit < 4:
        raise ValueError(f"a part of {limit} cannot hold every character")
    if measure(text) <= limit:
        return (Part(text, tuple(marks)),)
    blocks = [mark for mark in marks if mark.kind == "pre"]
    whole = [
        (mark.offset, mark.offset + mark.length)
        for mark in marks
        if measure(text[mark.offset : mark.offset + mark.length]) <= limit
    ]
    parts = []
    end = len(text.rstrip())
    start = _skip_blanks(text, 0)
    while start < end:
        fits = _fitting(text[:end], start, limit, measure)
        cut = end if fits == end else _cut(text, start, fits, whole)
        shown = start + len(text[start:cut].rstrip())
        parts.append(Part(text[start:shown], tuple(_within(marks, start, shown))))
        inside = any(mark.offset < cut < mark.offset + mark.length for mark in blocks)
        start = _next_line(text, cut) if inside else _skip_blanks(text, cut)
    return tuple(parts) or (Part(""),)


def _skip_blanks(text: str, start: int) -> int:
    return start + len(text[start:]) - len(text[start:].lstrip())


def _next_line(text: str, start: int) -> int:
    """Where a block of code goes on: its lines keep their indentation."""
    ended = _LINE_END.match(text, start)
    return ended.end() if ended else start


def _fitting(text: str, start: int, limit: int, measure: Measure) -> int:
    """The largest position whose text from `start` on measures at most `limit`."""
    low, high = start + 1, min(len(text), start + limit)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[start:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, start: int, fits: int, whole: Sequence[tuple[int, int]]) -> int:
    """The best position to cut at, after `start` and up to `fits`, outside the `whole` spans."""
    near = [(first, last) for first, last in whole if first < fits and last > start]

    def free(position: int) -> bool:
        return not any(first < position < last for first, last in near)

    # A pause near the beginning would leave a stub of a message: a lesser pause further on is
    # better, and only then anything at all.
    for earliest in (start + (fits - start) // 3, start + 1):
        for pause in _PAUSES:
            for match in reversed(list(pause.finditer(text, start, min(len(text), fits + 1)))):
                position = match.start() + len(match[0].rstrip())
                if earliest <= position <= fits and (free(position) or free(match.end())):
                    return position
    for position in range(fits, start, -1):
        if free(position) and _between_characters(text, position):
            return position
    for position in range(fits, start, -1):
        if _between_characters(text, position):
            return position
    return fits


def _between_characters(text: str, position: int) -> bool:
    """Whether what stands left and right of a position is drawn apart."""
    left, right = text[position - 1], text[position]
    if _JOINER in (left, right) or unicodedata.category(right).startswith("M"):
        return False
    if ord(right) in _SKIN_TONES:
        return False
    if ord(left) in _REGIONAL and ord(right) in _REGIONAL:
        flags = position
        while flags > 0 and ord(text[flags - 1]) in _REGIONAL:
            flags -= 1
        return (position - flags) % 2 == 0
    return (left, right) != ("\r", "\n")


def _within(marks: Sequence[Mark], start: int, end: int) -> Iterator[Mark]:
    for mark in marks:
        first, last = max(mark.offset, start), min(mark.offset + mark.length, end)
        if first < last:
            yield replace(mark, offset=first - start, length=last - first)
