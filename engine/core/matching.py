"""Which of several choices a typed text means: one, or none.

In this order, and the first rule that finds anything decides:

1. a label or a synonym, whole: no matter the letter case, width, accents' encoding, or blanks;
2. the number of the choice;
3. the beginning of a label or a synonym, if it is the beginning of one choice only;
4. a label or a synonym with a typing error, if no other choice is nearly as close.

Rules 3 and 4 never guess at what is written in digits (`10` is no beginning of `100 €`), and rule 4
wants the first letter right, so that `unmarried` is not taken for `married`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from engine.classes import dataclass

FUZZY_SCORE: Final = 0.8
"""Least likeness of a text with typing errors: one in five letters (Damerau and Levenshtein's)."""
FUZZY_LEAD: Final = 0.15
"""How much more alike than every other choice it must be."""
FUZZY_LENGTHS: Final = range(4, 65)
"""How long a text may be to be looked at for typing errors, in characters."""
NUMBER_DIGITS: Final = 4
PARTS_MAX: Final = 100
"""Most parts that a typed list may have."""
LOOSE_MAX: Final = 20_000
"""Most guesses that one list is worth; beyond that only whole labels and numbers count."""

_DIGITS: Final = re.compile(r"\d+")
_NUMBER_GOES_ON: Final = re.compile(r"[.,:]?\d")
_SEPARATOR: Final = re.compile(r"[,;\n]")
_ALSO_SEPARATES: Final = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One choice: its folded spellings, and its number (0: it has none).

    `whole` says that nothing but a whole spelling means it.
    """

    spellings: frozenset[str]
    number: int
    whole: bool = False


def fold(text: str) -> str:
    """A text as labels are compared: no matter the letter case, width, or blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def match(text: str, candidates: Sequence[Candidate], *, guess: bool = True) -> int | None:
    """The index of the one candidate that a text means, or none; rules 3 and 4 only to `guess`."""
    typed = fold(text)
    if not typed:
        return None
    for rule in (_whole, _number):
        if found := rule(typed, candidates):
            return found[0] if len(found) == 1 else None
    if not guess:
        return None
    loose = [at for at, each in enumerate(candidates) if not each.whole]
    for rule in (_beginning, _misspelled):
        if found := rule(typed, [candidates[at] for at in loose]):
            return loose[found[0]] if len(found) == 1 else None
    return None


def match_list(text: str, candidates: Sequence[Candidate]) -> list[int] | None:
    """The indices that a list means (`1, 3` or `head, knee`), in order; none if any part is wrong.

    A label that holds a comma is found whole. Numbers may stand with blanks between them only.
    """
    only = match(text, candidates)
    if only is not None:
        return [only]
    parts = [part for part in _SEPARATOR.split(text) if part.strip()]
    if len(parts) < 2:
        parts = [part for part in _ALSO_SEPARATES.split(text) if part]
        if not all(part.isdecimal() for part in parts):
            return None
    if not 0 < len(parts) <= min(len(candidates), PARTS_MAX):
        return None
    guess = len(parts) * len(candidates) <= LOOSE_MAX
    found: set[int] = set()
    for part in parts:
        index = match(part, candidates, guess=guess)
        if index is None:
            return None
        found.add(index)
    return sorted(found)


def _whole(typed: str, candidates: Sequence[Candidate]) -> list[int]:
    return [at for at, each in enumerate(candidates) if typed in each.spellings]


def _number(typed: str, candidates: Sequence[Candidate]) -> list[int]:
    if not typed.isdecimal() or len(typed) > NUMBER_DIGITS:
        return []
    number = int(typed)
    return [at for at, each in enumerate(candidates) if number and each.number == number]


def _beginning(typed: str, candidates: Sequence[Candidate]) -> list[int]:
    def begins(spelling: str) -> bool:
        if not spelling.startswith(typed):
            return False
        cut = typed[-1].isdecimal() and _NUMBER_GOES_ON.match(spelling, len(typed))
        return not cut

    return [at for at, each in enumerate(candidates) if any(map(begins, each.spellings))]


def _misspelled(typed: str, candidates: Sequence[Candidate]) -> list[int]:
    if len(typed) not in FUZZY_LENGTHS:
        return []
    # Imported late: only a text that nothing else explains needs it.
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - see above

    def likeness(spellings: Iterable[str]) -> float:
        found = (OSA.normalized_similarity(typed, each, score_cutoff=least) for each in spellings)
        return max(found, default=0.0)

    least = FUZZY_SCORE - FUZZY_LEAD

    scores = [likeness(each.spellings) for each in candidates]
    best = max(scores, default=0.0)
    if best < FUZZY_SCORE:
        return []
    near = [at for at, score in enumerate(scores) if score > best - FUZZY_LEAD]
    alike = [
        each
        for each in candidates[near[0]].spellings
        if each[:1] == typed[0] and _DIGITS.findall(each) == _DIGITS.findall(typed)
    ]
    return near if len(near) > 1 or likeness(alike) >= FUZZY_SCORE else []
