"""Diagnostics as text for a terminal, and as data for other programs."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.compiler.syntax import LINE_BREAK
from engine.core.values import Value
from engine.diagnostics import CODES, Diagnostic
from engine.lint.report import count

WIDTH_MAX: Final = 96
"""Columns of a source line that are shown; a longer line is cut around the caret."""

_TAB: Final = "    "
_JOINERS: Final = "\u200d\ufe0e\ufe0f"
_STYLES: Final = {"error": "1;31", "warning": "1;33", "info": "1;34"}
_WHERE, _GUTTER, _HELP = "1", "34", "36"


@dataclass(frozen=True, slots=True)
class _Cell:
    """One character as it is shown, and the columns that it takes."""

    shown: str
    width: int


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, color: bool) -> str:
    """Each finding with its line and carets, sorted, a blank line between them.

    `sources` maps the file of a place to its text; a finding of another file is shown without
    its line. What comes from the author's files can move no cursor and set no colour.
    """
    lines: dict[str, list[str]] = {}
    blocks = []
    for one in sorted(diagnostics, key=lambda one: one.sort_key):
        file = one.place.file
        if file in sources and file not in lines:
            lines[file] = LINE_BREAK.split(sources[file].removeprefix("\ufeff"))
        blocks.append("\n".join(_block(one, lines.get(file, []), color=color)))
    return "\n\n".join(blocks)


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
    return data


def _block(one: Diagnostic, lines: list[str], *, color: bool) -> list[str]:
    def paint(style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if color else text

    style = _STYLES[one.severity]
    where = paint(_WHERE, f"{harmless(str(one.place))}:")
    block = [f"{where} {paint(style, f'{one.severity} {one.code}')} {harmless(one.message)}"]
    number = str(one.place.line)
    blank = " " * (len(number) + 2)
    if one.place.line <= len(lines):
        shown, before, width = _excerpt(lines[one.place.line - 1], one.place.column, one.length)
        bar = paint(_GUTTER, "|")
        block += [
            f" {paint(_GUTTER, number)} {bar} {shown}".rstrip(),
            f"{blank}{bar} {' ' * before}{paint(style, '^' * width)}",
        ]
    if one.evidence:
        block.append(f"{blank}{paint(_HELP, '= shown by:')}")
        block += [f"{blank}    {harmless(line)}" for line in one.evidence]
    if one.cure is not None:
        block.append(f"{blank}{paint(_HELP, '= help:')} {harmless(one.cure)}")
    return block


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
