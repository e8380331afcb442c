"""A clock that is set anew, forwards or backwards, while the bot runs."""

import asyncio

import pytest

from engine.runtime.items import LEASE
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
    settle,
)

HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


async def test_timers_that_a_jump_has_passed_fire_soon_and_once(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, f"wait {HOUR} first"))
        await transport.accept(said(2, f"wait {2 * HOUR} second"))
        await clock.advance(POLL)
        clock.jump(7 * DAY)
        await clock.advance(POLL)
        assert transport.texts == ["timer first", "timer second"]
        await clock.advance(3 * HOUR)
        assert transport.texts == ["timer first", "timer second"]


async def test_a_timer_waits_for_its_time_to_come_again_and_fires_once(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, f"wait {HOUR}"))
        await clock.advance(HOUR // 2)
        clock.jump(-DAY)
        await clock.advance(DAY)
        assert transport.texts == []
        await clock.advance(HOUR)
        assert transport.texts == ["timer tick"]


@pytest.mark.parametrize("jump", [-DAY, -LEASE, LEASE, DAY])
async def test_a_message_under_way_goes_once_and_those_after_it_in_order(
    jump: int, store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    transport.gates["c"] = asyncio.Event()
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "one"))
        await clock.advance(1)
        clock.jump(jump)
        await clock.advance(2 * POLL)
        await transport.accept(said(2, "two", at=NOW + jump))
        await clock.advance(LEASE)
        transport.gates["c"].set()
        await clock.advance(2 * POLL)
        assert transport.texts == ["echo one", "echo two"]
        assert log_of(store.records[OWNER]) == ["one", "two"]
        await settle()
    assert store.records[OWNER].outbox == ()
