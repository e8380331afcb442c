"""Against a relay that does whatever a test wants it to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

pytest.importorskip("pynostr")

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from engine.runtime.ports import PostponedError, RefusedError
from tests.contract.host import HurriedClock
from transports.nostr.keys import Key
from transports.nostr.messages import SignedEvent, Unsigned
from transports.nostr.relays import Relays

KEY = Key(bytes([5] * 32))
NOW = 1_700_000_000
Script = Callable[["Scripted", list[Any]], Awaitable[None]]


@dataclass
class Scripted:
    """A relay that does what a script says; it keeps what it was sent."""

    script: Script
    frames: list[list[Any]] = field(default_factory=list)
    sockets: list[ServerConnection] = field(default_factory=list)
    url: str = ""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, *frame: object) -> None:
        await self.sockets[-1].send(json.dumps(frame))

    async def ok(self, frame: list[Any], reason: str = "", *, accepted: bool = True) -> None:
        await self.send("OK", frame[1]["id"], accepted, reason)

    async def until(self, kind: str, count: int) -> list[list[Any]]:
        """Wait until so many frames of a kind have come."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    def of(self, kind: str) -> list[list[Any]]:
        return [frame for frame in self.frames if frame[0] == kind]

    async def serve(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                await self._take(json.loads(text))

    async def _take(self, frame: list[Any]) -> None:
        async with self._changed:
            self.frames.append(frame)
            self._changed.notify_all()
        await self.script(self, frame)


@dataclass
class Recorder:
    """A listener that keeps what it hears."""

    heard: list[str] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def _note(self, what: str) -> None:
        async with self._changed:
            self.heard.append(what)
            self._changed.notify_all()

    def filter(self, url: str) -> dict[str, object]:
        return {"kinds": [4], "since": NOW}

    def began(self, url: str) -> None:
        self.heard.append("began")

    async def received(self, url: str, event: SignedEvent) -> None:
        await self._note(event.content)

    async def stored(self, url: str, *, complete: bool) -> None:
        await self._note("complete" if complete else "incomplete")

    async def lost(self, url: str) -> None:
        await self._note("lost")

    async def until(self, what: str, times: int = 1) -> list[str]:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: self.heard.count(what) >= times)
        return self.heard


def event(content: str, at: int = NOW) -> SignedEvent:
    return Unsigned(KEY.public, at, 4, (), content).signed(KEY)


@contextlib.asynccontextmanager
async def relays(*scripts: Script, patience: float = 2) -> AsyncIterator[tuple[Any, ...]]:
    """The bot's relays, connected, then each scripted one."""
    async with contextlib.AsyncExitStack() as stack:
        scripted = [Scripted(script) for script in scripts]
        for one in scripted:
            server = await stack.enter_async_context(serve(one.serve, "127.0.0.1", 0))
            one.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        made = Relays([one.url for one in scripted], KEY, HurriedClock(), patience)
        assert await made.open()
        async with asyncio.timeout(10):
            while not all(one.sockets for one in scripted):  # noqa: ASYNC110 - both ends connect
                await asyncio.sleep(0.01)
        try:
            yield (made, *scripted)
        finally:
            await made.close()


def answering(accepted: bool, reason: str = "") -> Script:  # noqa: FBT001 - as in the protocol
    async def script(relay: Scripted, frame: list[Any]) -> None:
        if frame[0] == "EVENT":
            await relay.ok(frame, reason, accepted=accepted)

    return script


async def silent(relay: Scripted, frame: list[Any]) -> None:
    """Never answer."""


async def empty(relay: Scripted, frame: list[Any]) -> None:
    """Have nothing stored."""
    if frame[0] == "REQ":
        await relay.send("EOSE", frame[1])


async def test_one_relay_that_takes_an_event_is_enough() -> None:
    refusing, taking = answering(accepted=False, reason="blocked: no"), answering(accepted=True)
    async with relays(refusing, taking, silent) as (pool, *_):
        await pool.publish(event("x"))


async def test_a_duplicate_is_a_success_however_it_is_told() -> None:
    for accepted in (True, False):
        async with relays(answering(accepted, "duplicate: have it")) as (pool, _):
            await pool.publish(event("x"))


