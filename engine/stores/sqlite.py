"""The embedded store: one SQLite file a bot, one thread, each commit durable when it returns."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from engine.core.values import Value
from engine.errors import StatechatError
from engine.stores.document import damaged, decode, encode
from engine.stores.inbox.protocol import InboxStore
from engine.stores.inbox.sqlite import SqliteInbox
from engine.stores.lock import FileLock
from engine.stores.protocol import Dead, Record, beyond
from engine.stores.records.protocol import RecordStore
from engine.stores.records.sqlite import SqliteRecords
from engine.stores.sqlite_file import check_owner, connect, scrub, transact, translate

T = TypeVar("T")
Row = tuple[Any, ...]
Work = Callable[[sqlite3.Connection], T]

_INSERT: Final = (
    "INSERT INTO sessions (id, rev, wake_at, out_at, doc) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO NOTHING"
)
_VERSIONS: Final = """
SELECT json_extract(frame.value, '$.hash')
FROM sessions, json_each(doc, '$.chats') AS chat, json_each(chat.value, '$.stack') AS frame
UNION
SELECT json_extract(frame.value, '$.hash')
FROM sessions, json_each(doc, '$.chats') AS chat, json_each(chat.value, '$.back') AS kept,
    json_each(kept.value, '$.frames') AS frame
