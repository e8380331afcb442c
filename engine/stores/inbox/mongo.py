"""The inbox as a collection of the bot's MongoDB."""

import json
from collections.abc import Callable, Sequence

from pymongo import UpdateOne  # isort: skip

from engine.stores.inbox.protocol import Line, Waiting
from engine.stores.mongo_client import Collection, told
from engine.stores.mongo_codec import checked, pack, unpack


class MongoInbox:
    """Implements `InboxStore`; `collection` gives the collection while the store is open."""

    def __init__(self, bot: str, collection: Callable[[], Collection]) -> None:
        self._bot = bot
        self._collection = collection

    async def prepare(self) -> None:
        """Make the index in whose order events are taken."""
        keys = [("bot", 1), ("owner", 1), ("place", 1)]
        await self._collection().create_index(keys, name="bot_owner_place")

    async def put(self, events: Sequence[Waiting]) -> None:
        writes = [
            UpdateOne(
                {"_id": _key(one.owner, one.id)},
                {"$setOnInsert": checked({
                    "bot": self._bot, "owner": one.owner, "id": one.id, "place": one.place,
                    "event": pack(one.event), "worker": one.worker,
                })},
                upsert=True,
            )
            for one in events
        ]  # fmt: skip
        if writes:
            with told(wrote=True):
                # One after the other: a death in between leaves nothing without what was before it.
                await self._collection().bulk_write(writes)

    async def first(self, owner: str, limit: int) -> list[Waiting]:
        query = {"bot": self._bot, "owner": owner}
        with told():
            cursor = self._collection().find(query, sort=[("place", 1), ("_id", 1)], limit=limit)
            found = await cursor.to_list(None)
        return [
            Waiting(owner, one["id"], int(one["place"]), unpack(one["event"]), one["worker"])
            for one in found
        ]

    async def holds(self, owner: str, id_: str) -> bool:
        with told():
            found = await self._collection().find_one({"_id": _key(owner, id_)}, projection=["_id"])
        return found is not None

    async def remove(self, owner: str, ids: Sequence[str]) -> None:
        keys = [_key(owner, id_) for id_ in ids]
        with told(wrote=True):
            await self._collection().delete_many({"_id": {"$in": keys}})

    async def lines(self) -> dict[str, Line]:
        lines: dict[str, Line] = {}
        with told():
            found = self._collection().find({"bot": self._bot}, projection=["owner", "place"])
            async for one in found:
                line = lines.get(one["owner"], Line(0, 0))
                lines[one["owner"]] = Line(line.length + 1, max(line.last, int(one["place"])))
        return lines

    async def clear(self, owner: str) -> None:
        with told(wrote=True):
            await self._collection().delete_many({"bot": self._bot, "owner": owner})


def _key(owner: str, id_: str) -> str:
    """One `_id` of two texts, whatever they hold; the owner names the bot."""
    return json.dumps([owner, id_], ensure_ascii=False)