@pytest.mark.parametrize("reason", ["blocked: spam", "invalid: bad", "pow: 20", "restricted: no"])
async def test_what_every_relay_refuses_for_good_is_refused(reason: str) -> None:
    script = answering(accepted=False, reason=reason)
    async with relays(script, script) as (pool, *_):
        with pytest.raises(RefusedError, match=reason):
            await pool.publish(event("x"))


@pytest.mark.parametrize("reason", ["rate-limited: slow down", "error: disk", "", "who knows"])
async def test_what_one_relay_may_take_later_is_postponed(reason: str) -> None:
    later, never = (
        answering(accepted=False, reason=reason),
        answering(accepted=False, reason="blocked: x"),
    )
    async with relays(later, never) as (pool, *_):
        with pytest.raises(PostponedError):
            await pool.publish(event("x"))


async def test_what_no_relay_answers_is_postponed_in_time() -> None:
    async with relays(silent, patience=0.2) as (pool, _):
        with pytest.raises(PostponedError, match="no answer"):
            await pool.publish(event("x"))


async def test_without_a_connection_a_publication_is_postponed_at_once() -> None:
    pool = Relays(["ws://127.0.0.1:1"], KEY, HurriedClock(), 0.2)
    assert not await pool.open()
    with pytest.raises(PostponedError, match="no relay"):
        await pool.publish(event("x"))
    await pool.close()


async def test_an_event_is_published_again_after_the_authentication() -> None:
    async def script(relay: Scripted, frame: list[Any]) -> None:
        if frame[0] == "EVENT" and len(relay.of("EVENT")) == 1:
            await relay.ok(frame, "auth-required: who are you", accepted=False)
            await relay.send("AUTH", "old")
            await relay.send("AUTH", "new")
        elif frame[0] == "AUTH":
            tags = dict(frame[1]["tags"])
            await relay.ok(frame, accepted=tags["challenge"] == "new")
        elif frame[0] == "EVENT":
            await relay.ok(frame)

    async with relays(script) as (pool, relay):
        await pool.publish(event("x"))
        first, second = relay.of("AUTH")
        assert dict(second[1]["tags"]) == {"relay": relay.url, "challenge": "new"}
        assert first[1]["kind"] == second[1]["kind"] == 22_242
        assert relay.of("EVENT")[0] == relay.of("EVENT")[-1]


async def test_an_event_is_published_again_on_the_next_connection() -> None:
    async def script(relay: Scripted, frame: list[Any]) -> None:
        if len(relay.sockets) == 1:
            await relay.sockets[-1].close()
        else:
            await relay.ok(frame)

    async with relays(script) as (pool, relay):
        await pool.publish(event("x"))
        assert len(relay.sockets) == 2


async def test_a_subscription_begins_again_after_closed_and_after_a_clean_close() -> None:
    async def script(relay: Scripted, frame: list[Any]) -> None:
        requests = len(relay.of("REQ"))
        if frame[0] != "REQ":
            return
        if requests == 1:
            await relay.send("CLOSED", frame[1], "error: shutting down")
        elif requests == 2:
            await relay.send("EOSE", frame[1])
            await relay.sockets[-1].close(1000)
        else:
            await relay.send("EOSE", frame[1])
            await relay.send("EVENT", frame[1], event("here again").as_dict())

    async with relays(script) as (pool, _):
        listener = Recorder()
        pool.listen(listener)
        heard = await listener.until("here again")
        assert heard[:3] == ["began", "incomplete", "began"]
        assert heard[heard.index("lost") + 1] == "began"


async def test_a_subscription_begins_again_at_once_after_an_authentication() -> None:
    async def script(relay: Scripted, frame: list[Any]) -> None:
        if frame[0] == "REQ" and not relay.of("AUTH"):
            await relay.send("AUTH", "challenge")
            await relay.send("CLOSED", frame[1], "auth-required: who are you")
        elif frame[0] == "REQ":
            await relay.send("EOSE", frame[1])
        elif frame[0] == "AUTH":
            await relay.ok(frame)

    async with relays(script) as (pool, relay):
        listener = Recorder()
        pool.listen(listener)
        await listener.until("complete")
        assert len(relay.of("REQ")) == 2


