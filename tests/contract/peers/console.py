"""A person at the console: a pipe for the keyboard, a pipe for the screen."""

import asyncio
import contextlib
import io
import os
import threading
from collections.abc import AsyncIterator

from engine.runtime.ports import Transport
from tests.contract.peer import Traits
from transports.console.plain import READER, Plain, read_chunk
from transports.console.transport import Console

NAME = "console"


class ConsolePeer:
    traits = Traits(
        prefix="console",
        buttons=False,
        redelivers=False,
        outages=False,
        poison=False,
        references=False,
        media=False,
        edits=False,
    )

    def __init__(self, keyboard: int, screen: int, plain: Plain) -> None:
        self._keyboard = keyboard
        self._screen = screen
        self._plain = plain
        self._shown = b""

    def transport(self) -> Transport:
        return Console("ann", self._plain)

    async def say(self, text: str) -> None:
        os.write(self._keyboard, text.encode() + b"\n")

    async def press(self, button: str | int) -> None:
        await self.say(str(button))

    async def poison(self) -> None:
        raise NotImplementedError("any bytes are a line")

    async def received(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while self._shown.count(b"\n") < count:
                self._shown += await read_chunk(self._screen)
        return self._shown.decode().splitlines()

    async def reply(self, text: str, ref: str) -> None:
        raise NotImplementedError("lines have no names")

    async def react(self, emoji: str, ref: str) -> None:
        raise NotImplementedError("lines have no names")

    async def send_photo(self) -> None:
        raise NotImplementedError("a line is a text")

    async def edit(self, text: str) -> None:
        raise NotImplementedError("what was typed stays")

    def outage(self) -> contextlib.AbstractAsyncContextManager[None]:
        raise NotImplementedError("there is no network between")


@contextlib.asynccontextmanager
async def peer() -> AsyncIterator[ConsolePeer]:
    others = frozenset(threading.enumerate())
    source, keyboard = os.pipe()
    screen, sink = os.pipe()
    with os.fdopen(sink, "w", encoding="utf-8") as out:
        yield ConsolePeer(keyboard, screen, Plain(source, out, io.StringIO()))
        os.close(keyboard)
    # A thread that begins to read only now must not find its number given to another pipe.
    for thread in threading.enumerate():
        if thread.name == READER and thread not in others:
            await asyncio.to_thread(thread.join, 10)
    os.close(source)
    os.close(screen)
