"""What every bus does, whatever carries it: run over each of them."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import pytest

from engine.core.events import Event
from engine.runtime.bus import Bus, Handler, MemoryBus, Retry, StoppedError
from engine.runtime.clock import SystemClock


class Make(Protocol):
    def __call__(
        self, *, size: int = ..., size_per_owner: int = ..., concurrency: int = ...
    ) -> Bus: ...


def memory(*, size: int = 1_000, size_per_owner: int = 100, concurrency: int = 64) -> Bus:
    return MemoryBus(
        SystemClock(), size=size, size_per_owner=size_per_owner, concurrency=concurrency
    )


@pytest.fixture(params=[memory])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


def event(number: int, owner: str = "ann") -> Event:
    return Event(f"t:{owner}{number}", "text", owner, "c", number, order=number)


@asynccontextmanager
async def consuming(bus: Bus, handler: Handler) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(bus.consume(handler, stop))
    try:
        yield stop
        stop.set()
        async with asyncio.timeout(10):
            await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - any condition, whoever changes it
            await asyncio.sleep(0.001)


async def test_events_of_an_owner_are_handled_in_the_order_of_publishing(make: Make) -> None:
    bus = make()
    handled: dict[str, list[int]] = defaultdict(list)

    async def handle(one: Event) -> None:
        await asyncio.sleep(0.001 * (one.order % 3))
        handled[one.owner].append(one.order)

    async with consuming(bus, handle):
        futures = [await bus.publish(event(n, f"u{u}")) for n in range(10) for u in range(20)]
        await asyncio.gather(*futures)
    assert len(handled) == 20
    assert all(orders == list(range(10)) for orders in handled.values())


async def test_owners_are_handled_side_by_side_but_no_owner_twice_at_once(make: Make) -> None:
    bus = make()
    active: dict[str, int] = defaultdict(int)
    peaks: list[tuple[int, int]] = []

    async def handle(one: Event) -> None:
        active[one.owner] += 1
        peaks.append((active[one.owner], sum(active.values())))
        await asyncio.sleep(0.002)
        active[one.owner] -= 1

    async with consuming(bus, handle):
        await asyncio.gather(
            *[await bus.publish(event(n, f"u{u}")) for n in range(5) for u in range(20)]
        )
    assert max(own for own, _ in peaks) == 1
    assert max(total for _, total in peaks) == 20


async def test_no_more_handlers_run_at_once_than_allowed(make: Make) -> None:
    bus = make(concurrency=3)
    active = 0
    peak = 0

    async def handle(one: Event) -> None:
        nonlocal active, peak
        active += 1
        peak = max(peak, active)
        await asyncio.sleep(0.002)
        active -= 1

    async with consuming(bus, handle):
        await asyncio.gather(*[await bus.publish(event(0, f"u{u}")) for u in range(20)])
    assert peak == 3


async def test_an_event_to_retry_comes_again_before_the_later_ones_of_its_owner(make: Make) -> None:
    bus = make()
    tries: list[int] = []

    async def handle(one: Event) -> None:
        tries.append(one.order)
        if one.order == 1 and tries.count(1) < 3:
            raise Retry(2)

    async with consuming(bus, handle):
        await asyncio.gather(*[await bus.publish(event(n)) for n in range(4)])
    assert tries == [0, 1, 1, 1, 2, 3]


async def test_an_owner_that_waits_to_retry_does_not_hold_the_slots_of_others(make: Make) -> None:
    bus = make(concurrency=1)
    free = asyncio.Event()

    async def handle(one: Event) -> None:
        if one.owner == "stuck" and not free.is_set():
            raise Retry(1)

    async with consuming(bus, handle):
        stuck = await bus.publish(event(0, "stuck"))
        await (await bus.publish(event(0, "other")))
        assert not stuck.done()
        free.set()
        await stuck


async def test_the_future_is_done_only_when_the_handler_has_returned(make: Make) -> None:
    bus = make()
    gate = asyncio.Event()

    async def handle(_: Event) -> None:
        await gate.wait()

    async with consuming(bus, handle):
        future = await bus.publish(event(0))
        await asyncio.sleep(0.01)
        assert not future.done()
        gate.set()
        await future


async def test_events_published_before_anyone_consumes_are_handled(make: Make) -> None:
    bus = make()
    handled: list[int] = []

    async def handle(one: Event) -> None:
        handled.append(one.order)

    futures = [await bus.publish(event(n)) for n in range(3)]
    async with consuming(bus, handle):
        await asyncio.gather(*futures)
    assert handled == [0, 1, 2]


@pytest.mark.parametrize("bounds", [{"size_per_owner": 2}, {"size": 2}])
async def test_publishing_waits_for_room_and_keeps_the_order(
    make: Make, bounds: dict[str, int]
) -> None:
    bus = make(**bounds)
    gate = asyncio.Event()
    handled: list[int] = []

    async def handle(one: Event) -> None:
        await gate.wait()
        handled.append(one.order)

    async with consuming(bus, handle):
        publishing = [asyncio.create_task(bus.publish(event(n))) for n in range(9)]
        await asyncio.sleep(0.01)
        assert sum(task.done() for task in publishing) == 2
        gate.set()
        await asyncio.gather(*[await task for task in publishing])
    assert handled == list(range(9))


async def test_an_owner_with_a_full_line_does_not_keep_others_from_publishing(make: Make) -> None:
    bus = make(size_per_owner=1)
    gate = asyncio.Event()

    async def handle(one: Event) -> None:
        if one.owner == "flooder":
            await gate.wait()

    async with consuming(bus, handle):
        await bus.publish(event(0, "flooder"))
        waiting = asyncio.create_task(bus.publish(event(1, "flooder")))
        await (await bus.publish(event(0, "other")))
        assert not waiting.done()
        gate.set()
        await (await waiting)


async def test_a_publisher_that_gives_up_leaves_its_room_to_others(make: Make) -> None:
    bus = make(size_per_owner=1)
    gate = asyncio.Event()
    handled: list[int] = []

    async def handle(one: Event) -> None:
        await gate.wait()
        handled.append(one.order)

    async with consuming(bus, handle):
        first = await bus.publish(event(0))
        impatient = asyncio.create_task(bus.publish(event(1)))
        patient = asyncio.create_task(bus.publish(event(2)))
        await asyncio.sleep(0.01)
        impatient.cancel()
        gate.set()
        await first
        await (await patient)
    assert handled == [0, 2]


async def test_a_stop_handles_what_is_queued_and_takes_nothing_more(make: Make) -> None:
    bus = make()
    handled: list[int] = []

    async def handle(one: Event) -> None:
        await asyncio.sleep(0.005)
        handled.append(one.order)

    async with consuming(bus, handle):
        futures = [await bus.publish(event(n)) for n in range(5)]
    assert handled == list(range(5))
    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(StoppedError):
        await bus.publish(event(9))


async def test_a_stop_gives_up_what_would_have_to_be_tried_again(make: Make) -> None:
    bus = make(size_per_owner=2)
    tried = asyncio.Event()

    async def handle(_: Event) -> None:
        tried.set()
        raise Retry(60_000)

    async with consuming(bus, handle):
        futures = [await bus.publish(event(n)) for n in range(2)]
        waiting = asyncio.create_task(bus.publish(event(2)))
        await tried.wait()
    for future in futures:
        with pytest.raises(StoppedError):
            await future
    with pytest.raises(StoppedError):
        await waiting


async def test_a_handler_that_breaks_ends_the_consumer_with_its_error(make: Make) -> None:
    bus = make()

    async def handle(_: Event) -> None:
        raise LookupError("a bug")

    task = asyncio.create_task(bus.consume(handle, asyncio.Event()))
    future = await bus.publish(event(0))
    with pytest.raises(ExceptionGroup) as broken:
        await task
    assert broken.group_contains(LookupError, match="a bug")
    with pytest.raises(StoppedError):
        await future
