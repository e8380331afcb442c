"""Diagnostics as text for a terminal, and as data for other programs."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from engine.classes import dataclass
from engine.compiler.syntax import LINE_BREAK
from engine.core.values import Value
from engine.diagnostics import CODES, Diagnostic, Related
from engine.errors import Place
from engine.lint.report import count

WIDTH_MAX: Final = 96
"""Columns of a source line that are shown; a longer line is cut around the caret."""

_TAB: Final = "    "
_JOINERS: Final = "\u200d\ufe0e\ufe0f"
_STYLES: Final = {"error": "1;31", "warning": "1;33", "info": "1;34"}
_WHERE, _GUTTER, _HELP = "1", "34", "36"


_Caret: TypeAlias = Callable[[int], str]
"""Signs under as many columns as are meant."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One character as it is shown, and the columns that it takes."""

    shown: str
    width: int


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, color: bool) -> str:
    """Each finding with its lines, carets and notes, sorted, a blank line between them.

    `sources` maps the file of a place to its text; a place in another file is shown without
    its line. What comes from the author's files can move no cursor and set no colour.
    """
    shown = _Shown(sources, color)
    found = sorted(diagnostics, key=lambda one: one.sort_key)
    return "\n\n".join("\n".join(shown.block(one)) for one in found)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """One line: "2 errors and 1 warning in 2 files"."""
    found = list(diagnostics)
    if not found:
        return "No faults found"
    counts = []
    for severity, word in (("error", "error"), ("warning", "warning"), ("info", "note")):
        number = sum(one.severity == severity for one in found)
        if number:
            counts.append(count(number, word))
    *first, last = counts
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"{listed} in {count(len({one.place.file for one in found}), 'file')}"


def as_data(diagnostic: Diagnostic) -> dict[str, Value]:
    """A finding as JSON, by `schemas/diagnostic.v1.json`."""
    place = diagnostic.place
    data: dict[str, Value] = {
        "code": diagnostic.code,
        "name": CODES[diagnostic.code],
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "length": diagnostic.length,
    }
    if diagnostic.cure is not None:
        data["cure"] = diagnostic.cure
    if diagnostic.evidence:
        data["evidence"] = list(diagnostic.evidence)
    if diagnostic.related:
        data["related"] = [_related(one) for one in diagnostic.related]
    return data


def _related(one: Related) -> dict[str, Value]:
    place = one.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "length": one.length,
        "message": one.note,
    }


class _Shown:
    """Findings as blocks of lines, with the sources that they point into."""

    def __init__(self, sources: Mapping[str, str], color: bool) -> None:  # noqa: FBT001 - private
        self._sources = sources
        self._color = color
        self._lines: dict[str, list[str]] = {}

    def block(self, one: Diagnostic) -> list[str]:
        style = _STYLES[one.severity]
        where = self._paint(_WHERE, f"{harmless(str(one.place))}:")
        kind = self._paint(style, f"{one.severity} {one.code}")
        block = [f"{where} {kind} {harmless(one.message)}"]
        # All line numbers of a block are aligned.
        places = [one.place, *(other.place for other in one.related)]
        gutter = max(len(str(place.line)) for place in places)
        blank = " " * (gutter + 2)
        block += self._excerpt(one.place, one.length, self._caret(style, "^"), gutter)
        for other in one.related:
            block += self._other(other, one.place.file, gutter)
        if one.evidence:
            block.append(f"{blank}{self._paint(_HELP, '= shown by:')}")
            block += [f"{blank}    {harmless(line)}" for line in one.evidence]
        if one.cure is not None:
            block.append(f"{blank}{self._paint(_HELP, '= help:')} {harmless(one.cure)}")
        return block

    def _other(self, other: Related, file: str, gutter: int) -> list[str]:
        """A related place: its line with dashes and the note, or without its line, if unknown."""
        note = harmless(other.note)
        arrow = f"{' ' * gutter}{self._paint(_GUTTER, '-->')} {harmless(str(other.place))}"
        if not self._has(other.place):
            return [f"{arrow}: {note}"]
        head = [arrow] if other.place.file != file else []
        dashes = self._caret(_GUTTER, "-", f" {note}")
        return [*head, *self._excerpt(other.place, other.length, dashes, gutter)]

    def _caret(self, style: str, sign: str, note: str = "") -> "_Caret":
        return lambda width: self._paint(style, sign * width + note)

    def _excerpt(self, place: Place, length: int, caret: "_Caret", gutter: int) -> list[str]:
        if not self._has(place):
            return []
        shown, before, width = _excerpt(self._of(place)[place.line - 1], place.column, length)
        number, bar = f"{place.line:>{gutter}}", self._paint(_GUTTER, "|")
        return [
            f" {self._paint(_GUTTER, number)} {bar} {shown}".rstrip(),
            f"{' ' * (gutter + 2)}{bar} {' ' * before}{caret(width)}",
        ]

    def _has(self, place: Place) -> bool:
        return place.line <= len(self._of(place))

    def _of(self, place: Place) -> list[str]:
        """The lines of a file; none where its text is not known."""
        file = place.file
        if file not in self._lines:
            text = self._sources.get(file)
            known = [] if text is None else LINE_BREAK.split(text.removeprefix("\ufeff"))
            self._lines[file] = known
        return self._lines[file]

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._color else text


