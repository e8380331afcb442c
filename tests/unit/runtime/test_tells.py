"""What one session tells another: carried once, in order, by whoever can."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.core.effects import Tell
from engine.core.events import Event
from engine.core.session import Session
from engine.core.step import step
from engine.runtime import dispatcher, tells
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.release import Release
from engine.stores.protocol import Item, Record
from tests.unit.core.flow_fixture import write_bot
from tests.unit.runtime.fakes import FakeTransport, MemoryStore, said, until

MAIN = """
states:
  talk:
    handoff: {to: operators, who: Ann}
    on: {closed: over, /stop: over}
  over: {type: final, say: Over.}
"""
ANN, OPS = "main/near:ann", "main/far:ops"
HOW = "Reply to a message to answer, with /done to end the conversation."
Serving = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def near() -> FakeTransport:
    return FakeTransport("near")


@pytest.fixture
def far() -> FakeTransport:
    return FakeTransport("far")


@pytest.fixture
def serving(tmp_path: Path, store: MemoryStore) -> Serving:
    bot = "bot: main\nchats: {operators: far:ops}\n"
    program = load(write_bot(tmp_path / "main", MAIN, bot=bot)).program
    release = Release(program, functools.partial(step, program), Actions())

    @asynccontextmanager
    async def serve(*transports: FakeTransport, sole: bool = True) -> AsyncIterator[None]:
        stop, ready = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(
            App(release, store, transports, sole=sole).run(stop, ready.set)
        )
        await ready.wait()
        yield
        stop.set()
        await running

    return serve


def by_ann(number: int, text: str) -> Event:
    return said(number, text, ANN, chat="ann")


def by_operator(number: int, text: str) -> Event:
    return replace(said(number, text, OPS, chat="ops"), id=f"far:{number}")


async def test_both_ends_may_be_on_different_transports(
    serving: Serving, near: FakeTransport, far: FakeTransport
) -> None:
    async with serving(near, far):
        await near.apply(by_ann(1, "/start"), by_ann(2, "one"), by_ann(3, "two"))
        await until(lambda: len(far.sent) == 3)
        assert far.texts == [f"#1 Ann\n{HOW}", "#1 Ann\none", "#1 Ann\ntwo"]
        await far.apply(by_operator(1, "yes"), by_operator(2, "/done"))
        await until(lambda: near.texts == ["yes", "Over."])


async def test_a_worker_that_cannot_reach_the_operators_leaves_it_to_one_that_can(
    serving: Serving, near: FakeTransport, far: FakeTransport, store: MemoryStore
) -> None:
    async with serving(near, sole=False):
        await near.apply(by_ann(1, "/start"))
        await until(lambda: OPS in store.records)
        (item,) = store.records[OPS].outbox
        assert item.worker is None  # nobody has to wait for the end of a lease
        async with serving(far, sole=False):
            await until(lambda: bool(far.sent))
            await far.apply(by_operator(1, "yes"))
            await until(lambda: near.texts == ["yes"])


async def test_what_is_told_too_late_is_set_aside(
    serving: Serving, near: FakeTransport, far: FakeTransport, store: MemoryStore
) -> None:
    tell = Tell("5.1", "ann", OPS, "ops", "hello", {"kind": "say", "link": {}})
    old = Item(tell, 0, planned=1)
    store.records[ANN] = Record(Session(ANN, 1, incarnation="i", started=1), outbox=(old,))
    async with serving(near, far):
        await until(lambda: not store.records[ANN].outbox)
    assert [letter.reason for letter in store.letters.values()] == ["it comes too late"]
    assert OPS not in store.records


async def test_who_was_erased_is_told_nothing(
    serving: Serving, near: FakeTransport, far: FakeTransport, store: MemoryStore
) -> None:
    async with serving(near, far):
        await near.apply(by_ann(1, "/start"))
        await until(lambda: bool(far.sent))
    stone = Record(Session(ANN, store.records[ANN].session.rev + 1, incarnation="j"))
    store.records[ANN] = stone
    async with serving(near, far):
        await far.apply(by_operator(1, "yes"))
        await until(lambda: not store.records[OPS].outbox)
    assert store.records[ANN] == stone
    assert near.texts == []


async def test_a_full_outbox_of_the_operators_is_waited_for(
    serving: Serving,
    near: FakeTransport,
    far: FakeTransport,
    store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatcher, "OUTBOX_MAX", 2)
    far.gates["ops"] = asyncio.Event()
    async with serving(near, far):
        await near.apply(by_ann(1, "/start"))
        await near.apply(by_ann(2, "one"))
        await near.apply(by_ann(3, "two"))
        await until(lambda: len(store.records[OPS].outbox) == 2)
        far.gates["ops"].set()
        await until(lambda: len(far.sent) == 3)
    assert far.texts[1:] == ["#1 Ann\none", "#1 Ann\ntwo"]
    assert store.letters == {}


async def test_a_group_that_was_told_something_first_is_known_as_one_when_somebody_speaks(
    serving: Serving, near: FakeTransport, far: FakeTransport, store: MemoryStore
) -> None:
    async with serving(near, far):
        await near.apply(by_ann(1, "/start"))
        await until(lambda: bool(far.sent))
        assert not store.records[OPS].session.shared
        extra = {"reply_to": {"ref": "x", "bot": True, "text": "#1 Ann\n"}}
        await far.apply(replace(by_operator(1, "yes"), by="main/far:eve", extra=extra))
        await until(lambda: near.texts == ["yes"])
        assert store.records[OPS].session.shared


def test_ids_are_known_for_longer_than_anything_is_told() -> None:
    assert tells.KNOWN > tells.OLDEST
    assert tells.horizon(tells.KNOWN + 5) == 5
    assert tells.horizon(1) == 0
