"""A seat on Nostr: one relay for all conversations, a new key for each person and bot."""

import asyncio
import atexit
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from functools import cache

import pytest

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")

from engine.core.effects import Button, Message
from engine.runtime.ports import Transport
from engine.testing.inputs import Reacted
from tests.contract.clock import VirtualClock
from tests.contract.seat import SECONDS, Acted, lines, unplayable
from tests.servers.nostr_person import Person, person
from tests.servers.relay import running
from transports.nostr.keys import Key
from transports.nostr.outbound import TEXT_MAX
from transports.nostr.transport import Nostr
from transports.split import split, utf8_bytes


class NostrSeat:
    buttons = False
    hints = False
    names = True

    def __init__(self, client: Person, key: Key, url: str) -> None:
        self.user = self.chat = client.public
        self._client = client
        self._key = key
        self._url = url
        self._numbers = itertools.count()

    def transport(self) -> Transport:
        return Nostr(self._key, [self._url], patience=SECONDS)

    async def type(self, text: str) -> None:
        # The clock stands: the same words twice would else be one event with one id.
        await self._client.say(text, tags=[["nonce", str(next(self._numbers))]])

    async def press(self, button: Button) -> None:
        raise NotImplementedError("here are no buttons")

    async def act(self, input_: Acted) -> Acted:
        if not isinstance(input_, Reacted) or len(input_.emoji) != 1:
            raise unplayable(input_)
        about = ["e", self._client.letters[-1].ref]
        nonce = ["nonce", str(next(self._numbers))]
        await self._client.say(input_.emoji[0], kind=7, tags=[about, nonce])
        return input_

    async def seen(self, said: Sequence[Message]) -> tuple[list[str], list[str]]:
        expected = [
            part.text
            for message in said
            for text in ([message.react] if message.react else lines([message]))
            for part in split(text, (), TEXT_MAX, utf8_bytes)
        ]
        with contextlib.suppress(TimeoutError):
            await self._client.received(len(expected))
        return expected, [letter.text for letter in self._client.letters]


@cache
def relay() -> str:
    exits = contextlib.ExitStack()
    atexit.register(exits.close)
    return exits.enter_context(running())


@contextlib.asynccontextmanager
async def seat(lang: str | None, clock: VirtualClock) -> AsyncIterator[NostrSeat]:
    url = await asyncio.to_thread(relay)
    key = Key(secrets.token_bytes(32))
    async with person(key.public, url, now=lambda: clock.now() // 1000) as client:
        yield NostrSeat(client, key, url)
