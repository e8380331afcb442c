"""Applying events: once, in order, whatever the store does meanwhile."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine.core.events import RESULT, TIMER, Event, Failure, Result
from engine.core.session import Session, Timer
from engine.core.values import OUTBOX_MAX
from engine.errors import StatechatError
from engine.runtime.applied import SEEN_MAX, SOURCES, Horizons
from engine.runtime.bus import MemoryBus, Retry
from engine.runtime.dispatcher import PATIENCE, Dispatcher
from engine.runtime.inbox import Inbox
from engine.runtime.items import LEASE
from engine.runtime.records.database import Database
from engine.stores.protocol import Record
from tests.unit.runtime.fakes import (
    NOW,
    OWNER,
    FakeClock,
    MemoryStore,
    log_of,
    said,
    settle,
    step,
    worker,
)


class Bench:
    def __init__(
        self, store: MemoryStore | None = None, *, sole: bool = True, ahead: int = 1_000
    ) -> None:
        self.store = store or MemoryStore()
        self.clock = FakeClock()
        self.horizon = 0
        self.worker = worker(self.store, self.clock, sole=sole)
        inbox = Inbox(self.worker, MemoryBus(self.worker.clock))
        horizons = Horizons(
            {"fake": lambda _: self.horizon}, {"fake": lambda below: min(below, ahead)}
        )
        database = Database(self.store.record_store, {}, self.clock.now)
        self.dispatcher = Dispatcher(self.worker, step, horizons, inbox, database)

    async def apply(self, *events: Event) -> None:
        """Apply events one after another."""
        for event in events:
            await self.through(self.dispatcher.handle(event))

    async def give_up(self, event: Event) -> None:
        """Set an event aside."""
        await self.through(self.dispatcher.give_up(event, LookupError("deadly")))

    async def through(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something; time passes only while it waits for that."""
        task = asyncio.create_task(work)
        await settle()
        while not task.done():
            await self.clock.advance(10)
        task.result()

    @property
    def record(self) -> Record:
        return self.store.records[OWNER]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_new_person_gets_a_session_with_an_incarnation_of_its_own(bench: Bench) -> None:
    await bench.apply(said(1, "hello"), said(1, "hello", "demo/fake:bob"))
    ann, bob = (bench.store.records[owner].session for owner in (OWNER, "demo/fake:bob"))
    assert (ann.rev, ann.started) == (1, NOW)
    assert len(ann.incarnation) >= 16
    assert ann.incarnation != bob.incarnation


async def test_an_event_session_timers_outbox_and_its_id_are_one_commit(bench: Bench) -> None:
    await bench.apply(said(7, "say 2"))
    assert bench.store.commits == [1]
    assert bench.record.seen == {"fake:7": 7}
    (first, second) = bench.record.outbox
    assert (first.id, second.id) == ("1.1", "1.2")
    assert (first.worker, first.at, first.attempts, first.planned) == ("w", NOW + LEASE, 1, NOW)


async def test_an_event_that_comes_again_changes_nothing(bench: Bench) -> None:
    await bench.apply(said(1, "a"), said(2, "b"), said(1, "a"), said(2, "b"))
    assert log_of(bench.record) == ["a", "b"]
    assert bench.record.session.rev == 2


async def test_an_event_that_changed_nothing_is_still_remembered(bench: Bench) -> None:
    await bench.apply(said(1, ""), said(1, ""))
    assert bench.record.seen == {"fake:1": 1}


async def test_an_id_below_the_horizon_of_its_source_is_forgotten(bench: Bench) -> None:
    await bench.apply(said(1, "a"), said(2, "b"), said(3, "c"))
    bench.horizon = 3
    await bench.apply(said(4, "d"))
    assert set(bench.record.seen) == {"fake:3", "fake:4"}


@pytest.mark.parametrize("late", [0, 2])
async def test_a_worker_that_is_behind_applies_nothing_whose_id_another_one_has_dropped(
    late: int,
) -> None:
    store = MemoryStore()
    ahead, behind = Bench(store, sole=False), Bench(store, sole=False)
    await ahead.apply(said(1, "a"), said(2, "b"), said(3, "c"))
    ahead.horizon = 3
    await ahead.apply(said(4, "d"))
    behind.horizon = late
    await behind.apply(said(1, "a"), said(2, "b"), said(3, "c"), said(4, "d"), said(5, "e"))
    assert log_of(ahead.record) == ["a", "b", "c", "d", "e"]


async def test_a_horizon_of_a_clock_that_was_ahead_makes_nobody_deaf() -> None:
    store = MemoryStore()
    ahead, right = (Bench(store, sole=False, ahead=limit) for limit in (1_000, 2))
    await ahead.apply(said(1, "a"))
    ahead.horizon = 900
    await ahead.apply(said(901, "b"))
    await right.apply(said(1, "a"), said(2, "c"))
    assert log_of(right.record) == ["a", "b", "c"]


async def test_a_sole_worker_notes_no_horizon(bench: Bench) -> None:
    await bench.apply(said(1, "a"))
    bench.horizon = 3
    await bench.apply(said(4, "d"))
    assert not bench.record.below


