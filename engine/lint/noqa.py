"""Comments that silence findings: `# noqa: SC101, SC202` at the end of the line of the finding."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.compiler.syntax import LINE_BREAK
from engine.diagnostics import CODES, Diagnostic
from engine.errors import Place

NOQA: Final = re.compile(r"(?:^|\s)#\s*noqa:\s*(SC\d{3}(?:[\s,]+SC\d{3})*)\s*$")
CODE: Final = re.compile(r"SC\d{3}")
_OF_RULES: Final = "SC100"
"""Errors of the compiler, whose codes come before, cannot be silenced: the bot would not run."""


def silenced(found: Iterable[Diagnostic], files: Mapping[str, str]) -> Iterator[Diagnostic]:
    """The findings that no comment silences, and one for each comment that silences nothing."""
    wanted = {
        (file, number, code[0]): Place(file, number, code.start() + 1)
        for file, text in files.items()
        if "noqa" in text and file.endswith(".yaml")
        for number, line in enumerate(LINE_BREAK.split(text), 1)
        if (comment := NOQA.search(line)) is not None
        for code in CODE.finditer(line, comment.start(1))
    }
    used: set[tuple[str, int, str]] = set()
    for one in found:
        key = (one.place.file, one.place.line, one.code)
        if key in wanted and (one.code > _OF_RULES or one.severity != "error"):
            used.add(key)
        else:
            yield one
    for key, place in wanted.items():
        if key not in used:
            known = f"`{CODES[key[2]]}` is not found here" if key[2] in CODES else "no such code"
            message = f"`noqa: {key[2]}` silences nothing: {known}"
            yield Diagnostic("SC100", message, place, "Remove it.", "warning", len(key[2]))
