"""Backup and restore, whatever the database: all comes back, of one moment, or nothing does."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from engine.cli.main import main
from engine.core.effects import Message, Send
from engine.core.session import Session
from engine.errors import StatechatError
from engine.runtime.letters import of_message
from engine.runtime.presence import WORKERS
from engine.stores.inbox.protocol import Waiting
from engine.stores.protocol import Dead, Item, Record, Store
from engine.stores.records.protocol import Entry, Shape, Space
from engine.stores.sqlite import SqliteStore
from engine.stores.sqlite_backup import back_up, restore
from tests.contract.homes import BOT
from tests.contract.test_stores import ODD, full
from tests.servers.mongodb import named

ANN, BOB = f"{BOT}/test:1", f"{BOT}/test:2"
SPACE = Space("things", ANN)
SHAPE = Shape("things", ("n", "=n"), search=True)
ENTRY = Entry("a", 1, 1, 1, {"n": 1, "odd": ODD}, {"n": "1", "=n": "1"}, ("abc",))
SENT = Item(Send("5.3", "c", Message("🦉")), 5)
FAR = 2**53


@dataclass
class Place:
    """Where a bot keeps its data, with the backup of that kind of store."""

    path: Path
    uri: str | None
    stack: AsyncExitStack

    def another(self) -> "Place":
        """An empty one."""
        name = f"statechat_test_{uuid4().hex}"
        return Place(
            self.path.with_name(name), None if self.uri is None else named(self.uri, name),
            self.stack,
        )  # fmt: skip

    async def store(self, bot: str = BOT) -> Store:
        store: Store
        if self.uri is None:
            store = SqliteStore(self.path, bot)
        else:
            from engine.stores.mongo import MongoStore  # noqa: PLC0415 - optional

            store = MongoStore(self.uri, bot, driver="pymongo")
        await store.open()
        self.stack.push_async_callback(store.close)
        return store

    async def back_up(self, copy: Path, bot: str = BOT) -> int:
        if self.uri is None:
            return await asyncio.to_thread(back_up, self.path, bot, copy)
        from engine.stores import mongo_backup  # noqa: PLC0415 - optional

        return await mongo_backup.back_up(self.uri, bot, copy)

    async def restore(self, copy: Path, bot: str = BOT) -> int:
        if self.uri is None:
            return await asyncio.to_thread(restore, self.path, bot, copy)
        from engine.stores import mongo_backup  # noqa: PLC0415 - optional

        return await mongo_backup.restore(self.uri, bot, copy)


@pytest.fixture(params=["sqlite", "mongo"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        uri = None
        if request.param == "mongo":
            pytest.importorskip("pymongo")
            server = str(request.getfixturevalue("mongodb_uri"))
            uri = named(server, f"statechat_test_{uuid4().hex}")
            stack.push_async_callback(_drop_all, server)
        yield Place(tmp_path / "bot.sqlite3", uri, stack)


async def _drop_all(server: str) -> None:
    from pymongo import AsyncMongoClient  # noqa: PLC0415 - optional

    async with AsyncMongoClient(server) as client:
        for name in await client.list_database_names():
            if name.startswith("statechat_test_"):
                await client.drop_database(name)


async def fill(store: Store) -> None:
    """Something of everything that is stored."""
    await store.record_store.prepare([SHAPE])
    await store.commit([full(), Record(Session(BOB, 1, 5, "life", user={"n": 2**63 - 1}))])
    await store.remember(ANN, {"tg:1": 1})
    await store.keep_program("ab", {"flow.yaml": "flow: x\n", **ODD})
    for letter in (of_message(f"{ANN}#life:5.2", ANN, SENT, "blocked", 2), update()):
        await store.set_aside(letter)
    await store.put("notes", "a", ODD)
    await store.inbox.put([Waiting(ANN, "tg:2", 2, {"id": "tg:2", **ODD}, "")])
    assert await store.record_store.write(SPACE, ENTRY, 10) == "written"
    await store.record_store.note("key", 1, ["x"])


def update() -> Dead:
    return Dead("test:7", "update", "odd", 3, {"a": "x#y"})


async def everything(store: Store) -> dict[str, Any]:
    """All that the protocols give, without what is another in each life."""
    records = store.record_store
    found = await store.load([ANN, BOB])
    return {
        "sessions": {
            id_: replace(one, session=replace(one.session, incarnation=""))
            for id_, one in found.items()
        },
        "ledger": await store.ledger(ANN),
        "program": await store.program("ab"),
        "dead": [replace(one, id=one.id.rpartition(":")[2]) for one in await store.dead()],
        "notes": await store.all("notes"),
        "inbox": await store.inbox.first(ANN, 9),
        "lines": await store.inbox.lines(),
        "entries": [replace(one, slot=None) for one in await records.every(SPACE)],
        "noted": await records.noted("key"),
    }


async def test_all_comes_back_in_another_life(place: Place, tmp_path: Path) -> None:
    store, copy = await place.store(), tmp_path / "copy"
    await fill(store)
    before, lives = await everything(store), {full().session.incarnation}
    assert await place.back_up(copy) == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    empty = place.another()
    assert await empty.restore(copy) == 2
    restored = await empty.store()
    assert await everything(restored) == before
    found = await restored.load([ANN, BOB])
    assert not {one.session.incarnation for one in found.values()} & lives
    letters = [one.id for one in await restored.dead()]
    assert letters == [f"{ANN}#{found[ANN].session.incarnation}:5.2", "test:7"]
    assert await restored.discard(letters[0], 2)
    assert await store.dead() != await restored.dead()


async def test_it_is_of_one_moment_though_the_bot_writes_meanwhile(
    place: Place, tmp_path: Path
) -> None:
    store, copy = await place.store(), tmp_path / "copy"
    await store.put(WORKERS, "w", {"until": FAR})
    others = [Session(f"{BOT}/test:{1000 + number}", 1) for number in range(600)]
    await store.commit([Record(one) for one in others])
    await store.commit([Record(Session(BOB, 1)), Record(Session(ANN, 1))])
    copying = asyncio.create_task(place.back_up(copy))
    rev = 1
    while not copying.done():
        rev += 1
        for owner in (ANN, BOB):
            await store.commit([Record(Session(owner, rev))])
    await copying
    assert rev > 2
    empty = place.another()
    await empty.restore(copy)
    found = await (await empty.store()).load([ANN, BOB])
    assert 0 <= found[ANN].session.rev - found[BOB].session.rev <= 1


async def test_half_a_backup_is_refused_and_nothing_is_written(
    place: Place, tmp_path: Path
) -> None:
    store, copy, half = await place.store(), tmp_path / "copy", tmp_path / "half"
    await fill(store)
    await place.back_up(copy)
    whole = copy.read_bytes()
    empty = place.another()
    lengths = [0, 3, 20, len(whole) // 3, len(whole) // 2, len(whole) - 4096, len(whole) - 1]
    for length in lengths:
        half.write_bytes(whole[: max(0, length)])
        await _refused(lambda: empty.restore(half), "backup:damaged", "store:damaged")
    assert [name for name in names(tmp_path) if name.endswith(".part")] == []
    assert await (await empty.store()).owners(f"{BOT}/", "", 9) == []


async def test_nothing_is_overwritten(place: Place, tmp_path: Path) -> None:
    store, copy = await place.store(), tmp_path / "copy"
    await fill(store)
    copy.write_text("mine")
    await _refused(lambda: place.back_up(copy), "backup:exists")
    assert copy.read_text() == "mine"
    copy.unlink()
    await place.back_up(copy)
    before = await everything(store)
    await store.close()
    await _refused(lambda: place.restore(copy), "backup:exists")
    assert await everything(await place.store()) == before


async def test_a_backup_of_another_bot_is_refused(place: Place, tmp_path: Path) -> None:
    await fill(await place.store())
    copy = tmp_path / "copy"
    await place.back_up(copy)
    await _refused(lambda: place.another().restore(copy, "other"), "store:foreign")


async def test_a_file_that_cannot_be_written_or_read_is_told(place: Place, tmp_path: Path) -> None:
    await place.store()
    codes = ("backup:file", "store:unreachable")
    await _refused(lambda: place.back_up(tmp_path / "none" / "copy"), *codes)
    await _refused(lambda: place.another().restore(tmp_path / "none"), *codes)


def names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


async def _refused(work: Callable[[], Awaitable[object]], *codes: str) -> None:
    with pytest.raises(StatechatError) as caught:
        await work()
    assert caught.value.code in codes
    assert caught.value.cure


class TestMongo:
    @pytest.fixture
    async def place(self, mongodb_uri: str, tmp_path: Path) -> AsyncIterator[Place]:
        pytest.importorskip("pymongo")
        async with AsyncExitStack() as stack:
            stack.push_async_callback(_drop_all, mongodb_uri)
            yield Place(tmp_path, named(mongodb_uri, f"statechat_test_{uuid4().hex}"), stack)

    async def test_each_document_comes_back_byte_for_byte(
        self, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("secrets.token_hex", lambda _=8: "life")
        await fill(await place.store())
        await place.back_up(tmp_path / "copy")
        empty = place.another()
        await empty.restore(tmp_path / "copy")
        before = await raw(place)
        assert sum(map(len, before.values())) >= 10
        after = await raw(empty)
        before.pop("meta")
        assert after == before
        await empty.store()
        assert await raw(empty) == {**after, "meta": (await raw(place))["meta"]}

    async def test_a_garbled_backup_is_refused(self, place: Place, tmp_path: Path) -> None:
        await fill(await place.store())
        copy, empty = tmp_path / "copy", place.another()
        await place.back_up(copy)
        whole = copy.read_bytes()
        for at in range(18, len(whole), len(whole) // 40):
            copy.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            await _refused(lambda: empty.restore(copy), "backup:damaged", "store:newer")
        copy.write_bytes(whole + b"x")
        await _refused(lambda: empty.restore(copy), "backup:damaged")
        assert await raw(empty) == {}

    async def test_other_bots_in_the_database_are_left_alone(
        self, place: Place, tmp_path: Path
    ) -> None:
        await fill(await place.store())
        other = await place.store("other")
        await other.put("notes", "a", {"of": "other"})
        await other.commit([Record(Session("other/test:1", 1))])
        copy, target = tmp_path / "copy", place.another()
        await place.back_up(copy)
        neighbour = await target.store("other")
        await neighbour.put("notes", "a", {"of": "neighbour"})
        assert await target.restore(copy) == 2
        assert await neighbour.all("notes") == {"a": {"of": "neighbour"}}
        assert await neighbour.load(["other/test:1"]) == {}

    async def test_a_restore_that_broke_off_opens_to_no_bot_and_is_done_again(
        self, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from engine.stores import mongo_backup  # noqa: PLC0415 - optional

        store = await place.store()
        await fill(store)
        copy, target = tmp_path / "copy", place.another()
        await place.back_up(copy)
        with monkeypatch.context() as patch:
            patch.setattr(mongo_backup, "BATCH", 1)
            patch.setattr(mongo_backup, "_anew", _failing_at(5, mongo_backup._anew))
            with pytest.raises(RuntimeError):
                await target.restore(copy)
        assert sum(map(len, (await raw(target)).values())) > 2
        await _refused(target.store, "store:restoring")
        assert await target.restore(copy) == 2
        assert await everything(await target.store()) == await everything(store)

    @pytest.mark.parametrize("code", [20, 263, 246, 290])
    async def test_where_there_is_no_picture_of_one_moment_the_bot_has_to_be_stopped(
        self, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
    ) -> None:
        from pymongo.errors import OperationFailure  # noqa: PLC0415 - optional

        from engine.stores import mongo_backup  # noqa: PLC0415 - optional

        real = mongo_backup._copy

        async def alone(client: object, bot: str, writer: Any, session: object = None) -> None:  # noqa: ANN401 - as it comes
            if session is not None:
                raise OperationFailure("no transactions", code)
            await real(client, bot, writer)

        monkeypatch.setattr(mongo_backup, "_copy", alone)
        store, copy = await place.store(), tmp_path / "copy"
        await store.put(WORKERS, "w", {"until": FAR})
        await _refused(lambda: place.back_up(copy), "backup:running")
        assert names(tmp_path) == []
        await store.put(WORKERS, "w", {"until": 1})
        await place.back_up(copy)

    async def test_a_bot_that_starts_in_the_middle_spoils_the_backup(
        self, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from engine.stores import mongo_backup  # noqa: PLC0415 - optional

        store, real = await place.store(), mongo_backup._copy

        async def starting(*arguments: Any) -> None:  # noqa: ANN401 - as they come
            await real(*arguments)
            await store.put(WORKERS, "w", {"until": FAR})

        monkeypatch.setattr(mongo_backup, "_copy", starting)
        await _refused(lambda: place.back_up(tmp_path / "copy"), "backup:running")
        assert names(tmp_path) == []


async def raw(place: Place) -> dict[str, list[bytes]]:
    """The bytes of each document, by collection."""
    from bson.codec_options import CodecOptions  # noqa: PLC0415 - optional
    from bson.raw_bson import RawBSONDocument  # noqa: PLC0415 - optional
    from pymongo import AsyncMongoClient  # noqa: PLC0415 - optional

    options: Any = CodecOptions(document_class=RawBSONDocument)
    async with AsyncMongoClient(place.uri) as client:
        database = client.get_default_database()
        found = {
            name: sorted(
                [bytes(one.raw) async for one in database.get_collection(name, options).find()]
            )
            for name in await database.list_collection_names()
        }
    return {name: documents for name, documents in found.items() if documents}


def _failing_at(number: int, real: Callable[..., Any]) -> Callable[..., Any]:
    calls = iter(range(number))

    def failing(*arguments: Any) -> Any:  # noqa: ANN401 - as they come
        if next(calls, None) is None:
            raise RuntimeError("cut off")
        return real(*arguments)

    return failing


class TestCommands:
    @pytest.fixture
    def folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mongodb_uri: str
    ) -> Iterator[Path]:
        pytest.importorskip("motor")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("MONGODB_URI", named(mongodb_uri, f"statechat_test_{uuid4().hex}"))
        (tmp_path / "demo").mkdir()
        flow = (
            "flow: demo\nstates: {end: {type: final, say: Hi}}\ninitial: end\ntriggers: [/start]\n"
        )
        (tmp_path / "demo" / "demo.yaml").write_text(flow, encoding="utf-8")
        yield tmp_path
        asyncio.run(_drop_all(mongodb_uri))

    def test_they_are_the_same_with_a_mongodb(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, mongodb_uri: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        async def work() -> None:
            from engine.stores.mongo import MongoStore  # noqa: PLC0415 - optional

            store = MongoStore(os.environ["MONGODB_URI"], BOT)
            await store.open()
            await store.commit([Record(Session(ANN, 1))])
            await store.close()

        asyncio.run(work())
        assert main(["backup", "demo", "monday"]) == 0
        size = (folder / "monday").stat().st_size
        assert capsys.readouterr().out == f"monday: {size} bytes\n"
        assert main(["restore", "demo", "monday"]) == 1
        assert "[backup:exists]" in capsys.readouterr().err
        monkeypatch.setenv("MONGODB_URI", named(mongodb_uri, f"statechat_test_{uuid4().hex}"))
        assert main(["restore", "demo", "monday"]) == 0
        assert capsys.readouterr().out.endswith(": 1 persons\n")
