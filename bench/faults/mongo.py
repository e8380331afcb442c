"""A MongoDB for a run of seasons: the server, and the wire between it and the bot, which fails.

The wire understands just enough of the protocol (OP_MSG, one frame after the other) to know a
write from a read, to answer in the server's place, and to be cut before or behind a request.
"""

import asyncio
import contextlib
import random
import secrets
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

import bson
from pymongo import MongoClient

ROOT: Final = Path(__file__).parents[2]
HEADER: Final = struct.Struct("<iiii")
MESSAGE: Final = 2013
"""The code of OP_MSG; nothing else is spoken but in a first greeting."""
READS: Final = frozenset({"find", "getMore", "aggregate", "count"})
WRITES: Final = frozenset({"insert", "update", "delete"})
SLOW: Final = "answer late"
CUT: Final = "cut before a request"
CUT_BEHIND: Final = "cut behind a request"
REFUSED: Final = "error, nothing done"
UNCONFIRMED: Final = "error, written all the same"
CONFLICT: Final = "write conflict"
RACED: Final = "lost race"
ANY: Final = (SLOW, CUT, CUT_BEHIND, REFUSED)
CODES: Final = (6, 50, 91, 189, 262)
"""Unreachable, out of time, shutting down, primary stepped down, over its limit."""
WRITE_CONFLICT: Final = 112
WRITE_CONCERN_FAILED: Final = 64

Document = Mapping[str, Any]
Race = Callable[[str, str, int], Awaitable[bool]]
"""Win a race for a document: given its database, its id and its revision; whether it was won."""


class Server:
    """A small server of the run's own, or the one at `uri`."""

    def __init__(self, uri: str = "") -> None:
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if not uri:
            self._folder = tempfile.TemporaryDirectory(prefix="statechat-faults-mongo-")
            uri = self._start(0)
        self._parts = urlsplit(uri)
        self.client: MongoClient[dict[str, Any]] = MongoClient(uri, retryWrites=False)

    def _start(self, port: int) -> str:
        """Start our own; its address."""
        assert self._folder is not None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.secantus", self._folder.name, str(port)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def crash(self) -> bool:
        """Kill the server and start it again on what it has stored, if it is ours."""
        if self._process is None:
            return False
        with self._process as process:  # which closes its pipes, too
            process.kill()
        self._start(self.address[1])
        return True

    @property
    def address(self) -> tuple[str, int]:
        """Where the first of its hosts listens."""
        host, _, port = self._parts.netloc.rpartition("@")[2].partition(",")[0].partition(":")
        return host, int(port or 27017)

    def uri(self, port: int, database: str) -> str:
        """The address of a database behind a wire on this machine."""
        user, at, _ = self._parts.netloc.rpartition("@")
        query = "&".join(filter(None, (self._parts.query, "directConnection=true")))
        return urlunsplit(("mongodb", f"{user}{at}127.0.0.1:{port}", f"/{database}", query, ""))

    def stop(self) -> None:
        self.client.close()
        if self._process is not None:
            with self._process as process:
                process.kill()
        if self._folder is not None:
            self._folder.cleanup()


