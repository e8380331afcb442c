"""A person on Nostr: a relay in a process of its own, nostr-sdk as the client, a cable to cut."""

import contextlib
from collections.abc import AsyncIterator

import pytest

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")

from engine.runtime.ports import Transport
from tests.contract.peer import Traits
from tests.servers.cable import Cable
from tests.servers.nostr_person import Person, person
from tests.servers.relay import running
from transports.nostr.keys import Key
from transports.nostr.transport import Nostr

NAME = "nostr"
KEY = Key(bytes([7] * 32))


class NostrPeer:
    """Writes past the cable, so that only the bot's network can fail."""

    # Anybody can send anything to a key: what cannot be read is dropped, not kept.
    traits = Traits(prefix="nostr", buttons=False, poison=False, edits=False)

    def __init__(self, client: Person, cable: Cable) -> None:
        self.client = client
        self.cable = cable

    def transport(self, file_server: str | None = None) -> Transport:
        return Nostr(KEY, [self.cable.url], patience=2, file_server=file_server)

    async def say(self, text: str) -> None:
        await self.client.say(text)

    async def press(self, button: str | int) -> None:
        await self.client.say(str(button))

    async def poison(self) -> None:
        raise NotImplementedError

    async def reply(self, text: str, ref: str) -> None:
        await self.client.say(text, tags=[["e", ref]])

    async def react(self, emoji: str, ref: str) -> None:
        await self.client.say(emoji, kind=7, tags=[["e", ref], ["k", "14"]])

    async def send_photo(self) -> None:
        tags = [["file-type", "image/png"], ["size", "4"], ["dim", "8x6"]]
        await self.client.say("https://files.example/cat.png", kind=15, tags=tags)

    async def edit(self, text: str) -> None:
        raise NotImplementedError("what was sent stays")

    async def received(self, count: int) -> list[str]:
        return [letter.text for letter in await self.client.received(count)]

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        await self.cable.cut()
        try:
            yield
        finally:
            await self.cable.mend()


@contextlib.asynccontextmanager
async def peer() -> AsyncIterator[NostrPeer]:
    with running() as url:
        async with Cable(url) as cable, person(KEY.public, url) as client:
            yield NostrPeer(client, cable)
