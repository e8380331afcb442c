"""Timers: each fires once, in time, also after a downtime, and never before what was sent first."""

import asyncio
from collections.abc import Sequence

import pytest

from engine.core.session import Session
from engine.runtime.scheduler import AT_ONCE, CATCH_UP
from engine.runtime.wakes import POLL
from engine.stores.protocol import Dead, Record
from tests.unit.runtime.fakes import (
    NOW,
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


class Stepping(MemoryStore):
    """A store whose commits wait while it is halted; `waiting` are those who do."""

    def __init__(self) -> None:
        super().__init__()
        self.goes = asyncio.Event()
        self.goes.set()
        self.waiting: set[str] = set()

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        owners = {record.session.id for record in records}
        self.waiting |= owners
        await self.goes.wait()
        self.waiting -= owners
        return await super().commit(records)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


async def armed(store: MemoryStore, clock: FakeClock, *texts: str, owner: str = OWNER) -> None:
    """Let a worker arm timers and die."""
    transport = FakeTransport(owner.partition("/")[2].partition(":")[0])
    app = await Running(store, transport, clock=clock).started()
    for number, text in enumerate(texts, 1):
        await transport.accept(said(number, text, owner))
    await clock.advance(0)
    await app.kill()


async def test_a_timer_fires_at_its_moment_and_once(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "wait 700"))
        await clock.advance(699)
        assert transport.texts == []
        await clock.advance(1)
        assert transport.texts == ["timer tick"]
        await clock.advance(10 * POLL)
        assert transport.texts == ["timer tick"]


async def test_a_timer_far_away_is_found_when_it_is_due(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, f"wait {3_600_000}"))
        await clock.advance(3_599_999)
        assert transport.texts == []
        await clock.advance(1)
        assert transport.texts == ["timer tick"]


async def test_a_timer_due_during_downtime_fires_once_at_the_start_after_the_backlog(
    store: MemoryStore, clock: FakeClock
) -> None:
    await armed(store, clock, "wait 1000 first", "wait 9000 second")
    await clock.advance(60_000)
    late = FakeTransport(caught_up=False)
    late.backlog = [said(3, "in time", at=NOW + 500), said(4, "later", at=NOW + 5_000)]
    async with running(store, late, clock=clock):
        await clock.advance(POLL)
        log = log_of(store.records[OWNER])
        assert log[2:] == ["in time", "timer first", "later", "timer second"]
        assert store.records[OWNER].session.timers == ()


async def test_timers_wait_for_the_backlog_but_not_for_ever(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    await armed(store, clock, "wait 10")
    await clock.advance(1_000)
    transport.caught_up.clear()
    transport.feed = _forever  # type: ignore[method-assign]  # never catches up
    async with running(store, transport, clock=clock):
        await clock.advance(CATCH_UP - 1)
        assert transport.texts == []
        await clock.advance(1)
        assert transport.texts == ["timer tick"]


async def _forever() -> None:
    await asyncio.Event().wait()


async def test_a_timer_of_another_worker_that_died_fires_at_the_poll(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    async with running(store, transport, clock=clock, sole=False):
        await clock.advance(100)
        await armed(store, clock, "wait 10")
        await clock.advance(POLL)
        assert transport.texts == ["timer tick"]


async def test_thousands_of_timers_due_at_once_all_fire_once(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    first = FakeTransport()
    app = await Running(store, first, clock=clock).started()
    owners = [f"demo/fake:u{number}" for number in range(1_500)]
    for owner in owners:
        await first.accept(said(1, "wait 10", owner))
    await clock.advance(0)
    await app.kill()
    assert len(store.records) == 1_500
    await clock.advance(1_000)
    async with running(store, transport, clock=clock):
        for _ in range(200):
            await clock.advance(1)
    assert sorted(delivery.owner for delivery in transport.sent) == sorted(owners)


async def test_timers_fire_after_an_outage_of_the_store(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "wait 1000"))
        await clock.advance(10)
        store.away = True
        await clock.advance(20_000)
        store.away = False
        await clock.advance(5_000)
        assert transport.texts == ["timer tick"]


async def test_timers_of_a_transport_that_is_not_there_wait_for_it(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    await armed(store, clock, "wait 10", owner="demo/other:ann")
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "wait 2000 mine"))
        await clock.advance(2_000)
        assert transport.texts == ["timer mine"]
    assert len(store.records["demo/other:ann"].session.timers) == 1
    other = FakeTransport("other")
    async with running(store, other, clock=clock):
        await clock.advance(1)
        assert other.texts == ["timer tick"]


async def test_a_timer_that_breaks_the_step_does_not_come_again(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "wait 10 fail"))
        await clock.advance(30_000)
    assert store.records[OWNER].session.timers == ()
    assert len(store.letters) == 1


async def test_what_people_say_waits_for_a_few_timers_only(
    clock: FakeClock, transport: FakeTransport
) -> None:
    store = Stepping()
    owners = [f"demo/fake:u{number}" for number in range(10 * AT_ONCE)]
    async with running(store, transport, clock=clock):
        for owner in owners:
            await transport.accept(said(1, "wait 1000", owner))
        await settle()
        store.goes.clear()
        await clock.advance(1_000)
        assert len(store.waiting) == AT_ONCE
        spoken = await transport.accept(said(1, "hello"))
        await settle()
        store.goes.set()
        await until(spoken.done)
        assert transport.texts.count("timer tick") < 2 * AT_ONCE
        await until(lambda: transport.texts.count("timer tick") == len(owners))


async def test_timers_go_on_while_everybody_talks(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    await armed(store, clock, "wait 10")
    await clock.advance(1_000)
    async with running(store, transport, clock=clock):
        fired = 0
        for number in range(1, 1_000):
            people = [f"demo/fake:p{who}" for who in range(2 * AT_ONCE)]
            for owner in people:
                await transport.accept(said(number, "hello", owner))
            await settle()
            fired = transport.texts.count("timer tick")
            if fired:
                break
        assert fired == 1


async def test_a_letter_that_a_dead_worker_has_only_committed_is_filed_at_the_next_start(
    store: MemoryStore, clock: FakeClock, transport: FakeTransport
) -> None:
    letter = Dead("fake:1", "event", "event:deadly", NOW, {"owner": OWNER})
    store.records[OWNER] = Record(Session(OWNER, 1, incarnation="i", started=NOW), aside=(letter,))
    async with running(store, transport, clock=clock):
        await clock.advance(POLL)
        assert store.letters == {"fake:1": letter}
        assert not store.records[OWNER].aside
