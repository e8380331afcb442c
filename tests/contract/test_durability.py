"""What both stores demand of their database when they are opened, and of each write after that."""

import sqlite3
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from engine.errors import StatechatError
from engine.stores import sqlite_file
from engine.stores.inbox.protocol import Waiting
from engine.stores.protocol import Dead, Store
from engine.stores.records.protocol import Entry, Shape, Space, Span
from engine.stores.sqlite import SqliteStore
from tests.contract.homes import BOT
from tests.contract.test_stores import full, record

Driver = Literal["motor", "pymongo"]
OWNER = f"{BOT}/test:1"
SPACE = Space("things", OWNER)
SHAPE = Shape("things", ("n",), search=True)
ENTRY = Entry("a", 1, 1, 1, {"n": 1}, {"n": "1"}, ("abc",))
LOWERED: Final = (
    "w=0", "w=1", "w=1&journal=false", "w=majority&journal=false&wTimeoutMS=1",
    "readConcernLevel=local", "readPreference=secondaryPreferred",
)  # fmt: skip
WRITES: Final = frozenset(
    {"insert", "update", "delete", "findAndModify", "bulkWrite", "createIndexes", "dropIndexes"}
)
READS: Final = frozenset({"find", "aggregate", "count", "distinct"})


async def test_sqlite_syncs_each_commit_whatever_the_file_was_before(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with sqlite3.connect(path) as before:
        before.execute("PRAGMA journal_mode = DELETE")
        before.execute("PRAGMA synchronous = OFF")
    before.close()
    store = SqliteStore(path, BOT)
    await store.open()
    found = {
        name: await store._rows(f"PRAGMA {name}")
        for name in ("journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync")
    }
    await store.close()
    assert found == {
        "journal_mode": [("wal",)], "synchronous": [(2,)], "fullfsync": [(1,)],
        "checkpoint_fullfsync": [(1,)],
    }  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="the way of locking is one of Unix")
