"""Collections of records as a bot declares them under `records:`."""

from collections.abc import Mapping
from typing import Final, Literal

from engine.classes import dataclass
from engine.core.inputs import Variable

RECORDS_MAX: Final = 10_000
"""Most records of one person, chat or bot in a collection, where it sets no `limit`."""
LIMIT_MAX: Final = 1_000_000
"""Highest `limit` that a collection can set."""
COLLECTIONS_MAX: Final = 100
FIELDS_MAX: Final = 100
INDEXES_MAX: Final = 16
THRESHOLD: Final = 80
"""Least likeness of what a search finds, of 100, where the collection sets none."""
KEPT: Final = 90 * 86_400_000
"""How long the key of a change is remembered, so that a repeat is known, in milliseconds."""

Scope = Literal["user", "chat", "bot"]
Match = Literal["whole", "words"]

SYSTEM: Final = ("id", "created", "updated", "score")
"""What every record has beside its fields (`score`: where it was searched for)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `fold` says that letter case, accents and width do not tell its values apart."""

    variable: Variable
    fold: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What a search looks at.

    Attributes:
        match: `whole` likens a whole text, `words` finds it among the words of a longer one.
        threshold: the least likeness that is found, of 100.
    """

    fields: tuple[str, ...]
    threshold: int = THRESHOLD
    match: Match = "whole"


@dataclass(frozen=True, slots=True)
class Collection:
    """A declared collection.

    Attributes:
        scope: whose the records are: each person's, each chat's, or the bot's.
        unique: groups of fields that no two records of one scope have alike.
        index: fields by which records are found and sorted quickly.
        limit: most records of one person, chat or bot.
        expires: how long after its last change a record is gone (ms).
        restore: how long a deleted record can be brought back (ms).
    """

    name: str
    fields: Mapping[str, Field]
    scope: Scope = "bot"
    unique: tuple[tuple[str, ...], ...] = ()
    index: tuple[str, ...] = ()
    search: Search | None = None
    limit: int = RECORDS_MAX
    expires: int | None = None
    restore: int = 0
