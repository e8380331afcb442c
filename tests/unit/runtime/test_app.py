"""The composition root: opening, running, and taking down in order."""

import asyncio
import logging
from pathlib import Path

import pytest

from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.bus import StoppedError
from engine.runtime.ports import Host
from engine.runtime.release import Release
from tests.unit.runtime.fakes import (
    OWNER,
    FakeTransport,
    MemoryStore,
    Program,
    Running,
    log_of,
    running,
    said,
    step,
    until,
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def test_a_transport_is_given_the_bot_and_its_documents(store: MemoryStore) -> None:
    transport = FakeTransport()
    async with running(store, transport):
        host = transport.host
        assert host is not None
        assert (host.bot, host.languages, host.commands) == ("demo", ("en",), ())
        await host.documents.put("fake", "cursor", {"n": 1})
    assert store.documents["fake", "cursor"] == {"n": 1}


async def test_an_update_that_cannot_be_read_is_kept_even_through_an_outage(
    store: MemoryStore,
) -> None:
    transport = FakeTransport()
    async with running(store, transport):
        assert transport.host is not None
        store.away = True
        keeping = asyncio.create_task(transport.host.set_aside("fake:9", "unreadable", {"x": 1}))
        await asyncio.sleep(0.05)
        assert not keeping.done()
        store.away = False
        await keeping
    (letter,) = await store.dead()
    assert (letter.id, letter.kind, letter.reason) == ("fake:9", "update", "unreadable")


async def test_sources_of_flows_are_kept_before_anything_happens(store: MemoryStore) -> None:
    source: dict[str, Value] = {"flow": "x"}
    transport = FakeTransport()
    transport.ends = True
    app = App(Release(Program(sources={"h1": source}), step, Actions()), store, [transport])
    await app.run(asyncio.Event(), lambda: None)
    assert store.kept == {"h1": source}


async def test_transports_are_told_where_the_files_of_the_bot_are(
    store: MemoryStore, tmp_path: Path
) -> None:
    transport = FakeTransport()
    transport.ends = True
    app = App(Release(Program(), step, Actions()), store, [transport], root=tmp_path)
    await app.run(asyncio.Event(), lambda: None)
    assert transport.host.root == tmp_path


async def test_the_app_ends_by_itself_when_every_transport_has_ended(store: MemoryStore) -> None:
    transport = FakeTransport()
    transport.ends = True
    transport.backlog = [said(1, "a"), said(2, "b")]
    app = Running(store, transport)
    async with asyncio.timeout(5):
        await app.task
    assert transport.texts == ["echo a", "echo b"]
    assert store.records[OWNER].outbox == ()
    assert store.opened == 0


async def test_a_graceful_stop_applies_sends_and_marks_what_was_accepted(
    store: MemoryStore,
) -> None:
    transport = FakeTransport()
    owners = [f"demo/fake:u{number}" for number in range(50)]
    async with running(store, transport) as app:
        futures = [await transport.accept(said(n, f"m{n}", o)) for o in owners for n in range(4)]
        app.stop.set()
    assert all(future.done() and future.exception() is None for future in futures)
    assert len(transport.sent) == 200
    assert all(log_of(store.records[owner]) == [f"m{n}" for n in range(4)] for owner in owners)
    assert all(record.outbox == () for record in store.records.values())
    assert transport.closed


async def test_a_stop_during_an_outage_fails_the_futures_so_that_sources_deliver_again(
    store: MemoryStore,
) -> None:
    transport = FakeTransport()
    async with running(store, transport) as app:
        store.away = True
        future = await transport.accept(said(1, "a"))
        await asyncio.sleep(0.02)
        app.stop.set()
    with pytest.raises(StoppedError):
        await future
    store.away = False
    again = FakeTransport()
    async with running(store, again):
        await again.apply(said(1, "a"))
    assert again.texts == ["echo a"]


async def test_a_store_that_cannot_be_opened_is_told_as_it_is(store: MemoryStore) -> None:
    store.away = True
    app = Running(store, FakeTransport())
    with pytest.raises(StatechatError) as error:
        await app.task
    assert error.value.code == "store:unreachable"


async def test_what_was_open_is_closed_when_a_transport_cannot_be_opened(
    store: MemoryStore,
) -> None:
    class Unauthorized(FakeTransport):
        async def open(self, host: Host) -> None:
            raise StatechatError("fake:unauthorized", "the key is wrong")

    first, second = FakeTransport("first"), Unauthorized("second")
    app = App(Release(Program(), step, Actions()), store, [first, second])
    with pytest.raises(StatechatError) as error:
        await app.run(asyncio.Event(), lambda: None)
    assert error.value.code == "fake:unauthorized"
    assert first.closed
    assert not second.closed
    assert store.opened == 0


async def test_a_part_that_dies_brings_the_app_down_with_its_error(store: MemoryStore) -> None:
    class Dying(FakeTransport):
        async def feed(self) -> None:
            await self.apply(said(1, "a"))
            raise LookupError("a bug")

    transport = Dying()
    app = Running(store, transport)
    with pytest.raises(LookupError, match="a bug"):
        await app.task
    assert transport.closed
    assert store.opened == 0


async def test_two_transports_of_one_name_are_refused(store: MemoryStore) -> None:
    with pytest.raises(ValueError, match="same name"):
        App(Release(Program(), step, Actions()), store, [FakeTransport(), FakeTransport()])


async def test_an_event_that_was_applied_is_done_at_once_even_when_it_comes_again(
    store: MemoryStore,
) -> None:
    transport = FakeTransport()
    async with running(store, transport):
        await transport.apply(said(1, "a"))
        assert (await transport.accept(said(1, "a"))).done()


async def test_logs_name_ids_and_never_what_was_said(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    transport = FakeTransport()
    transport.errors["c"] = [LookupError("a bug"), OSError("no route")]
    async with running(store, transport, drain=200):
        await transport.apply(said(1, "my-secret"), said(2, "boom"))
        await until(lambda: bool(transport.tried))
    assert "fake:2" in caplog.text
    assert OWNER not in caplog.text
    assert "my-secret" not in caplog.text
