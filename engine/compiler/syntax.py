"""Why a file is no YAML at all, in words for its author: bytes, characters, grammar."""

import re
from itertools import islice
from typing import Final

import yaml
from yaml import MarkedYAMLError, YAMLError, scan
from yaml.tokens import (
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
)

from engine.diagnostics import Diagnostic
from engine.errors import Place

_SCANNER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SIZE_MAX: Final = 1_048_576
"""Largest file, in bytes of UTF-8."""
SHOWN_MAX: Final = 10
"""Most unreadable characters that are reported: enough to see that a file is binary."""
GUESS_MAX: Final = 1_000
"""As much of a line is looked at to guess what went wrong, in characters."""

LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
"""What ends a line, here and wherever lines of a source are counted or shown."""

_UNREADABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
_ESCAPED: Final = "\x85\u2028\u2029\ufeff"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_BEGINS_FLOW: Final = re.compile(r"""\s*(?:-\s+)*[^\s"'{\[][^"'{\[]*?:\s+[{\[]""")
_BEGINS_QUOTE: Final = re.compile(r"""\s*(?:-\s+)*(?:[^\s"'][^"']*?:\s+)?["']""")
_TAB: Final = re.compile(r" *\t")

_BLAME_START: Final = (
    "while scanning a quoted",
    "while scanning an alias",
    "while scanning an anchor",
)
_QUOTE: Final = "Put the text in quotes."
_EXPLAINED: Final = (
    (
        "mapping values are not allowed",
        "a second `: ` in one value",
        "Put the text in quotes, or set the key on a line of its own, indented.",
    ),
    (
        "cannot start any token",
        "a text cannot begin with this character",
        _QUOTE,
    ),
    (
        "expected alphabetic or numeric",
        "`*` and `&` mean something else to YAML here",
        'Put it in quotes: `"*"`.',
    ),
    (
        "undefined tag handle",
        "`!` begins a tag, and tags are not read",
        _QUOTE,
    ),
    (
        "unknown escape",
        "an unknown escape after `\\`",
        "Write `\\\\` for a backslash, or use single quotes.",
    ),
    (
        "invalid Unicode character escape",
        "an escape that stands for no character",
        "Write the character itself.",
    ),
    (
        "unexpected end of stream",
        "this quote is never closed",
        'Close the quote, and write `\\"` for one inside.',
    ),
    (
        "unexpected document indicator",
        "this quote is never closed",
        'Close the quote, and write `\\"` for one inside.',
    ),
    (
        "could not find expected ':'",
        "a key without its colon",
        "Write `key: value`, with a colon and a blank.",
    ),
    (
        "sequence entries are not allowed",
        "a list cannot begin on the line of its key",
        "Begin the list on the next line, or put the text in quotes.",
    ),
    (
        "mapping keys are not allowed",
        "`? ` means something else to YAML here",
        _QUOTE,
    ),
    (
        "expected the node content",
        "a text cannot begin with this character",
        _QUOTE,
    ),
    (
        "expected node content",
        "a text cannot begin with this character",
        _QUOTE,
    ),
    (
        "scanning a block scalar",
        "nothing can stand behind `|` or `>`",
        "Begin the text on the next line, or put it in quotes.",
    ),
    (
        "<document start>",
        "the file goes on after its end",
        "Remove `...` and what follows, or what stands before.",
    ),
    (
        "directive",
        "a line that begins with `%`",
        "Remove the line, or put the text in quotes.",
    ),
    (
        "incompatible YAML document",
        "another version of YAML",
        "Remove the line.",
    ),
)


def decode(raw: str | bytes, file: str) -> tuple[str, list[Diagnostic]]:
    """The text of a file without its byte order mark, and why it cannot be parsed, if so."""
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")
    if len(raw) > SIZE_MAX:
        message = f"the file has {len(raw):,} bytes; {SIZE_MAX:,} is the limit"
        return "", [_at(file, (1, 1), "SC004", message, "Split it into several flows.")]
    try:
        text = raw.decode("utf-8-sig", "surrogatepass")
    except UnicodeDecodeError as error:
        return "", [_not_utf8(raw, error.start, file)]
    found = []
    for match in islice(_UNREADABLE.finditer(text), SHOWN_MAX):
        code = f"U+{ord(match[0]):04X}"
        message = f"an invisible character ({code}) that YAML cannot hold"
        cure = "Delete it."
        if match[0] in _ESCAPED:
            cure = f'Delete it; where it is meant, write "\\u{code[2:]}" in double quotes.'
        found.append(_at(file, position(text, match.start()), "SC001", message, cure))
    return text, found


def unspeakable(value: str) -> str | None:
    """The first character that no text may hold, not even by an escape."""
    found = (match[0] for match in _UNREADABLE.finditer(value) if match[0] not in _ESCAPED)
    return next(found, None)


