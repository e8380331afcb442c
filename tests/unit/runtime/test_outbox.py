"""Carrying messages out: order within a chat, waits, refusals, leases."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest

from engine.runtime.items import LEASE
from engine.runtime.outbox import FAULTS_MAX
from engine.runtime.ports import RefusedError
from engine.stores.document import damaged
from engine.stores.protocol import Record
from tests.unit.runtime.fakes import (
    NOW,
    OWNER,
    FakeClock,
    FakeTransport,
    MemoryStore,
    Running,
    postponed,
    running,
    said,
    settle,
    until,
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


async def test_a_delivery_is_the_same_at_each_attempt(
    store: MemoryStore, transport: FakeTransport
) -> None:
    transport.errors["c"] = [postponed(5), postponed(5)]
    async with running(store, transport):
        await transport.apply(said(1, "hi"))
        await until(lambda: bool(transport.sent))
    incarnation = store.records[OWNER].session.incarnation
    assert transport.tried[0].id == f"{OWNER}#{incarnation}:1.1"
    assert transport.tried[0].lang == "en"
    assert transport.tried == transport.tried[:1] * 3


async def test_a_postponed_message_holds_back_its_chat_and_no_other(
    store: MemoryStore, transport: FakeTransport
) -> None:
    clock = FakeClock()
    transport.errors["c"] = [postponed(), postponed(), postponed(7_000)]
    async with running(store, transport, clock=clock):
        futures = [
            await transport.accept(said(1, "a")),
            await transport.accept(said(2, "b")),
            await transport.accept(said(3, "elsewhere", chat="d")),
        ]
        await clock.advance(0)
        await asyncio.gather(*futures)
        assert transport.texts == ["echo elsewhere"]
        await clock.advance(999)
        assert len(transport.tried) == 2
        await clock.advance(1)  # a second after the first try
        assert len(transport.tried) == 3
        await clock.advance(2_000)  # twice as long after the second
        assert len(transport.tried) == 4
        await clock.advance(6_999)  # as long as it was told after the third
        assert transport.texts == ["echo elsewhere"]
        await clock.advance(1)
        assert transport.texts == ["echo elsewhere", "echo a", "echo b"]
        await clock.advance(50)
        assert store.records[OWNER].outbox == ()


async def test_waits_grow_to_a_minute_and_no_longer(
    store: MemoryStore, transport: FakeTransport
) -> None:
    clock = FakeClock()
    transport.errors["c"] = [postponed()] * 12
    moments: list[int] = []
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "a"))
        while not transport.sent:
            before = len(transport.tried)
            await clock.advance(1_000)
            if len(transport.tried) > before:
                moments.append(clock.now())
    gaps = [after - before for before, after in pairwise(moments)]
    assert gaps[-1] == 60_000
    assert max(gaps) == 60_000
    assert gaps == sorted(gaps)


async def test_a_refused_message_is_set_aside_and_the_next_one_goes(
    store: MemoryStore, transport: FakeTransport
) -> None:
    transport.errors["c"] = [RefusedError("blocked by the user")]
    async with running(store, transport):
        await transport.apply(said(1, "a"), said(2, "b"))
        await until(lambda: bool(transport.sent))
    assert transport.texts == ["echo b"]
    (letter,) = await store.dead()
    incarnation = store.records[OWNER].session.incarnation
    assert (letter.id, letter.kind) == (f"{OWNER}#{incarnation}:1.1", "message")
    assert letter.reason == "blocked by the user"
    assert isinstance(letter.payload, dict)
    assert letter.payload["owner"] == OWNER
    assert letter.payload["item"]["send"]["text"] == "echo a"  # type: ignore[index,call-overload]  # JSON
    assert store.records[OWNER].outbox == ()


async def test_a_fault_of_a_transport_is_logged_and_its_message_tried_again(
    store: MemoryStore, transport: FakeTransport, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    transport.errors["c"] = [LookupError("a bug")]
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "a"))
        await clock.advance(1_000)
    assert transport.texts == ["echo a"]
    (error,) = [entry for entry in caplog.records if entry.levelname == "ERROR"]
    assert error.exc_info is not None
    assert "echo a" not in caplog.text


async def test_a_message_that_its_transport_always_fails_on_does_not_block_its_chat(
    store: MemoryStore, transport: FakeTransport
) -> None:
    clock = FakeClock()
    transport.errors["c"] = [LookupError("a bug")] * FAULTS_MAX
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "a"))
        await transport.accept(said(2, "b"))
        for _ in range(FAULTS_MAX + 1):
            await clock.advance(60_000)
    assert transport.texts == ["echo b"]
    (letter,) = await store.dead()
    assert letter.reason == "the transport fails: LookupError"


async def test_the_lease_of_a_message_that_waits_is_renewed(
    store: MemoryStore, transport: FakeTransport
) -> None:
    clock = FakeClock()
    transport.errors["c"] = [postponed(10 * LEASE)]
    async with running(store, transport, clock=clock, sole=False):
        await transport.accept(said(1, "a"))
        for _ in range(20):
            await clock.advance(LEASE // 2)
            (item,) = store.records[OWNER].outbox or (None,)
            if item is None:
                break
            assert item.at > clock.now()
            assert item.attempts == 1
        assert transport.texts == ["echo a"]


async def test_what_a_dead_worker_held_is_sent_when_its_lease_has_ended(
    store: MemoryStore, transport: FakeTransport
) -> None:
    clock = FakeClock()
    transport.gates["c"] = asyncio.Event()
    dead = await Running(store, transport, clock=clock, sole=False).started()
    await transport.accept(said(1, "a"))
    await clock.advance(1)
    await dead.kill()
    heir = FakeTransport()
    async with running(store, heir, clock=clock, sole=False):
        await clock.advance(LEASE - 2_000)
        assert heir.sent == []
        await clock.advance(2_000)
        assert heir.texts == ["echo a"]


async def test_a_sole_worker_takes_over_at_once(
    store: MemoryStore, transport: FakeTransport
) -> None:
    clock = FakeClock()
    transport.gates["c"] = asyncio.Event()
    dead = await Running(store, transport, clock=clock).started()
    await transport.accept(said(1, "say 3"))
    await clock.advance(1)
    await dead.kill()
    heir = FakeTransport()
    async with running(store, heir, clock=clock):
        await clock.advance(0)
        await until(lambda: len(heir.sent) == 3)
        assert heir.texts == ["0", "1", "2"]
        assert heir.sent[0].planned == NOW


async def test_a_stop_gives_leases_back_so_that_others_need_not_wait(
    store: MemoryStore, transport: FakeTransport
) -> None:
    transport.errors["c"] = [postponed(60_000)]
    async with running(store, transport, sole=False):
        await transport.apply(said(1, "a"))
        await until(lambda: bool(transport.tried))
    (item,) = store.records[OWNER].outbox
    assert item.worker is None
    heir = FakeTransport()
    async with running(store, heir, sole=False):
        await until(lambda: bool(heir.sent), 2)


async def test_a_message_behind_that_of_another_worker_waits_for_it(store: MemoryStore) -> None:
    first, second = FakeTransport(), FakeTransport()
    first.gates["c"] = asyncio.Event()
    async with running(store, first, sole=False), running(store, second, sole=False):
        await first.apply(said(1, "a"))
        await second.apply(said(2, "b"))
        await asyncio.sleep(0.3)
        assert second.sent == []
        first.gates["c"].set()
        await until(lambda: bool(second.sent))
    assert (first.texts, second.texts) == (["echo a"], ["echo b"])


async def test_what_belongs_to_a_transport_that_is_not_there_is_left_alone(
    store: MemoryStore, transport: FakeTransport
) -> None:
    owner = "demo/other:ann"
    other = FakeTransport("other")
    other.gates["c"] = asyncio.Event()
    app = await Running(store, other).started()
    await other.apply(said(1, "a", owner))
    await app.kill()
    clock = FakeClock(NOW * 2)
    async with running(store, transport, clock=clock):
        await clock.advance(60_000)
        await transport.accept(said(1, "hi"))
        await clock.advance(100)
    assert len(store.records[owner].outbox) == 1
    assert transport.texts == ["echo hi"]


async def test_a_message_to_send_survives_an_outage_of_the_store(
    store: MemoryStore, transport: FakeTransport
) -> None:
    clock = FakeClock()
    transport.gates["c"] = asyncio.Event()
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "a"))
        await settle()
        store.away = True
        transport.gates["c"].set()
        await clock.advance(5_000)
        store.away = False
        await clock.advance(5_000)
        assert transport.texts == ["echo a"]
        assert store.records[OWNER].outbox == ()


class Damaging(MemoryStore):
    """A store in which the records of some owners cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.damaged: set[str] = set()

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        if self.damaged & set(ids):
            raise damaged(next(iter(self.damaged & set(ids))), "bits have flipped")
        return await super().load(ids)


async def test_a_record_that_is_damaged_while_it_is_sent_is_set_aside_and_others_go_on(
    transport: FakeTransport, caplog: pytest.LogCaptureFixture
) -> None:
    store = Damaging()
    transport.gates["c"] = asyncio.Event()
    async with running(store, transport):
        await transport.apply(said(1, "say 2"))
        await until(lambda: len(transport.tried) == 1)
        store.damaged.add(OWNER)
        store.lost = 1  # so that the record has to be read again
        transport.gates["c"].set()
        await until(lambda: bool(store.letters))
        await transport.apply(said(2, "well", owner="demo/fake:bob", chat="d"))
        await until(lambda: transport.texts == ["0", "echo well"])
    (letter,) = store.letters.values()
    assert (letter.id, letter.reason) == (f"session:{OWNER}", "store:damaged")
    assert "is unusable (store:damaged) and left alone" in caplog.text
