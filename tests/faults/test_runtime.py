"""Killing a bot where it hurts: nothing is lost, nothing is applied twice."""

import asyncio
import os
import signal
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.events import Event
from engine.stores.batch import Batched
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore
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

ROOT = Path(__file__).parents[2]
TEXTS = [f"do it {n}" if n % 4 == 3 else f"m{n}" for n in range(24)]
TEXTS = ["do it" if text.startswith("do") else text for text in TEXTS]


def life(folder: Path, kill_at: str = "") -> subprocess.Popen[bytes]:
    environment = {**os.environ, "STATECHAT_KILL_AT": kill_at}
    command = [sys.executable, "-W", "error", "-m", "tests.unit.runtime.child", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)


async def records(folder: Path) -> list[Record]:
    store = SqliteStore(folder / "bot.db", "demo")
    await store.open()
    owners = [f"{OWNER}{number}" for number in range(3)]
    found = await store.load(owners)
    assert await store.dead() == []
    await store.close()
    return [found[owner] for owner in owners]


@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize(
    "point",
    [
        "after-step-before-commit",
        "after-commit-before-send",
        "after-commit-before-ack",
        "after-send-before-mark",
    ],
)
async def test_a_bot_that_is_killed_goes_on_as_if_it_had_not_been(
    tmp_path: Path, point: str, count: int
) -> None:
    (tmp_path / "events").write_text("\n".join(TEXTS))
    (tmp_path / "cursor").write_text("0")
    dead = life(tmp_path, f"{point}:{count}")
    assert dead.wait(60) == -signal.SIGKILL
    assert dead.stderr is not None
    dead.stderr.close()

    heir = life(tmp_path)
    expected = len(TEXTS)
    sent = tmp_path / "sent"

    def texts() -> list[tuple[str, str]]:
        lines = sent.read_text().splitlines() if sent.exists() else []
        return [(line.split("\t")[0], line.split("\t")[1]) for line in lines]

    await until(lambda: len(set(texts())) >= expected or heir.poll() is not None, 20)
    (tmp_path / "enough").touch()
    _, errors = await asyncio.to_thread(heir.communicate, None, 30)
    assert heir.returncode == 0, errors.decode()

    for number, record in enumerate(await records(tmp_path)):
        own = TEXTS[number::3]
        log = log_of(record)
        assert [entry for entry in log if not str(entry).startswith("result")] == own
        results = [entry for entry in log if str(entry).startswith("result")]
        assert len(results) == len(set(map(str, results))) == own.count("do it")
        assert record.outbox == ()
        arrived = [(id_, text) for id_, text in texts() if id_.startswith(f"{OWNER}{number}#")]
        once = [key for key, _ in groupby(arrived)]  # a repeat comes before anything later
        assert len(once) == len(set(once)) == len(own)
        plan = [tuple(map(int, id_.rpartition(":")[2].split("."))) for id_, _ in once]
        assert plan == sorted(plan)
        assert len(arrived) - len(once) <= 1


async def test_fifty_events_at_once_over_two_workers_are_each_applied_once() -> None:
    store = MemoryStore()
    first, second = FakeTransport(), FakeTransport()
    events = [said(number, f"m{number}") for number in range(50)]
    async with running(store, first, sole=False), running(store, second, sole=False):
        futures = [await (first if event.order % 2 else second).accept(event) for event in events]
        async with asyncio.timeout(30):
            await asyncio.gather(*futures)
        # What was more than a share is safe, and applied later.
        await until(lambda: len(log_of(store.records[OWNER])) == 50, 60)
        await until(lambda: not store.records[OWNER].outbox, 60)
    log = [str(entry) for entry in log_of(store.records[OWNER])]
    assert sorted(log) == sorted(f"m{number}" for number in range(50))
    for half in (0, 1):
        own = [entry for entry in log if int(entry[1:]) % 2 == half]
        assert own == [f"m{number}" for number in range(half, 50, 2)]
    sent = sorted(
        [*first.sent, *second.sent], key=lambda delivery: int(delivery.id.rpartition(":")[2][:-2])
    )
    assert [delivery.message.text for delivery in sent] == [f"echo {entry}" for entry in log]


async def test_an_event_that_both_workers_get_is_applied_once() -> None:
    store = MemoryStore()
    first, second = FakeTransport(), FakeTransport()
    events = [said(number, f"m{number}") for number in range(20)]
    async with running(store, first, sole=False), running(store, second, sole=False):
        await asyncio.gather(first.apply(*events), second.apply(*events))
        await until(lambda: not store.records[OWNER].outbox, 60)
    assert log_of(store.records[OWNER]) == [f"m{number}" for number in range(20)]
    assert len(first.sent) + len(second.sent) == 20


async def test_an_outage_of_the_store_loses_nothing_and_keeps_the_order() -> None:
    store = MemoryStore()
    transport = FakeTransport()
    async with running(store, transport):
        store.away = True
        futures = [await transport.accept(said(number, f"m{number}")) for number in range(20)]
        await asyncio.sleep(0.2)
        assert not any(future.done() for future in futures)
        store.away = False
        await asyncio.gather(*futures)
        # What was more than a share is safe, and applied later.
        await until(lambda: len(log_of(store.records[OWNER])) == 20)
    assert log_of(store.records[OWNER]) == [f"m{number}" for number in range(20)]
    assert transport.texts == [f"echo m{number}" for number in range(20)]