async def test_no_bad_frame_ends_the_reading() -> None:
    bad: list[str | bytes] = [
        "", "garbage", "[]", "{}", "[1]", '["EVENT"]', '["EVENT","q1"]', '["EVENT","q1",{}]',
        '["EVENT","q1",{"created_at":1}]', '["EVENT","other",{}]', '["EOSE"]', '["EOSE",7]',
        '["OK"]', '["OK",1,2,3]', '["OK","x",true]', '["CLOSED"]', '["CLOSED","other"]',
        '["AUTH"]', '["AUTH",{}]', '["NOTICE"]', '["NOTICE","slow"]', '["NEW","kind"]', b"\xff\0",
        '["EVENT","q1",{"content":"' + "x" * 70_000 + '"}]', "[" * 20_000,
        json.dumps(["EVENT", "q1", {**event("forged").as_dict(), "content": "changed"}]),
    ]  # fmt: skip

    async def script(relay: Scripted, frame: list[Any]) -> None:
        if frame[0] == "REQ":
            for text in bad:
                await relay.sockets[-1].send(text)
            await relay.send("EVENT", frame[1], event("still here").as_dict())

    async with relays(script) as (pool, relay):
        listener = Recorder()
        pool.listen(listener)
        assert await listener.until("still here") == ["began", "still here"]
        assert len(relay.sockets) == 1


async def test_a_relay_that_caps_its_answers_is_asked_page_by_page() -> None:
    stored = [event(f"m{n}", NOW + n // 3) for n in range(30)]

    async def script(relay: Scripted, frame: list[Any]) -> None:
        if frame[0] == "REQ":
            until = frame[2].get("until", NOW + 1000)
            found = [one for one in reversed(stored) if one.created_at <= until]
            for one in found[:4]:
                await relay.send("EVENT", frame[1], one.as_dict())
            await relay.send("EOSE", frame[1])

    async with relays(script) as (pool, relay):
        listener = Recorder()
        pool.listen(listener)
        heard = await listener.until("complete")
        assert set(heard) == {"began", "complete", *(one.content for one in stored)}
        assert len(await relay.until("CLOSE", 9)) == len(relay.of("REQ")) - 1


async def test_a_page_of_unreadable_events_hides_nothing_older() -> None:
    async def script(relay: Scripted, frame: list[Any]) -> None:
        if frame[0] != "REQ":
            return
        if "until" not in frame[2]:
            huge = {**event("x", NOW + 9).as_dict(), "content": "x" * 70_000}
            await relay.send("EVENT", frame[1], huge)
        elif frame[2]["until"] >= NOW + 5:
            await relay.send("EVENT", frame[1], event("older", NOW + 5).as_dict())
        await relay.send("EOSE", frame[1])

    async with relays(script) as (pool, _):
        listener = Recorder()
        pool.listen(listener)
        assert await listener.until("complete") == ["began", "older", "older", "complete"]


async def test_a_relay_that_never_says_eose_does_not_stop_new_events() -> None:
    async def script(relay: Scripted, frame: list[Any]) -> None:
        if frame[0] == "REQ":
            await relay.send("EVENT", frame[1], event("stored").as_dict())

    async with relays(script, patience=0.2) as (pool, _):
        listener = Recorder()
        pool.listen(listener)
        assert await listener.until("incomplete") == ["began", "stored", "incomplete"]


async def test_what_is_fetched_is_genuine() -> None:
    async def script(relay: Scripted, frame: list[Any]) -> None:
        if frame[0] == "REQ":
            forged = {**event("genuine").as_dict(), "sig": "0" * 128}
            await relay.send("EVENT", frame[1], event("genuine").as_dict())
            await relay.send("EVENT", frame[1], forged)
            await relay.send("EOSE", frame[1])

    async with relays(script, silent, patience=0.2) as (pool, *_):
        assert [one.content for one in await pool.fetch({"kinds": [0]})] == ["genuine"]


async def test_closing_while_relays_are_silent_ends_at_once() -> None:
    async with relays(silent, empty, patience=60) as (pool, *_):
        pool.listen(Recorder())
        publishing = asyncio.create_task(pool.publish(event("x")))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(3):
            publishing.cancel()
            await pool.close()