def test_a_place_where_sqlite_cannot_keep_its_log_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files locked as on some network folders have no shared memory, which the log needs."""
    real = sqlite3.connect

    def on_a_share(path: Path, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - of sqlite3
        return real(f"{path.as_uri()}?vfs=unix-dotfile", uri=True, **options)

    monkeypatch.setattr(sqlite_file.sqlite3, "connect", on_a_share)
    with pytest.raises(StatechatError, match="store:not_durable") as caught:
        sqlite_file.connect(tmp_path / "bot.db")
    assert "journal_mode = delete" in caught.value.message
    assert caught.value.cure


@pytest.mark.parametrize("pragma", ["synchronous", "fullfsync"])
async def test_what_sqlite_does_not_take_over_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pragma: str
) -> None:
    asked = {**sqlite_file._DURABLE, pragma: ("OFF", sqlite_file._DURABLE[pragma][1])}
    monkeypatch.setattr(sqlite_file, "_DURABLE", asked)
    with pytest.raises(StatechatError, match=f"`{pragma} = 0`.*store:not_durable"):
        await SqliteStore(tmp_path / "bot.db", BOT).open()


async def _everything(store: Store) -> None:
    """Each call of the protocols that reads or writes."""
    await store.record_store.prepare([SHAPE])
    await store.commit([full(), record("2")])
    await store.commit([full()])
    await store.commit([record("gone", 7)])
    await store.remember(OWNER, {"tg:1": 1})
    await store.forget("tg", 9)
    await store.keep_program("ab", {"a": 1})
    await store.set_aside(Dead("d", "event", "bad", 1, None))
    await store.put("notes", "a", {})
    await store.add("notes", "b", {})
    await store.discard("d", 1)
    await store.remove("notes", "a")
    await store.inbox.put([Waiting(OWNER, "tg:2", 2, {}, "w")])
    await store.inbox.remove(OWNER, ["tg:2"])
    await store.inbox.clear(OWNER)
    records = store.record_store
    await records.write(SPACE, ENTRY, 10)
    await records.note("key", 1, ["x"])
    reads: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: store.load([OWNER]), lambda: store.raw(OWNER), lambda: store.due(9, 9),
        lambda: store.outgoing(9, 9), store.next_due, store.next_outgoing,
        lambda: store.received(OWNER, "x"), lambda: store.ledger(OWNER), store.programs,
        lambda: store.program("ab"), store.versions, store.dead, lambda: store.named("b"),
        lambda: store.get("notes", "b"), lambda: store.all("notes"),
        lambda: store.owners(f"{BOT}/", "", 9), store.inbox.lines,
        lambda: store.inbox.first(OWNER, 9), lambda: store.inbox.holds(OWNER, "x"),
        lambda: records.fetch(SPACE, "a"), lambda: records.similar(SPACE, ["abc"], 9),
        lambda: records.select(SPACE, Span("n", ""), 9), lambda: records.noted("key"),
        lambda: records.count(SPACE, Span("n", "")), lambda: records.every(SPACE),
    )  # fmt: skip
    for read in reads:
        await read()
    await records.remove(SPACE, "a", 1)
    await records.forget_notes(9)
    await records.clear(SPACE)
    await records.forget_person(OWNER)


class TestMongo:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("motor")

    @pytest.mark.parametrize("lowered", LOWERED)
    @pytest.mark.parametrize("driver", ["motor", "pymongo"])
    async def test_each_command_asks_for_a_majority_and_its_journal_whatever_the_address_says(
        self,
        mongodb_uri: str,
        monkeypatch: pytest.MonkeyPatch,
        driver: Driver,
        lowered: str,
    ) -> None:
        from pymongo.monitoring import CommandListener, CommandStartedEvent  # noqa: PLC0415

        from engine.stores import mongo_client  # noqa: PLC0415 - optional
        from engine.stores.mongo import MongoStore  # noqa: PLC0415 - optional

        sent: list[tuple[str, Mapping[str, Any]]] = []

        class Wire(CommandListener):
            def started(self, event: CommandStartedEvent) -> None:
                sent.append((event.command_name, dict(event.command)))

            def succeeded(self, event: object) -> None: ...

            def failed(self, event: object) -> None: ...

        monkeypatch.setitem(mongo_client._DEFAULTS, "event_listeners", [Wire()])
        database = f"statechat_test_{driver}_{LOWERED.index(lowered)}"
        uri = f"{mongodb_uri.partition('?')[0].rstrip('/')}/{database}?{lowered}"
        store = MongoStore(uri, BOT, driver=driver)
        await store.open()
        try:
            await _everything(store)
        finally:
            await store._client.drop_database(database)
            await store.close()
        writes = [(name, command) for name, command in sent if name in WRITES]
        reads = [(name, command) for name, command in sent if name in READS]
        assert {name for name, _ in writes} >= {"insert", "update", "delete", "createIndexes"}
        assert {name for name, _ in reads} >= {"find", "aggregate"}
        durable = {"w": "majority", "j": True, "wtimeout": 10_000}
        assert [one for one in writes if one[1].get("writeConcern") != durable] == []
        majority = {"level": "majority"}
        assert [one for one in reads if one[1].get("readConcern") != majority] == []

    async def test_a_server_that_does_not_confirm_so_is_refused(
        self, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from pymongo import WriteConcern  # noqa: PLC0415 - optional

        from engine.stores import mongo_client  # noqa: PLC0415 - optional
        from engine.stores.mongo import MongoStore  # noqa: PLC0415 - optional

        more_than_there_are = WriteConcern(7, wtimeout=500, j=True)
        monkeypatch.setattr(mongo_client, "_DURABLE", more_than_there_are)
        uri = f"{mongodb_uri.partition('?')[0].rstrip('/')}/statechat_test_seven"
        with pytest.raises(StatechatError, match="store:not_durable") as caught:
            await MongoStore(uri, BOT).open()
        assert caught.value.cure

    @pytest.mark.parametrize(
        ("hello", "status", "code"),
        [
            ({"isWritablePrimary": True, "readOnly": True}, {}, "store:readonly"),
            ({"isWritablePrimary": False, "secondary": True}, {}, "store:readonly"),
            (
                {"isWritablePrimary": True},
                {"storageEngine": {"name": "inMemory", "persistent": False}},
                "store:not_durable",
            ),
            ({"isWritablePrimary": True}, {"storageEngine": {"persistent": True}}, None),
            ({"isWritablePrimary": True, "msg": "isdbgrid"}, {}, None),
        ],
    )
    def test_a_server_is_taken_at_its_word(
        self, hello: dict[str, Any], status: dict[str, Any], code: str | None
    ) -> None:
        from engine.stores.mongo_durable import refuse  # noqa: PLC0415 - optional

        if code is None:
            refuse(hello, status)
            return
        with pytest.raises(StatechatError, match=code):
            refuse(hello, status)

    @pytest.mark.parametrize("code", [2, 64, 100, 148])
    def test_what_a_server_cannot_promise_is_told_from_a_failure(self, code: int) -> None:
        from pymongo.errors import OperationFailure  # noqa: PLC0415 - optional

        from engine.stores.mongo_durable import unconfirmed_refused  # noqa: PLC0415 - optional

        with pytest.raises(StatechatError, match="store:not_durable"), unconfirmed_refused():
            raise OperationFailure("no", code)
        with pytest.raises(OperationFailure), unconfirmed_refused():
            raise OperationFailure("no", 11600)
