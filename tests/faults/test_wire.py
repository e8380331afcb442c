"""The wire of the fault harness: each failure is what the store says that it is."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.core.session import Session
from engine.errors import StatechatError
from engine.stores.protocol import Record

pytest.importorskip("secantus.server")
pytest.importorskip("pymongo")

from bench.faults import mongo
from bench.faults.homes import MongoHome
from engine.stores.mongo import MongoStore

OWNER = "demo/test:1"


@pytest.fixture(scope="module")
def server() -> Iterator[mongo.Server]:
    server = mongo.Server()
    yield server
    server.stop()


class Always(random.Random):
    """Chooses one kind of failure, always."""

    kind = mongo.SLOW

    def random(self) -> float:
        return 0.0

    def choice(self, seq):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as the base's
        return self.kind if self.kind in seq else seq[0]


@asynccontextmanager
async def spoilt(
    server: mongo.Server, folder: Path, kind: str
) -> AsyncIterator[tuple[MongoStore, MongoHome]]:
    """A store behind a wire on which each request fails so, from when one session is stored."""
    home = MongoHome(server, "demo", 1, 0)
    async with home:
        wire = vars(home)["_wires"][0]
        wire.chance = Always()
        wire.chance.kind = kind
        # motor closes within the loop, which the wire needs to live in meanwhile
        store = MongoStore(home.variables(0)["MONGODB_URI"], "demo", driver="pymongo")
        await store.open()
        try:
            assert await store.commit([Record(Session(OWNER, 1))]) == [True]
            home.born(0, 1.0, folder)
            yield store, home
        finally:
            await store.close()
    home.remove()


def stored(home: MongoHome) -> int:
    return int(home.stored.sessions()["test:1"]["rev"])


@pytest.mark.parametrize(
    ("kind", "found"),
    [(mongo.CUT, 1), (mongo.CUT_BEHIND, 2), (mongo.REFUSED, 1),
     (mongo.UNCONFIRMED, 2), (mongo.CONFLICT, 1)],
)  # fmt: skip
async def test_a_write_that_fails_on_the_wire_is_of_unknown_outcome(
    server: mongo.Server, tmp_path: Path, kind: str, found: int
) -> None:
    async with spoilt(server, tmp_path, kind) as (store, home):
        with pytest.raises(StatechatError) as raised:
            await store.commit([Record(Session(OWNER, 2))])
        assert raised.value.code == "store:unknown"
        for _ in range(100):  # what was cut behind its request is still on its way
            if stored(home) == found:
                break
            await asyncio.sleep(0.01)
        assert stored(home) == found
        assert home.failures[f"{kind}, write"] == 1


async def test_a_race_is_lost_to_somebody_who_writes_the_same_session(
    server: mongo.Server, tmp_path: Path
) -> None:
    async with spoilt(server, tmp_path, mongo.RACED) as (store, home):
        assert await store.commit([Record(Session(OWNER, 2, 5))]) == [False]
        assert stored(home) == 2
        assert "steps" not in home.stored.sessions()["test:1"]


async def test_a_read_that_fails_on_the_wire_is_an_outage(
    server: mongo.Server, tmp_path: Path
) -> None:
    async with spoilt(server, tmp_path, mongo.REFUSED) as (store, home):
        with pytest.raises(StatechatError) as raised:
            await store.load([OWNER])
        assert raised.value.code in {"store:unreachable", "store:failed"}
        assert home.failures[f"{mongo.REFUSED}, read"]  # the driver asks a second time


async def test_what_is_late_arrives(server: mongo.Server, tmp_path: Path) -> None:
    async with spoilt(server, tmp_path, mongo.SLOW) as (store, _):
        assert await store.commit([Record(Session(OWNER, 2))]) == [True]
        assert (await store.load([OWNER]))[OWNER].session.rev == 2


async def test_a_worker_is_struck_when_its_write_has_left(
    server: mongo.Server, tmp_path: Path
) -> None:
    async with spoilt(server, tmp_path, "none") as (store, home):
        struck = asyncio.Event()
        home.born(0, 0.0, tmp_path)
        home.doom(0, 2, struck.set)
        await store.commit([Record(Session(OWNER, 2))])
        assert not struck.is_set()
        await store.commit([Record(Session(OWNER, 3))])
        assert struck.is_set()