async def test_a_flooder_waits_and_hides_nobody() -> None:
    store = MemoryStore()
    transport = FakeTransport()
    async with running(store, transport):
        store.away = True
        flood = asyncio.create_task(
            transport.apply(*[said(number, "", OWNER) for number in range(1_000)])
        )
        await asyncio.sleep(0.05)
        other = await transport.accept(said(1, "hi", "demo/fake:bob"))
        store.away = False
        await asyncio.gather(flood, other)
        await until(lambda: store.records[OWNER].session.steps == 1_000)


async def test_a_thousand_messages_of_one_person_are_all_answered_in_order(
    tmp_path: Path,
) -> None:
    store = Batched(SqliteStore(tmp_path / "bot.db", "demo"))
    transport = FakeTransport()
    async with running(store, transport):
        await transport.apply(*[said(number, f"m{number}") for number in range(1_000)])
        await until(lambda: len(transport.sent) == 1_000, 60)
        assert await store.dead() == []
    assert transport.texts == [f"echo m{number}" for number in range(1_000)]


Act = tuple[str, int]
acts = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 2)),
        st.tuples(st.just("wait"), st.integers(0, 4_000)),
        st.tuples(st.just("invoke"), st.integers(0, 2_000)),
        st.tuples(st.just("again"), st.integers(0, 20)),
        st.tuples(st.just("advance"), st.integers(0, 9_000)),
        st.tuples(st.sampled_from(["kill", "stop", "away", "back"]), st.just(0)),
        st.tuples(st.sampled_from(["unknown", "lost"]), st.integers(1, 2)),
        st.tuples(st.just("turns"), st.integers(1, 9)),
    ),
    max_size=30,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(acts)
def test_whatever_happens_in_between_each_event_is_applied_once_and_in_order(
    script: list[Act],
) -> None:
    asyncio.run(_play(script))


async def _play(script: list[Act]) -> None:  # noqa: C901 - a script, one branch an act
    store, clock = MemoryStore(), FakeClock()
    transport = FakeTransport()
    app = await Running(store, transport, clock=clock, drain=40).started()
    events: list[Event] = []
    futures: dict[str, asyncio.Future[None]] = {}
    arrived: list[tuple[str, str]] = []

    async def begin() -> tuple[FakeTransport, Running]:
        arrived.extend((one.id, one.message.text) for one in transport.sent)
        store.away = False
        store.unknown = store.lost = 0
        fresh = FakeTransport()
        fresh.backlog = [one for one in events if one.id not in done()]
        return fresh, await Running(store, fresh, clock=clock, drain=40).started()

    def done() -> set[str]:
        return {id_ for id_, one in futures.items() if one.done() and not one.exception()}

    for act, amount in script:
        match act:
            case "say" | "wait" | "invoke":
                number = len(events)
                text = {"say": f"say {amount} {number}", "wait": f"wait {amount} t{number}",
                        "invoke": f"do it {amount}"}[act]  # fmt: skip
                events.append(said(number, text, at=clock.now()))
                futures[events[-1].id] = await transport.accept(events[-1])
            case "again" if events:
                await transport.accept(events[amount % len(events)])
            case "advance":
                await clock.advance(amount)
            case "kill":
                await app.kill()
                transport, app = await begin()
            case "stop":
                await app.end()
                transport, app = await begin()
            case "away" | "back":
                store.away = act == "away"
            case "unknown" | "lost":
                setattr(store, act, amount)
            case "turns":
                for _ in range(amount):
                    await asyncio.sleep(0)
    await app.kill()
    transport, app = await begin()
    for _ in range(40):
        await clock.advance(1_000)
    await app.end()
    arrived.extend((one.id, one.message.text) for one in transport.sent)
    _check(store, events, arrived)


def _check(store: MemoryStore, events: list[Event], arrived: list[tuple[str, str]]) -> None:
    if not events:
        assert store.records == {}
        return
    record = store.records[OWNER]
    log = [str(entry) for entry in log_of(record)]
    timers = [f"timer {e.text.split()[2]}" for e in events if e.text and e.text[:4] == "wait"]
    said_ = [entry for entry in log if not entry.startswith(("timer", "result"))]
    assert said_ == [event.text for event in events]
    assert sorted(entry for entry in log if entry.startswith("timer")) == sorted(timers)
    results = [entry for entry in log if entry.startswith("result")]
    assert len(results) == sum(event.text[:2] == "do" for event in events if event.text)
    assert record.outbox == ()
    assert record.session.timers == ()
    assert store.letters == {}
    first: dict[str, Any] = {}
    for id_, text in arrived:
        assert first.setdefault(id_, text) == text
    plan = [tuple(map(int, id_.rpartition(":")[2].split("."))) for id_ in first]
    assert plan == sorted(plan)
    assert min(event.at for event in events) >= NOW
