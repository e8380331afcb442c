"""A person who takes no messages any more: what waits is dropped, and is no dead letter."""

from engine.runtime.ports import BlockedError
from tests.unit.runtime.fakes import (
    OWNER,
    FakeClock,
    FakeTransport,
    MemoryStore,
    log_of,
    running,
    said,
    until,
)

CHAT = OWNER.partition(":")[2]


async def test_a_refusal_by_the_person_drops_what_waits_and_is_no_dead_letter() -> None:
    store, transport = MemoryStore(), FakeTransport()
    transport.errors[CHAT] = [BlockedError("Forbidden: bot was blocked by the user")]
    async with running(store, transport):
        await transport.apply(said(1, "say 5", chat=CHAT))
        await until(lambda: not store.records[OWNER].outbox)
        assert store.records[OWNER].session.away
        assert len(transport.tried) == 1
    assert store.letters == {}
    assert transport.texts == []


async def test_timers_of_somebody_who_is_away_do_not_fire() -> None:
    store, transport, clock = MemoryStore(), FakeTransport(), FakeClock()
    transport.errors[CHAT] = [BlockedError("blocked")]
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "wait 5000", chat=CHAT))
        await transport.accept(said(2, "hello", chat=CHAT))
        await clock.advance(60_000)
        assert log_of(store.records[OWNER]) == ["wait 5000", "hello"]


async def test_in_a_chat_with_others_a_refusal_is_a_dead_letter() -> None:
    store, transport = MemoryStore(), FakeTransport()
    transport.errors["group"] = [BlockedError("Forbidden: bot was kicked")]
    async with running(store, transport):
        await transport.apply(said(1, "hello", chat="group"))
        await until(lambda: bool(store.letters))
        assert not store.records[OWNER].session.away
