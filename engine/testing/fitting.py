"""A text that fits a regular expression, as short as it can be."""

import importlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from engine.core.patterns import Pattern

# The tree of a pattern is no public part of the standard library; what is made of it is tried.
_PARSER: Final = importlib.import_module("re._parser")
_LETTERS: Final = "a7 A0b1-_.@/é"
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": "7", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "a", "CATEGORY_NOT_WORD": "-", "CATEGORY_NOT_SPACE": "a",
}  # fmt: skip


def fitting(pattern: Pattern) -> str | None:
    """A text that fits a pattern as a whole, else one in which it is found; none without luck."""
    source = pattern.source.replace("(?<", "(?P<")
    try:
        text = _sequence(_PARSER.parse(source))
    except (ValueError, LookupError, RecursionError):  # what the two dialects do not share
        return None
    found = [text, f"{text} ", f"a{text}"]
    return next((one for one in found if pattern.fits(one) or pattern.search(one)), None)


def _sequence(tree: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_MAKERS.get(str(kind), _nothing)(argument) for kind, argument in tree)


def _repeated(argument: tuple[int, int, Any]) -> str:
    least, most, inner = argument
    return _sequence(inner) * max(least, min(1, int(most)))


def _one_of(parts: list[tuple[Any, Any]]) -> str:
    """The first of a set, or a letter that is not among what it shuts out."""
    kind, _ = parts[0]
    if str(kind) == "NEGATE":
        taken = {_member(part) for part in parts[1:]}
        return next(letter for letter in _LETTERS if letter not in taken)
    return _member(parts[0])


def _member(part: tuple[Any, Any]) -> str:
    kind, argument = part
    return _MAKERS.get(str(kind), _nothing)(argument)


def _nothing(_: object) -> str:
    return ""


_MAKERS: Final[dict[str, Callable[[Any], str]]] = {
    "LITERAL": chr,
    "NOT_LITERAL": lambda code: next(letter for letter in _LETTERS if ord(letter) != code),
    "ANY": lambda _: "a",
    "IN": _one_of,
    "RANGE": lambda ends: chr(ends[0]),
    "CATEGORY": lambda kind: _CATEGORIES.get(str(kind), ""),
    "MAX_REPEAT": _repeated,
    "MIN_REPEAT": _repeated,
    "SUBPATTERN": lambda argument: _sequence(argument[3]),
    "BRANCH": lambda argument: _sequence(argument[1][0]),
}
