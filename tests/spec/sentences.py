"""Takes the text of the language's definition apart into statements.

A statement is a sentence of prose, a row of a table, or a block of code; a blank line, a row, an
item of a list and a heading end it. Wording counts, white space does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_END = re.compile(r"(?<=[.!?:;])[)\"*_`]*\s+(?=[A-Z`*\"(A-Za-z.~])")
_ITEM = re.compile(r"\d+\. ")
_ABBREVIATIONS = ("e.g.", "i.e.", "etc.")


@dataclass(frozen=True)
class Statement:
    """What is said, and under which heading."""

    section: str
    text: str


def statements(page: str) -> list[Statement]:
    """Every statement of a page in Markdown, in order."""
    found: list[Statement] = []
    section = ""
    for block in _blocks(page):
        if block.startswith("#"):
            section = block.lstrip("# ").strip()
            continue
        found += [Statement(section, text) for text in _said(block)]
    return found


def _blocks(page: str) -> Iterator[str]:
    """Headings, paragraphs, items, rows, and whole blocks of code."""
    lines: list[str] = []
    code = False
    for line in page.splitlines():
        if line.startswith("```"):
            code = not code
            lines.append(line)
            if not code:
                yield "\n".join(lines)
                lines = []
            continue
        alone = line.startswith(("#", "|"))
        begins = alone or line.startswith("- ") or _ITEM.match(line) or not line.strip()
        if not code and begins and lines:
            yield "\n".join(lines)
            lines = []
        if not code and alone:
            yield line
        elif code or line.strip():
            lines.append(line)
    if lines:
        yield "\n".join(lines)


def _said(block: str) -> Iterator[str]:
    if block.startswith("```"):
        yield block
    elif block.startswith("|"):
        if not re.fullmatch(r"[|\s:-]+", block):
            yield " ".join(block.strip("| ").split())
    else:
        text = " ".join(_ITEM.sub("", block.removeprefix("- ")).split())
        start = 0
        for end in _END.finditer(text):
            if text[end.start() - 1] in ".!?" and not text[: end.start()].endswith(_ABBREVIATIONS):
                yield text[start : end.start()].strip()
                start = end.end()
        yield text[start:].strip()
