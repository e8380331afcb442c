"""Databases of their own for the tests of stores."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pytest

from engine.stores.batch import Batched
from engine.stores.protocol import Store
from engine.stores.sqlite import SqliteStore
from tests.servers.mongodb import named

BOT = "demo"


@dataclass
class Home:
    """A database of its own; `store()` gives an open store on it, with the name of a bot."""

    make: Callable[[str], Store]
    stack: AsyncExitStack
    concurrent: bool
    """Whether several stores may be open at once."""

    async def store(self, bot: str = BOT) -> Store:
        store = self.make(bot)
        await store.open()
        self.stack.push_async_callback(store.close)
        return store


def home_of(kind: str, stack: AsyncExitStack, folder: Path, server: Callable[[], str]) -> Home:
    """A home of a kind; `server` gives the address of a MongoDB, where one is needed."""
    if kind.startswith("sqlite"):
        path = folder / "data" / "bot.db"
        if kind == "sqlite":
            return Home(lambda bot: SqliteStore(path, bot), stack, concurrent=False)
        return Home(lambda bot: Batched(SqliteStore(path, bot)), stack, concurrent=False)
    pytest.importorskip("pymongo")
    if kind == "mongo-motor":
        pytest.importorskip("motor")
    from pymongo import AsyncMongoClient  # noqa: PLC0415 - optional

    from engine.stores.mongo import MongoStore  # noqa: PLC0415 - optional

    address = server()
    name = f"statechat_test_{uuid4().hex}"
    uri = named(address, name)
    driver: Literal["motor", "pymongo"] = "motor" if kind == "mongo-motor" else "pymongo"
    stack.push_async_callback(_drop, AsyncMongoClient(address), name)
    return Home(lambda bot: MongoStore(uri, bot, driver=driver), stack, concurrent=True)


async def _drop(client: Any, database: str) -> None:  # noqa: ANN401 - the driver is optional
    await client.drop_database(database)
    await client.close()
