"""Connecting to MongoDB, and what its drivers' errors mean to us."""

import gc
import importlib
import socket
import sys
import warnings
from collections.abc import Callable

import pytest

from engine.core.session import Session
from engine.errors import StatechatError
from engine.stores.protocol import Record

pymongo_errors = pytest.importorskip("pymongo.errors")
pytest.importorskip("motor")

from engine.stores import mongo_client  # noqa: E402 - optional
from engine.stores.mongo import MongoStore  # noqa: E402 - optional
from engine.stores.mongo_client import Driver, translate  # noqa: E402 - optional

DRIVERS: tuple[Driver, ...] = ("motor", "pymongo")


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_server_that_does_not_answer_is_told_without_the_password(
    driver: Driver, closed_port: int
) -> None:
    uri = f"mongodb://ann:secret@127.0.0.1:{closed_port}/?serverSelectionTimeoutMS=200"
    store = MongoStore(uri, "demo", driver=driver)
    with pytest.raises(StatechatError) as caught:
        await store.open()
    assert caught.value.code == "store:unreachable"
    assert caught.value.cure
    assert "secret" not in str(caught.value)
    assert "Topology" not in str(caught.value)
    assert "configured timeouts" not in str(caught.value)
    # pymongo's asyncio client leaves a socket to the collector when it is closed while connecting
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    "uri", ["mongodb://h:99999", "mongodb://", "mongodb://a:b@c@d/", "mongodb://h:x"]
)
async def test_a_malformed_address_is_told(driver: Driver, uri: str) -> None:
    with pytest.raises(StatechatError) as caught:
        await MongoStore(uri, "demo", driver=driver).open()
    assert caught.value.code == "mongo:uri"


@pytest.mark.parametrize("driver", DRIVERS)
async def test_the_address_wins_over_our_options(driver: Driver) -> None:
    async def options(uri: str) -> tuple[bool, float]:
        client = mongo_client.connect(uri, driver)
        found = client.options
        await mongo_client.disconnect(client)
        return found.retry_writes, found.server_selection_timeout

    assert await options("mongodb://127.0.0.1/x") == (False, 3)
    given = "mongodb://127.0.0.1/x?RetryWrites=true&serverselectiontimeoutms=500"
    assert await options(given) == (True, 0.5)


async def test_writes_are_durable_whatever_the_address_says() -> None:
    client = mongo_client.connect("mongodb://127.0.0.1/own?w=0&journal=false", "pymongo")
    sessions = mongo_client.collection(client, "sessions")
    await mongo_client.disconnect(client)
    assert sessions.database.name == "own"
    assert sessions.write_concern.document["w"] == "majority"
    assert sessions.write_concern.document["j"] is True
    assert sessions.read_concern.level == "majority"


@pytest.mark.parametrize(
    ("make", "read", "write"),
    [
        (lambda e: e.ServerSelectionTimeoutError("x"), "store:unreachable", "store:unreachable"),
        (lambda e: e.NetworkTimeout("x"), "store:unreachable", "store:unknown"),
        (lambda e: e.AutoReconnect("x"), "store:unreachable", "store:unknown"),
        (lambda e: e.NotPrimaryError("x"), "store:unreachable", "store:unknown"),
        (lambda e: e.WTimeoutError("x", 64), "store:failed", "store:unknown"),
        (lambda e: e.WriteConcernError("x", 91), "store:failed", "store:unknown"),
        (lambda e: e.OperationFailure("x", 11600), "store:failed", "store:unknown"),
        (lambda e: e.OperationFailure("x", 13), "store:unauthorized", "store:unauthorized"),
        (lambda e: e.OperationFailure("x", 18), "store:unauthorized", "store:unauthorized"),
    ],
)
def test_only_what_surely_was_not_written_is_not_unknown(
    make: Callable[..., Exception], read: str, write: str
) -> None:
    error = make(pymongo_errors)
    assert isinstance(error, pymongo_errors.PyMongoError)
    assert translate(error, wrote=False).code == read
    assert translate(error, wrote=True).code == write


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"writeErrors": [{"index": 1, "code": 11000}], "writeConcernErrors": []}, [True, False]),
        ({"writeErrors": [{"index": 1, "code": 112}], "writeConcernErrors": []}, "store:unknown"),
        ({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}, "store:unknown"),
    ],
)
async def test_a_lost_race_is_of_one_record_and_anything_else_is_unknown(
    monkeypatch: pytest.MonkeyPatch, details: dict[str, object], expected: object
) -> None:
    class Sessions:
        async def bulk_write(self, *_: object, **__: object) -> None:
            raise pymongo_errors.BulkWriteError({**details, "upserted": []})

    store = MongoStore("mongodb://127.0.0.1/x", "demo")
    monkeypatch.setattr(store, "_collection", lambda _name: Sessions())
    records = [Record(Session(f"demo/test:{name}", 2)) for name in "ab"]
    if isinstance(expected, list):
        assert await store.commit(records) == expected
    else:
        with pytest.raises(StatechatError) as caught:
            await store.commit(records)
        assert caught.value.code == expected


async def test_a_document_that_is_too_big_is_refused_before_anything_is_sent() -> None:
    store = MongoStore("mongodb://127.0.0.1/x", "demo")
    big = Record(Session("demo/test:1", 1, user={"x": "x" * (17 << 20)}))
    with pytest.raises(StatechatError) as caught:
        await store.commit([Record(Session("demo/test:2", 1)), big])
    assert caught.value.code == "store:too_big"


@pytest.mark.parametrize("module", ["pymongo", "motor.motor_asyncio"])
async def test_a_driver_that_is_not_installed_is_told_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "engine.stores.mongo_client")
    with pytest.raises(StatechatError) as caught:
        importlib.import_module("engine.stores.mongo_client").connect("mongodb://h/x", "motor")
    assert caught.value.code == "mongo:missing"
    assert caught.value.cure == "pip install 'statechat[mongo]'"