@dataclass
class Wire:
    """The connections of one worker.

    Attributes:
        rate: how many of the requests fail, in one way or another.
        ready: a file; before it is there nothing fails, or the bot would refuse to start.
        writes: how many more writes go through until `strike` is called behind one.
    """

    server: Server
    chance: random.Random
    race: Race
    rate: float = 0.0
    ready: Path = Path()
    writes: int = 0
    strike: Callable[[], None] | None = None
    failures: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _listening: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listening is not None
        self._listening.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _connected(self, near_in: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._forward(near_in, near))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _forward(self, near_in: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            far_in, far = await asyncio.open_connection(*self.server.address)
        except OSError:
            near.transport.abort()
            return
        pipe = _Pipe(self, near_in, near, far_in, far)
        try:
            # Where the one way ends the other one has nothing more to say.
            await asyncio.gather(pipe.up(), pipe.down())
        finally:
            near.transport.abort()
            far.transport.abort()

    def failure(self, command: str, collection: str) -> str:
        """How this command is to fail; not at all if empty."""
        if self.chance.random() >= self.rate or not self.ready.exists():
            return ""
        kinds: tuple[str, ...] = ANY
        if command in WRITES:
            kinds = (*ANY, UNCONFIRMED, CONFLICT)
            if command == "update" and collection == "sessions":
                kinds = (*kinds, RACED, RACED)
        kind = self.chance.choice(kinds)
        self.failures[f"{kind}, {'write' if command in WRITES else 'read'}"] += 1
        return kind

    def written(self) -> None:
        """A write has left for the server."""
        if self.strike is not None and self.ready.exists():
            self.writes -= 1
            if self.writes <= 0:
                strike, self.strike = self.strike, None
                strike()


@dataclass
class _Pipe:
    """One connection, both ways."""

    wire: Wire
    near_in: asyncio.StreamReader
    near: asyncio.StreamWriter
    far_in: asyncio.StreamReader
    far: asyncio.StreamWriter
    open: dict[int, str] = field(default_factory=dict)
    """How the answers to requests that are under way are to fail."""

    async def up(self) -> None:
        """From the bot to the server."""
        while (frame := await _frame(self.near_in)) is not None:
            _, number, _, code = HEADER.unpack_from(frame)
            request = _Request(frame) if code == MESSAGE else None
            kind = ""
            if request is not None and request.command in READS | WRITES:
                kind = self.wire.failure(request.command, str(request.body[request.command]))
            if kind == CUT:
                break
            if request is not None and kind in {REFUSED, CONFLICT}:
                self.near.write(request.answer(self._instead(kind, request)))
                continue
            if request is not None and kind == RACED:
                await self._lose(request)
            if kind in {SLOW, CUT_BEHIND, UNCONFIRMED}:
                self.open[number] = kind
            self.far.write(frame)
            await _drained(self.far)
            if request is not None and request.command in WRITES:
                self.wire.written()
        self.far.transport.abort()
        self.near.transport.abort()

    async def down(self) -> None:
        """From the server to the bot."""
        while (frame := await _frame(self.far_in)) is not None:
            kind = self.open.pop(HEADER.unpack_from(frame)[2], "")
            if kind == CUT_BEHIND:
                break
            if kind == SLOW:
                await asyncio.sleep(self.wire.chance.uniform(0.005, 0.3))
            if kind == UNCONFIRMED:
                answer = _Request(frame)
                failed = {"code": WRITE_CONCERN_FAILED, "errmsg": "the harness has not confirmed"}
                frame = answer.replaced({**answer.body, "writeConcernError": failed})
            self.near.write(frame)
            await _drained(self.near)
        self.far.transport.abort()
        self.near.transport.abort()

    def _instead(self, kind: str, request: "_Request") -> Document:
        if kind == REFUSED:
            code = self.wire.chance.choice(CODES)
            return {"ok": 0.0, "code": code, "errmsg": "the harness refuses"}
        errors = [
            {"index": index, "code": WRITE_CONFLICT, "errmsg": "the harness was faster"}
            for index in range(len(request.documents))
        ]
        return {"ok": 1.0, "n": 0, "nModified": 0, "writeErrors": errors}

    async def _lose(self, request: "_Request") -> None:
        """Let somebody else write one of the documents at this very moment."""
        wanted = self.wire.chance.choice(request.documents)["q"]
        if not await self.wire.race(request.body["$db"], wanted["_id"], wanted["rev"]):
            self.wire.failures[f"{RACED}, write"] -= 1  # nobody has stored it yet


class _Request:
    """A message of the protocol: a body, and for writes a list of documents beside it."""

    def __init__(self, frame: bytes) -> None:
        self._number = HEADER.unpack_from(frame)[1]
        self._answers = HEADER.unpack_from(frame)[2]
        self.body: dict[str, Any] = {}
        self.documents: list[dict[str, Any]] = []
        place = HEADER.size + 4
        while place < len(frame):
            section, place = frame[place], place + 1
            (size,) = struct.unpack_from("<i", frame, place)
            content = frame[place : place + size]
            if section == 0:
                self.body = bson.decode(content)
            else:
                self.documents = bson.decode_all(content[content.index(b"\0", 4) + 1 :])
            place += size
        self.command = next(iter(self.body), "")
        for name in ("documents", "updates", "deletes"):
            self.documents = self.documents or list(self.body.get(name, ()))

    def answer(self, body: Document) -> bytes:
        """An answer to this request."""
        return _message(0, self._number, body)

    def replaced(self, body: Document) -> bytes:
        """This answer with another body."""
        return _message(self._number, self._answers, body)


def _message(number: int, answers: int, body: Document) -> bytes:
    content = b"\0\0\0\0\0" + bson.encode(body)
    return HEADER.pack(HEADER.size + len(content), number, answers, MESSAGE) + content


async def _frame(source: asyncio.StreamReader) -> bytes | None:
    """The next message, whole; none where the connection has ended."""
    try:
        head = await source.readexactly(HEADER.size)
        return head + await source.readexactly(HEADER.unpack(head)[0] - HEADER.size)
    except (asyncio.IncompleteReadError, OSError):
        return None


async def _drained(sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # the reading end finds out
        await sink.drain()


def database_name() -> str:
    """A name that no other season has."""
    return f"statechat_faults_{secrets.token_hex(6)}"
