"""Erasing a person while a worker runs: nothing that is under way brings them back."""

import asyncio

from engine.runtime.outage import Outage
from engine.runtime.persons import erase
from engine.runtime.ports import RefusedError
from engine.runtime.sessions import Sessions
from engine.runtime.wakes import POLL
from tests.unit.runtime.fakes import (
    NOW,
    OWNER,
    FakeClock,
    FakeTransport,
    MemoryStore,
    log_of,
    running,
    said,
)


async def erased(store: MemoryStore, clock: FakeClock) -> None:
    sessions = Sessions(store, clock, Outage(clock), sole=False)
    await erase(store, sessions, OWNER, clock.now(), sole=False)


async def test_timers_and_repeated_events_of_an_erased_person_have_no_effect() -> None:
    store, clock, transport = MemoryStore(), FakeClock(), FakeTransport()
    async with running(store, transport, clock=clock, sole=False):
        await transport.accept(said(1, "wait 7000"))
        await transport.accept(said(2, "hello"))
        await clock.advance(100)
        await erased(store, clock)
        await transport.accept(said(2, "hello"))
        await clock.advance(4 * POLL)
    assert transport.texts == ["echo hello"]
    assert log_of(store.records[OWNER]) == []
    async with running(store, FakeTransport(), clock=clock, sole=False):
        await clock.advance(4 * POLL)
    assert log_of(store.records[OWNER]) == []


async def test_what_an_erased_person_writes_afterwards_begins_anew() -> None:
    store, clock, transport = MemoryStore(), FakeClock(), FakeTransport()
    async with running(store, transport, clock=clock, sole=False):
        await transport.accept(said(1, "a"))
        await clock.advance(100)
        life = store.records[OWNER].session.incarnation
        await erased(store, clock)
        await transport.accept(said(2, "b"))
        await clock.advance(100)
    session = store.records[OWNER].session
    assert log_of(store.records[OWNER]) == ["b"]
    assert session.steps == 1
    assert session.started >= NOW + 100
    assert session.incarnation != life
    assert transport.texts == ["echo a", "echo b"]


async def test_a_message_that_is_refused_after_the_erasure_leaves_no_dead_letter() -> None:
    store, clock, transport = MemoryStore(), FakeClock(), FakeTransport()
    gate = transport.gates["c"] = asyncio.Event()
    transport.errors["c"] = [RefusedError("blocked")]
    async with running(store, transport, clock=clock, sole=False):
        await transport.accept(said(1, "a"))
        await clock.advance(0)
        assert len(transport.tried) == 1
        await erased(store, clock)
        gate.set()
        await clock.advance(POLL)
    assert await store.dead() == []
    assert store.records[OWNER].outbox == ()
