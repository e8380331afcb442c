"""Records in the bot's SQLite file: one table of entries, one of their keys in all indexes."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from engine.core.values import Value
from engine.errors import StatechatError
from engine.stores.batch import Lane
from engine.stores.records.keys import calls_of
from engine.stores.records.protocol import CREATED, Entry, Shape, Space, Span, Taken, Written
from engine.stores.sqlite_file import Runs

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

GRAM: Final = "~"
"""The index of groups of letters: an entry has one key for each of its own."""
COMMON: Final = 150
"""So many entries with a group of letters make it common: it tells little, and costs much."""
TELLING: Final = 6
"""So many groups of letters are looked for at least, where there are as many."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS records (
    collection TEXT, owner TEXT, id TEXT, rev INTEGER NOT NULL, created INTEGER NOT NULL,
    updated INTEGER NOT NULL, doc TEXT NOT NULL, keys TEXT NOT NULL, grams TEXT NOT NULL,
    dead INTEGER, due INTEGER, applied TEXT NOT NULL, spilled INTEGER NOT NULL,
    PRIMARY KEY (collection, owner, id)
);
CREATE INDEX IF NOT EXISTS records_due ON records (collection, due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS record_keys (
    collection TEXT, owner TEXT, name TEXT, key TEXT, id TEXT,
    PRIMARY KEY (collection, owner, name, key, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record_counts (
    collection TEXT, owner TEXT, live INTEGER NOT NULL, PRIMARY KEY (collection, owner)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record_notes (key TEXT PRIMARY KEY, at INTEGER NOT NULL, doc TEXT)
"""
_FIELDS: Final = "r.id, rev, created, updated, doc, keys, grams, dead, due, applied, spilled"
_WRITE: Final = (
    "INSERT OR REPLACE INTO records (collection, owner, id, rev, created, updated, doc, keys,"
    " grams, dead, due, applied, spilled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_OTHER: Final = (
    "SELECT id FROM record_keys"
    " WHERE collection = ? AND owner = ? AND name = ? AND key = ? AND id <> ? LIMIT 1"
)
_LIVE: Final = "SELECT live FROM record_counts WHERE collection = ? AND owner = ?"
_COUNT: Final = (
    "INSERT INTO record_counts VALUES (?, ?, ?)"
    " ON CONFLICT (collection, owner) DO UPDATE SET live = live + excluded.live"
)


class SqliteRecords:
    """Implements `RecordStore`; `read` runs work as it is, `write` in one durable transaction."""

    def __init__(self, read: Runs, write: Runs) -> None:
        self._read = read
        self._write = write
        self._changes: Lane[Work[Any], Any] = Lane(self._write_all)

    async def prepare(self, shapes: Sequence[Shape]) -> None:
        """Make the tables; they serve every index, so no collection needs one of its own."""
        del shapes

        def work(connection: sqlite3.Connection) -> None:
            for statement in _TABLES.split(";"):
                connection.execute(statement)

        await self._write(work)

    async def fetch(self, space: Space, id_: str) -> Entry | None:
        query = f"SELECT {_FIELDS} FROM records r WHERE collection = ? AND owner = ? AND r.id = ?"
        found = await self._entries(query, *space, id_)
        return found[0] if found else None

    async def select(
        self, space: Space, span: Span, limit: int, after: Entry | None = None
    ) -> list[Entry]:
        where, values = _within(space, span)
        sign, way = ("<", "DESC") if span.descending else (">", "ASC")
        if after is not None:
            where += f" AND (k.key, k.id) {sign} (?, ?)"
            values += [after.keys[span.index], after.id]
        # CROSS: the index is gone through in its order, and entries are looked up on the way
        query = (
            f"SELECT {_FIELDS} FROM record_keys k CROSS JOIN records r"
            f" USING (collection, owner, id) WHERE {where}"
            f" ORDER BY k.key {way}, k.id {way} LIMIT ?"
        )
        return await self._entries(query, *values, limit)

    async def count(self, space: Space, span: Span) -> int:
        if span == Span():
            return await self._read(lambda connection: _live(connection, space))
        where, values = _within(space, span)
        query = f"SELECT count(*) FROM record_keys k WHERE {where}"
        rows = await self._read(lambda connection: connection.execute(query, values).fetchall())
        return int(rows[0][0])

    async def similar(self, space: Space, grams: Sequence[str], limit: int) -> list[Entry]:
        def work(connection: sqlite3.Connection) -> list[Any]:
            wanted = json.dumps(_telling(connection, space, grams))
            return connection.execute(
                f"SELECT {_FIELDS} FROM (SELECT id, count(*) AS shared FROM record_keys"
                " WHERE collection = ? AND owner = ? AND name = ?"
                " AND key IN (SELECT value FROM json_each(?))"
                " GROUP BY id ORDER BY shared DESC, id LIMIT ?) AS near"
                " CROSS JOIN records r ON r.collection = ? AND r.owner = ? AND r.id = near.id"
                " ORDER BY shared DESC, r.id",
                (*space, GRAM, wanted, limit, *space),
            ).fetchall()

        return [_entry(row) for row in await self._read(work)]

    async def write(self, space: Space, entry: Entry, room: int | None = None) -> Written:
        row = (
            *space, entry.id, entry.rev, entry.created, entry.updated, _text(entry.values),
            _text(entry.keys), _text(list(entry.grams)), entry.dead, entry.due,
            _text(list(entry.applied)), entry.spilled,
        )  # fmt: skip

        def work(connection: sqlite3.Connection) -> Written:
            execute = connection.execute
            old = execute(
                "SELECT rev, keys, grams FROM records"
                " WHERE collection = ? AND owner = ? AND id = ?", (*space, entry.id)
            ).fetchone()  # fmt: skip
            if (old[0] if old else 0) != entry.rev - 1:
                return "lost"
            for name, key in entry.keys.items():
                other = (
                    execute(_OTHER, (*space, name, key, entry.id)).fetchone()
                    if name.startswith("=")
                    else None
                )
                if other:
                    return Taken(name, other[0])
            if room is not None and _live(connection, space) >= room:
                return "full"
            before = _places(json.loads(old[1]), json.loads(old[2])) if old else set()
            after = _places(entry.keys, entry.grams)
            execute(_WRITE, row)
            more = (CREATED in entry.keys) - any(name == CREATED for name, _ in before)
            if more:
                execute(_COUNT, (*space, more))
            connection.executemany(
                "DELETE FROM record_keys"
                " WHERE collection = ? AND owner = ? AND name = ? AND key = ? AND id = ?",
                [(*space, name, key, entry.id) for name, key in before - after],
            )
            connection.executemany(
                "INSERT INTO record_keys VALUES (?, ?, ?, ?, ?)",
                [(*space, name, key, entry.id) for name, key in after - before],
            )
            return "written"

        return cast("Written", await self._change(work))

    async def page(
        self, collection: str, after: tuple[str, str] | None, limit: int
    ) -> list[tuple[str, Entry]]:
        more = "" if after is None else " AND (owner, r.id) > (?, ?)"
        query = (
            f"SELECT owner, {_FIELDS} FROM records r WHERE collection = ?{more}"
            " ORDER BY owner, r.id LIMIT ?"
        )
        return await self._owned(query, collection, *(after or ()), limit)

    async def due(self, collection: str, now: int, limit: int) -> list[tuple[str, Entry]]:
        query = (
            f"SELECT owner, {_FIELDS} FROM records r WHERE collection = ? AND due <= ?"
            " ORDER BY due LIMIT ?"
        )
        return await self._owned(query, collection, now, limit)

    async def remove(self, space: Space, id_: str, rev: int) -> None:
        def work(connection: sqlite3.Connection) -> None:
            address = (*space, id_)
            removed = connection.execute(
                "DELETE FROM records WHERE collection = ? AND owner = ? AND id = ? AND rev = ?"
                " RETURNING keys, grams", (*address, rev)
            ).fetchone()  # fmt: skip
            if removed:
                keys, grams = map(json.loads, removed)
                if CREATED in keys:
                    connection.execute(_COUNT, (*space, -1))
                connection.executemany(
                    "DELETE FROM record_keys"
                    " WHERE collection = ? AND owner = ? AND id = ? AND name = ? AND key = ?",
                    [(*address, *place) for place in _places(keys, grams)],
                )

        await self._write(work)

    async def every(self, space: Space) -> list[Entry]:
        query = f"SELECT {_FIELDS} FROM records r WHERE collection = ? AND owner = ? ORDER BY r.id"
        return await self._entries(query, *space)

    async def clear(self, space: Space) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for table in ("records", "record_keys", "record_counts"):
                query = f"DELETE FROM {table} WHERE collection = ? AND owner = ?"
                connection.execute(query, space)

        await self._write(work)

    async def forget_person(self, owner: str) -> None:
        begins = [(begin,) for begin in calls_of(owner)]
        query = "DELETE FROM record_notes WHERE instr(key, ?) > 0"
        await self._write(lambda connection: connection.executemany(query, begins))

    async def note(self, key: str, at: int, payload: Sequence[str]) -> list[str]:
        text = _text(list(payload))

        def work(connection: sqlite3.Connection) -> list[str]:
            connection.execute(
                "INSERT INTO record_notes VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (key, at, text)
            )
            query = "SELECT doc FROM record_notes WHERE key = ?"
            found: list[str] = json.loads(connection.execute(query, (key,)).fetchone()[0])
            return found

        return cast("list[str]", await self._change(work))

    async def noted(self, key: str) -> list[str] | None:
        query = "SELECT doc FROM record_notes WHERE key = ?"
        rows = await self._read(lambda connection: connection.execute(query, (key,)).fetchall())
        return json.loads(rows[0][0]) if rows else None

    async def forget_notes(self, before: int) -> None:
        query = "DELETE FROM record_notes WHERE at < ?"
        await self._write(lambda connection: connection.execute(query, (before,)))

    async def _change(self, work: Work[Any]) -> Any:  # noqa: ANN401 - what the work gives
        """Do work in a durable transaction, which it shares with all that waits at the moment."""
        return (await self._changes.ask([work]))[0]

    async def _write_all(self, works: Sequence[Work[Any]]) -> list[Any]:
        return await self._write(lambda connection: [work(connection) for work in works])

    async def _entries(self, query: str, *values: str | int) -> list[Entry]:
        rows = await self._read(lambda connection: connection.execute(query, values).fetchall())
        return [_entry(row) for row in rows]

    async def _owned(self, query: str, *values: str | int) -> list[tuple[str, Entry]]:
        rows = await self._read(lambda connection: connection.execute(query, values).fetchall())
        return [(owner, _entry(row)) for owner, *row in rows]


def _telling(connection: sqlite3.Connection, space: Space, grams: Sequence[str]) -> list[str]:
    """The groups of letters that tell most: those that few entries have, or else the rarest."""
    query = (
        "SELECT count(*) FROM (SELECT 1 FROM record_keys"
        " WHERE collection = ? AND owner = ? AND name = ? AND key = ? LIMIT ?)"
    )
    counted = sorted(
        (connection.execute(query, (*space, GRAM, gram, COMMON)).fetchone()[0], gram)
        for gram in grams
    )
    known = [(number, gram) for number, gram in counted if number]
    rare = [gram for number, gram in known if number < COMMON]
    return rare if len(rare) >= TELLING else [gram for _, gram in known[:TELLING]]


def _live(connection: sqlite3.Connection, space: Space) -> int:
    """How many live entries there are, counted along with each write."""
    found = connection.execute(_LIVE, space).fetchone()
    return int(found[0]) if found else 0


def _within(space: Space, span: Span) -> tuple[str, list[str]]:
    where = "k.collection = ? AND k.owner = ? AND k.name = ? AND k.key >= ?"
    values = [*space, span.index, span.low]
    if span.high is not None:
        where += " AND k.key < ?"
        values.append(span.high)
    return where, values


def _places(keys: Mapping[str, str], grams: Iterable[str]) -> set[tuple[str, str]]:
    """Where an entry stands in the indexes: names and keys."""
    return {*keys.items(), *((GRAM, gram) for gram in grams)}


def _entry(row: Sequence[Any]) -> Entry:
    id_, rev, created, updated, doc, keys, grams, dead, due, applied, spilled = row
    # Read at once: a search reads fifty of these.
    values, keys, grams, applied = json.loads(f"[{doc},{keys},{grams},{applied}]")
    return Entry(
        id_, rev, created, updated, values, keys, tuple(grams), dead, due, tuple(applied),
        bool(spilled),
    )  # fmt: skip


def _text(value: Value) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise StatechatError(
            "store:value",
            f"A value cannot be stored: {error}.",
            cure="Values are those of JSON; numbers are finite.",
        ) from error
