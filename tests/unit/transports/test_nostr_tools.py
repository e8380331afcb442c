"""The transport as a client written by others in another language (nostr-tools) sees it."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")

from engine.core.effects import Button, Message
from engine.runtime.ports import Delivery
from tests.contract.host import RecordingHost
from tests.servers.relay import running
from transports.nostr.keys import Key
from transports.nostr.transport import Nostr

CLIENT = Path(__file__).parents[2] / "servers" / "nostr_client"
KEY = Key(bytes([8] * 32))

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (CLIENT / "node_modules" / "nostr-tools").exists(),
        reason="run `npm ci` in tests/servers/nostr_client",
    ),
]


@dataclass
class Client:
    """A running client."""

    process: asyncio.subprocess.Process

    async def command(self, **fields: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(fields).encode() + b"\n")
        await self.process.stdin.drain()

    async def line(self, having: str) -> dict[str, Any]:
        """The next line that has a key."""
        assert self.process.stdout
        async with asyncio.timeout(20):
            while True:
                line = json.loads(await self.process.stdout.readline())
                if having in line:
                    return dict(line)


@contextlib.asynccontextmanager
async def client(url: str) -> AsyncIterator[Client]:
    process = await asyncio.create_subprocess_exec(
        "node",
        "client.mjs",
        url,
        KEY.public,
        cwd=CLIENT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Client(process)
    finally:
        # Its input is closed with it: what is left unread must not hold it up.
        process.kill()
        await process.communicate()


@pytest.fixture
def relay() -> Iterator[str]:
    with running() as url:
        yield url


async def test_a_conversation_with_nostr_tools_in_both_kinds(relay: str) -> None:
    host = RecordingHost()
    transport = Nostr(KEY, [relay])
    await transport.open(host)
    feed = asyncio.create_task(transport.feed())
    try:
        async with client(relay) as person:
            public = (await person.line("public"))["public"]
            await person.command(say="/start héllo 👋", kind=14)
            await person.line("sent")
            await host.until_events(1)
            await person.command(say="reply", kind=14, reply="a" * 64)
            await host.until_events(2)
            await person.command(say="the old way", kind=4)
            events = await host.until_events(3)
            assert {event.owner for event in events} == {f"demo/nostr:{public}"}
            assert [(event.name, event.via) for event in events] == [
                ("/start", "nip17"),
                ("text", "nip17"),
                ("text", "nip04"),
            ]
            assert events[1].extra == {"reply_to": {"ref": "a" * 64}}
            for number, event in enumerate(events[1:], 1):
                message = Message(f"{event.text}? 👋", (), ((Button("Yes", 1, "yes"),),))
                await transport.send(
                    Delivery(
                        id=f"{event.owner}#i:1.{number}",
                        owner=event.owner,
                        chat=event.chat,
                        message=message,
                        planned=host.clock.now(),
                        lang="en",
                        via=event.via,
                    )
                )
                answer = await person.line("text")
                assert answer["text"] == f"{event.text}? 👋\n1. Yes"
                assert answer["author"] == KEY.public
                assert answer["kind"] == (4 if event.via == "nip04" else 14)
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
        await transport.close()