class Refusing(MemoryStore):
    """A store that refuses so many of the next commits."""

    refusals = 0

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        if self.refusals:
            self.refusals -= 1
            raise StatechatError("store:unreachable", "nobody is there")
        return await super().commit(records)


async def test_an_event_that_is_applied_though_it_was_nearly_set_aside_is_no_letter() -> None:
    store = Refusing()
    bench = Bench(store)
    store.refusals = 1
    with pytest.raises(StatechatError):
        await bench.give_up(said(1, "a"))
    await bench.apply(said(1, "a"))
    assert log_of(bench.record) == ["a"]
    assert not store.letters
    await bench.give_up(said(2, "b"))
    assert set(store.letters) == {"fake:2"}
    assert not bench.record.aside


async def test_an_event_that_another_worker_applies_meanwhile_is_no_letter() -> None:
    store = MemoryStore()
    one, other = Bench(store, sole=False), Bench(store, sole=False)
    await one.apply(said(1, "a"))
    await other.apply(said(2, "b"))
    await one.give_up(said(2, "b"))
    assert log_of(one.record) == ["a", "b"]
    assert not store.letters


async def test_ids_too_many_for_the_record_move_to_the_ledger_and_are_still_known(
    bench: Bench,
) -> None:
    events = [said(number, f"m{number}") for number in range(SEEN_MAX + 3)]
    for event in events:
        await bench.apply(event)
        record = bench.record
        items = replace(record, outbox=())  # carried out
        bench.store.records[OWNER] = items
        bench.worker.sessions._recent[OWNER] = items
    assert bench.record.spilled
    assert len(bench.record.seen) <= SEEN_MAX
    assert (OWNER, "fake:0") in bench.store.ledgers
    assert not set(bench.record.seen) & {id_ for _, id_ in bench.store.ledgers}
    steps = bench.record.session.steps
    await bench.apply(*events)
    assert bench.record.session.steps == steps
    assert await bench.store.all(SOURCES) == {"fake": {"transport": "fake"}}


async def test_a_timer_due_when_the_person_wrote_goes_first_in_the_same_commit(
    bench: Bench,
) -> None:
    await bench.apply(said(1, "wait 1000 early"), said(2, "wait 5000 late"))
    await bench.clock.advance(10_000)
    commits = len(bench.store.commits)
    await bench.apply(said(3, "answer", at=NOW + 1_000))
    assert log_of(bench.record)[2:] == ["timer early", "answer"]
    assert [timer.key for timer in bench.record.session.timers] == ["late"]
    assert len(bench.store.commits) == commits + 1


async def test_a_clock_of_a_person_that_is_ahead_expires_nothing(bench: Bench) -> None:
    await bench.apply(said(1, "wait 1000"), said(2, "answer", at=NOW + 999_999))
    assert log_of(bench.record) == ["wait 1000", "answer"]


async def test_a_timer_that_is_gone_is_ignored_without_a_write(bench: Bench) -> None:
    await bench.apply(said(1, "a"))
    gone = Event("timer:9.9", TIMER, OWNER, "c", NOW, timer="9.9")
    await bench.apply(gone, replace(gone, owner="demo/fake:nobody"))
    assert bench.store.commits == [1]
    assert set(bench.store.records) == {OWNER}


async def test_a_timer_that_another_worker_armed_is_not_overlooked() -> None:
    store = MemoryStore()
    one, other = Bench(store, sole=False), Bench(store, sole=False)
    await one.apply(said(1, "a"))
    await other.apply(said(2, "wait 5 theirs"))
    (timer,) = store.records[OWNER].session.timers
    await one.apply(Event(f"timer:{timer.id}", TIMER, OWNER, "c", NOW, timer=timer.id))
    assert log_of(store.records[OWNER])[-1] == "timer theirs"


async def test_a_lost_race_is_applied_again_on_top_of_the_winner() -> None:
    store = MemoryStore()
    one, other = Bench(store, sole=False), Bench(store, sole=False)
    await one.apply(said(1, "a"))
    await other.apply(said(2, "b"))
    await one.apply(said(3, "c"))
    assert log_of(store.records[OWNER]) == ["a", "b", "c"]
    assert store.records[OWNER].session.rev == 3


@pytest.mark.parametrize("answered", ["unknown", "lost"])
async def test_a_write_of_unknown_outcome_is_looked_up_before_anything_else(
    bench: Bench, answered: str
) -> None:
    await bench.apply(said(1, "a"))
    setattr(bench.store, answered, 1)
    await bench.apply(said(2, "b"))
    assert log_of(bench.record) == ["a", "b"]
    assert bench.record.session.rev == 2
    assert [item.id for item in bench.record.outbox] == ["1.1", "2.1"]


