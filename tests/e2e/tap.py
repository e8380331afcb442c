"""A tap on the way to a relay: sees what a bot publishes, and can pull a trigger at that moment."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Self, TypeAlias

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

PRIVATE: Final = (4, 1059)

SignedJson: TypeAlias = dict[str, Any]
Trigger: TypeAlias = Callable[[SignedJson], Awaitable[bool]]
"""Called with a private message that the bot publishes; whether it may go on to the relay."""


class Tap:
    """Forwards one loopback port to a relay.

    Attributes:
        published: every private message of the bot, repeats included, in the order of sending.
        trigger: what is asked before a private message goes on.
        deaf: the bot gets no events.
    """

    def __init__(self, relay: str) -> None:
        self.published: list[SignedJson] = []
        self.trigger: Trigger | None = None
        self.deaf = False
        self._relay = relay
        self._server: Server | None = None
        self._bot: ServerConnection | None = None
        self._subscription = ""

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await serve(self._connected, "127.0.0.1", 0, max_size=None)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def inject(self, event: SignedJson) -> None:
        """Deliver an event that no honest relay would take."""
        assert self._bot is not None
        await self._bot.send(json.dumps(["EVENT", self._subscription, event]))

    async def _connected(self, near: ServerConnection) -> None:
        try:
            async with connect(self._relay, max_size=None) as far:
                ways = {
                    asyncio.create_task(self._up(near, far)),
                    asyncio.create_task(self._down(far, near)),
                }
                _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in left:
                    way.cancel()
                for result in await asyncio.gather(*ways, return_exceptions=True):
                    if isinstance(result, Exception) and not isinstance(result, ConnectionClosed):
                        raise result
        except OSError:  # the relay is away: the bot finds its connection closed
            return

    async def _up(self, near: ServerConnection, far: ClientConnection) -> None:
        async for text in near:
            frame = json.loads(text)
            match frame:
                case ["EVENT", {"kind": kind} as event] if kind in PRIVATE:
                    self.published.append(event)
                    if self.trigger is not None and not await self.trigger(event):
                        continue
                case ["REQ", str(name), {"kinds": [1059, 4]} as wanted] if "until" not in wanted:
                    self._bot, self._subscription = near, name
            await far.send(text)

    async def _down(self, far: ClientConnection, near: ServerConnection) -> None:
        async for text in far:
            if not (self.deaf and json.loads(text)[0] == "EVENT"):
                await near.send(text)


def assert_identical(published: Sequence[SignedJson], count: int) -> None:
    """So many different events, each the same to the last byte however often it was published."""
    events = {event["id"]: event for event in published}
    assert len(events) == count
    assert all(event == events[event["id"]] for event in published)
