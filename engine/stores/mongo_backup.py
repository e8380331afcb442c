"""Copies of all that a bot keeps in its MongoDB: taken while it runs, and put back.

A database may be shared by several bots: only what is this bot's is read and written.
"""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from engine.errors import StatechatError
from engine.stores import mongo_client
from engine.stores.archive import Reader, Writer
from engine.stores.files import readable
from engine.stores.lives import Lives
from engine.stores.mongo import SCHEMA
from engine.stores.mongo_client import Client, told
from engine.stores.mongo_codec import safe_name
from engine.stores.mongo_durable import refuse_what_forgets

# after ours, which tells how to install it
from pymongo import ReadPreference  # isort: skip
from pymongo.errors import OperationFailure  # isort: skip
from pymongo.read_concern import ReadConcern  # isort: skip

SHARED: Final = ("sessions", "received", "dead", "inbox", "documents", "record_notes", "programs")
"""Collections in which each document names its bot; letters come after the sessions."""
BATCH: Final = 500
"""Documents in one write of a restore."""
WORKERS: Final = "workers"
"""The collection of documents in which those who run say so: `engine.runtime.presence`."""
_ALONE: Final = frozenset({20, 263})
"""A server that is no member of a replica set has no transactions."""
_TOO_OLD: Final = frozenset({239, 246, 251, 290})
"""It keeps the picture of one moment for a minute only."""