def position(text: str, index: int) -> tuple[int, int]:
    """Line and column, counted from 1, of an index into the text."""
    lines = LINE_BREAK.split(text[:index])
    return len(lines), len(lines[-1]) + 1


def explain(error: YAMLError, text: str, file: str) -> Diagnostic:
    """A fault that the YAML parser met, for an author who does not know YAML's grammar."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return _at(file, (1, 1), "SC001", "the file is no YAML", None)
    mark, problem = error.problem_mark, error.problem or ""
    lines = LINE_BREAK.split(text)
    row = min(mark.line, len(lines) - 1)
    indent = _TAB.match(lines[row])
    if indent and mark.column <= indent.end():
        message = "a tab in the indentation"
        return _at(file, (row + 1, indent.end()), "SC001", message, "Indent with blanks.")
    context = error.context or ""
    if context.startswith(_BLAME_START) and error.context_mark is not None:
        mark = error.context_mark
    if "mapping values" in problem and ": " not in lines[row][: mark.column]:
        message = "this key does not fit the line above it"
        cure = "Give the line above its colon, or indent both alike; quote a text of several lines."
        column = len(lines[row]) - len(lines[row].lstrip())
        return _at(file, (row + 1, column + 1), "SC001", message, cure)
    if "node content" in problem and "flow node" in context:
        opened = _open_bracket(text, mark.index)
        comma = lines[row].startswith(",", mark.column)
        if opened is not None and not comma:
            sign = text[opened]
            message = f"this `{sign}` is not closed as it should be, or a `,` is missing"
            cure = f"Close it; a text that begins with `{sign}` must stand in quotes."
            return _at(file, position(text, opened), "SC001", message, cure)
        if opened is not None:
            message, cure = "nothing stands before this `,`", "Remove it."
            return _at(file, (row + 1, mark.column + 1), "SC001", message, cure)
    for sign, message, cure in _EXPLAINED:
        if sign in problem or sign in context:
            code = "SC003" if "tag" in sign else "SC001"
            return _at(file, (mark.line + 1, mark.column + 1), code, message, cure)
    return _misplaced(lines, row, mark.column, file, error)


def _open_bracket(text: str, index: int) -> int | None:
    """Where the innermost list or mapping in brackets begins that is open at an index."""
    opened: list[int] = []
    try:
        for token in scan(text, Loader=_SCANNER):
            if token.start_mark.index >= index:
                break
            if isinstance(token, FlowSequenceStartToken | FlowMappingStartToken):
                opened.append(token.start_mark.index)
            elif isinstance(token, FlowSequenceEndToken | FlowMappingEndToken) and opened:
                opened.pop()
    except YAMLError:  # beyond it nothing is known
        return None
    return opened[-1] if opened else None


def _misplaced(
    lines: list[str], row: int, column: int, file: str, error: MarkedYAMLError
) -> Diagnostic:
    """The parser found its tokens in an order that makes no sense: guess why from the line."""
    before = lines[row][: min(column, GUESS_MAX)]
    opened = error.context_mark
    if "flow" in (error.context or "") and opened is not None:
        sign = lines[opened.line][opened.column : opened.column + 1]
        message = f"this `{sign}` is not closed as it should be, or a `,` is missing"
        cure = f"Close it; a text that begins with `{sign}` must stand in quotes."
        return _at(file, (opened.line + 1, opened.column + 1), "SC001", message, cure)
    if lines[row].startswith(":", column):
        message, cure = "there is no key before the colon", _QUOTE
    elif _BEGINS_FLOW.match(before):
        message = "the value ended here, but the line goes on"
        cure = "A text that begins with `{` or `[` must stand in quotes."
    elif _BEGINS_QUOTE.match(before):
        message = "the quoted text ended here, but the line goes on"
        cure = "Put the whole text in quotes, and write `\\\"` or `''` for a quote inside."
    elif not before.strip():
        message = "this line fits nothing above it"
        cure = "Indent it exactly like the other entries of its list or mapping."
    else:
        message, cure = "YAML did not expect this here", _QUOTE
    return _at(file, (row + 1, column + 1), "SC001", message, cure)


def _not_utf8(raw: bytes, start: int, file: str) -> Diagnostic:
    if raw.startswith(_UTF16):
        return _at(file, (1, 1), "SC005", "the file is UTF-16", "Save it as UTF-8.")
    where = position(raw[:start].decode("utf-8-sig", "surrogatepass"), start)
    message = f"the byte 0x{raw[start]:02x} is not UTF-8"
    return _at(file, where, "SC005", message, "Save the file as UTF-8.")


def _at(file: str, where: tuple[int, int], code: str, message: str, cure: str | None) -> Diagnostic:
    return Diagnostic(code, message, Place(file, *where), cure)
