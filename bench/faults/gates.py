"""The way between a bot and a Nostr relay: it drops, repeats, reorders, refuses, and is cut.

A gate never takes from the bot what Nostr promises: the messages of one person that are new come in
the order in which they were written, and what was dropped comes when the bot asks again. So a
connection that drops one message drops all that follow, as one that is half open, and is cut soon.
"""

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

PRIVATE: Final = (4, 1059)
"""Kinds of private messages; nothing else fails."""
SLOW: Final = "late"
CUT: Final = "cut before it"
HALF_OPEN: Final = "dropped, with all that follow"
REPEATED: Final = "repeated"
REORDERED: Final = "reordered"
ENDED: Final = "subscription ended"
LOST: Final = "lost before the relay"
REFUSED: Final = "refused for now"
UNANSWERED: Final = "no answer"
CUT_BEHIND: Final = "cut behind it"
DOWN: Final = (SLOW, CUT, HALF_OPEN, REPEATED, REPEATED, REORDERED, REORDERED, ENDED)
UP: Final = (SLOW, CUT, CUT_BEHIND, LOST, REFUSED, UNANSWERED)
HELD: Final = 0.15
"""Seconds for which a message waits that another one shall overtake."""

Frame = list[Any]


@dataclass
class Traffic:
    """What went through the gates of a season.

    Attributes:
        authors: who has written an event, by its id: messages of one keep their order.
        published: each private message of the bot, by its id.
        lives: which life has published an event last.
        troubles: what the bot must not do.
    """

    authors: dict[str, str] = field(default_factory=dict)
    published: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    lives: dict[str, int] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    _places: set[tuple[str, int]] = field(default_factory=set)

    def publish(self, event: Mapping[str, Any], life: int, place: int) -> None:
        """Note what the bot publishes; one that it repeats must be the identical event."""
        known = self.published.setdefault(event["id"], event)
        self.lives[event["id"]] = life
        if (event["id"], place) in self._places:
            self.failures["(the bot has published an event again)"] += 1
        self._places.add((event["id"], place))
        if known != event:
            self.troubles.append(f"an event was published again, but not the same: {event['id']}")


