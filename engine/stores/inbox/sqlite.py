"""The inbox in the bot's SQLite file."""

import json
from collections.abc import Sequence

from engine.stores.inbox.protocol import Line, Waiting
from engine.stores.sqlite_file import Runs


class SqliteInbox:
    """Implements `InboxStore`; `read` runs work as it is, `write` in one durable transaction."""

    def __init__(self, read: Runs, write: Runs) -> None:
        self._read = read
        self._write = write

    async def put(self, events: Sequence[Waiting]) -> None:
        rows = [
            (one.owner, one.id, one.place, json.dumps(one.event, ensure_ascii=False))
            for one in events
        ]
        query = (
            "INSERT INTO inbox (owner, id, place, doc) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        )
        await self._write(lambda connection: connection.executemany(query, rows))

    async def first(self, owner: str, limit: int) -> list[Waiting]:
        query = "SELECT id, place, doc FROM inbox WHERE owner = ? ORDER BY place, id LIMIT ?"
        values = (owner, limit)
        rows = await self._read(lambda connection: connection.execute(query, values).fetchall())
        return [Waiting(owner, id_, place, json.loads(doc)) for id_, place, doc in rows]

    async def holds(self, owner: str, id_: str) -> bool:
        query, values = "SELECT 1 FROM inbox WHERE owner = ? AND id = ?", (owner, id_)
        rows = await self._read(lambda connection: connection.execute(query, values).fetchall())
        return bool(rows)

    async def remove(self, owner: str, ids: Sequence[str]) -> None:
        query, rows = "DELETE FROM inbox WHERE owner = ? AND id = ?", [(owner, id_) for id_ in ids]
        await self._write(lambda connection: connection.executemany(query, rows))

    async def lines(self) -> dict[str, Line]:
        query = "SELECT owner, count(*), max(place) FROM inbox GROUP BY owner"
        rows = await self._read(lambda connection: connection.execute(query).fetchall())
        return {owner: Line(length, last) for owner, length, last in rows}

    async def clear(self, owner: str) -> None:
        query = "DELETE FROM inbox WHERE owner = ?"
        await self._write(lambda connection: connection.execute(query, (owner,)))
