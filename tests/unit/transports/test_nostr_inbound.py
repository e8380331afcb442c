import asyncio
import itertools
from typing import Any

import pytest

pytest.importorskip("pynostr")

from tests.contract.host import MemoryDocuments, RecordingHost
from transports.nostr import inbound
from transports.nostr.cursor import BACK, FORGOTTEN, Cursor
from transports.nostr.inbound import Inbox
from transports.nostr.keys import Key
from transports.nostr.messages import SignedEvent, Unsigned
from transports.nostr.wraps import chat_message, plain, wrap

BOT = Key(bytes([1] * 32))
PERSON = Key(bytes([2] * 32))
A, B = "ws://a.example", "ws://b.example"
numbers = itertools.count()


def said(text: str, at: int) -> Unsigned:
    return chat_message(PERSON, BOT.public, text, at=at)


def written(text: str, ago: int = 0, *, host: RecordingHost) -> SignedEvent:
    """A message of so many seconds ago, in a wrap of its own."""
    at = host.clock.now() // 1000 - ago
    return wrap(PERSON, BOT.public, said(text, at), purpose=f"{next(numbers)}")


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost()


def inbox(host: RecordingHost, horizon: int = 0, urls: tuple[str, ...] = (A, B)) -> Inbox:
    made = Inbox(BOT, host, list(urls), lambda _: horizon, lambda: horizon, lambda _: False)
    for url in urls:
        made.began(url)
    return made


def texts(host: RecordingHost) -> list[Any]:
    return [event.text for event in host.events]


async def test_what_relays_have_stored_is_queued_in_the_order_of_its_writing(
    host: RecordingHost,
) -> None:
    box = inbox(host)
    await box.received(A, written("third", 10, host=host))
    await box.received(B, written("second", 20, host=host))
    await box.received(A, written("first", 30, host=host))
    await box.stored(A, complete=True)
    await box.received(A, written("fourth", 5, host=host))
    assert not host.events
    assert not box.all_stored.is_set()
    await box.stored(B, complete=True)
    assert box.all_stored.is_set()
    await box.open_gate()
    assert texts(host) == ["first", "second", "third", "fourth"]


async def test_what_is_new_is_queued_as_it_arrives(host: RecordingHost) -> None:
    box = inbox(host, urls=(A,))
    await box.stored(A, complete=True)
    await box.open_gate()
    await box.received(A, written("later", 1, host=host))
    await box.received(A, written("earlier", 60, host=host))
    assert texts(host) == ["later", "earlier"]


async def test_a_relay_that_comes_back_sorts_what_it_has_stored(host: RecordingHost) -> None:
    box = inbox(host)
    for url in (A, B):
        await box.stored(url, complete=True)
    await box.open_gate()
    await box.lost(A)
    assert box.current == [B]
    box.began(A)
    await box.received(A, written("two", 10, host=host))
    await box.received(B, written("live", 1, host=host))
    await box.received(A, written("one", 20, host=host))
    assert texts(host) == ["live"]
    await box.stored(A, complete=True)
    assert texts(host) == ["live", "one", "two"]
    assert box.current == [A, B]


