"""What records ask of a database: entries by id, guarded writes, spans of an index.

What is the same everywhere (filters, limits of fields, repeated changes) stands above it, in
`engine.runtime.records`. Every implementation passes `tests/contract/test_records.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final, Literal, NamedTuple, Protocol

from engine.classes import dataclass
from engine.core.values import Value

CREATED: Final = "created"
"""The index that every live entry is in."""
DELETED: Final = "deleted"
"""The index of what was deleted and can be restored."""


class Space(NamedTuple):
    """Whose records: those of one person, chat or bot in a collection."""

    collection: str
    owner: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored record, with what the store keeps beside it; moments are milliseconds.

    Attributes:
        rev: guards each write.
        keys: its place in each index, by the index's name; texts that sort as the values do.
            Names that begin with `=` are unique within the space.
        grams: groups of letters by which a search finds it.
        dead: when it was deleted. A dead entry keeps what a repeated change must find.
        due: when `RecordStore.due` gives it, to be deleted, emptied or removed.
        applied: keys of the changes that made it, the newest last.
        spilled: whether keys of older changes were moved to the store's notes.
        slot: its number among the live ones of its space, where the store counts by that.
    """

    id: str
    rev: int
    created: int
    updated: int
    values: Mapping[str, Value]
    keys: Mapping[str, str] = field(default_factory=dict)
    grams: tuple[str, ...] = ()
    dead: int | None = None
    due: int | None = None
    applied: tuple[str, ...] = ()
    spilled: bool = False
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of an index, by its keys: from `low` on, up to but without `high`."""

    index: str = CREATED
    low: str = ""
    high: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """The indexes of a collection, by name."""

    collection: str
    indexes: frozenset[str]
    search: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A unique index in which another entry has the key already."""

    index: str
    holder: str


Written = Literal["written", "lost", "full"] | Taken
"""How a write ended; `lost`: the entry is not of the revision before. Only `written` wrote."""


class RecordReader(Protocol):
    """The side that only looks: queries are given nothing else."""

    async def fetch(self, space: Space, id_: str) -> Entry | None:
        """The entry of an id, also a dead one."""
        ...

    async def select(
        self, space: Space, span: Span, limit: int, after: Entry | None = None
    ) -> list[Entry]:
        """Entries of a span, by key and id; with `after`, those that follow that one."""
        ...

    async def count(self, space: Space, span: Span) -> int: ...

    async def similar(self, space: Space, grams: Sequence[str], limit: int) -> list[Entry]:
        """The live entries that share most of these groups of letters."""
        ...


class RecordStore(RecordReader, Protocol):
    """The records of one bot. Each write is durable; its errors are those of `Store`."""

    async def prepare(self, shapes: Sequence[Shape]) -> None:
        """Make what collections need to be stored; idempotent."""
        ...

    async def write(self, space: Space, entry: Entry, room: int | None = None) -> Written:
        """Write an entry of revision n over that of n - 1 (1: none may exist), in one write.

        With `room`, the entry becomes live, and at most so many live ones may then be there.
        """
        ...

    async def page(
        self, collection: str, after: tuple[str, str] | None, limit: int
    ) -> list[tuple[str, Entry]]:
        """Every entry of a collection with its owner, in an order that stays.

        `after` is the owner and the id of the last one of the page before.
        """
        ...

    async def due(self, collection: str, now: int, limit: int) -> list[tuple[str, Entry]]:
        """Entries with a `due` at or before now, with their owners."""
        ...

    async def remove(self, space: Space, id_: str, rev: int) -> None:
        """Remove an entry of this revision altogether."""
        ...

    async def every(self, space: Space) -> list[Entry]:
        """All entries of a space, also dead ones, by id."""
        ...

    async def clear(self, space: Space) -> None:
        """Remove all entries of a space altogether."""
        ...

    async def forget_person(self, owner: str) -> None:
        """Drop the notes of changes that a session's invokes made."""
        ...

    async def note(self, key: str, at: int, payload: Sequence[str]) -> list[str]:
        """Keep a note under a key; gives what was noted there first."""
        ...

    async def noted(self, key: str) -> list[str] | None: ...

    async def forget_notes(self, before: int) -> None:
        """Drop the notes of before a moment."""
        ...
