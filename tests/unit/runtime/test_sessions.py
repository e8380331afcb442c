"""Marks and memory: what was carried out leaves the outbox soon, and only once."""

import asyncio
import time
from dataclasses import replace

import pytest

from engine.core.effects import Message, Send
from engine.core.session import Chat, Session
from engine.errors import StatechatError
from engine.runtime.outage import Outage
from engine.runtime.sessions import RACES, Sessions
from engine.stores.protocol import Item, Record
from tests.unit.runtime.fakes import NOW, OWNER, FakeClock, MemoryStore, until, worker


def record(owner: str = OWNER, *ids: str) -> Record:
    items = tuple(Item(Send(id_, "c", Message("x")), NOW, "w") for id_ in ids)
    return Record(Session(owner, 1, incarnation="i"), outbox=items)


def filled(*owners: str) -> MemoryStore:
    store = MemoryStore()
    store.records = {owner: record(owner, "1.1", "1.2") for owner in owners}
    return store


async def speak(current: Record | None) -> Record | None:
    assert current is not None
    return replace(current, session=replace(current.session, user={"log": ["spoken"]}))


async def test_marks_of_many_owners_are_stored_within_50_ms_in_one_round_trip() -> None:
    owners = [f"demo/fake:u{number}" for number in range(40)]
    store = filled(*owners)
    sessions = worker(store).sessions
    flushing = asyncio.create_task(sessions.run())
    for owner in owners:
        await sessions.read(owner)
        sessions.mark(owner, "i", "1.1")
    begun = time.monotonic()
    await until(lambda: bool(store.commits))
    assert time.monotonic() - begun < 0.05
    flushing.cancel()
    assert store.commits == [40]
    assert {item.id for one in store.records.values() for item in one.outbox} == {"1.2"}


async def test_a_mark_rides_in_the_next_commit_of_its_owner() -> None:
    store = filled(OWNER)
    sessions = worker(store, FakeClock()).sessions
    sessions.mark(OWNER, "i", "1.1")
    await sessions.change(OWNER, speak)
    await sessions.settle()
    assert store.commits == [1]
    assert [item.id for item in store.records[OWNER].outbox] == ["1.2"]
    assert store.records[OWNER].session.user == {"log": ["spoken"]}


async def test_a_marked_item_is_gone_for_every_reader_at_once() -> None:
    sessions = worker(filled(OWNER), FakeClock()).sessions
    sessions.mark(OWNER, "i", "1.1")
    seen = await sessions.read(OWNER)
    assert seen is not None
    assert [item.id for item in seen.outbox] == ["1.2"]


async def test_a_mark_of_another_life_of_the_session_takes_nothing() -> None:
    store = filled(OWNER)
    sessions = worker(store, FakeClock()).sessions
    sessions.mark(OWNER, "before the restore", "1.1")
    await sessions.settle()
    assert store.commits == []
    assert len(store.records[OWNER].outbox) == 2


async def test_the_name_of_a_sent_question_is_stored_with_its_mark() -> None:
    store = filled(OWNER)
    old = store.records[OWNER]
    asking = Item(Send("1.3", "here", Message("?"), asks=4), 0)
    session = replace(old.session, chats={"here": Chat()})
    store.records[OWNER] = replace(old, session=session, outbox=(asking,))
    sessions = worker(store, FakeClock()).sessions
    sessions.mark(OWNER, "i", "1.3", "m77")
    seen = await sessions.read(OWNER)
    assert seen is not None
    assert seen.session.chats["here"].questions == {"m77": 4}
    await sessions.settle()
    assert store.commits == [1]
    assert store.records[OWNER] == replace(seen, session=replace(seen.session, rev=2))


async def test_marks_outlive_a_lost_race_an_outage_and_an_unknown_outcome() -> None:
    store = filled(OWNER)
    sessions = worker(store, FakeClock()).sessions
    await sessions.read(OWNER)
    sessions.mark(OWNER, "i", "1.1")
    old = store.records[OWNER]
    store.records[OWNER] = replace(old, session=replace(old.session, rev=9))
    await sessions.flush()
    assert len(store.records[OWNER].outbox) == 2
    store.away = True
    with pytest.raises(StatechatError):
        await sessions.flush()
    store.away = False
    store.lost = 1
    await sessions.flush()
    await sessions.flush()
    assert [item.id for item in store.records[OWNER].outbox] == ["1.2"]
    assert store.records[OWNER].session.rev == 10


async def test_the_flusher_waits_out_an_outage() -> None:
    store = filled(OWNER)
    sessions = worker(store).sessions
    flushing = asyncio.create_task(sessions.run())
    store.away = True
    sessions.mark(OWNER, "i", "1.1")
    await asyncio.sleep(0.06)
    assert not flushing.done()
    store.away = False
    await until(lambda: len(store.records[OWNER].outbox) == 1)
    flushing.cancel()


async def test_marks_of_a_person_who_is_gone_are_dropped() -> None:
    store = MemoryStore()
    sessions = worker(store, FakeClock()).sessions
    sessions.mark(OWNER, "i", "1.1")
    await sessions.settle()
    assert store.commits == []


async def test_changes_of_one_owner_never_overlap_and_owners_do_not_wait() -> None:
    sessions = worker(filled(OWNER, "demo/fake:bob")).sessions
    inside: list[str] = []
    gate = asyncio.Event()

    async def hold(current: Record | None) -> Record | None:
        assert current is not None
        assert current.session.id not in inside
        inside.append(current.session.id)
        await gate.wait()
        inside.remove(current.session.id)
        return current

    both = asyncio.gather(*[sessions.change(OWNER, hold) for _ in range(3)])
    other = asyncio.create_task(sessions.change("demo/fake:bob", hold))
    await until(lambda: len(inside) == 2)
    gate.set()
    await asyncio.gather(both, other)


async def test_recent_records_are_read_from_memory_and_bounded() -> None:
    owners = [f"demo/fake:u{number}" for number in range(5)]
    store = filled(*owners)
    clock = FakeClock()
    sessions = Sessions(store, clock, Outage(clock), sole=True, keep=3)
    for owner in owners:
        await sessions.change(owner, speak)
    assert store.loads == 5
    await sessions.change(owners[-1], speak)
    assert store.loads == 5
    assert [sessions.recent(owner) is not None for owner in owners] == [False] * 2 + [True] * 3


async def test_a_session_that_others_change_all_the_time_gives_up_after_a_while() -> None:
    store = filled(OWNER)
    sessions = worker(store, sole=False).sessions
    tries = 0

    async def overtaken(current: Record | None) -> Record | None:
        nonlocal tries
        tries += 1
        assert current is not None
        session = replace(current.session, rev=current.session.rev + 1)
        store.records[OWNER] = replace(current, session=session)
        return current

    with pytest.raises(StatechatError) as error:
        await sessions.change(OWNER, overtaken)
    assert error.value.code == "store:contended"
    assert tries == RACES