"""
"""Content hashes of the flows in which people stand, or to which they can go back."""
_UPDATE: Final = (
    "UPDATE sessions SET rev = ?, wake_at = ?, out_at = ?, doc = ? WHERE id = ? AND rev = ?"
)
_encode_json = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


class SqliteStore:
    """Sessions and documents of one bot in the file at `path`, which is made where it is missing.

    Every call is one transaction in a thread of its own, begun and ended there: cancelling the
    caller leaves nothing open.
    """

    def __init__(self, path: Path, bot: str) -> None:
        self._path = path
        self._bot = bot
        self._lock = FileLock(path)
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self.record_store: RecordStore = SqliteRecords(self._run, self._write)
        self.inbox: InboxStore = SqliteInbox(self._run, self._write)

    async def open(self) -> None:
        """Open the file, and refuse what is not durable or not ours.

        Raises:
            StatechatError: `store:locked`, `store:readonly`, `store:newer`, `store:foreign`,
                `store:full`, `store:unreachable`.
        """
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="statechat-sqlite")
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._open)
        except BaseException:
            await self.close()
            raise

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            self._connection = connect(self._path)
            check_owner(self._connection, self._path, self._bot)
        except (sqlite3.Error, OSError) as error:
            raise translate(error, self._path) from error

    async def close(self) -> None:
        """Finish what was begun and release the file; a second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is not None:
            # shielded: the file is released even when the one who waits for it is cancelled
            closing = asyncio.wrap_future(thread.submit(self._close))
            thread.shutdown(wait=False)
            await asyncio.shield(closing)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._lock.release()

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        if not ids:
            return {}
        rows = await self._rows(
            "SELECT id, doc FROM sessions WHERE id IN (SELECT value FROM json_each(?))",
            _text(list(ids)),
        )
        return {id_: _record(id_, text) for id_, text in rows}

    async def raw(self, id_: str) -> tuple[int, str] | None:
        rows = await self._rows("SELECT rev, doc FROM sessions WHERE id = ?", id_)
        return (rows[0][0], rows[0][1]) if rows else None

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        if not records:
            return []
        rows = [_row(record) for record in records]

        def write(connection: sqlite3.Connection) -> list[bool]:
            execute = connection.execute
            return [
                (
                    execute(_INSERT, (id_, rev, wake_at, out_at, text))
                    if rev == 1
                    else execute(_UPDATE, (rev, wake_at, out_at, text, id_, rev - 1))
                ).rowcount
                == 1
                for rev, wake_at, out_at, text, id_ in rows
            ]

        return await self._write(write)

    async def owners(self, prefix: str, after: str, limit: int) -> list[str]:
        return await self._texts(
            "SELECT id FROM sessions WHERE id >= ? AND id > ? AND id < ? ORDER BY id LIMIT ?",
            prefix, after, beyond(prefix), limit,
        )  # fmt: skip

    async def due(self, now: int, limit: int) -> list[str]:
        return await self._texts(
            "SELECT id FROM sessions WHERE wake_at <= ? ORDER BY wake_at, id LIMIT ?", now, limit
        )

    async def outgoing(self, now: int, limit: int) -> list[str]:
        return await self._texts(
            "SELECT id FROM sessions WHERE out_at <= ? ORDER BY out_at, id LIMIT ?", now, limit
        )

    async def next_due(self) -> int | None:
        rows = await self._rows("SELECT min(wake_at) FROM sessions WHERE wake_at IS NOT NULL")
        return _number(rows)

    async def next_outgoing(self) -> int | None:
        rows = await self._rows("SELECT min(out_at) FROM sessions WHERE out_at IS NOT NULL")
        return _number(rows)

    async def remember(self, owner: str, ids: Mapping[str, int]) -> None:
        rows = [(owner, id_, order) for id_, order in ids.items()]
        await self._write(
            lambda connection: connection.executemany(
                "INSERT INTO received (owner, id, ord) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                rows,
            )
        )

    async def received(self, owner: str, id_: str) -> bool:
        query = "SELECT 1 FROM received WHERE owner = ? AND id = ?"
        return bool(await self._rows(query, owner, id_))

    async def ledger(self, owner: str) -> dict[str, int]:
        return dict(await self._rows("SELECT id, ord FROM received WHERE owner = ?", owner))

    async def named(self, id_: str) -> dict[str, dict[str, Value]]:
        rows = await self._rows("SELECT collection, doc FROM documents WHERE id = ?", id_)
        return {collection: json.loads(text) for collection, text in rows}

    async def scrub(self) -> None:
        await self._run(lambda connection: scrub(connection, self._path))

    async def forget(self, source: str, below: int) -> None:
        # `;` follows `:`: the ids that begin with the source are a range
        query = "DELETE FROM received WHERE ord < ? AND id >= ? AND id < ?"
        await self._change(query, below, f"{source}:", f"{source};")

    async def keep_program(self, hash_: str, source: Mapping[str, Value]) -> None:
        query = "INSERT INTO programs (hash, doc) VALUES (?, ?) ON CONFLICT DO NOTHING"
        await self._change(query, hash_, _text(source))

    async def program(self, hash_: str) -> dict[str, Value] | None:
        return _only(await self._rows("SELECT doc FROM programs WHERE hash = ?", hash_))

    async def programs(self) -> set[str]:
        return set(await self._texts("SELECT hash FROM programs"))

    async def versions(self) -> set[str]:
        return set(await self._texts(_VERSIONS))

    async def set_aside(self, dead: Dead) -> None:
        query = (
            "INSERT INTO dead (id, kind, reason, at, payload) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING"
        )
        await self._change(query, dead.id, dead.kind, dead.reason, dead.at, _text(dead.payload))

    async def dead(self) -> list[Dead]:
        rows = await self._rows("SELECT id, kind, reason, at, payload FROM dead ORDER BY at, id")
        return [
            Dead(id_, kind, reason, at, json.loads(payload))
            for id_, kind, reason, at, payload in rows
        ]

    async def discard(self, id_: str, at: int) -> bool:
        return await self._change("DELETE FROM dead WHERE id = ? AND at = ?", id_, at) == 1

    async def get(self, collection: str, id_: str) -> dict[str, Value] | None:
        query = "SELECT doc FROM documents WHERE collection = ? AND id = ?"
        return _only(await self._rows(query, collection, id_))

    async def put(self, collection: str, id_: str, document: Mapping[str, Value]) -> None:
        query = (
            "INSERT INTO documents (collection, id, doc) VALUES (?, ?, ?)"
            " ON CONFLICT (collection, id) DO UPDATE SET doc = excluded.doc"
        )
        await self._change(query, collection, id_, _text(document))

    async def add(self, collection: str, id_: str, document: Mapping[str, Value]) -> bool:
        query = (
            "INSERT INTO documents (collection, id, doc) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        )
        return await self._change(query, collection, id_, _text(document)) == 1

    async def remove(self, collection: str, id_: str) -> bool:
        query = "DELETE FROM documents WHERE collection = ? AND id = ?"
        return await self._change(query, collection, id_) == 1

    async def all(self, collection: str) -> dict[str, dict[str, Value]]:
        query = "SELECT id, doc FROM documents WHERE collection = ? ORDER BY id"
        return {id_: json.loads(text) for id_, text in await self._rows(query, collection)}

    async def _rows(self, query: str, *values: str | int) -> list[Row]:
        return await self._run(lambda connection: connection.execute(query, values).fetchall())

    async def _texts(self, query: str, *values: str | int) -> list[str]:
        return [text for (text,) in await self._rows(query, *values)]

    async def _change(self, query: str, *values: str | int) -> int:
        """Run one statement durably; gives the number of rows that it changed."""
        return await self._write(lambda connection: connection.execute(query, values).rowcount)

    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction."""
        return await self._run(lambda connection: transact(connection, work))

    async def _run(self, work: Work[T]) -> T:
        if self._thread is None:
            raise StatechatError("store:closed", f"The database `{self._path}` is not open.")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, work)

    def _guarded(self, work: Work[T]) -> T:
        assert self._connection is not None  # open() succeeded, and close() came later in the queue
        try:
            return work(self._connection)
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            raise translate(error, self._path) from error


def _row(record: Record) -> Row:
    document = encode(record)
    get = document.get
    return document["rev"], get("wake_at"), get("out_at"), _text(document), document["_id"]


def _record(id_: str, text: str) -> Record:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise damaged(id_, f"no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("_id") != id_:
        raise damaged(id_, "no JSON object with this `_id`")
    return decode(document)


def _text(value: Value) -> str:
    try:
        return _encode_json(value)
    except (TypeError, ValueError) as error:
        raise StatechatError(
            "store:value",
            f"A value cannot be stored: {error}.",
            cure="Values are those of JSON; numbers are finite.",
        ) from error


def _only(rows: list[Row]) -> dict[str, Value] | None:
    return json.loads(rows[0][0]) if rows else None


def _number(rows: list[Row]) -> int | None:
    ((number,),) = rows
    return None if number is None else int(number)
