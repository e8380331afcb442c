"""Knowing when nothing is left to do for one person."""

import asyncio
from collections.abc import Sequence
from typing import cast

from engine.cli.watched import Watched, resumed
from engine.core.effects import Message, Send
from engine.core.session import Chat, Frame, Leaf, Session
from engine.stores.protocol import Item, Record, Store

ME = "demo/console:ann"


class OneRecord:
    """A store that holds one record, and loses a race when it is told to."""

    def __init__(self, record: Record | None = None) -> None:
        self.record = record
        self.loses = False

    async def open(self) -> None: ...

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        return {ME: self.record} if self.record else {}

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        return [not self.loses for _ in records]

    async def next_due(self) -> int | None:
        return 7


def record(owner: str = ME, *, busy: bool) -> Record:
    items = (Item(Send("i", "here", Message("hi")), 0),) if busy else ()
    return Record(Session(owner, rev=1), outbox=items)


async def watch(inner: OneRecord) -> Watched:
    watched = Watched(cast("Store", inner), ME)
    await watched.store.open()
    return watched


async def is_idle(watched: Watched) -> bool:
    waiting = asyncio.ensure_future(watched.idle())
    await asyncio.sleep(0)
    return waiting.done() or not waiting.cancel()


async def test_a_person_of_whom_nothing_is_known_is_idle() -> None:
    assert await is_idle(await watch(OneRecord()))


async def test_a_message_that_is_planned_keeps_a_person_busy_until_it_is_sent() -> None:
    watched = await watch(OneRecord())
    await watched.commit([record(busy=True)])
    assert not await is_idle(watched)
    waiting = asyncio.create_task(watched.idle())
    await watched.commit([record(busy=False)])
    async with asyncio.timeout(5):
        await waiting


async def test_what_was_left_by_the_last_run_keeps_a_person_busy() -> None:
    assert not await is_idle(await watch(OneRecord(record(busy=True))))


async def test_others_and_lost_races_do_not_count() -> None:
    inner = OneRecord()
    watched = await watch(inner)
    await watched.commit([record("demo/console:bob", busy=True)])
    assert await is_idle(watched)
    inner.loses = True
    await watched.commit([record(busy=True)])
    assert await is_idle(watched)


async def test_every_other_call_goes_through() -> None:
    assert await (await watch(OneRecord())).store.next_due() == 7


def test_where_a_conversation_goes_on_is_told_only_in_the_middle_of_one() -> None:
    frame = Frame("registration", "h", 1, "root", (Leaf("age", 1),), {})
    assert resumed(None) is None
    assert resumed(Record(Session(ME, chats={"here": Chat()}))) is None
    chats = {"here": Chat(stack=(frame,))}
    note = resumed(Record(Session(ME, chats=chats)))
    assert note == "(Your conversation goes on: registration, at age.)"