@pytest.mark.parametrize("wraps", [("x", "x"), ("x", "y")], ids=["same wrap", "another wrap"])
async def test_what_one_relay_holds_back_is_not_late_where_another_one_delivers_it(
    host: RecordingHost, wraps: tuple[str, str]
) -> None:
    box = inbox(host)
    for url in (A, B):
        await box.stored(url, complete=True)
    await box.open_gate()
    await box.lost(A)
    box.began(A)
    first = said("first", host.clock.now() // 1000 - 5)
    held, live = (wrap(PERSON, BOT.public, first, purpose=purpose) for purpose in wraps)
    await box.received(A, written("stored", 20, host=host))
    await box.received(A, held)
    await box.received(B, live)
    await box.received(B, written("second", 1, host=host))
    assert texts(host) == ["first", "second"]
    await box.stored(A, complete=True)
    assert texts(host) == ["first", "second", "stored"]


async def test_what_a_relay_held_is_not_lost_with_its_connection(host: RecordingHost) -> None:
    box = inbox(host, urls=(A,))
    await box.open_gate()
    box.began(A)
    await box.received(A, written("held", host=host))
    await box.lost(A)
    assert texts(host) == ["held"]
    assert box.current == []


async def test_what_arrives_while_the_held_is_queued_is_not_lost(host: RecordingHost) -> None:
    box = inbox(host, urls=(A,))
    for number in range(20):
        await box.received(A, written(f"stored {number}", 60 - number, host=host))
    await box.stored(A, complete=True)
    opening = asyncio.create_task(box.open_gate())
    await asyncio.sleep(0)
    await box.received(A, written("live", host=host))
    await opening
    assert texts(host) == [*(f"stored {number}" for number in range(20)), "live"]


async def test_a_message_of_several_relays_and_several_wraps_is_one_event(
    host: RecordingHost,
) -> None:
    box = inbox(host)
    await box.open_gate()
    for url in (A, B):
        await box.stored(url, complete=True)
    at = host.clock.now() // 1000
    for purpose in ("x", "x", "y"):
        gift = wrap(PERSON, BOT.public, said("once", at), purpose=purpose)
        for url in (A, B):
            await box.received(url, gift)
    direct = plain(PERSON, BOT.public, "direct", at=at, purpose="x")
    for url in (A, B):
        await box.received(url, direct)
    assert texts(host) == ["once", "direct"]
    assert [event.via for event in host.events] == ["nip17", "nip04"]
    assert host.events[1].id == f"nostr:{direct.id}"
    assert host.repeats == []


async def test_a_forged_copy_does_not_hide_the_genuine_event(host: RecordingHost) -> None:
    box = inbox(host)
    await box.open_gate()
    await box.stored(A, complete=True)
    genuine = written("hello", host=host)
    forged = SignedEvent(**{**vars(genuine), "signature": "0" * 128})
    await box.received(A, forged)
    await box.received(A, genuine)
    assert texts(host) == ["hello"]
    assert host.aside == {}


async def test_what_is_below_the_horizon_or_far_ahead_is_dropped(host: RecordingHost) -> None:
    now = host.clock.now() // 1000
    box = inbox(host, horizon=now - 100, urls=(A,))
    await box.open_gate()
    await box.stored(A, complete=True)
    for ago in (200, -2 * 24 * 3600):
        event = plain(PERSON, BOT.public, "no", at=now - ago, purpose="x")
        await box.received(A, event)
    await box.received(A, plain(PERSON, BOT.public, "yes", at=now - 50, purpose="x"))
    assert texts(host) == ["yes"]


async def test_a_flood_of_stored_events_is_queued_in_pieces(
    host: RecordingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "HELD_MAX", 3)
    box = inbox(host, urls=(A,))
    for number in range(4):
        await box.received(A, written(str(number), 60 - number, host=host))
    assert texts(host) == ["0", "1", "2"]


async def test_nothing_counts_as_settled_before_its_commit(host: RecordingHost) -> None:
    host.hold = True
    box = inbox(host, urls=(A,))
    await box.stored(A, complete=True)
    await box.open_gate()
    await box.received(A, written("slow", host=host))
    settling = asyncio.create_task(box.settled())
    await asyncio.sleep(0)
    assert not settling.done()
    host.commit()
    assert await settling


async def test_an_engine_that_stops_leaves_the_cursor_alone(host: RecordingHost) -> None:
    host.hold = True
    box = inbox(host, urls=(A,))
    await box.stored(A, complete=True)
    await box.open_gate()
    await box.received(A, written("late", host=host))
    for futures in host._open.values():
        for future in futures:
            future.set_exception(RuntimeError("the engine stops"))
    assert not await box.settled()


async def test_a_cursor_begins_now_and_is_durable_at_once() -> None:
    documents = MemoryDocuments()
    cursor = Cursor(documents, "nostr:x", [A])
    await cursor.load(1_000_000)
    assert cursor.since(A) == cursor.horizon == 1_000_000 - BACK
    again = Cursor(documents, "nostr:x", [A])
    await again.load(2_000_000)
    assert again.since(A) == again.horizon == 1_000_000 - BACK


async def test_a_relay_that_is_away_is_asked_from_when_it_left_and_holds_the_horizon() -> None:
    documents = MemoryDocuments()
    cursor = Cursor(documents, "nostr:x", [A, B])
    await cursor.load(1_000_000)
    await cursor.advance([A], 1_500_000)
    assert cursor.since(A) == 1_500_000 - BACK
    assert cursor.since(B) == cursor.horizon == 1_000_000 - BACK
    await cursor.advance([], 1_600_000)
    await cursor.advance([B], 1_400_000)
    await cursor.advance([B], 1_300_000)
    assert cursor.since(B) == cursor.horizon == 1_400_000 - BACK


async def test_a_relay_that_is_away_too_long_does_not_hold_the_horizon_for_ever() -> None:
    cursor = Cursor(MemoryDocuments(), "nostr:x", [A, B])
    await cursor.load(1_000_000)
    late = 1_000_000 + 2 * FORGOTTEN
    await cursor.advance([A], late)
    assert cursor.since(B) == cursor.horizon == late - FORGOTTEN - BACK


async def test_a_relay_that_is_new_is_not_asked_below_the_horizon() -> None:
    documents = MemoryDocuments()
    cursor = Cursor(documents, "nostr:x", [A])
    await cursor.load(1_000_000)
    cursor = Cursor(documents, "nostr:x", [A, B])
    await cursor.load(1_000_100)
    assert cursor.since(B) == 1_000_100 - BACK
    assert cursor.horizon == 1_000_000 - BACK


async def test_a_damaged_cursor_or_one_of_a_clock_that_was_ahead_leaves_nobody_deaf() -> None:
    documents = MemoryDocuments()
    await documents.put("cursors", "nostr:x", {"horizon": 9_000_000, "relays": {A: 9_000_000}})
    cursor = Cursor(documents, "nostr:x", [A])
    await cursor.load(1_000_000)
    assert cursor.since(A) == 1_000_000 - BACK
    await documents.put("cursors", "nostr:x", {"horizon": "x", "relays": [1]})
    await cursor.load(1_000_000)
    assert cursor.since(A) == 1_000_000 - BACK


async def test_a_worker_that_a_relay_is_away_from_takes_back_nothing_of_the_others() -> None:
    documents = MemoryDocuments()
    cut_off, well = Cursor(documents, "nostr:x", [A, B]), Cursor(documents, "nostr:x", [A, B])
    for cursor in (cut_off, well):
        await cursor.load(1_000_000)
    await well.advance([A, B], 1_500_000)
    await cut_off.advance([A], 1_500_030)
    assert cut_off.since(B) == cut_off.horizon == 1_500_000 - BACK
    restarted = Cursor(documents, "nostr:x", [A, B])
    await restarted.load(1_600_000)
    assert restarted.horizon == 1_500_000 - BACK
    assert restarted.since(A) == 1_500_030 - BACK


async def test_workers_with_relays_of_their_own_keep_each_others_marks_for_a_month() -> None:
    documents = MemoryDocuments()
    for url, moment in ((A, 1_000_000), (B, 1_500_000)):
        await Cursor(documents, "nostr:x", [url]).load(moment)
    again = Cursor(documents, "nostr:x", [A])
    await again.load(2_000_000)
    assert again.since(A) == again.horizon == 1_000_000 - BACK
    await again.advance([A], 1_500_001 + FORGOTTEN)
    assert documents.kept["cursors"]["nostr:x"]["relays"] == {A: 1_500_001 + FORGOTTEN}
