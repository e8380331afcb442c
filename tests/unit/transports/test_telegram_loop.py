"""The loop against a server that keeps Telegram's rules of offsets, and counts what it is asked."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.core.events import Event
from engine.core.values import Value
from engine.errors import StatechatError
from tests.contract.host import RecordingHost
from tests.servers.telegram import message, press
from transports.telegram.admins import Admins
from transports.telegram.callback import LongChoices
from transports.telegram.failure import ApiError
from transports.telegram.groups import Me
from transports.telegram.inbound import Reader
from transports.telegram.loop import LIMIT, POLL_SECONDS, RETRY_MAX, RETRY_MIN, Loop
from transports.telegram.rooms import Rooms


@dataclass
class Server:
    """`getUpdates` as Telegram does it: an offset forgets what is below it."""

    queue: list[dict[str, Any]] = field(default_factory=list)
    polls: list[tuple[int | None, int]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    notices: list[str | None] = field(default_factory=list)
    failures: list[ApiError] = field(default_factory=list)
    refuse_answers: bool = False
    admins: list[dict[str, Any]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    busy: int = 0
    """For how long the next answer is refused (ms)."""
    answered_at: list[float] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def happen(self, *updates: dict[str, Any], first: int | None = None) -> None:
        async with self.changed:
            number = first or (self.queue[-1]["update_id"] + 1 if self.queue else 1)
            for shift, update in enumerate(updates):
                self.queue.append({"update_id": number + shift} | update)
            self.changed.notify_all()

    async def updates(
        self, offset: int | None, limit: int, seconds: int, kinds: list[str]
    ) -> object:
        async with self.changed:
            self.polls.append((offset, seconds))
            self.changed.notify_all()
            if self.failures:
                raise self.failures.pop(0)
            if offset is not None:
                self.queue = [one for one in self.queue if one.get("update_id", 0) >= offset]
            if not self.queue and seconds:
                await self.changed.wait_for(lambda: bool(self.queue) or bool(self.failures))
            return self.queue[:limit]

    async def answer(self, callback_query_id: str, text: str | None = None) -> None:
        async with self.changed:
            self.answered.append(callback_query_id)
            self.answered_at.append(time.monotonic())
            self.notices.append(text)
            self.changed.notify_all()
        if self.busy:
            wait, self.busy = self.busy, 0
            raise ApiError("flood", "Too Many Requests", wait)
        if self.refuse_answers:
            raise ApiError("refused", "query is too old")

    async def administrators(self, chat_id: int) -> object:
        self.asked.append(chat_id)
        return self.admins

    async def until(self, condition: Any) -> None:  # noqa: ANN401 - a callable of the test
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(condition)

    async def until_offset(self, offset: int) -> None:
        await self.until(lambda: self.polls and self.polls[-1][0] == offset)


def looped(host: RecordingHost, server: Server, caught_up: asyncio.Event) -> Loop:
    choices, rooms = LongChoices(host.documents), Rooms(host.documents)
    admins = Admins(server, host.clock, rooms)
    return Loop(host, server, Reader("demo", Me()), choices, rooms, admins, caught_up)


@contextlib.asynccontextmanager
async def looping(server: Server, host: RecordingHost) -> AsyncIterator[Loop]:
    caught_up = asyncio.Event()
    loop = looped(host, server, caught_up)
    task = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await loop.close()


def texts(host: RecordingHost) -> list[str | None]:
    return [event.text for event in host.events]


async def test_the_offset_moves_past_what_is_committed_without_a_gap_and_no_further() -> None:
    server, host = Server(), RecordingHost(hold=True)
    await server.happen(*(message(str(number)) for number in range(1, 5)))
    async with looping(server, host) as loop:
        await host.until_events(4)
        host.commit("telegram:1", "telegram:2", "telegram:4")
        await server.until_offset(3)
        assert [one["update_id"] for one in server.queue] == [3, 4]
        assert loop.confirmed <= 3
        host.commit("telegram:3")
        await server.until_offset(5)
    assert texts(host) == ["1", "2", "3", "4"]
    assert host.repeats == []


async def test_polls_are_short_and_few_while_a_commit_is_open_and_long_afterwards() -> None:
    server, host = Server(), RecordingHost(hold=True)
    await server.happen(message("slow"))
    async with looping(server, host):
        await host.until_events(1)
        before = len(server.polls)
        await asyncio.sleep(0.5)  # that nothing happens cannot be awaited
        assert before < len(server.polls) < before + 12
        assert {seconds for _, seconds in server.polls} == {0}
        host.commit()
        await server.until(lambda: server.polls[-1] == (2, POLL_SECONDS))
    assert texts(host) == ["slow"]


async def test_a_full_window_waits_for_its_first_commit() -> None:
    server, host = Server(), RecordingHost(hold=True)
    await server.happen(*(message(str(number)) for number in range(LIMIT + 20)))
    async with looping(server, host):
        await host.until_events(LIMIT)
        asked = len(server.polls)
        await asyncio.sleep(0.2)  # that nothing happens cannot be awaited
        assert len(server.polls) == asked
        host.commit("telegram:1")
        await host.until_events(LIMIT + 1)
        host.hold = False
        host.commit()
        await server.until_offset(LIMIT + 21)
    assert texts(host) == [str(number) for number in range(LIMIT + 20)]
    assert host.repeats == []


async def test_it_has_caught_up_when_the_backlog_is_queued_and_not_before() -> None:
    server, host = Server(), RecordingHost()
    queued: list[int] = []

    class Noting(asyncio.Event):
        def set(self) -> None:
            queued.append(len(host.events))
            super().set()

    await server.happen(*(message(str(number)) for number in range(2 * LIMIT + 50)))
    caught_up = Noting()
    loop = looped(host, server, caught_up)
    task = asyncio.create_task(loop.run())
    async with asyncio.timeout(10):
        await caught_up.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await loop.close()
    assert queued[0] == 2 * LIMIT + 50
    assert {seconds for _, seconds in server.polls[:3]} == {0}


async def test_closing_confirms_what_was_committed_last() -> None:
    server, host = Server(), RecordingHost(hold=True)
    await server.happen(message("one"), message("two"))
    async with looping(server, host) as loop:
        await host.until_events(2)
        host.commit("telegram:1")
    assert [one["update_id"] for one in server.queue] == [2]
    assert loop.confirmed == 2


async def test_numbers_that_begin_anew_are_new() -> None:
    server, host = Server(), RecordingHost()
    await server.happen(message("old"), first=900)
    async with looping(server, host):
        await server.until_offset(901)
        server.failures.append(ApiError("server", "restarted"))

        async def forget_offset(
            offset: int | None, limit: int, seconds: int, kinds: list[str]
        ) -> object:
            lower = offset if offset is not None and offset < 900 else None
            return await Server.updates(server, lower, limit, seconds, kinds)

        server.updates = forget_offset  # type: ignore[method-assign]  # Telegram after a week
        server.queue.clear()
        await server.happen(message("new"), message("newer"), first=5)
        await host.until_events(3)
        await server.until_offset(7)
    assert texts(host) == ["old", "new", "newer"]
    assert host.repeats == []


async def test_a_press_is_answered_once_it_is_committed_and_not_before() -> None:
    server, host = Server(), RecordingHost(hold=True)
    await server.happen(press("1.a", query="Q"))
    async with looping(server, host):
        await host.until_events(1)
        assert server.answered == []
        host.commit()
        await server.until(lambda: server.answered == ["Q"])


async def test_a_press_that_cannot_be_read_or_is_not_ours_is_answered_too() -> None:
    server, host = Server(refuse_answers=True), RecordingHost()
    game = {"callback_query": {"id": "game", "from": {"id": 1}, "game_short_name": "chess"}}
    await server.happen({"callback_query": {"id": "bad", "data": 1, "message": {}}}, game)
    async with looping(server, host):
        await server.until(lambda: set(server.answered) == {"bad", "game"})
        await server.until_offset(3)
    assert list(host.aside) == ["telegram:1"]


async def test_presses_are_not_answered_before_the_time_that_telegram_names() -> None:
    server, host = Server(busy=300), RecordingHost()
    async with looping(server, host):
        await server.happen(press("1.a", query="P"))
        await server.until(lambda: server.answered == ["P"])
        await server.happen(press("1.a", query="Q"))
        await server.until(lambda: server.answered == ["P", "Q"])
    first, second = server.answered_at
    assert second - first >= 0.29


async def test_a_long_choice_comes_back_by_its_own_id() -> None:
    server, host = Server(), RecordingHost()
    long = "c" * 70
    choices = LongChoices(host.documents)
    await choices.keep([long])
    (short,) = host.documents.kept["telegram.choices"]
    await server.happen(press(f"4.{short}"))
    async with looping(server, host):
        (event,) = await host.until_events(1)
    assert event.press is not None
    assert (event.press.visit, event.press.choice) == (4, long)


async def test_a_press_that_waited_out_our_downtime_is_dated_as_early_as_it_can_be() -> None:
    server, host = Server(), RecordingHost()
    asked_at = 1_700_000_000
    old = press("1.a")
    old["callback_query"]["message"]["date"] = asked_at
    await server.happen(message("earlier", date=asked_at + 60), old)
    async with looping(server, host):
        await host.until_events(2)
        await server.until(lambda: server.polls[-1][1] == POLL_SECONDS)
        await server.happen(press("2.a"), first=3)
        events = await host.until_events(3)
    assert events[1].at == (asked_at + 60) * 1000
    assert host.clock.now() - events[2].at < 10_000


async def test_an_unreadable_update_is_set_aside_with_its_reason_and_confirmed() -> None:
    server, host = Server(), RecordingHost()
    await server.happen(message("before"), {"message": {"text": "x\ud800"}}, message("after"))
    async with looping(server, host):
        await server.until_offset(4)
    assert texts(host) == ["before", "after"]
    reason, payload = host.aside["telegram:2"]
    assert "from" in reason or "chat" in reason
    assert payload == {"update_id": 2, "message": {"text": "x"}}


async def test_an_update_that_was_set_aside_is_read_again_if_it_can_be() -> None:
    server, host = Server(), RecordingHost()
    long = "c" * 70
    await LongChoices(host.documents).keep([long])
    (short,) = host.documents.kept["telegram.choices"]
    async with looping(server, host) as loop:
        assert await loop.read_again({"update_id": 2, "message": {"text": "x"}}, 5) is None
        assert await loop.read_again("no update", 5) is None
        text = await loop.read_again({"update_id": 7, **message("hello")}, 5)
        pressed = await loop.read_again({"update_id": 8, **press(f"4.{short}")}, 5)
    assert text is not None
    assert (text.id, text.text) == ("telegram:7", "hello")
    assert pressed is not None
    assert pressed.press is not None
    assert (pressed.at, pressed.press.choice) == (5, long)


async def test_an_update_without_a_number_is_set_aside_and_does_not_spin_the_loop() -> None:
    server, host = Server(), RecordingHost()
    server.queue.append({"message": "nameless"})
    async with looping(server, host):
        await host.until(lambda: bool(host.aside))
        await host.clock.until_slept(4)
        pauses = host.clock.slept[:4]
        assert pauses == sorted(pauses)
        assert pauses[-1] > pauses[0]
        await server.happen(message("next"), first=8)
        await server.until_offset(9)
    assert texts(host) == ["next"]
    assert len(host.aside) == 1


async def test_an_outage_of_the_store_sets_nothing_aside_and_loses_nothing() -> None:
    class Broken(RecordingHost):
        down = 2

        async def set_aside(self, id_: str, reason: str, payload: Value) -> None:
            if self.down:
                self.down -= 1
                raise StatechatError("store:unreachable", "the database is gone")
            await super().set_aside(id_, reason, payload)

    server, host = Server(), Broken()
    await server.happen(message("before"), {"message": 1}, message("after"))
    async with looping(server, host):
        await server.until_offset(4)
    assert texts(host) == ["before", "after"]
    assert list(host.aside) == ["telegram:2"]
    assert host.repeats == []


@pytest.mark.parametrize("kind", ["network", "server", "conflict", "unauthorized", "flood"])
async def test_after_any_failure_it_goes_on_by_itself(kind: Any) -> None:  # noqa: ANN401 - a literal type
    server, host = Server(), RecordingHost()
    server.failures.extend(ApiError(kind, "why") for _ in range(10))
    await server.happen(message("hello"))
    async with looping(server, host):
        await host.until_events(1)
    assert host.clock.slept[:10] == [min(RETRY_MIN << n, RETRY_MAX) for n in range(10)]


async def test_it_waits_as_long_as_telegram_says() -> None:
    server, host = Server(), RecordingHost()
    server.failures.append(ApiError("flood", "too fast", 7000))
    async with looping(server, host):
        assert await host.clock.until_slept(1) == [7000]


async def test_answers_that_are_no_list_are_an_outage() -> None:
    server, host = Server(), RecordingHost()

    async def once(*_: object) -> object:
        del server.updates  # back to the class's
        return {"not": "a list"}

    server.updates = once  # type: ignore[method-assign,assignment]  # as above
    await server.happen(message("hello"))
    async with looping(server, host):
        await host.until_events(1)
    assert host.clock.slept == [RETRY_MIN]


async def test_the_loop_ends_when_the_host_stops_and_confirms_nothing_more() -> None:
    class Stopping(RecordingHost):
        async def accept(self, event: Event) -> asyncio.Future[None]:
            future = await super().accept(event)
            future.set_exception(StatechatError("engine:stopped", "the engine stops"))
            return future

    server, host = Server(), Stopping(hold=True)
    await server.happen(message("late"))
    caught_up = asyncio.Event()
    loop = looped(host, server, caught_up)
    async with asyncio.timeout(5):
        await loop.run()
    await loop.close()
    assert len(server.queue) == 1


async def test_who_administers_a_group_is_told_where_the_bot_wants_to_know_it() -> None:
    group = {"id": -5, "type": "supergroup", "title": "Us"}
    for wanted in (True, False):
        server, host = Server(admins=[{"user": {"id": 7}}]), RecordingHost(chat_admins=wanted)
        in_topic = {"message_thread_id": 3, "is_topic_message": True}
        await server.happen(
            message("a", 7, chat=group), message("b", 8, chat=group), message("c", 7),
            message("d", 7, chat=group, **in_topic),
        )  # fmt: skip
        async with looping(server, host):
            await host.until_events(4)
        assert [one.admin for one in host.events] == [wanted, False, False, wanted]
        assert server.asked == ([-5] if wanted else [])
