"""Running actions: what becomes of an attempt, and of one that a crash interrupts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from engine.actions import ActionCall, ActionError
from engine.core.effects import Invoke
from engine.core.values import Value
from engine.runtime.actions import Actions, register
from engine.runtime.invokes import INTERRUPTIONS
from tests.unit.runtime.fakes import (
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

Function = Callable[..., Awaitable[object]]


def actions(**functions: Function) -> Actions:
    return Actions({name: register(name, one) for name, one in functions.items()})  # type: ignore[arg-type]  # coroutine functions all


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def outcome(store: MemoryStore, known: Actions, text: str = "do it") -> Value:
    """What the flow gets to know of one invoke."""
    transport = FakeTransport()
    async with running(store, transport, actions=known):
        await transport.apply(said(1, text))
        await until(lambda: len(log_of(store.records[OWNER])) == 2)
    assert [item.id for item in store.records[OWNER].outbox] == []
    return log_of(store.records[OWNER])[1]


async def test_an_action_gets_a_call_and_its_value_comes_back(store: MemoryStore) -> None:
    calls: list[ActionCall] = []

    async def it(call: ActionCall, n: int) -> str:
        calls.append(call)
        await call.db.put("things", {"n": n})
        return f"got {n}"

    assert await outcome(store, actions(it=it)) == "result got 1"
    (call,) = calls
    key = f"{OWNER}#{store.records[OWNER].session.incarnation}:1.8"
    assert (call.key, call.attempt, call.owner, call.lang) == (key, 1, OWNER, "en")
    (entry,) = [one for _, one in await store.record_store.page("things", None, 9)]
    assert (entry.values, entry.applied) == ({"n": 1}, (key,))


async def fails(call: ActionCall, n: int) -> None:
    raise ActionError("duplicate", "there is one")


async def crashes(call: ActionCall, n: int) -> None:
    raise LookupError("with a secret")


async def sleeps(call: ActionCall, n: int) -> None:
    await asyncio.sleep(60)


async def wants_more(call: ActionCall, n: int, more: str) -> None:
    raise AssertionError


async def returns_a_set(call: ActionCall, n: int) -> object:
    return {"deep": [{1, 2}]}


async def returns_too_much(call: ActionCall, n: int) -> object:
    return "x" * 70_000


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (fails, "duplicate"),
        (crashes, "action:crashed"),
        (wants_more, "action:arguments"),
        (returns_a_set, "action:value"),
        (returns_too_much, "action:value"),
    ],
)
async def test_whatever_goes_wrong_is_a_failure_with_a_code(
    store: MemoryStore, action: Function, code: str
) -> None:
    assert await outcome(store, actions(it=action)) == f"result {code}"


async def test_an_action_that_nobody_registered_is_a_failure(store: MemoryStore) -> None:
    assert await outcome(store, Actions()) == "result action:unknown"


async def test_a_crash_is_logged_with_its_traceback_and_the_flow_gets_only_its_type(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    await outcome(store, actions(it=crashes))
    (error,) = [entry for entry in caplog.records if entry.levelname == "ERROR"]
    assert error.exc_info is not None
    log = log_of(store.records[OWNER])
    assert "secret" not in str(log)


async def test_a_transient_failure_is_tried_again_with_the_same_key(store: MemoryStore) -> None:
    calls: list[tuple[str, int]] = []

    async def flaky(call: ActionCall, n: int) -> str:
        calls.append((call.key, call.attempt))
        if call.attempt < 3:
            raise ActionError("down", transient=True)
        return "up"

    transport = FakeTransport()
    async with running(store, transport, actions=actions(flaky=flaky)):
        await transport.apply(said(1, "do flaky"))
        await until(lambda: "result up" in log_of(store.records[OWNER]))
    assert [attempt for _, attempt in calls] == [1, 2, 3]
    assert len({key for key, _ in calls}) == 1


async def test_an_attempt_that_takes_too_long_is_cancelled_and_transient(
    store: MemoryStore,
) -> None:
    known = actions(it=sleeps, flaky=sleeps)
    transport = FakeTransport()
    async with running(store, transport, actions=known):
        await transport.apply(said(1, "do it"))
        effect = store.records[OWNER].outbox[0].effect
        assert isinstance(effect, Invoke)
        await until(lambda: "result timeout" in log_of(store.records[OWNER]))
        await until(lambda: store.records[OWNER].outbox[0].attempts == 2)
        await transport.apply(said(2, "leave 1.8"))


async def test_an_invoke_for_later_runs_when_its_moment_has_come(store: MemoryStore) -> None:
    clock = FakeClock()
    moments: list[int] = []

    async def it(call: ActionCall, n: int) -> None:
        moments.append(clock.now())

    transport = FakeTransport()
    async with running(store, transport, actions=actions(it=it), clock=clock):
        await transport.accept(said(1, "do it 3000"))
        begun = clock.now()
        await clock.advance(2_999)
        assert moments == []
        await clock.advance(1)
    assert moments == [begun + 3_000]


async def test_an_attempt_that_a_crash_interrupts_runs_again_with_the_same_key(
    store: MemoryStore,
) -> None:
    calls: list[tuple[str, int]] = []

    async def it(call: ActionCall, n: int) -> None:
        calls.append((call.key, call.attempt))
        await asyncio.sleep(0 if len(calls) == 2 else 60)

    transport = FakeTransport()
    dead = await Running(store, transport, actions=actions(it=it)).started()
    await transport.apply(said(1, "do it"))
    await until(lambda: len(calls) == 1)
    await dead.kill()
    async with running(store, FakeTransport(), actions=actions(it=it)):
        await until(lambda: log_of(store.records[OWNER])[-1] == "result None")
    assert calls[0] == calls[1]


async def test_an_action_that_kills_its_process_again_and_again_fails_at_last(
    store: MemoryStore,
) -> None:
    calls: list[int] = []

    async def it(call: ActionCall, n: int) -> None:
        calls.append(call.attempt)
        await asyncio.sleep(60)

    transport = FakeTransport()
    dead = await Running(store, transport, actions=actions(it=it)).started()
    await transport.apply(said(1, "do it"))
    for deaths in range(1, INTERRUPTIONS + 2):
        await until(lambda deaths=deaths: len(calls) == deaths)  # type: ignore[misc]  # mypy cannot infer a default's lambda
        await dead.kill()
        dead = await Running(store, FakeTransport(), actions=actions(it=it)).started()
    await until(lambda: log_of(store.records[OWNER])[-1] == "result action:interrupted")
    await dead.end()
    assert calls == [1] * (INTERRUPTIONS + 1)


async def test_a_stop_waits_for_an_action_and_commits_its_result(store: MemoryStore) -> None:
    begun = asyncio.Event()

    async def it(call: ActionCall, n: int) -> str:
        begun.set()
        await asyncio.sleep(0.05)
        return "in time"

    transport = FakeTransport()
    async with running(store, transport, actions=actions(it=it)):
        await transport.apply(said(1, "do it"))
        await begun.wait()
    assert log_of(store.records[OWNER])[-1] == "result in time"
    assert transport.texts == ["result in time"]


async def test_a_stop_leaves_a_slow_action_to_the_next_start(store: MemoryStore) -> None:
    async def it(call: ActionCall, n: int) -> None:
        await asyncio.sleep(60)

    transport = FakeTransport()
    async with running(store, transport, actions=actions(it=it), drain=100):
        await transport.apply(said(1, "do it"))
    (item,) = store.records[OWNER].outbox
    assert item.id == "1.8"


async def test_an_action_does_not_run_again_while_its_result_waits_behind_other_events(
    store: MemoryStore,
) -> None:
    calls: list[int] = []
    gate = asyncio.Event()

    async def it(call: ActionCall, n: int) -> str:
        calls.append(call.attempt)
        await gate.wait()
        return "once"

    transport = FakeTransport()
    async with running(store, transport, actions=actions(it=it)):
        await transport.apply(said(1, "do it"))
        await until(lambda: bool(calls))
        futures = [await transport.accept(said(number, "x")) for number in range(2, 40)]
        gate.set()
        await asyncio.gather(*futures)
        await until(lambda: "result once" in log_of(store.records[OWNER]))
    assert calls == [1]


async def test_a_result_that_nobody_waits_for_any_more_changes_nothing(
    store: MemoryStore,
) -> None:
    gate = asyncio.Event()
    ended = asyncio.Event()

    async def it(call: ActionCall, n: int) -> None:
        await gate.wait()
        ended.set()

    transport = FakeTransport()
    async with running(store, transport, actions=actions(it=it)):
        await transport.apply(said(1, "do it"), said(2, "leave 1.8"))
        gate.set()
        await ended.wait()
    assert log_of(store.records[OWNER]) == ["do it", "leave 1.8"]


async def test_no_more_actions_run_at_once_than_allowed(store: MemoryStore) -> None:
    active = 0
    peak = 0

    async def it(call: ActionCall, n: int) -> None:
        nonlocal active, peak
        active += 1
        peak = max(peak, active)
        await asyncio.sleep(0.001)
        active -= 1

    transport = FakeTransport()
    owners: Sequence[str] = [f"demo/fake:u{number}" for number in range(200)]
    async with running(store, transport, actions=actions(it=it)):
        await transport.apply(*[said(1, "do it", owner) for owner in owners])
        await until(lambda: all(len(log_of(store.records[owner])) == 2 for owner in owners))
    assert 1 < peak <= 64


async def test_graceful_stops_during_a_long_action_do_not_count_as_its_attempts(
    store: MemoryStore,
) -> None:
    begun = 0

    async def it(call: ActionCall, n: int) -> str:
        nonlocal begun
        begun += 1
        await asyncio.sleep(60 if begun < 7 else 0)
        return "at last"

    async with running(store, first := FakeTransport(), actions=actions(it=it), drain=4):
        await first.apply(said(1, "do it"))
        await until(lambda: begun == 1)
    for times in range(2, 7):
        async with running(store, FakeTransport(), actions=actions(it=it), drain=4):
            await until(lambda times=times: begun == times)  # type: ignore[misc]  # mypy cannot infer a default's lambda
    async with running(store, FakeTransport(), actions=actions(it=it)):
        await until(lambda: log_of(store.records[OWNER])[-1] == "result at last")