async def back_up(uri: str, bot: str, copy: Path) -> int:
    """Write all that is the bot's, as it is at one moment, to a file; its size in bytes.

    Raises:
        StatechatError: `backup:exists`, `backup:running`, `backup:file`, and those of a store that
            is away.
    """
    async with _connected(uri) as client:
        with told():
            running = await _running(client, bot)
        head = {"bot": bot, "schema": SCHEMA, "at": time.time_ns() // 1_000_000}
        with readable(copy), Writer(copy, head) as writer, told():
            if running:
                await _at_one_moment(client, bot, writer)
            else:
                await _copy(client, bot, writer)
                if await _running(client, bot):
                    raise _moves("the bot was started while the backup was taken")
            return writer.finish()


async def restore(uri: str, bot: str, copy: Path) -> int:
    """Put all of a backup into the database; gives the number of sessions.

    Each session gets a new incarnation, so that no id that was used since the backup comes again.
    A restore that breaks off leaves a mark, with which no bot opens the database; the next one
    begins anew.

    Raises:
        StatechatError: `backup:exists`, `backup:damaged`, `store:foreign`, `store:newer`, and
            those of a store that is away.
    """
    with readable(copy):
        reader = Reader(copy)
    _refuse_other(reader.head, bot, copy)
    async with _connected(uri) as client:
        meta, mark = mongo_client.collection(client, "meta"), {"_id": f"restoring:{bot}"}
        with told():
            await refuse_what_forgets(client)
            found = await meta.find_one({"_id": "schema"})
            broken_off = await meta.find_one(mark)
        _refuse_newer(f"database of `{bot}`", found["version"] if found else SCHEMA)
        with told(wrote=True), readable(copy):
            if broken_off:
                await _clear(client, bot)
            elif await _holds(client, bot):
                raise StatechatError(
                    "backup:exists",
                    f"The bot `{bot}` has something in this database already.",
                    cure="Name another database in MONGODB_URI: nothing is overwritten.",
                )
            else:
                await meta.insert_one(mark)
            number = await _fill(client, reader)
            await meta.delete_one(mark)
    return number


async def _at_one_moment(client: Client, bot: str, writer: Writer) -> None:
    """Copy in a transaction, which sees nothing of what is written meanwhile."""
    try:
        async with client.start_session() as session:
            concern = ReadConcern("snapshot")
            started = await session.start_transaction(
                read_concern=concern, read_preference=ReadPreference.PRIMARY
            )
            async with started:
                await _copy(client, bot, writer, session)
    except OperationFailure as error:
        if error.code in _ALONE:
            raise _moves("the bot runs, and a server alone has no picture of one moment") from error
        if error.code in _TOO_OLD:
            raise _moves("the bot runs, and there is too much to copy in a minute") from error
        raise


async def _copy(client: Client, bot: str, writer: Writer, session: object = None) -> None:
    database = client.get_default_database(mongo_client.DATABASE)
    own = await _own(client, bot)
    for name in (*SHARED, *own):
        query = {} if name in own else {"bot": bot}
        if session is None:
            found = mongo_client.collection(client, name).find(query, batch_size=BATCH)
        else:  # its concern is that of the transaction
            found = database[name].find(query, session=session, batch_size=BATCH)
        async for document in found:
            writer.add(name, document)


async def _fill(client: Client, reader: Reader) -> int:
    lives = Lives()
    batch: list[dict[str, Any]] = []
    into = ""
    for name, document in reader:
        if batch and (name != into or len(batch) >= BATCH):
            await mongo_client.collection(client, into).insert_many(batch)
            batch = []
        into = name
        batch.append(_anew(name, document, lives))
    if batch:
        await mongo_client.collection(client, into).insert_many(batch)
    return len(lives)


def _anew(name: str, document: dict[str, Any], lives: Lives) -> dict[str, Any]:
    if name == "sessions":
        lives.begin(document)
    elif name == "dead":
        document["id"] = lives.letter(document["id"])
        bot, _ = json.loads(document["_id"])
        document["_id"] = json.dumps((bot, document["id"]), ensure_ascii=False)
    return document


def _refuse_other(head: Mapping[str, Any], bot: str, copy: Path) -> None:
    if head.get("bot") != bot:
        raise StatechatError(
            "store:foreign",
            f"The backup `{copy}` is of the bot `{head.get('bot')}`, not of `{bot}`.",
            cure="Name that bot; its conversations are of no use to another one.",
        )
    _refuse_newer(f"backup `{copy}`", head.get("schema", SCHEMA))


def _refuse_newer(what: str, version: int) -> None:
    if version > SCHEMA:
        raise StatechatError(
            "store:newer",
            f"The {what} has version {version}; this program knows {SCHEMA}.",
            cure="Update Statechat: a newer one has written it.",
        )


async def _own(client: Client, bot: str) -> list[str]:
    """The collections that hold the bot's records."""
    begin = f"records.{safe_name(bot)}."
    database = client.get_default_database(mongo_client.DATABASE)
    names = await database.list_collection_names()
    return sorted(name for name in names if name.startswith(begin))


async def _holds(client: Client, bot: str) -> bool:
    for name in SHARED:
        if await mongo_client.collection(client, name).find_one({"bot": bot}, projection=["_id"]):
            return True
    for name in await _own(client, bot):
        if await mongo_client.collection(client, name).find_one({}, projection=["_id"]):
            return True
    return False


async def _clear(client: Client, bot: str) -> None:
    """Remove what a restore has left that broke off."""
    for name in SHARED:
        await mongo_client.collection(client, name).delete_many({"bot": bot})
    for name in await _own(client, bot):
        await mongo_client.collection(client, name).delete_many({})


async def _running(client: Client, bot: str) -> bool:
    """Whether a worker says that it runs."""
    now = time.time_ns() // 1_000_000
    documents = mongo_client.collection(client, "documents")
    async for worker in documents.find({"bot": bot, "collection": WORKERS}):
        if worker["document"]["until"] >= now:
            return True
    return False


def _moves(reason: str) -> StatechatError:
    return StatechatError(
        "backup:running",
        f"There is no backup of one moment: {reason}.",
        cure="Stop all workers of the bot, and take the backup then.",
    )


@asynccontextmanager
async def _connected(uri: str) -> AsyncIterator[Client]:
    client = mongo_client.connect(uri, "pymongo")
    try:
        yield client
    finally:
        await mongo_client.disconnect(client)
