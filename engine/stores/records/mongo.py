"""Records in MongoDB: a collection of the server for each one of the bot, with its own indexes."""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from engine.stores.mongo_client import Collection, told
from engine.stores.mongo_codec import checked, pack, safe_name, unpack
from engine.stores.records.keys import calls_of
from engine.stores.records.protocol import Entry, Shape, Space, Span, Taken, Written

# after ours, which tells how to install it
from pymongo.errors import DuplicateKeyError, OperationFailure  # isort: skip

OWN: Final = "records_"
"""What the names of our indexes begin with."""
SLOT_TRIES: Final = 100
"""Free numbers that one insert tries while others take them."""
SPACES_MAX: Final = 10_000
"""Spaces of which a worker keeps in mind how far they are."""
_GONE: Final = 27
"""The server's code for an index that is not there."""


class MongoRecords:
    """Implements `RecordStore`; `collection` gives the server's collection of a name.

    Without transactions a limit cannot be counted and written at once, so each live entry holds a
    number below the limit, which a unique index keeps to itself.
    """

    def __init__(self, bot: str, collection: Callable[[str], Collection]) -> None:
        self._bot = bot
        self._named = collection
        self._next: dict[Space, int] = {}
        """The number of the next entry, as far as this worker knows."""

    def _of(self, name: str) -> Collection:
        return self._named(f"records.{safe_name(self._bot)}.{name}")

    def _notes(self) -> Collection:
        return self._named("record_notes")

    async def prepare(self, shapes: Sequence[Shape]) -> None:
        with told():
            await self._notes().create_index([("bot", 1), ("at", 1)], name=f"{OWN}at")
            for shape in shapes:
                await self._prepare(self._of(shape.collection), shape)

    async def _prepare(self, collection: Collection, shape: Shape) -> None:
        wanted: dict[str, tuple[list[str], str, bool]] = {
            f"{OWN}{name}": (["owner", f"keys.{name}", "id"], f"keys.{name}", False)
            for name in shape.indexes
            if not name.startswith("=")
        }
        for name in shape.indexes:
            if name.startswith("="):
                wanted[f"{OWN}{name}"] = (["owner", f"keys.{name}"], f"keys.{name}", True)
        wanted[f"{OWN}~slot"] = (["owner", "slot"], "slot", True)
        wanted[f"{OWN}~due"] = (["due"], "due", False)
        if shape.search:
            wanted[f"{OWN}~grams"] = (["owner", "grams"], "grams", False)
        for name in await collection.index_information():
            if name.startswith(OWN) and name not in wanted:
                await _drop(collection, name)
        for name, (keys, field, unique) in wanted.items():
            # where what is missing would be unique as well, the index must leave it out
            partial = {"partialFilterExpression": {field: {"$exists": True}}} if unique else {}
            await collection.create_index(
                [(key, 1) for key in keys], name=name, unique=unique, **partial
            )

    async def fetch(self, space: Space, id_: str) -> Entry | None:
        with told():
            found = await self._of(space.collection).find_one({"_id": _address(space, id_)})
        return None if found is None else _entry(found)

    async def select(
        self, space: Space, span: Span, limit: int, after: Entry | None = None
    ) -> list[Entry]:
        field, way = f"keys.{span.index}", -1 if span.descending else 1
        query = _within(space, span)
        if after is not None:
            beyond, key = "$lt" if span.descending else "$gt", after.keys[span.index]
            kept = "$gte" if span.descending else "$lt"  # the other end of the span stays
            further = {name: at for name, at in query.pop(field).items() if name == kept}
            query["$or"] = [
                {field: {**further, beyond: key}},
                {field: key, "id": {beyond: after.id}},
            ]
        return await self._entries(space, query, sort=[(field, way), ("id", way)], limit=limit)

    async def count(self, space: Space, span: Span) -> int:
        with told():
            number = await self._of(space.collection).count_documents(_within(space, span))
        return int(number)

    async def similar(self, space: Space, grams: Sequence[str], limit: int) -> list[Entry]:
        wanted = list(grams)
        shared = {"$size": {"$setIntersection": ["$grams", wanted]}}
        stages: list[dict[str, Any]] = [
            {"$match": {"owner": space.owner, "grams": {"$in": wanted}}},
            {"$project": {"shared": shared}},
            {"$sort": {"shared": -1, "_id": 1}},
            {"$limit": limit},
        ]
        with told():
            cursor = self._of(space.collection).aggregate(stages)
            if hasattr(cursor, "__await__"):  # the drivers differ in it
                cursor = await cursor
            near = [found["_id"] for found in await cursor.to_list(None)]
        entries = {
            _address(space, entry.id): entry
            for entry in await self._entries(space, {"_id": {"$in": near}})
        }
        return [entries[address] for address in near if address in entries]

    async def write(self, space: Space, entry: Entry, room: int | None = None) -> Written:
        document = checked(_document(space, entry))
        for attempt in range(SLOT_TRIES):
            if room is not None:
                slot = await self._free_slot(space, room, attempt)
                if slot is None:
                    return "full"
                document["slot"] = slot
            written = await self._guarded(space, document)
            if written is not None:
                return "written" if written else "lost"
            taken = await self._taken(space, entry)
            if taken is not None:
                return taken
            if await self.fetch(space, entry.id) is not None and entry.rev == 1:
                return "lost"
        return "lost"

    async def _guarded(self, space: Space, document: dict[str, Any]) -> bool | None:
        """Write a document over its revision before; none where a unique index was in the way."""
        collection = self._of(space.collection)
        with told(wrote=True):
            try:
                if document["rev"] == 1:
                    await collection.insert_one(document)
                    return True
                before = {"_id": document["_id"], "rev": document["rev"] - 1}
                result = await collection.replace_one(before, document)
            except DuplicateKeyError:
                return None
        return bool(result.matched_count)

    async def _taken(self, space: Space, entry: Entry) -> Taken | None:
        """The unique index in which another entry is in the way; none if it was only a number."""
        for name, key in entry.keys.items():
            if name.startswith("="):
                query = {"owner": space.owner, f"keys.{name}": {"$exists": True, "$eq": key}}
                for other in await self._entries(space, query, limit=2):
                    if other.id != entry.id:
                        return Taken(name, other.id)
        return None

    async def _free_slot(self, space: Space, room: int, attempt: int) -> int | None:
        """A number that nobody has: the next one, or where those are used up, one in between.

        This worker counts on by itself; when another one was faster, it looks again.
        """
        slot = None if attempt else self._next.get(space)
        if slot is None:
            highest = await self._slots(space, sort=[("slot", -1)], limit=1)
            spread = random.randrange(1 + 4 * attempt)  # noqa: S311 - to get out of others' way
            slot = max(self._next.get(space, 0), max(highest, default=-1) + 1) + spread
        if slot < room:
            if len(self._next) >= SPACES_MAX:
                self._next.clear()
            self._next[space] = slot + 1
            return slot
        taken = set(await self._slots(space))
        free = [number for number in range(room) if number not in taken]
        return random.choice(free) if free else None  # noqa: S311 - as above

    async def _slots(self, space: Space, **options: object) -> list[int]:
        """The numbers that are taken."""
        query = {"owner": space.owner, "slot": {"$exists": True, "$gte": 0}}
        with told():
            used = self._of(space.collection).find(
                query, projection={"slot": 1, "_id": 0}, **options
            )
            return [int(found["slot"]) for found in await used.to_list(None)]

    async def page(
        self, collection: str, after: tuple[str, str] | None, limit: int
    ) -> list[tuple[str, Entry]]:
        query = {} if after is None else {"_id": {"$gt": _address(Space("", after[0]), after[1])}}
        return await self._owned(collection, query, sort=[("_id", 1)], limit=limit)

    async def due(self, collection: str, now: int, limit: int) -> list[tuple[str, Entry]]:
        query = {"due": {"$exists": True, "$lte": now}}
        return await self._owned(collection, query, sort=[("due", 1)], limit=limit)

    async def remove(self, space: Space, id_: str, rev: int) -> None:
        with told(wrote=True):
            await self._of(space.collection).delete_one({"_id": _address(space, id_), "rev": rev})

    async def every(self, space: Space) -> list[Entry]:
        query = {"_id": _of_owner(space.owner)}
        return [entry for _, entry in await self._owned(space.collection, query, sort=[("id", 1)])]

    async def clear(self, space: Space) -> None:
        self._next.pop(space, None)
        with told(wrote=True):
            await self._of(space.collection).delete_many({"_id": _of_owner(space.owner)})

    async def forget_person(self, owner: str) -> None:
        begins = "|".join(re.escape(begin) for begin in calls_of(owner))
        with told(wrote=True):
            await self._notes().delete_many({"bot": self._bot, "_id": {"$regex": begins}})

    async def note(self, key: str, at: int, payload: Sequence[str]) -> list[str]:
        address = json.dumps([self._bot, key], ensure_ascii=False)
        document = checked({"_id": address, "bot": self._bot, "at": at, "payload": list(payload)})
        with told(wrote=True):
            try:
                await self._notes().insert_one(document)
            except DuplicateKeyError:
                return await self.noted(key) or []
        return list(payload)

    async def noted(self, key: str) -> list[str] | None:
        with told():
            found = await self._notes().find_one(
                {"_id": json.dumps([self._bot, key], ensure_ascii=False)}
            )
        return None if found is None else list(found["payload"])

    async def forget_notes(self, before: int) -> None:
        with told(wrote=True):
            await self._notes().delete_many({"bot": self._bot, "at": {"$lt": before}})

    async def _entries(
        self, space: Space, query: Mapping[str, Any], **options: object
    ) -> list[Entry]:
        return [entry for _, entry in await self._owned(space.collection, query, **options)]

    async def _owned(
        self, collection: str, query: Mapping[str, Any], **options: object
    ) -> list[tuple[str, Entry]]:
        with told():
            found = await self._of(collection).find(query, **options).to_list(None)
        return [(document["owner"], _entry(document)) for document in found]


