"""Joining of concurrent calls, over a store that answers when the test lets it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.core.session import Session
from engine.errors import StatechatError
from engine.stores.batch import BATCH_MAX, Batched
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore


class Slow(SqliteStore):
    """Notes what each round trip asks for; `gate` holds it up, `fault` makes it fail."""

    def __init__(self) -> None:
        super().__init__(Path("never opened"), "demo")
        self.trips: list[list[str]] = []
        self.gate = asyncio.Event()
        self.fault: dict[str, Exception] = {}

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        return [id_ != "loser" for id_ in await self._trip([each.session.id for each in records])]

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        return {id_: Record(Session(id_, 1)) for id_ in await self._trip(ids) if id_ != "none"}

    async def _trip(self, ids: Sequence[str]) -> list[str]:
        self.trips.append(list(ids))
        await self.gate.wait()
        for id_ in ids:
            if id_ in self.fault:
                raise self.fault[id_]
        return list(ids)


def records(*ids: str) -> list[Record]:
    return [Record(Session(id_, 1)) for id_ in ids]


async def started(store: Batched, *groups: Sequence[str]) -> list[asyncio.Task[list[bool]]]:
    """Commits that wait: the first is under way, the others share what comes next."""
    tasks = []
    for group in groups:
        tasks.append(asyncio.create_task(store.commit(records(*group))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return tasks


async def finish(slow: Slow, tasks: Sequence[asyncio.Task[Any]]) -> list[Any]:
    slow.gate.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_comes_while_one_is_under_way_goes_together_next() -> None:
    slow = Slow()
    tasks = await started(Batched(slow), ["a"], ["b", "loser"], ["c"])
    assert await finish(slow, tasks) == [[True], [True, False], [True]]
    assert slow.trips == [["a"], ["b", "loser", "c"]]


async def test_what_is_asked_for_in_one_turn_of_the_loop_shares_the_first_trip() -> None:
    slow = Slow()
    store = Batched(slow)
    slow.gate.set()
    loads = await asyncio.gather(store.load(["a", "none"]), store.load(["a", "b"]))
    assert [sorted(found) for found in loads] == [["a"], ["a", "b"]]
    assert slow.trips == [["a", "none", "b"]]


async def test_two_commits_of_one_session_never_share_a_trip_and_keep_their_order() -> None:
    slow = Slow()
    tasks = await started(Batched(slow), ["a"], ["b"], ["b", "c"], ["d"])
    assert await finish(slow, tasks) == [[True], [True], [True, True], [True]]
    assert slow.trips == [["a"], ["b"], ["b", "c", "d"]]


async def test_a_trip_is_bounded() -> None:
    slow = Slow()
    ids = [str(number) for number in range(BATCH_MAX + 1)]
    tasks = await started(Batched(slow), ["a"], *([id_] for id_ in ids))
    await finish(slow, tasks)
    assert [len(trip) for trip in slow.trips] == [1, BATCH_MAX, 1]


async def test_the_error_of_one_record_reaches_its_caller_only() -> None:
    slow = Slow()
    slow.fault["bad"] = StatechatError("store:value", "no such value")
    tasks = await started(Batched(slow), ["a"], ["b"], ["bad"], ["c"])
    assert await finish(slow, tasks) == [[True], [True], slow.fault["bad"], [True]]
    assert slow.trips == [["a"], ["b", "bad", "c"], ["b"], ["bad"], ["c"]]


@pytest.mark.parametrize("code", ["store:unknown", "store:unreachable"])
async def test_an_error_of_the_trip_reaches_all_and_nothing_is_written_twice(code: str) -> None:
    slow = Slow()
    slow.fault["c"] = StatechatError(code, "gone")
    tasks = await started(Batched(slow), ["a"], ["b"], ["c"])
    assert await finish(slow, tasks) == [[True], slow.fault["c"], slow.fault["c"]]
    assert slow.trips == [["a"], ["b", "c"]]


async def test_after_an_error_the_lane_goes_on() -> None:
    slow = Slow()
    slow.gate.set()
    store = Batched(slow)
    slow.fault["a"] = RuntimeError("a mistake of ours")
    with pytest.raises(RuntimeError):
        await store.commit(records("a"))
    assert await store.commit(records("b")) == [True]


async def test_what_a_cancelled_caller_asked_for_is_left_undone() -> None:
    slow = Slow()
    tasks = await started(Batched(slow), ["a"], ["b"], ["c"])
    tasks[1].cancel()
    results = await finish(slow, tasks)
    assert isinstance(results[1], asyncio.CancelledError)
    assert (results[0], results[2]) == ([True], [True])
    assert slow.trips == [["a"], ["c"]]


async def test_cancelling_a_caller_under_way_disturbs_nobody() -> None:
    slow = Slow()
    tasks = await started(Batched(slow), ["a"], ["b"])
    tasks[0].cancel()
    results = await finish(slow, tasks)
    assert results[1] == [True]
    assert slow.trips == [["a"], ["b"]]


async def test_closing_waits_for_what_was_asked_for() -> None:
    slow = Slow()
    store = Batched(slow)
    tasks = await started(store, ["a"], ["b"])
    closing = asyncio.create_task(store.close())
    assert await finish(slow, [*tasks, closing]) == [[True], [True], None]
