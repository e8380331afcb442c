"""Databases for bots that run as processes: the one of `MONGODB_URI`, else a server of our own."""

import asyncio
import contextlib
import struct
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pymongo import AsyncMongoClient

from engine.stores.document import decode
from engine.stores.mongo_codec import unpack
from engine.stores.protocol import Record
from tests.e2e.process import ROOT

COMMIT: Final = b"\x02update\x00\x09\x00\x00\x00sessions\x00"
"""How a command begins that writes sessions."""


Fate = Literal["done", "lost", "unanswered"]
"""Of a command: it and its answer go on, it does not, or its answer does not."""


class Server:
    """A MongoDB-compatible server on a folder, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Serve; at the same address each time."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.secantus", str(self._folder), str(self._port)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline().rstrip("/\n").rpartition(":")[2])

    def kill(self) -> None:
        assert self._process is not None
        with self._process as process:
            process.kill()


class Wire:
    """A loopback port before a server, with a trigger at each command that writes sessions.

    Attributes:
        trigger: decides what becomes of such a command.
    """

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        assert parts.hostname
        self.trigger: Callable[[], Awaitable[Fate]] | None = None
        self._target = (parts.hostname, parts.port or 27017)
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._muted: set[asyncio.StreamWriter] = set()

    @property
    def uri(self) -> str:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        # Else the driver would ask the server for its address, and go there.
        return f"mongodb://127.0.0.1:{port}/?directConnection=true"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for end in tuple(self._ends):
            end.transport.abort()

    async def _connected(self, near_in: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            far_in, far = await asyncio.open_connection(*self._target)
        except OSError:  # the server is away
            near.transport.abort()
            return
        self._ends |= {near, far}
        try:
            await asyncio.gather(self._up(near_in, near, far), self._down(far_in, near))
        finally:
            self._ends -= {near, far}
            self._muted.discard(near)

    async def _up(
        self, source: asyncio.StreamReader, near: asyncio.StreamWriter, far: asyncio.StreamWriter
    ) -> None:
        """Forward whole messages: each begins with its length, an int32."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while head := await source.readexactly(4):
                message = head + await source.readexactly(struct.unpack("<i", head)[0] - 4)
                fate = "done"
                if COMMIT in message and self.trigger is not None:
                    fate = await self.trigger()
                if fate == "lost":
                    near.transport.abort()
                    break
                if fate == "unanswered":
                    self._muted.add(near)
                far.write(message)
                await far.drain()
        far.transport.abort()

    async def _down(self, source: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while (data := await source.read(65_536)) and near not in self._muted:
                near.write(data)
                await near.drain()
        near.transport.abort()


class Rows:
    """A bot's database, read beside the bot with a driver of its own."""

    def __init__(self, uri: str, name: str) -> None:
        self._client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri)
        self._name = name

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.drop_database(self._name)
        await self._client.close()

    async def all(self, collection: str) -> list[dict[str, Any]]:
        """Every document of a collection."""
        found = self._client[self._name][collection].find().sort("_id")
        return await found.to_list(None)

    async def record(self, owner: str) -> Record:
        """A person's record as it is stored."""
        found = await self._client[self._name]["sessions"].find_one({"_id": owner})
        assert found is not None
        return decode(unpack(found))
