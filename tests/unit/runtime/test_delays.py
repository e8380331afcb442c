"""What a person hears while the store is away: once that it takes longer, then the answer."""

from collections.abc import AsyncIterator

import pytest

from engine.core.events import Event
from engine.core.session import Session
from engine.runtime.delays import LATER, LOOK, NOTICEABLE, QUIET
from engine.runtime.ports import RefusedError
from engine.stores.protocol import Record
from tests.unit.runtime.fakes import (
    OWNER,
    FakeClock,
    FakeTransport,
    MemoryStore,
    Running,
    log_of,
    postponed,
    said,
    settle,
)

SOON = NOTICEABLE + LOOK


def late(event: Event, lang: str | None) -> str:
    return "" if event.name == "/secret" else f"late {lang}"


class Away:
    """A bot whose store can be taken away, on a clock of the test's."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore()
        self.transport = FakeTransport()
        self.app = Running(self.store, self.transport, clock=self.clock, late=late)

    async def passes(self, milliseconds: int) -> list[str]:
        """Let time pass; all that has been said by then."""
        for _ in range(milliseconds // LOOK):
            await self.clock.advance(LOOK)
        return self.transport.texts

    async def returns(self, answers: int) -> list[str]:
        """Let the store come back, and so many messages be said in all."""
        self.store.away = False
        for _ in range(60):
            await self.clock.advance(LOOK)
            if len(self.transport.texts) >= answers:
                break
        return self.transport.texts


@pytest.fixture
async def away() -> AsyncIterator[Away]:
    away = Away()
    await away.app.started()
    yield away
    away.store.away = False
    away.app.stop.set()
    for _ in range(100):
        await away.clock.advance(LOOK)
        if away.app.task.done():
            break
    await away.app.task


async def test_who_waits_is_told_once_and_answered_when_the_store_is_back(away: Away) -> None:
    away.store.away = True
    committed = await away.transport.accept(said(1, "hello"))
    assert await away.passes(NOTICEABLE - LOOK) == []
    assert await away.passes(2 * LOOK) == ["late None"]
    assert await away.passes(60_000) == ["late None"]
    assert not committed.done()
    assert await away.returns(2) == ["late None", "echo hello"]
    assert log_of(away.store.records[OWNER]) == ["hello"]


async def test_who_is_known_is_told_in_their_language(away: Away) -> None:
    session = Session(OWNER, 1, incarnation="i", started=1, lang="de")
    away.store.records[OWNER] = Record(session)
    await away.transport.apply(said(1, "hello"))
    await away.passes(LOOK)
    away.store.away = True
    await away.transport.accept(said(2, "more"))
    assert await away.passes(SOON) == ["echo hello", "late de"]


async def test_several_messages_of_one_chat_are_one_wait(away: Away) -> None:
    away.store.away = True
    for number in range(1, 5):
        await away.transport.accept(said(number, f"m{number}"))
    assert await away.passes(SOON) == ["late None"]
    assert (await away.returns(5))[1:] == ["echo m1", "echo m2", "echo m3", "echo m4"]


async def test_each_person_is_told(away: Away) -> None:
    away.store.away = True
    for number, name in enumerate(("bob", "cleo"), start=1):
        await away.transport.accept(said(number, "hi", f"demo/fake:{name}", chat=name))
    await away.passes(SOON)
    assert sorted(one.chat for one in away.transport.sent) == ["bob", "cleo"]


async def test_the_next_outage_is_told_again_when_some_time_has_passed(away: Away) -> None:
    away.store.away = True
    await away.transport.accept(said(1, "one"))
    await away.passes(SOON)
    await away.returns(2)
    away.store.away = True
    await away.transport.accept(said(2, "two"))
    assert (await away.passes(SOON)).count("late None") == 1
    await away.returns(3)
    await away.clock.advance(QUIET)
    away.store.away = True
    await away.transport.accept(said(3, "three"))
    assert (await away.passes(SOON)).count("late None") == 2


async def test_an_outage_that_is_shorter_than_the_wait_is_not_told(away: Away) -> None:
    away.store.away = True
    await away.transport.accept(said(1, "hello"))
    await away.passes(LOOK)
    assert await away.returns(1) == ["echo hello"]
    assert await away.passes(SOON) == ["echo hello"]


async def test_who_shall_hear_nothing_hears_nothing(away: Away) -> None:
    away.store.away = True
    await away.transport.accept(said(1, "/secret"))
    assert await away.passes(SOON) == []
    assert await away.returns(1) == ["echo /secret"]


async def test_what_cannot_be_sent_now_is_tried_again_and_what_is_refused_is_not(
    away: Away,
) -> None:
    away.transport.errors["c"] = [postponed()]
    away.transport.errors["d"] = [RefusedError("gone")]
    away.store.away = True
    await away.transport.accept(said(1, "hello"))
    await away.transport.accept(said(2, "hello", "demo/fake:dan", chat="d"))
    assert await away.passes(SOON) == []
    assert await away.passes(LATER) == ["late None"]
    assert len([one for one in away.transport.tried if one.chat == "d"]) == 1


async def test_a_transport_that_breaks_does_not_keep_others_from_being_told(away: Away) -> None:
    away.transport.errors["c"] = [LookupError("a bug")]
    away.store.away = True
    await away.transport.accept(said(1, "hello"))
    await away.transport.accept(said(2, "hello", "demo/fake:dan", chat="d"))
    await away.passes(SOON)
    assert [one.chat for one in away.transport.sent] == ["d"]


async def test_the_same_event_is_told_of_in_the_same_words_by_the_next_process(away: Away) -> None:
    """So that it is one message where deliveries of one id are one."""
    away.store.away = True
    await away.transport.accept(said(1, "hello"))
    await away.passes(SOON)
    (first,) = away.transport.sent
    other = Away()
    await other.app.started()
    await other.clock.advance(60_000)
    other.store.away = True
    await other.transport.accept(said(1, "hello"))
    await other.passes(SOON)
    assert other.transport.sent == [first]
    await other.app.kill()
    await settle()