@dataclass
class Gate:
    """One way to a relay, for one worker.

    Attributes:
        rate: how many of the private messages fail, in one way or another, in each direction.
        life: the number of the worker's present life.
        place: which of the bot's relays it is.
    """

    relay: str
    place: int
    traffic: Traffic
    chance: random.Random
    rate: float = 0.0
    life: int = 0
    port: int = 0
    _server: Server | None = None
    _ways: "set[_Way]" = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await serve(self._connected, "127.0.0.1", 0, max_size=None)
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Cut every connection."""
        for way in tuple(self._ways):
            way.cut()

    def failure(self, kinds: tuple[str, ...], what: str) -> str:
        """How this message is to fail; not at all if empty."""
        if self.chance.random() >= self.rate:
            return ""
        kind = self.chance.choice(kinds)
        self.traffic.failures[f"{kind}, {what}"] += 1
        return kind

    async def _connected(self, near: ServerConnection) -> None:
        async with connect(self.relay, max_size=None) as far:
            way = _Way(self, near, far)
            self._ways.add(way)
            try:
                await way.run()
            finally:
                self._ways.discard(way)


class _Way:
    """One connection, in both directions."""

    def __init__(self, gate: Gate, near: ServerConnection, far: ClientConnection) -> None:
        self._gate = gate
        self._near = near
        self._far = far
        self._half_open = False
        self._stored: dict[str, list[Frame]] = {}
        """Subscriptions whose stored events still come."""
        self._ended: set[str] = set()
        self._unanswered: set[str] = set()
        self._held: list[Frame] = []
        self._old: list[Frame] = []
        self._later: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Carry messages until an end closes."""
        ways = {asyncio.create_task(self._up()), asyncio.create_task(self._down())}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*ways, *self._later):
                task.cancel()
            for result in await asyncio.gather(*ways, return_exceptions=True):
                if isinstance(result, Exception) and not isinstance(result, ConnectionClosed):
                    raise result
            self.cut()

    def cut(self) -> None:
        self._near.transport.abort()

    async def _up(self) -> None:
        """From the bot to the relay."""
        async for text in self._near:
            frame: Frame = json.loads(text)
            if self._half_open:
                continue
            match frame:
                case ["EVENT", {"kind": kind} as event] if kind in PRIVATE:
                    await self._publish(event, str(text))
                    continue
                case ["REQ", str(name), {"kinds": [1059, 4]}]:
                    self._stored[name] = []
            await self._far.send(text)

    async def _publish(self, event: Mapping[str, Any], text: str) -> None:
        gate = self._gate
        gate.traffic.publish(event, gate.life, gate.place)
        kind = gate.failure(UP, "message of the bot")
        if kind == CUT:
            self.cut()
        elif kind == REFUSED:
            reason = gate.chance.choice(("rate-limited: slow down", "error: out of order"))
            await self._send(["OK", event["id"], False, reason])
        elif kind != LOST:
            if kind == SLOW:
                await asyncio.sleep(gate.chance.uniform(0.01, 0.3))
            if kind in {UNANSWERED, CUT_BEHIND}:
                self._unanswered.add(event["id"])
            await self._far.send(text)
            if kind == CUT_BEHIND:
                await asyncio.sleep(gate.chance.uniform(0, 0.05))
                self.cut()

    async def _down(self) -> None:
        """From the relay to the bot."""
        async for text in self._far:
            frame: Frame = json.loads(text)
            if self._half_open:
                continue
            match frame:
                case ["EVENT", str(name), {"kind": kind}] if kind in PRIVATE:
                    if name in self._stored:
                        self._stored[name].append(frame)
                    elif name not in self._ended:
                        await self._deliver(frame)
                    continue
                case ["EOSE", str(name)] if name in self._stored:
                    await self._deliver_stored(self._stored.pop(name))
                case ["OK", str(id_), *_] if id_ in self._unanswered:
                    self._unanswered.discard(id_)
                    continue
            await self._send(frame)

    async def _deliver_stored(self, stored: list[Frame]) -> None:
        """Stored events come in any order, and some of them twice."""
        if self._gate.rate:
            self._gate.chance.shuffle(stored)
        for frame in stored:
            if self._gate.chance.random() < self._gate.rate:
                await self._send(frame)
            await self._send(frame)

    async def _deliver(self, frame: Frame) -> None:
        """An event that is new."""
        gate = self._gate
        kind = gate.failure(DOWN, "message to the bot")
        if kind == CUT:
            self.cut()
        elif kind == HALF_OPEN:
            self._half_open = True
            self._in_a_while(gate.chance.uniform(0.05, 0.5), self._end)
        elif kind == ENDED:
            self._ended.add(frame[1])
            await self._far.send(json.dumps(["CLOSE", frame[1]]))
            await self._send(["CLOSED", frame[1], "error: the harness is tired"])
        elif kind == REORDERED:
            self._held.append(frame)
            self._in_a_while(HELD, self._release)
        else:
            if kind == SLOW:
                await asyncio.sleep(gate.chance.uniform(0.01, 0.3))
            await self._in_turn(frame)
            if kind == REPEATED:
                self._old.append(frame)
                await self._send(gate.chance.choice(self._old))

    async def _in_turn(self, frame: Frame) -> None:
        """Send an event before those that are held back, but behind those of its own author."""
        authors = self._gate.traffic.authors
        author = authors.get(frame[2]["id"])
        mine = [one for one in self._held if authors.get(one[2]["id"]) == author]
        self._held = [one for one in self._held if one not in mine]
        for one in (*mine, frame):
            await self._send(one)
        await self._release()

    async def _release(self) -> None:
        held, self._held = self._held, []
        for frame in held:
            if not self._half_open and frame[1] not in self._ended:
                await self._send(frame)

    async def _end(self) -> None:
        self.cut()

    def _in_a_while(self, seconds: float, work: Any) -> None:  # noqa: ANN401 - a method of ours
        async def later() -> None:
            await asyncio.sleep(seconds)
            with contextlib.suppress(ConnectionClosed):
                await work()

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _send(self, frame: Frame) -> None:
        await self._near.send(json.dumps(frame, separators=(",", ":"), ensure_ascii=False))
