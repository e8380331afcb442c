"""A person whose client is nostr-tools (npm), in a process of its own."""

import asyncio
import base64
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 20
LINE_MAX: Final = 1 << 22
"""Longest line that the client writes, in bytes: one with a file."""
CLIENT: Final = Path(__file__).parents[1] / "servers" / "nostr_client"


def missing() -> str | None:
    """What is not installed, if anything."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (CLIENT / "node_modules" / "nostr-tools").exists():
        return "run `npm ci` in tests/servers/nostr_client"
    return None


@dataclass
class NpmPerson:
    """Writes to one peer over one relay."""

    process: asyncio.subprocess.Process

    async def say(self, text: str, *, kind: int = 14) -> None:
        """Write; what is written by one call goes before what is written by the next."""
        await self._command({"say": text, "kind": kind})

    async def attach(self, content: bytes, type_: str, server: str) -> None:
        """Send a file message (kind 15), stored on a Blossom server."""
        encoded = base64.b64encode(content).decode()
        await self._command({"attach": encoded, "type": type_, "server": server})

    async def _command(self, command: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        await self.process.stdin.drain()

    async def letter(self) -> dict[str, Any]:
        """The next message that comes: `text`, `author`, `kind`, `at`."""
        return await self.line("text")

    async def line(self, key: str) -> dict[str, Any]:
        """The next line that has a key."""
        assert self.process.stdout is not None
        async with asyncio.timeout(SECONDS):
            while True:
                line: dict[str, Any] = json.loads(await self.process.stdout.readline())
                if key in line:
                    return line


@contextlib.asynccontextmanager
async def npm_person(peer: str, url: str) -> AsyncIterator[NpmPerson]:
    """Someone new who writes to `peer` (a public key in hex) over a relay."""
    process = await asyncio.create_subprocess_exec(
        "node", "client.mjs", url, peer, cwd=CLIENT, limit=LINE_MAX,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        person = NpmPerson(process)
        await person.line("public")
        yield person
    finally:
        # Its input is closed with it: what is left unread must not hold it up.
        process.kill()
        await process.communicate()
