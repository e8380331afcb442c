"""`statechat` as a process of its own: started, awaited by what it writes, killed, looked into.

Warnings are errors in it, as they are in the tests. Nothing of the tests' own environment that
means something to a bot reaches it.
"""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from engine.stores.document import decode
from engine.stores.protocol import Record

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 60
"""How long a process may take for whatever is waited for."""
READY: Final = " is ready ("

_OURS: Final = ("TELEGRAM_", "NOSTR_", "MONGODB_", "STATECHAT_")


def environment(**variables: str) -> dict[str, str]:
    """The tests' environment without what a bot reads, and these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "PYTHONIOENCODING": "utf-8", **variables}


@dataclass(slots=True)
class Process:
    """A running `statechat …`; `out` and `errors` are the lines that it has written so far."""

    process: asyncio.subprocess.Process
    out: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _written: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reading: list[asyncio.Task[None]] = field(default_factory=list)
    _streams: int = 2

    @classmethod
    async def start(cls, *words: str, **variables: str) -> Self:
        """Start `statechat WORDS` with these variables in its environment."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-m", "engine.cli.main", *words,
            cwd=ROOT, env=environment(**variables), limit=1 << 20,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self = cls(process)
        assert process.stdout is not None
        assert process.stderr is not None
        for stream, lines in ((process.stdout, self.out), (process.stderr, self.errors)):
            self._reading.append(asyncio.create_task(self._read(stream, lines)))
        return self

    @property
    def log(self) -> str:
        """What it has written to standard error."""
        return "\n".join(self.errors)

    async def ready(self) -> str:
        """Wait until it says that people are being answered; that line."""
        return await self.line(READY)

    async def line(self, words: str, count: int = 1) -> str:
        """Wait until so many lines on standard error contain these words; the last of them."""
        return await self._among(self.errors, words, count)

    async def prints(self, words: str, count: int = 1) -> str:
        """The same, of lines on standard output."""
        return await self._among(self.out, words, count)

    async def _among(self, lines: list[str], words: str, count: int) -> str:
        found: list[str] = []

        def there() -> bool:
            found[:] = [line for line in lines if words in line]
            return len(found) >= count or self._over

        try:
            async with asyncio.timeout(SECONDS), self._written:
                await self._written.wait_for(there)
        except TimeoutError:
            raise AssertionError(f"no `{words}` in:\n{self.log}") from None
        assert len(found) >= count, f"it ended without `{words}`:\n{self.log}"
        return found[count - 1]

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def stop(self) -> int:
        """SIGTERM, and wait; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end; its exit code, or minus the signal that it died of."""
        try:
            async with asyncio.timeout(SECONDS):
                code = await self.process.wait()
                await asyncio.gather(*self._reading)
        except TimeoutError:
            raise AssertionError(f"it does not end:\n{self.log}") from None
        return code

    async def write(self, text: str) -> None:
        """Type into it."""
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        await self.process.stdin.drain()

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    @property
    def _over(self) -> bool:
        return self._streams == 0

    async def _read(self, stream: asyncio.StreamReader, lines: list[str]) -> None:
        while line := await stream.readline():
            async with self._written:
                lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._written.notify_all()
        async with self._written:
            self._streams -= 1
            self._written.notify_all()


@contextlib.asynccontextmanager
async def running(*words: str, **variables: str) -> AsyncIterator[Process]:
    """A `statechat` that is killed when the test leaves it, if it still runs then."""
    process = await Process.start(*words, **variables)
    try:
        yield process
    finally:
        process.kill()
        process.end_input()
        await process.ended()


async def finished(*words: str, typed: str = "", **variables: str) -> Process:
    """A `statechat` that has come to its end by itself; its code is `.process.returncode`."""
    async with running(*words, **variables) as process:
        if typed:
            await process.write(typed)
        process.end_input()
        await process.ended()
    return process


async def until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Wait for something outside of this process that cannot be awaited."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, f"never: {what}"
        await asyncio.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Database:
    """A bot's SQLite file, read beside the bot or after it."""

    path: Path

    def record(self, owner: str) -> Record | None:
        """A person's record as it is stored."""
        found = self._rows("SELECT doc FROM sessions WHERE id = ?", owner)
        return decode(json.loads(found[0][0])) if found else None

    def waiting(self) -> list[str]:
        """The sessions in which something waits to be sent or done."""
        rows = self._rows("SELECT id, doc FROM sessions")
        return [id_ for id_, doc in rows if json.loads(doc).get("outbox")]

    def revisions(self) -> dict[str, int]:
        """How often each session has been written, by its id."""
        rows = self._rows("SELECT id, doc FROM sessions")
        return {id_: json.loads(doc)["rev"] for id_, doc in rows}

    def records(self, collection: str) -> dict[str, dict[str, Any]]:
        """The values of a collection's records, by id."""
        query = "SELECT id, doc FROM records WHERE collection = ? AND dead IS NULL"
        rows = self._rows(query, collection)
        return {id_: json.loads(doc) for id_, doc in rows}

    def dead(self) -> dict[str, str]:
        """Ids of what was set aside, and why."""
        return dict(self._rows("SELECT id, reason FROM dead"))

    def _rows(self, query: str, *values: str) -> list[Any]:
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()
