"""What an author may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

WORD_MAX: Final = 80
"""Longer words are not compared: the cost grows with the square of the length."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A cure for a misspelt word: the one most like it, or all there are."""
    names = sorted(known)
    close = get_close_matches(word.lower(), names, 1) if len(word) <= WORD_MAX else []
    return f"Did you mean `{close[0]}`?" if close else f"There are {', '.join(names)}."