def _excerpt(line: str, column: int, length: int) -> tuple[str, int, int]:
    """A line as it is shown, the columns before the carets, and how many carets."""
    start = min(column - 1, len(line))
    # Only what can be shown is measured, so that a line of a megabyte costs no more than others.
    first = max(0, start - WIDTH_MAX)
    cells = [_cell(character) for character in line[first : start + WIDTH_MAX]]
    at = start - first
    head, tail = cells[:at], cells[at:]
    whole = first == 0 and start + WIDTH_MAX >= len(line)
    if not whole or _width(cells) > WIDTH_MAX:
        head, tail = _cut(head, tail, begins=first == 0, ends=start + WIDTH_MAX >= len(line))
    marked = [cell for cell in tail[: max(1, length)] if cell.shown != "…"]
    shown = "".join(cell.shown for cell in head + tail)
    return shown, _width(head), max(1, _width(marked))


def _cut(
    head: list[_Cell], tail: list[_Cell], *, begins: bool, ends: bool
) -> tuple[list[_Cell], list[_Cell]]:
    """Keep about a third of the width before the carets, or more where little follows."""
    dots = _Cell("…", 1)
    after = min(_width(tail), WIDTH_MAX - min(_width(head), WIDTH_MAX // 3))
    room = WIDTH_MAX - after
    if _width(head) > room or not begins:
        while head and _width(head) > room - 1:
            head = head[1:]
        head = [dots, *head]
    room = WIDTH_MAX - _width(head)
    if _width(tail) > room or not ends:
        while tail and _width(tail) > room - 1:
            tail = tail[:-1]
        tail = [*tail, dots]
    return head, tail


def _width(cells: list[_Cell]) -> int:
    return sum(cell.width for cell in cells)


def _cell(character: str) -> _Cell:
    if character == "\t":
        return _Cell(_TAB, len(_TAB))
    if character in _JOINERS or unicodedata.category(character) in {"Mn", "Me"}:
        return _Cell(character, 0)
    shown = _visible(character)
    wide = unicodedata.east_asian_width(character) in {"W", "F"}
    return _Cell(shown, 2 if wide and shown == character else len(shown))


def _visible(character: str) -> str:
    """A character that could move the cursor or turn the text around, as a harmless sign."""
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == "\x7f":
        return "␡"
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return f"<U+{ord(character):04X}>"
    return character


def harmless(text: str) -> str:
    """A text in which nothing moves a cursor, sets a colour or begins a line."""
    return "".join(
        character if character in _JOINERS else _visible(character)
        for character in text.replace("\t", " ").replace("\n", " ")
    )
