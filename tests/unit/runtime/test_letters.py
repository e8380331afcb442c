"""Dead letters that are put back: applied once, whoever dies in between, and never lost."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.core.events import Event
from engine.core.outcome import Outcome
from engine.core.session import Session
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.letters import of_event, retry
from engine.runtime.outage import Outage
from engine.runtime.outbox import FAULTS_MAX
from engine.runtime.ports import RefusedError
from engine.runtime.reread import MARKED, mark
from engine.runtime.sessions import Sessions
from engine.runtime.wakes import POLL
from engine.stores.protocol import Dead
from tests.unit.runtime import fakes
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


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the flow bear what broke it before."""
    step = fakes.step

    def mended(session: Session, event: Event, now: int) -> Outcome:
        if event.text == "boom":
            event = replace(event, text="mended")
        timers = tuple(
            replace(timer, key="mended") if timer.key == "fail" else timer
            for timer in session.timers
        )
        return step(replace(session, timers=timers), event, now)

    monkeypatch.setattr(fakes, "step", mended)


async def put_back(store: MemoryStore, letters: Sequence[Dead] = ()) -> None:
    """What `statechat dead retry` does with all dead letters."""
    clock = FakeClock(NOW + 1_000_000)
    sessions = Sessions(store, clock, Outage(clock), sole=False)
    for letter in letters or await store.dead():
        await retry(sessions, store, letter, clock.now())


async def run(store: MemoryStore, clock: FakeClock, *events: Event) -> FakeTransport:
    """Let a worker apply events and do all that is to be done."""
    transport = FakeTransport()
    async with running(store, transport, clock=clock):
        for event in events:
            await transport.accept(event)
            await clock.advance(0)
        await clock.advance(2 * POLL)
    return transport


