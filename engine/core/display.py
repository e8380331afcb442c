"""How a value reads where no filter says more."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from engine.core.faults import Fault
from engine.core.values import DEPTH_MAX, INT_MAX, TEXT_MAX, Value

Show = Callable[[Value], str]

DIGITS: Final = 15
"""Significant digits of a number that is not whole: as many as decimal fractions survive."""


def show_number(value: float) -> str:
    """A number without a useless fraction: `3.0` is `3`, `0.1 + 0.2` is `0.3`."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) <= INT_MAX:
        return str(int(value))
    return format(value, f".{DIGITS}g")


def display(yes: str = "true", no: str = "false") -> Show:
    """A function that shows any value as a text; `yes` and `no` are the words for a bool.

    Null is empty, the items of a list are joined by commas, an object is `key: value` pairs.
    The function raises `Fault("text:limit")` beyond `TEXT_MAX` characters or too many levels.
    """

    def show(value: Value) -> str:
        if isinstance(value, str):
            return str(value)
        if isinstance(value, bool):
            return yes if value else no
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return show_number(value)
        return "" if value is None else _join_words(_words(value, show, 0))

    return show


def _words(value: Value, show: Show, depth: int) -> Iterator[str]:
    if depth > 2 * DEPTH_MAX:
        raise Fault("text:limit", "The value is nested too deeply to be shown.")
    if isinstance(value, Mapping):
        for count, (key, each) in enumerate(value.items()):
            yield f", {key}: " if count else f"{key}: "
            yield from _words(each, show, depth + 1)
    elif isinstance(value, list | tuple):
        for count, each in enumerate(value):
            yield ", " if count else ""
            yield from _words(each, show, depth + 1)
    else:
        yield show(value)


def _join_words(words: Iterator[str]) -> str:
    shown: list[str] = []
    room = TEXT_MAX
    for word in words:
        # A word costs something even where it is empty, so that the work is bounded too.
        room -= max(1, len(word))
        if room < 0:
            raise Fault("text:limit", f"The text is longer than {TEXT_MAX} characters.")
        shown.append(word)
    return "".join(shown)


show_plain: Final = display()
"""The spelling of expressions: `true`, `false`, and null as an empty text."""
