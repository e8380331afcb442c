"""A flood of one person: it waits in the store, in order, and hides nobody."""

import asyncio
from collections.abc import Sequence

import pytest

from engine.errors import StatechatError
from engine.runtime import inbox
from engine.runtime.inbox import REST_MAX, SHARE
from engine.stores.inbox.protocol import Waiting
from engine.stores.items import encode_event
from engine.stores.protocol import Record
from tests.unit.runtime.fakes import (
    OWNER,
    FakeClock,
    FakeTransport,
    MemoryStore,
    Running,
    log_of,
    running,
    said,
    settle,
    until,
)

BOB = "demo/fake:bob"
FLOOD = 100
WHOLE = [f"m{number}" for number in range(FLOOD)]


class Halting(MemoryStore):
    """A store whose commits wait while it is halted, so that events pile up."""

    def __init__(self) -> None:
        super().__init__()
        self.goes = asyncio.Event()
        self.goes.set()

    async def commit(self, records: object) -> list[bool]:
        await self.goes.wait()
        return await super().commit(records)  # type: ignore[arg-type]  # handed on


class Slow(MemoryStore):
    """A store whose commits take a moment, and those of Bob until he is let go."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.bob_goes = asyncio.Event()

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        if any(record.session.id == BOB for record in records):
            await self.bob_goes.wait()
        self.clock.jump(5)
        return await super().commit(records)


@pytest.fixture
def store() -> Halting:
    return Halting()


async def flood(transport: FakeTransport) -> list[asyncio.Future[None]]:
    return [await transport.accept(said(n, text)) for n, text in enumerate(WHOLE)]


async def test_what_is_beyond_a_persons_share_is_safe_before_it_is_applied(store: Halting) -> None:
    transport = FakeTransport()
    async with running(store, transport):
        store.goes.clear()
        futures = await flood(transport)
        await until(lambda: all(future.done() for future in futures[SHARE:]))
        assert not any(future.done() for future in futures[:SHARE])
        store.goes.set()
        await until(lambda: log_of(store.records.get(OWNER)) == WHOLE)
        await until(lambda: drained(store))


def drained(store: MemoryStore) -> bool:
    return not store.inbox.waiting  # type: ignore[attr-defined]  # that of the fake


async def test_others_do_not_wait_behind_a_flood(store: Halting) -> None:
    transport = FakeTransport()
    async with running(store, transport):
        await transport.apply(said(1, "hello", BOB))
        await flood(transport)
        await transport.apply(said(10_000, "and now?", BOB))
        assert log_of(store.records[BOB]) == ["hello", "and now?"]
        assert len(log_of(store.records.get(OWNER))) < FLOOD
        await until(lambda: log_of(store.records.get(OWNER)) == WHOLE)


async def test_who_floods_rests_while_others_are_served() -> None:
    clock, transport = FakeClock(), FakeTransport()
    store = Slow(clock)
    async with running(store, transport, clock=clock):
        waiting = await transport.accept(said(1, "hello", BOB))
        await flood(transport)
        await settle()
        applied = len(log_of(store.records.get(OWNER)))
        assert applied <= SHARE + 1
        await clock.advance(1)
        assert len(log_of(store.records.get(OWNER))) == applied
        await clock.advance(REST_MAX)
        assert applied < len(log_of(store.records.get(OWNER))) < applied + 10
        store.bob_goes.set()
        await until(waiting.done)
        await clock.advance(REST_MAX)
        await until(lambda: log_of(store.records.get(OWNER)) == WHOLE)


async def test_others_forget_what_is_confirmed_while_somebody_floods(store: Halting) -> None:
    transport = FakeTransport()
    async with running(store, transport):
        await transport.apply(said(1, "one", BOB))
        store.goes.clear()
        await flood(transport)
        spoken = await transport.accept(said(2, "two", BOB))
        transport.confirmed = 2
        store.goes.set()
        await spoken
        assert list(store.records[BOB].seen) == [said(2, "two").id]
        await until(lambda: log_of(store.records.get(OWNER)) == WHOLE)


async def test_a_crash_loses_nothing_of_a_flood_and_repeats_nothing(store: Halting) -> None:
    transport = FakeTransport()
    app = await Running(store, transport).started()
    futures = await flood(transport)
    await until(lambda: all(future.done() for future in futures))
    for done in (SHARE + 5, SHARE + 30):
        await until(lambda done=done: len(log_of(store.records.get(OWNER))) >= done)  # type: ignore[misc]  # mypy cannot infer a default's lambda
        await app.kill()
        transport = FakeTransport()
        transport.confirmed = FLOOD  # the source was told: it delivers none of them again
        app = await Running(store, transport).started()
    await transport.accept(said(FLOOD, "the last"))
    await until(lambda: len(log_of(store.records[OWNER])) > FLOOD)
    await until(lambda: drained(store))
    await app.end()
    assert log_of(store.records[OWNER]) == [*WHOLE, "the last"]


async def test_a_crash_keeps_the_order_also_of_what_was_in_memory_only(store: Halting) -> None:
    transport = FakeTransport()
    app = await Running(store, transport).started()
    store.goes.clear()
    futures = await flood(transport)
    await until(lambda: all(future.done() for future in futures[SHARE:]))
    await app.kill()
    store.goes.set()
    async with running(store, again := FakeTransport()):
        for number in range(SHARE):  # the source was not told of these
            await again.accept(said(number, WHOLE[number]))
        await until(lambda: len(log_of(store.records.get(OWNER))) >= FLOOD)
        await until(lambda: drained(store))
    assert log_of(store.records[OWNER]) == WHOLE


async def test_what_a_source_delivers_again_is_applied_once(store: Halting) -> None:
    transport = FakeTransport()
    app = await Running(store, transport).started()
    futures = await flood(transport)
    await until(lambda: all(future.done() for future in futures))
    await app.kill()
    async with running(store, again := FakeTransport()):
        futures = await flood(again)
        again.confirmed = FLOOD
        await until(lambda: all(future.done() for future in futures))
        await until(lambda: drained(store))
    assert log_of(store.records[OWNER]) == WHOLE


async def test_a_stop_in_the_middle_of_a_flood_repeats_nothing(store: Halting) -> None:
    async with running(store, transport := FakeTransport()):
        futures = await flood(transport)
        await until(lambda: all(future.done() for future in futures))
    async with running(store, again := FakeTransport()):
        again.confirmed = FLOOD
        await until(lambda: drained(store))
    assert log_of(store.records[OWNER]) == WHOLE


async def test_an_outage_in_the_middle_of_a_flood_is_waited_for(store: Halting) -> None:
    transport = FakeTransport()
    async with running(store, transport):
        feeding = asyncio.ensure_future(flood(transport))
        await until(lambda: len(log_of(store.records.get(OWNER))) > 2)
        store.away = True
        await asyncio.sleep(0.02)
        store.away = False
        futures = await feeding
        await until(lambda: all(future.done() for future in futures))
        await until(lambda: drained(store))
    assert log_of(store.records[OWNER]) == WHOLE


async def test_a_write_of_unknown_outcome_is_done_again_though_it_was_handed_on_meanwhile(
    store: Halting, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, put = store.inbox.first, store.inbox.put
    found: list[int] = []
    tries: list[int] = []

    async def looked(owner: str, limit: int) -> list[Waiting]:
        waiting = await first(owner, limit)
        found.append(len(waiting))
        return waiting

    async def written(events: Sequence[Waiting]) -> None:
        tries.append(len(events))
        if len(tries) == 2:  # all that the first try has written is applied before the second
            await until(lambda: drained(store) and found[-1] == 0)
        await put(events)
        if len(tries) == 1:
            raise StatechatError("store:unknown", "no answer")

    left = Waiting(OWNER, "fake:0", 0, encode_event(said(0, "m0"), "", ""))
    await put([left])
    monkeypatch.setattr(store.inbox, "first", looked)
    monkeypatch.setattr(store.inbox, "put", written)
    store.goes.clear()
    async with running(store, transport := FakeTransport()):
        safe = await transport.accept(said(1, "m1"))
        await until(lambda: len(tries) > 0)
        store.goes.set()
        await until(safe.done)
        await until(lambda: drained(store))
    assert log_of(store.records[OWNER]) == ["m0", "m1"]


async def test_an_inbox_that_is_full_lets_its_source_wait(
    store: Halting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LENGTH_MAX", 10)
    transport = FakeTransport()
    async with running(store, transport):
        store.goes.clear()
        feeding = asyncio.ensure_future(flood(transport))
        await until(lambda: len(store.inbox.waiting) == 10)  # type: ignore[attr-defined]  # that of the fake
        assert not feeding.done()
        store.goes.set()
        await feeding
        await until(lambda: log_of(store.records.get(OWNER)) == WHOLE)
