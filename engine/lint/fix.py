"""Changes of files that cure findings.

A safe one changes nothing that a bot does: a comment that silences nothing goes. An unsafe one does
what a finding asks ("Did you mean `next`?"): mostly that is what was meant.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from engine.classes import dataclass
from engine.compiler.syntax import LINE_BREAK
from engine.diagnostics import Diagnostic
from engine.lint.noqa import CODE, NOQA

UNUSED: Final = "SC100"
_MEANT: Final = re.compile(r"(?:Did you mean|Here it is) `([^`]+)`")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in place of some characters of a line; `start` counts from 0."""

    line: int
    start: int
    end: int
    text: str


def fixed(
    found: Iterable[Diagnostic], sources: Mapping[str, str], *, unsafe: bool
) -> dict[str, str]:
    """The files that change, as they should be."""
    by_file: dict[str, list[Diagnostic]] = defaultdict(list)
    for one in found:
        if one.place.file.endswith(".yaml") and one.place.file in sources:
            by_file[one.place.file].append(one)
    changed = {}
    for file, ones in by_file.items():
        text = sources[file]
        lines = LINE_BREAK.split(text)
        edits = [*_comments(ones, lines), *(_words(ones, lines) if unsafe else ())]
        if edits:
            changed[file] = _applied(text, edits)
    return changed


def _comments(found: list[Diagnostic], lines: list[str]) -> list[Edit]:
    """Comments without the codes that silence nothing; one that has no other goes."""
    unused: dict[int, set[int]] = defaultdict(set)
    for one in found:
        if one.code == UNUSED:
            unused[one.place.line].add(one.place.column - 1)
    edits = []
    for number, columns in unused.items():
        line = lines[number - 1]
        comment = NOQA.search(line)
        if comment is None:
            continue
        kept = [
            code[0] for code in CODE.finditer(line, comment.start(1)) if code.start() not in columns
        ]
        if kept:
            edits.append(Edit(number, comment.start(1), comment.end(1), ", ".join(kept)))
        else:
            edits.append(Edit(number, len(line[: comment.start()].rstrip()), len(line), ""))
    return edits


def _words(found: list[Diagnostic], lines: list[str]) -> list[Edit]:
    """The words that were probably meant, where a finding names them and they are spelled out."""
    edits: dict[tuple[int, int], Edit] = {}
    for one in found:
        meant = _MEANT.match(one.cure or "")
        start = one.place.column - 1
        line = lines[one.place.line - 1] if one.place.line <= len(lines) else ""
        word = line[start : start + one.length]
        if meant is not None and word and f"`{word}`" in one.message:
            edits.setdefault(
                (one.place.line, start), Edit(one.place.line, start, start + one.length, meant[1])
            )
    return list(edits.values())


def _applied(text: str, edits: list[Edit]) -> str:
    """The text with all edits; line breaks stay what they are."""
    parts = re.split(f"({LINE_BREAK.pattern})", text)
    for edit in sorted(edits, key=lambda edit: (edit.line, edit.start), reverse=True):
        at = 2 * (edit.line - 1)
        parts[at] = parts[at][: edit.start] + edit.text + parts[at][edit.end :]
    return "".join(parts)
