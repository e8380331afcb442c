"""A first look at the source of an expression, before Python's parser sees it.

It knows only string literals and brackets: enough to find where an expression ends inside a text,
to bound the parser's work, and to say in our own words what people write by habit.
"""

import re
from collections.abc import Iterator
from typing import Final, NoReturn

from engine.core.scope import place_at
from engine.errors import Place, StatechatError

SOURCE_MAX: Final = 2_000
"""Longest expression, in characters."""
NESTING_MAX: Final = 40
"""Deepest nesting of an expression, in brackets and in operators."""

_PLAIN: Final = re.compile(
    r"""(?:[\w. +*/%<>,-]|[=!<>]=|'[\w .,:@/-]*'(?!')|"[\w .,:@/-]*"(?!"))*\Z"""
)
"""What needs no closer look: names, numbers, signs and short texts, without brackets."""
_CLOSES: Final = {")": "(", "]": "[", "}": "{"}
_HABITS: Final = {
    "&": "Write `and`.",
    "|": "Write `or`.",
    "!": "Write `not`, or `!=` for `is not equal to`.",
    "`": "Put texts between quotes: 'text'.",
    "#": "Leave comments to YAML; put a # that is part of a text between quotes.",
    ";": "Write one expression.",
    "\\": "A backslash stands only inside a text.",
    "$": "Write the name alone.",
    "?": "Write `x if condition else y`.",
}


def refuse(
    source: str, offset: int, place: Place, message: str, cure: str | None = None
) -> NoReturn:
    """Raise `StatechatError("expr:syntax")` for the character at `offset`."""
    raise StatechatError("expr:syntax", message, place=place_at(place, source, offset), cure=cure)


def outside_strings(source: str, start: int, end: int, place: Place) -> Iterator[tuple[int, str]]:
    """Offset and character of everything in `source[start:end]` but string literals.

    Raises:
        StatechatError: `expr:syntax`, a text that does not end, or one in triple quotes.
    """
    offset = start
    while offset < end:
        char = source[offset]
        if char in "'\"":
            offset = _string_end(source, offset, end, place)
        else:
            yield offset, char
            offset += 1


def _string_end(source: str, start: int, end: int, place: Place) -> int:
    quote = source[start]
    if source.startswith(quote * 3, start, end):
        refuse(source, start, place, "Triple quotes are not part of the language.")
    offset = start + 1
    while offset < end and source[offset] != "\n":
        if source[offset] == quote:
            return offset + 1
        if source[offset] < " ":
            refuse(source, offset, place, "A control character stands in this text.")
        offset += 2 if source[offset] == "\\" else 1
    refuse(source, start, place, "This text does not end.", f"Close it with {quote}.")


def check_outline(
    source: str, start: int, end: int, place: Place, *, keywords: bool = False
) -> None:
    """Check size, brackets and stray signs of the expression `source[start:end]`.

    `keywords` says that a single = may stand in it, between a parameter and its value.

    Raises:
        StatechatError: `expr:syntax`.
    """
    if end - start > SOURCE_MAX:
        refuse(source, start, place, f"The expression is longer than {SOURCE_MAX} characters.")
    if _PLAIN.match(source[start:end]):
        return
    opened: list[tuple[int, str]] = []
    for offset, char in outside_strings(source, start, end, place):
        if char in "([{":
            opened.append((offset, char))
            if len(opened) > NESTING_MAX:
                refuse(source, offset, place, "The expression is nested too deeply.")
        elif char in _CLOSES:
            if not opened or opened.pop()[1] != _CLOSES[char]:
                refuse(source, offset, place, f"This {char} closes nothing.")
        else:
            _check_sign(source, offset, end, place)
            if char == "=" and not keywords and _is_single(source, offset, end):
                refuse(source, offset, place, "A single = compares nothing.", "Write ==.")
    if opened:
        offset, char = opened[-1]
        refuse(source, offset, place, f"This {char} is never closed.")


def _check_sign(source: str, offset: int, end: int, place: Place) -> None:
    char = source[offset]
    following = source[offset + 1] if offset + 1 < end else ""
    if char in _HABITS and not (char == "!" and following == "="):
        refuse(source, offset, place, f"{char} is no operator.", _HABITS[char])
    if not char.isprintable() and char not in "\t\n":
        refuse(source, offset, place, f"The character {char!r} does not belong here.")


def _is_single(source: str, offset: int, end: int) -> bool:
    before = source[offset - 1] if offset else ""
    return source[offset + 1 : min(offset + 2, end)] != "=" and before not in ("=", "<", ">", "!")
