"""Broadcasts: everybody whom one concerns gets it once, at its rate, whatever happens between."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from engine.core.access import Rate
from engine.core.broadcasts import beginning
from engine.core.events import Event
from engine.core.faults import Fault
from engine.core.session import Chat, Session
from engine.core.triggers import TimedTrigger
from engine.runtime.broadcasts import KEPT, LEASE, PAGE
from engine.runtime.wakes import POLL
from engine.stores.broadcasts import COLLECTION, ask_for, decode, progress_id
from engine.stores.protocol import Record
from tests.unit.runtime.fakes import (
    NOW,
    FakeClock,
    FakeTransport,
    MemoryStore,
    Running,
    log_of,
    said,
    until,
)

HOURLY = {"news.1": TimedTrigger("news.1", "news", 3_600)}
FAST = Rate(1_000, 1)


def everybody(_session: Session, _event: Event, _now: int) -> bool:
    return True


def known(store: MemoryStore, count: int) -> list[str]:
    """Let so many persons have talked with the bot."""
    owners = [f"demo/fake:p{number:04}" for number in range(count)]
    for owner in owners:
        chats = {owner.partition(":")[2]: Chat()}
        session = Session(owner, 1, incarnation="life", started=NOW, chats=chats)
        store.records[owner] = Record(session)
    return owners


def got(store: MemoryStore, owner: str) -> int:
    return log_of(store.records[owner]).count("begin")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def started(
    store: MemoryStore,
    clock: FakeClock,
    stack: AsyncExitStack,
    **parts: Any,  # noqa: ANN401 - of Running
) -> Running:
    parts = {"concerns": everybody, **parts}
    app = Running(store, FakeTransport(), clock=clock, **parts)
    stack.push_async_callback(app.kill)
    return await app.started()


async def test_a_trigger_comes_each_time_for_everybody_once(
    store: MemoryStore, clock: FakeClock
) -> None:
    owners = known(store, 3)
    async with AsyncExitStack() as stack:
        await started(store, clock, stack, timed=HOURLY)
        await clock.advance(3_599_000)
        assert [got(store, owner) for owner in owners] == [0, 0, 0]
        await clock.advance(2_000)
        assert [got(store, owner) for owner in owners] == [1, 1, 1]
        await clock.advance(3_600_000)
        assert [got(store, owner) for owner in owners] == [2, 2, 2]


async def test_what_a_downtime_has_missed_comes_once_and_keeps_its_beat(
    store: MemoryStore, clock: FakeClock
) -> None:
    owners = known(store, 2)
    async with AsyncExitStack() as stack:
        await started(store, clock, stack, timed=HOURLY)
        await clock.advance(0)
    await clock.advance(5 * 3_600_000 + 1_800_000)
    async with AsyncExitStack() as stack:
        await started(store, clock, stack, timed=HOURLY)
        await clock.advance(POLL)
        assert [got(store, owner) for owner in owners] == [1, 1]
        await clock.advance(1_800_000)
        assert [got(store, owner) for owner in owners] == [2, 2]


async def test_the_rate_is_kept_and_only_counts_whom_it_concerns(
    store: MemoryStore, clock: FakeClock
) -> None:
    owners = known(store, 2 * PAGE)
    wanted = owners[1::2]
    await ask_for(store, {"flow": "news"}, Rate(2, 1_000), NOW)
    async with AsyncExitStack() as stack:
        await started(
            store, clock, stack, concerns=lambda session, _event, _now: session.id in wanted
        )
        await clock.advance(10_100)
        begun = sum(got(store, owner) for owner in owners)
        assert 20 <= begun <= 22
        await clock.advance(60_000)
        assert [got(store, owner) for owner in owners] == [0, 1] * PAGE


async def test_a_broadcast_goes_on_where_a_death_has_left_it(
    store: MemoryStore, clock: FakeClock
) -> None:
    owners = known(store, 3 * PAGE)
    await ask_for(store, {"flow": "news"}, Rate(10, 1_000), NOW)
    async with AsyncExitStack() as stack:
        await started(store, clock, stack)
        await clock.advance(7_000)
    begun = sum(got(store, owner) for owner in owners)
    assert PAGE < begun < 2 * PAGE
    async with AsyncExitStack() as stack:
        await started(store, clock, stack)
        await clock.advance(30_000)
        assert {got(store, owner) for owner in owners} == {1}
        await clock.advance(60_000)
        assert {got(store, owner) for owner in owners} == {1}
        assert decode(store.records[progress_id("demo", "fake")]).job is None


async def test_two_workers_do_not_go_through_one_broadcast_together(
    store: MemoryStore, clock: FakeClock
) -> None:
    owners = known(store, PAGE)
    await ask_for(store, {"flow": "news"}, Rate(1, 1_000), NOW)
    async with AsyncExitStack() as stack:
        first = await started(store, clock, stack, sole=False)
        await clock.advance(1_000)
        await started(store, clock, stack, sole=False)
        await clock.advance(9_000)
        assert sum(got(store, owner) for owner in owners) in (9, 10, 11)
        await first.kill()
        await clock.advance(LEASE // 2)
        stopped = sum(got(store, owner) for owner in owners)
        assert stopped in (9, 10, 11)
        await clock.advance(2 * LEASE + POLL)
        assert {got(store, owner) for owner in owners} == {1}


async def test_whose_condition_fails_is_passed_over(store: MemoryStore, clock: FakeClock) -> None:
    owners = known(store, 3)

    def concerns(session: Session, _event: Event, _now: int) -> bool:
        if session.id == owners[1]:
            raise Fault("expr:type", "no number")
        return True

    await ask_for(store, {"flow": "news"}, FAST, NOW)
    async with AsyncExitStack() as stack:
        await started(store, clock, stack, concerns=concerns)
        await clock.advance(1_000)
        assert [got(store, owner) for owner in owners] == [1, 0, 1]


async def test_an_outage_of_the_store_delays_a_broadcast(
    store: MemoryStore, clock: FakeClock
) -> None:
    owners = known(store, 20)
    await ask_for(store, {"flow": "news"}, Rate(2, 1_000), NOW)
    async with AsyncExitStack() as stack:
        await started(store, clock, stack)
        await clock.advance(3_000)
        store.away = True
        await clock.advance(20_000)
        store.away = False
        await clock.advance(60_000)
        assert {got(store, owner) for owner in owners} == {1}


async def test_an_old_broadcast_is_forgotten(store: MemoryStore, clock: FakeClock) -> None:
    owners = known(store, 1)
    await ask_for(store, {"flow": "news"}, FAST, NOW - KEPT - 1)
    async with AsyncExitStack() as stack:
        await started(store, clock, stack)
        await clock.advance(1_000)
        assert got(store, owners[0]) == 0
        assert await store.all(COLLECTION) == {}


def test_who_is_erased_or_met_in_a_group_only_is_not_disturbed() -> None:
    person = Session("demo/fake:ann", started=1, chats={"ann": Chat()})
    assert beginning(person, 1, {}, NOW) is not None
    assert beginning(replace(person, started=0), 1, {}, NOW) is None
    assert beginning(replace(person, chats={"-100": Chat()}), 1, {}, NOW) is None
    group = Session("demo/fake:-100", started=1, chats={"-100/7": Chat()}, shared=True)
    event = beginning(group, 1, {}, NOW)
    assert event is not None
    assert event.chat == "-100/7"


async def test_two_broadcasts_at_the_same_moment_have_two_ids(store: MemoryStore) -> None:
    async with asyncio.timeout(5):
        ids = [await ask_for(store, {"flow": "news"}, FAST, NOW) for _ in range(2)]
    assert len(set(ids)) == 2
    await until(lambda: len(store.documents) == 2)


async def test_what_a_person_writes_does_not_let_a_broadcast_come_again(
    store: MemoryStore, clock: FakeClock
) -> None:
    owner, *_ = known(store, PAGE + 1)
    await ask_for(store, {"flow": "news"}, Rate(10, 1_000), NOW)
    async with AsyncExitStack() as stack:
        app = await started(store, clock, stack)
        await clock.advance(1_000)
        for number in range(1, 4):
            await app.transport.accept(said(number, "hi", owner))
        await clock.advance(1_000)
        assert log_of(store.records[owner]) == ["begin", "hi", "hi", "hi"]
    async with AsyncExitStack() as stack:
        await started(store, clock, stack)
        await clock.advance(30_000)
        assert got(store, owner) == 1
