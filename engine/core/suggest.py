"""What an author probably meant."""

import difflib
from collections.abc import Collection, Iterable
from typing import Final

WORD_MAX: Final = 80
"""Longer words are not compared: the cost grows with the square of the length."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or none that is like it at all."""
    if len(word) > WORD_MAX:
        return None
    folded: dict[str, str] = {}
    for candidate in known:
        if len(candidate) <= WORD_MAX:
            folded.setdefault(candidate.casefold(), candidate)
    found = difflib.get_close_matches(word.casefold(), sorted(folded), n=1)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A cure: "Did you mean `next`?", or none where nothing known is like the word."""
    found = closest(word, known)
    return None if found is None else f"Did you mean `{found}`?"


def one_of(word: str, known: Collection[str]) -> str:
    """A cure for a word of a short table: the one most like it, or all there are."""
    return did_you_mean(word, known) or f"There are {', '.join(sorted(known))}."
