"""A pipe or a file in place of a person: plain lines in, plain lines out, nothing else."""

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator
from typing import Final, TextIO

from engine.core.effects import Message
from engine.core.values import TEXT_MAX
from transports.menu import numbered

READER: Final = "statechat-console"
"""The name of the threads that wait for a key."""
_CHUNK: Final = 65_536
_LINE_MAX: Final = 4 * TEXT_MAX
"""Bytes of one line; what is longer is cut, as the core cuts longer texts."""


class Plain:
    """Reads the file descriptor `source`; writes to `out`, and notes to `aside`."""

    def __init__(self, source: int, out: TextIO, aside: TextIO, encoding: str = "utf-8") -> None:
        self._source = source
        self._out = out
        self._aside = aside
        self._encoding = encoding

    async def lines(self) -> AsyncIterator[str]:
        rest = b""
        while chunk := await read_chunk(self._source):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield self._text(line)
            rest = rest[:_LINE_MAX]
        if rest:
            yield self._text(rest)

    async def show(self, message: Message) -> None:
        self._out.write(numbered(message) + "\n")
        self._out.flush()

    async def greet(self, text: str) -> None:
        """A pipe needs no hint, and its reader no line that the bot did not say."""

    async def note(self, text: str) -> None:
        self._aside.write(text + "\n")
        self._aside.flush()

    def _text(self, line: bytes) -> str:
        return line[:_LINE_MAX].removesuffix(b"\r").decode(self._encoding, "replace")


async def read_chunk(source: int) -> bytes:
    """Some bytes as soon as there are any, none at the end.

    The reading thread is a daemon's: one that waits for a key never holds up the end of the
    process, which threads of an executor do. It works for regular files too, unlike the loop's
    own reading of pipes.
    """
    loop = asyncio.get_running_loop()
    came: asyncio.Future[bytes] = loop.create_future()

    def settle(data: bytes) -> None:
        if not came.done():
            came.set_result(data)

    def read() -> None:
        try:
            data = os.read(source, _CHUNK)
        except OSError:
            data = b""
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, data)

    threading.Thread(target=read, name=READER, daemon=True).start()
    return await came