async def test_an_event_that_breaks_the_step_is_set_aside_and_never_blocks(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.apply(said(1, "boom"), said(2, "fine"), said(1, "boom"))
    assert log_of(bench.record) == ["fine"]
    (letter,) = await bench.store.dead()
    assert (letter.id, letter.kind, letter.reason) == (
        "fake:1",
        "event",
        "step:crashed (LookupError)",
    )
    assert isinstance(letter.payload, dict)
    assert letter.payload["text"] == "boom"
    errors = [entry for entry in caplog.records if entry.levelno == logging.ERROR]
    assert [entry.exc_info is not None for entry in errors] == [True]


async def test_a_timer_that_breaks_the_step_is_set_aside_and_disarmed(bench: Bench) -> None:
    await bench.apply(said(1, "wait 10 fail"))
    await bench.clock.advance(20)
    await bench.apply(said(2, "after", at=NOW + 20))
    assert log_of(bench.record) == ["wait 10 fail", "after"]
    assert bench.record.session.timers == ()
    (letter,) = await bench.store.dead()
    assert letter.id == f"{OWNER}#{bench.record.session.incarnation}:timer:1.9"


async def test_an_outcome_that_cannot_be_stored_is_set_aside(bench: Bench) -> None:
    await bench.apply(said(1, "a"), said(2, "unstorable"), said(3, "b"))
    assert log_of(bench.record) == ["a", "b"]
    assert set(bench.record.seen) == {"fake:1", "fake:2", "fake:3"}
    assert [letter.reason for letter in await bench.store.dead()] == ["store:value"]


async def test_an_event_that_would_flood_a_stuck_outbox_is_set_aside(bench: Bench) -> None:
    await bench.apply(said(1, f"say {OUTBOX_MAX}"))
    await bench.clock.advance(PATIENCE)
    await bench.apply(said(2, "one more"))
    assert len(bench.record.outbox) == OUTBOX_MAX
    assert [letter.reason for letter in await bench.store.dead()] == ["outbox:full"]
    assert set(bench.record.seen) == {"fake:1", "fake:2"}


async def test_one_event_alone_that_plans_too_much_is_set_aside(bench: Bench) -> None:
    await bench.apply(said(1, f"say {OUTBOX_MAX + 1}"), said(2, "fine"))
    assert log_of(bench.record) == ["fine"]
    assert [letter.id for letter in await bench.store.dead()] == ["fake:1"]


async def test_an_event_waits_while_a_full_outbox_empties(bench: Bench) -> None:
    await bench.apply(said(1, f"say {OUTBOX_MAX}"))
    with pytest.raises(Retry):
        await bench.apply(said(2, "one more"))
    bench.worker.sessions.mark(OWNER, bench.record.session.incarnation, "1.1")
    await bench.apply(said(2, "one more"))
    assert log_of(bench.record)[-1] == "one more"
    assert await bench.store.dead() == []


async def test_an_outage_asks_the_bus_to_try_later_and_logs_one_line(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.store.away = True
    pauses = []
    for _ in range(6):
        with pytest.raises(Retry) as retry:
            await bench.apply(said(1, "a"))
        pauses.append(retry.value.after)
        await bench.clock.advance(retry.value.after * 2)
    bench.store.away = False
    await bench.apply(said(1, "a"))
    assert log_of(bench.record) == ["a"]
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1] <= 5_000
    levels = [entry.levelname for entry in caplog.records if entry.name == "statechat.store"]
    assert levels == ["ERROR", "WARNING"]


async def test_a_result_is_applied_once_and_takes_the_item_with_it(bench: Bench) -> None:
    await bench.apply(said(1, "do it"))
    (item,) = bench.record.outbox
    event = Event("invoke:x", RESULT, OWNER, "c", NOW, result=Result(item.id, 1, "done"))
    await bench.apply(event, event)
    assert log_of(bench.record) == ["do it", "result done"]
    assert [item.id for item in bench.record.outbox] == ["2.2"]


async def test_the_result_of_an_earlier_attempt_is_not_waited_for(bench: Bench) -> None:
    await bench.apply(said(1, "do it"))
    first = Result("1.8", 1, failure=Failure("down", transient=True))
    event = Event("invoke:x", RESULT, OWNER, "c", NOW, result=first)
    await bench.apply(event, event)
    (item,) = bench.record.outbox
    assert (item.id, item.attempts, getattr(item.effect, "attempt", 0)) == ("1.8", 2, 2)


async def test_a_retry_for_later_belongs_to_nobody_until_its_moment(bench: Bench) -> None:
    await bench.apply(said(1, "do it 5000"))
    (item,) = bench.record.outbox
    assert (item.worker, item.at, item.attempts) == (None, NOW + 5_000, 0)


async def test_two_hundred_timers_due_at_once_are_all_stepped_before_the_answer(
    bench: Bench,
) -> None:
    timers = tuple(Timer(f"0.{n}", NOW - 1_000 + n, "c", 1, f"k{n}") for n in range(200))
    bench.store.records[OWNER] = Record(Session(OWNER, 1, incarnation="x", timers=timers))
    await bench.apply(said(1, "answer"))
    assert log_of(bench.record) == [*[f"timer k{n}" for n in range(200)], "answer"]
