"""An event that kills the process must not kill the bot for ever."""

import asyncio
from collections.abc import Sequence

import pytest

from engine.errors import StatechatError
from engine.runtime.caution import DEATHS, WORKERS
from engine.runtime.outage import Outage
from engine.runtime.persons import erase
from engine.runtime.sessions import Sessions
from engine.stores.protocol import Record
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
    until,
)

ANN, BOB = OWNER, "demo/fake:bob"


class Deadly(MemoryStore):
    """A store on which the commit of what Ann says never ends: then the process is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self.cut_off = False
        self.under_way = 0
        self.most = 0

    async def remove(self, collection: str, id_: str) -> bool:
        if self.cut_off:  # a process that is killed tidies nothing up
            raise StatechatError("store:unreachable", "the process is dead")
        return await super().remove(collection, id_)

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        for record in records:
            if "poison" in log_of(record):
                self.reached.set()
                await asyncio.Event().wait()
        # Marks of what was sent are written beside any event.
        applied = [
            one for one in records if log_of(one) != log_of(self.records.get(one.session.id))
        ]
        self.under_way += len(applied)
        self.most = max(self.most, self.under_way)
        try:
            return await super().commit(records)
        finally:
            self.under_way -= len(applied)


@pytest.fixture
def store() -> Deadly:
    return Deadly()


def backlog() -> FakeTransport:
    transport = FakeTransport()
    transport.backlog = [
        said(1, "poison", ANN, at=1),
        said(2, "hi", BOB, at=2),
        said(3, "still there?", ANN, at=3),
    ]
    return transport


async def dies(store: Deadly) -> None:
    store.reached.clear()
    app = await Running(store, backlog()).started()
    await store.reached.wait()
    store.cut_off = True
    await app.kill()
    store.cut_off = False


async def test_the_third_death_sets_an_event_aside_and_the_bot_goes_on(store: Deadly) -> None:
    for _ in range(3):
        await dies(store)
        assert not store.letters
    async with running(store, backlog()):
        await until(lambda: log_of(store.records.get(ANN)) == ["still there?"])
        await until(lambda: log_of(store.records.get(BOB)) == ["hi"])
    (letter,) = store.letters.values()
    assert (letter.id, letter.reason) == ("fake:1", "event:deadly")
    assert await store.all(DEATHS) == {}
    assert await store.all(WORKERS) == {}


async def test_a_count_that_a_death_has_left_behind_a_commit_is_dropped_at_a_good_start(
    store: Deadly,
) -> None:
    await store.put(DEATHS, ANN, {"fake:1": 2})
    async with running(store, FakeTransport()):
        assert await store.all(DEATHS) == {}


async def test_after_a_death_counts_are_kept_for_what_comes_again(store: Deadly) -> None:
    await (await Running(store, FakeTransport()).started()).kill()
    await store.put(DEATHS, BOB, {"fake:9": 1})
    async with running(store, FakeTransport()):
        assert await store.all(DEATHS) == {BOB: {"fake:9": 1}}


async def test_what_is_counted_of_a_person_goes_with_what_is_erased(store: Deadly) -> None:
    for _ in range(2):
        await dies(store)
    assert await store.all(DEATHS) == {ANN: {"fake:1": 1}}
    clock = FakeClock()
    await erase(store, Sessions(store, clock, Outage(clock), sole=True), ANN, NOW, sole=True)
    assert await store.all(DEATHS) == {}


async def test_stops_in_good_order_never_count(store: Deadly) -> None:
    await dies(store)
    for _ in range(4):
        store.reached.clear()
        app = await Running(store, backlog(), drain=4).started()
        await store.reached.wait()
        await app.end()
        assert await store.all(DEATHS) == {}
    assert not store.letters


async def test_after_an_unclean_stop_what_was_sent_before_goes_singly(store: Deadly) -> None:
    await (await Running(store, FakeTransport()).started()).kill()
    transport = FakeTransport()
    transport.backlog = [said(n, "hi", f"demo/fake:{n}", at=n) for n in range(20)]
    async with running(store, transport):
        await until(lambda: len(store.records) == 20)
        assert store.most == 1


async def test_after_a_good_stop_persons_go_side_by_side(store: Deadly) -> None:
    async with running(store, FakeTransport()):
        pass
    transport = FakeTransport()
    transport.backlog = [said(n, "hi", f"demo/fake:{n}", at=n) for n in range(20)]
    async with running(store, transport):
        await until(lambda: len(store.records) == 20)
        assert store.most > 1