async def test_an_event_that_was_put_back_is_applied_once_under_its_own_id(
    store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(store, clock, said(1, "boom"), said(2, "b"))
    await put_back(store)
    assert store.letters == {}
    mend(monkeypatch)
    transport = await run(store, clock, said(1, "boom"), said(3, "c"), said(1, "boom"))
    assert sorted(map(str, log_of(store.records[OWNER]))) == ["b", "c", "mended"]
    assert transport.texts.count("echo mended") == 1
    assert store.records[OWNER].again == ()
    assert "fake:1" in store.records[OWNER].seen
    await run(store, clock, said(1, "boom"))
    assert log_of(store.records[OWNER]).count("mended") == 1


async def test_it_is_applied_once_where_the_one_who_put_it_back_died_and_came_again(
    store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(store, clock, said(1, "boom"))
    letters = await store.dead()
    mend(monkeypatch)

    async def dies(id_: str, at: int) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(store, "discard", dies)
        with pytest.raises(KeyboardInterrupt):
            await put_back(store)
    assert (await store.dead(), len(store.records[OWNER].again)) == (letters, 1)
    await put_back(store)
    assert (await store.dead(), len(store.records[OWNER].again)) == ([], 1)
    store.letters[letters[0].id] = letters[0]  # he died a moment later the second time
    await run(store, clock)
    assert await store.dead() == []
    assert log_of(store.records[OWNER]) == ["mended"]


async def test_it_survives_a_worker_that_dies_with_it(
    store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(store, clock, said(1, "boom"))
    await put_back(store)
    mend(monkeypatch)
    transport = FakeTransport()
    app = await fakes.Running(store, transport, clock=clock).started()
    store.away = True
    await clock.advance(0)
    await app.kill()
    store.away = False
    await run(store, clock)
    assert log_of(store.records[OWNER]) == ["mended"]


async def test_what_breaks_again_is_set_aside_again(store: MemoryStore, clock: FakeClock) -> None:
    await run(store, clock, said(1, "boom"))
    (old,) = await store.dead()
    await put_back(store)
    await clock.advance(5)
    await run(store, clock, said(2, "b"))
    (new,) = await store.dead()
    assert (new.id, new.payload) == (old.id, old.payload)
    assert new.at > old.at
    assert store.records[OWNER].again == ()
    assert log_of(store.records[OWNER]) == ["b"]


async def test_a_letter_of_an_event_that_never_reached_its_session_begins_one(
    store: MemoryStore, clock: FakeClock
) -> None:
    await store.set_aside(of_event(said(1, "a"), None, "store:damaged", NOW))
    await put_back(store)
    await run(store, clock)
    assert log_of(store.records[OWNER]) == ["a"]


async def test_a_timer_that_was_put_back_fires_once(
    store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = FakeTransport()
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "wait 10 fail"))
        await clock.advance(POLL)
    assert len(await store.dead()) == 1
    await put_back(store)
    mend(monkeypatch)
    transport = await run(store, clock, said(2, "b"))
    assert transport.texts.count("timer mended") == 1
    assert store.records[OWNER].session.timers == ()
    assert store.records[OWNER].again == ()


async def test_a_result_that_was_put_back_is_applied_once(
    store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = fakes.step

    def broken(session: Session, event: Event, now: int) -> Outcome:
        if event.result is not None:
            raise LookupError
        return step(session, event, now)

    monkeypatch.setattr(fakes, "step", broken)
    transport = FakeTransport()
    async with running(store, transport, clock=clock):
        await transport.accept(said(1, "do work"))
        await clock.advance(POLL)
    assert [letter.kind for letter in await store.dead()] == ["event"]
    await put_back(store)
    monkeypatch.setattr(fakes, "step", step)
    transport = await run(store, clock)
    assert transport.texts == ["result action:unknown"]
    assert await store.dead() == []


async def test_a_message_that_was_put_back_goes_before_what_was_planned_after_it(
    store: MemoryStore, clock: FakeClock
) -> None:
    transport = FakeTransport()
    transport.errors["c"] = [RefusedError("blocked")] * 2 + [LookupError("away")] * (FAULTS_MAX - 1)
    async with running(store, transport, clock=clock):
        for number, text in enumerate("abc", 1):
            await transport.accept(said(number, text))
        await transport.accept(said(4, "elsewhere", chat="d"))
        await clock.advance(0)
    first, second = await store.dead()
    await put_back(store, [second, first])
    transport = await run(store, clock)
    assert [each.message.text for each in transport.sent if each.chat == "c"] == [
        "echo a", "echo b", "echo c",
    ]  # fmt: skip
    assert store.records[OWNER].outbox == ()
    assert await store.dead() == []


async def test_what_nobody_can_read_is_not_put_back(store: MemoryStore) -> None:
    nobody = Dead("fake:9", "event", "bad", NOW, {"x": 1})
    broken = Dead("fake:8", "event", "bad", NOW, {"owner": OWNER})
    for letter in (nobody, broken):
        await store.set_aside(letter)
        with pytest.raises(StatechatError, match="dead:unreadable"):
            await put_back(store, [letter])
    assert len(await store.dead()) == 2
    assert store.records == {}


async def test_a_letter_that_a_new_version_cannot_read_stays_one(
    store: MemoryStore, clock: FakeClock
) -> None:
    await run(store, clock, said(1, "a"))
    old = Dead("fake:8", "event", "bad", NOW, {"owner": OWNER})
    record = store.records[OWNER]
    session = replace(record.session, rev=record.session.rev + 1)
    await store.commit([replace(record, session=session, again=(old,))])
    await run(store, clock, said(2, "b"))
    assert await store.dead() == [old]
    assert store.records[OWNER].again == ()
    assert log_of(store.records[OWNER]) == ["a", "b"]


async def test_a_message_of_an_earlier_life_of_the_person_is_refused(
    store: MemoryStore, clock: FakeClock
) -> None:
    await run(store, clock, said(1, "a"))
    other = FakeTransport()
    other.errors["c"] = [RefusedError("blocked")]
    async with running(store, other, clock=clock):
        await other.accept(said(2, "b"))
        await clock.advance(0)
    record = store.records[OWNER]
    session = replace(record.session, rev=record.session.rev + 1, incarnation="new")
    await store.commit([replace(record, session=session)])
    with pytest.raises(StatechatError, match="dead:gone"):
        await put_back(store)
    assert len(await store.dead()) == 1


@pytest.mark.parametrize("mended", [True, False])
async def test_of_several_workers_that_run_meanwhile_one_applies_it(
    store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, *, mended: bool
) -> None:
    await run(store, clock, said(1, "boom"), said(2, "a"))
    if mended:
        mend(monkeypatch)
    one, other = FakeTransport(), FakeTransport()
    async with (
        running(store, one, clock=clock, sole=False),
        running(store, other, clock=clock, sole=False),
    ):
        await clock.advance(1)
        await put_back(store)
        await clock.advance(3 * POLL)
    assert log_of(store.records[OWNER]) == (["a", "mended"] if mended else ["a"])
    assert len(one.texts) + len(other.texts) == int(mended)
    assert [letter.id for letter in await store.dead()] == ([] if mended else ["fake:1"])
    assert store.records[OWNER].again == ()


class Learned(FakeTransport):
    """Reads by now what it could not read before, if it has a text."""

    async def read_again(self, payload: Value, at: int) -> Event | None:
        text = payload.get("text") if isinstance(payload, dict) else None
        return said(9, text, at=at) if isinstance(text, str) else None


async def start(store: MemoryStore, clock: FakeClock, transport: FakeTransport) -> FakeTransport:
    async with running(store, transport, clock=clock):
        await clock.advance(2 * POLL)
    return transport


async def test_an_update_is_read_again_at_the_next_start_and_applied_once(
    store: MemoryStore, clock: FakeClock
) -> None:
    letter = Dead("fake:9", "update", "no chat", NOW - 5, {"text": "hello"})
    await store.set_aside(letter)
    await mark(store, letter)
    await start(store, clock, FakeTransport())  # cannot read anything again
    assert (await store.dead(), store.records) == ([letter], {})
    await start(store, clock, Learned())
    assert (await store.dead(), await store.all(MARKED)) == ([], {})
    assert log_of(store.records[OWNER]) == ["hello"]
    await mark(store, letter)  # the command died, and was said again
    await start(store, clock, Learned())
    assert log_of(store.records[OWNER]) == ["hello"]
    assert await store.all(MARKED) == {}


async def test_an_update_is_applied_once_though_the_start_that_reads_it_dies(
    store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = Dead("fake:9", "update", "no chat", NOW - 5, {"text": "hello"})
    await store.set_aside(letter)
    await mark(store, letter)

    async def dies(*_: object) -> bool:
        raise OSError("killed")

    for call in ("discard", "remove"):
        with monkeypatch.context() as dying:
            dying.setattr(store, call, dies)
            with pytest.raises(OSError, match="killed"):
                await start(store, clock, Learned())
        assert len(store.records[OWNER].again) == 1
    await start(store, clock, Learned())
    assert log_of(store.records[OWNER]) == ["hello"]
    assert (await store.dead(), await store.all(MARKED)) == ([], {})


async def test_an_update_that_still_cannot_be_read_stays(
    store: MemoryStore, clock: FakeClock
) -> None:
    letter = Dead("fake:9", "update", "no chat", NOW, {"photo": 1})
    await store.set_aside(letter)
    await mark(store, letter)
    await start(store, clock, Learned())
    assert (await store.dead(), await store.all(MARKED), store.records) == ([letter], {}, {})