async def _drop(collection: Collection, name: str) -> None:
    try:
        await collection.drop_index(name)
    except OperationFailure as error:
        if error.code != _GONE:  # another worker was faster
            raise


def _within(space: Space, span: Span) -> dict[str, Any]:
    bound: dict[str, Any] = {"$gte": span.low}
    if span.high is not None:
        bound["$lt"] = span.high
    return {"owner": space.owner, f"keys.{span.index}": bound}


def _address(space: Space, id_: str) -> str:
    return json.dumps([space.owner, id_], ensure_ascii=False)


def _of_owner(owner: str) -> dict[str, str]:
    """The range of addresses of one owner: a quote follows, and `#` follows that."""
    begin = _address(Space("", owner), "")[: -len('""]')]
    return {"$gte": begin, "$lt": f"{begin}#"}


def _document(space: Space, entry: Entry) -> dict[str, Any]:
    """The stored form; what is empty is left out."""
    whole = {
        "_id": _address(space, entry.id), "owner": space.owner, "id": entry.id, "rev": entry.rev,
        "created": entry.created, "updated": entry.updated, "values": pack(entry.values),
        "keys": dict(entry.keys), "grams": list(entry.grams), "dead": entry.dead, "due": entry.due,
        "applied": list(entry.applied), "spilled": entry.spilled or None, "slot": entry.slot,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value not in (None, {}, [])}


def _entry(document: Mapping[str, Any]) -> Entry:
    read = unpack(dict(document))  # the driver has a kind of integers of its own
    get = read.get
    return Entry(
        read["id"], read["rev"], read["created"], read["updated"], get("values", {}),
        get("keys", {}), tuple(get("grams", ())), get("dead"), get("due"),
        tuple(get("applied", ())), get("spilled", False), get("slot"),
    )  # fmt: skip
