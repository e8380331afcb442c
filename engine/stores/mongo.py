"""The store for those who run bots: one MongoDB document a person, shared by bots and workers."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.core.values import Value
from engine.errors import StatechatError
from engine.stores import mongo_client
from engine.stores.document import damaged, decode, encode
from engine.stores.inbox.mongo import MongoInbox
from engine.stores.inbox.protocol import InboxStore
from engine.stores.mongo_client import DUPLICATE, Client, Collection, Driver, told, unknown
from engine.stores.mongo_codec import checked, pack, unpack
from engine.stores.mongo_durable import confirmed, refuse_what_forgets, unconfirmed_refused
from engine.stores.protocol import Dead, Record, beyond
from engine.stores.records.mongo import MongoRecords
from engine.stores.records.protocol import RecordStore

# after ours, which tells how to install it
from pymongo import InsertOne, ReplaceOne  # isort: skip
from pymongo.errors import BulkWriteError, DuplicateKeyError  # isort: skip

SCHEMA: Final = 1


class MongoStore:
    """Sessions and documents of one bot in the database that `uri` names, else `statechat`.

    Each write is on the disks of a majority before it is confirmed. Only what addresses a document
    by `_id`, or a bot's documents by an index, is asked of the server.
    """

    def __init__(self, uri: str, bot: str, *, driver: Driver = "motor") -> None:
        self._uri = uri
        self._bot = bot
        self._driver = driver
        self._client: Client = None
        self.record_store: RecordStore = MongoRecords(bot, self._collection)
        self._inbox = MongoInbox(bot, lambda: self._collection("inbox"))
        self.inbox: InboxStore = self._inbox

    async def open(self) -> None:
        """Connect, make collections and indexes, and refuse a server that is not durable.

        Raises:
            StatechatError: `store:unreachable`, `store:unauthorized`, `store:newer`,
                `store:not_durable`, `store:readonly`, `store:restoring`, `mongo:missing`,
                `mongo:uri`.
        """
        self._client = mongo_client.connect(self._uri, self._driver)
        try:
            with told():
                await self._prepare()
        except BaseException:
            await self.close()
            raise

    async def _prepare(self) -> None:
        await refuse_what_forgets(self._client)
        meta = self._collection("meta")
        with unconfirmed_refused():
            found = await meta.find_one({"_id": "schema"})
        if found is not None and found["version"] > SCHEMA:
            raise StatechatError(
                "store:newer",
                f"The database has version {found['version']}; this program knows {SCHEMA}.",
                cure="Update Statechat: a newer one has written to this database.",
            )
        if await meta.find_one({"_id": f"restoring:{self._bot}"}):
            raise StatechatError(
                "store:restoring",
                f"A restore of the bot `{self._bot}` did not come to its end.",
                cure="Do it again: statechat restore BOT FILE",
            )
        await confirmed(meta, {"_id": "schema", "version": SCHEMA})
        sessions = self._collection("sessions")
        for field in ("wake_at", "out_at"):
            await sessions.create_index(
                [("bot", 1), (field, 1), ("_id", 1)],
                name=f"bot_{field}",
                partialFilterExpression={field: {"$exists": True}},
            )
        for name, keys in (
            ("received", ("bot", "order")),
            ("documents", ("bot", "collection", "id")),
            ("dead", ("bot", "at")),
        ):
            await self._collection(name).create_index([(key, 1) for key in keys])
        await self._inbox.prepare()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await mongo_client.disconnect(client)

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        if not ids:
            return {}
        wanted = list(ids)
        # room for one more says in the first answer that there is no other
        found = await self._find("sessions", {"_id": {"$in": wanted}}, batch_size=len(wanted) + 1)
        return {document["_id"]: decode(unpack(document)) for document in found}

    async def raw(self, id_: str) -> tuple[int, str] | None:
        document = await self._one("sessions", id_)
        if document is None:
            return None
        rev = document.get("rev")
        if rev.__class__ is not int:
            raise damaged(id_, "its `rev` is no whole number")
        return rev, json.dumps(unpack(document), ensure_ascii=False, default=str)

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        """Write records; see `Store.commit`.

        The upsert is what tells a lost race: it finds no document of the revision before, and the
        insert that follows meets the one that is there. Where none is there the write is undone.
        """
        if not records:
            return []
        documents = [checked(pack(encode(record))) for record in records]
        replacements = [
            ReplaceOne({"_id": new["_id"], "rev": new["rev"] - 1}, new, upsert=True)
            for new in documents
        ]
        won = [True] * len(documents)
        with told(wrote=True):
            try:
                result = await self._collection("sessions").bulk_write(replacements, ordered=False)
                inserted = result.upserted_ids
            except BulkWriteError as error:
                for lost in _duplicates(error):
                    won[lost] = False
                inserted = [upserted["index"] for upserted in error.details["upserted"]]
            for index in inserted or ():
                if documents[index]["rev"] > 1:
                    await self._undo_insert(documents[index])
                    won[index] = False
        return won

    async def _undo_insert(self, document: Mapping[str, Any]) -> None:
        """Remove a session that was removed by hand before, and that a late write brought back."""
        own = {"_id": document["_id"], "rev": document["rev"]}
        await self._collection("sessions").delete_one(own)

    async def owners(self, prefix: str, after: str, limit: int) -> list[str]:
        if limit < 1:  # to the server, 0 is no limit
            return []
        found = await self._find(
            "sessions",
            {"_id": {"$gte": max(prefix, after), "$ne": after, "$lt": beyond(prefix)}},
            projection={"_id": 1},
            sort=[("_id", 1)],
            limit=limit,
        )
        return [session["_id"] for session in found]

    async def due(self, now: int, limit: int) -> list[str]:
        return await self._until("wake_at", now, limit)

    async def outgoing(self, now: int, limit: int) -> list[str]:
        return await self._until("out_at", now, limit)

    async def next_due(self) -> int | None:
        return await self._first("wake_at")

    async def next_outgoing(self) -> int | None:
        return await self._first("out_at")

    async def remember(self, owner: str, ids: Mapping[str, int]) -> None:
        entries = [
            checked({"_id": _key(owner, id_), "bot": self._bot, "id": id_, "order": order})
            for id_, order in ids.items()
        ]
        if entries:
            with told(wrote=True):
                try:
                    await self._collection("received").bulk_write(
                        [InsertOne(entry) for entry in entries], ordered=False
                    )
                except BulkWriteError as error:
                    _duplicates(error)

    async def received(self, owner: str, id_: str) -> bool:
        return await self._one("received", _key(owner, id_)) is not None

    async def ledger(self, owner: str) -> dict[str, int]:
        # an `_id` begins with the owner as JSON; a quote follows, and `#` follows that
        begin = _key(owner, "")[: -len('""]')]
        found = await self._find("received", {"_id": {"$gte": begin, "$lt": f"{begin}#"}})
        return {entry["id"]: int(entry["order"]) for entry in found}

    async def named(self, id_: str) -> dict[str, dict[str, Value]]:
        found = await self._find("documents", {"bot": self._bot, "id": id_})
        return {document["collection"]: unpack(document["document"]) for document in found}

    async def scrub(self) -> None:
        """Nothing: the server writes its files as it likes."""

    async def forget(self, source: str, below: int) -> None:
        # `;` follows `:`: the ids that begin with the source are a range
        prefix = {"$gte": f"{source}:", "$lt": f"{source};"}
        with told(wrote=True):
            await self._collection("received").delete_many(
                {"bot": self._bot, "order": {"$lt": below}, "id": prefix}
            )

    async def keep_program(self, hash_: str, source: Mapping[str, Value]) -> None:
        program = {"_id": _key(self._bot, hash_), "bot": self._bot, "source": pack(source)}
        await self._insert("programs", program)

    async def program(self, hash_: str) -> dict[str, Value] | None:
        return _content(await self._one("programs", _key(self._bot, hash_)), "source")

    async def programs(self) -> set[str]:
        found = await self._find("programs", {"bot": self._bot}, projection=["_id"])
        return {json.loads(program["_id"])[-1] for program in found}

    async def versions(self) -> set[str]:
        named: set[str] = set()
        with told():
            sessions = self._collection("sessions").find({"bot": self._bot}, projection=["chats"])
            async for session in sessions:
                for chat in session.get("chats", {}).values():
                    kept = [frame for one in chat.get("back", ()) for frame in one["frames"]]
                    named.update(frame["hash"] for frame in (*chat.get("stack", ()), *kept))
        return named

    async def set_aside(self, dead: Dead) -> None:
        letter = {
            "_id": _key(self._bot, dead.id), "bot": self._bot, "id": dead.id, "kind": dead.kind,
            "reason": dead.reason, "at": dead.at, "payload": pack(dead.payload),
        }  # fmt: skip
        await self._insert("dead", letter)

    async def dead(self) -> list[Dead]:
        found = await self._find("dead", {"bot": self._bot}, sort=[("at", 1), ("_id", 1)])
        return [
            Dead(letter["id"], letter["kind"], letter["reason"], letter["at"], letter["payload"])
            for letter in map(unpack, found)
        ]

    async def discard(self, id_: str, at: int) -> bool:
        return await self._delete("dead", {"_id": _key(self._bot, id_), "at": at})

    async def get(self, collection: str, id_: str) -> dict[str, Value] | None:
        return _content(await self._one("documents", self._address(collection, id_)), "document")

    async def put(self, collection: str, id_: str, document: Mapping[str, Value]) -> None:
        stored = checked(self._document(collection, id_, document))
        with told(wrote=True):
            await self._collection("documents").replace_one(
                {"_id": stored["_id"]}, stored, upsert=True
            )

    async def add(self, collection: str, id_: str, document: Mapping[str, Value]) -> bool:
        return await self._insert("documents", self._document(collection, id_, document))

    async def remove(self, collection: str, id_: str) -> bool:
        return await self._delete("documents", {"_id": self._address(collection, id_)})

    async def all(self, collection: str) -> dict[str, dict[str, Value]]:
        found = await self._find(
            "documents", {"bot": self._bot, "collection": collection}, sort=[("id", 1)]
        )
        return {document["id"]: unpack(document["document"]) for document in found}

    def _document(self, collection: str, id_: str, document: Mapping[str, Value]) -> dict[str, Any]:
        return {
            "_id": self._address(collection, id_), "bot": self._bot, "collection": collection,
            "id": id_, "document": pack(document),
        }  # fmt: skip

    def _address(self, collection: str, id_: str) -> str:
        return _key(self._bot, collection, id_)

    def _collection(self, name: str) -> Collection:
        if self._client is None:
            raise StatechatError("store:closed", "The connection to the database is not open.")
        return mongo_client.collection(self._client, name)

    async def _find(self, name: str, query: Mapping[str, Any], **options: object) -> list[Any]:
        with told():
            found: list[Any] = await self._collection(name).find(query, **options).to_list(None)
        return found

    async def _one(self, name: str, id_: str) -> dict[str, Any] | None:
        with told():
            found: dict[str, Any] | None = await self._collection(name).find_one({"_id": id_})
        return found

    async def _insert(self, name: str, document: dict[str, Any]) -> bool:
        """Insert a document; false if one of its `_id` is there."""
        document = checked(document)
        with told(wrote=True):
            try:
                await self._collection(name).insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    async def _delete(self, name: str, query: Mapping[str, Any]) -> bool:
        with told(wrote=True):
            result = await self._collection(name).delete_one(query)
        return bool(result.deleted_count)

    async def _until(self, field: str, now: int, limit: int) -> list[str]:
        if limit < 1:  # to the server, 0 is no limit
            return []
        found = await self._find(
            "sessions",
            {"bot": self._bot, field: {"$exists": True, "$lte": now}},
            projection={"_id": 1},
            sort=[(field, 1), ("_id", 1)],
            limit=limit,
        )
        return [session["_id"] for session in found]

    async def _first(self, field: str) -> int | None:
        found = await self._find(
            "sessions",
            {"bot": self._bot, field: {"$exists": True}},
            projection={field: 1},
            sort=[(field, 1)],
            limit=1,
        )
        return int(found[0][field]) if found else None


def _duplicates(error: BulkWriteError) -> list[int]:
    """Places in the batch that met a document of the same `_id`.

    Raises:
        StatechatError: `store:unknown` for any other error, of a place or of the batch.
    """
    failed = error.details["writeErrors"]
    others = [found for found in failed if found["code"] != DUPLICATE]
    if others or error.details["writeConcernErrors"]:
        raise unknown(str(others or error.details["writeConcernErrors"])[:500]) from error
    return [found["index"] for found in failed]


def _key(*parts: str) -> str:
    """One `_id` of several texts, whatever they hold."""
    return json.dumps(parts, ensure_ascii=False)


def _content(document: dict[str, Any] | None, field: str) -> dict[str, Value] | None:
    if document is None:
        return None
    content: dict[str, Value] = unpack(document[field])
    return content
