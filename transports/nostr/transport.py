"""The Nostr transport: private messages in, private messages out, in the kind that they came in."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from engine.core.effects import Media
from engine.errors import StatechatError
from engine.runtime.ports import Content, Delivery, Host, PostponedError, RefusedError
from transports.nostr.blossom import Blossom
from transports.nostr.bots import Bots
from transports.nostr.cursor import BACK, Cursor
from transports.nostr.inbound import Inbox
from transports.nostr.keys import Key, read_public
from transports.nostr.media import Attaching, fetched
from transports.nostr.outbound import compose
from transports.nostr.profile import announce
from transports.nostr.relays import Relays

PATIENCE: Final = 10.0
"""How long a relay is waited for, in seconds."""
CHECKPOINT: Final = 30.0
"""How often the cursor is moved, in seconds."""

_log = logging.getLogger(__name__)


class Nostr:
    """Talks with people by NIP-17, and by NIP-04 with those who write so."""

    name = "nostr"

    def __init__(
        self,
        key: Key,
        urls: Sequence[str],
        patience: float = PATIENCE,
        file_server: str | None = None,
    ) -> None:
        self.caught_up = asyncio.Event()
        self._key = key
        self._urls = list(urls)
        self._patience = patience
        self._host: Host | None = None
        self._relays: Relays | None = None
        self._cursor: Cursor | None = None
        self._file_server = file_server
        self._attaching: Attaching | None = None

    async def open(self, host: Host) -> None:
        """Read the cursor and connect.

        Raises:
            StatechatError: `nostr:unreachable` when no relay answers in time.
        """
        now = host.clock.now() // 1000
        self._host = host
        server = self._file_server
        blossom = Blossom(server, self._key, host.clock) if server else None
        self._attaching = Attaching(self._key, host, blossom)
        self._cursor = Cursor(host.documents, f"nostr:{self._key.public}", self._urls)
        await self._cursor.load(now)
        self._relays = Relays(self._urls, self._key, host.clock, self._patience)
        if not await self._relays.open():
            await self.close()
            raise StatechatError(
                "nostr:unreachable",
                f"None of the relays answers: {', '.join(self._urls)}.",
                cure="Check NOSTR_RELAYS and the network.",
            )
        _log.info("the bot listens as %s", self._key.npub)

    @property
    def trouble(self) -> str | None:
        up = self._relays is not None and self._relays.connected
        return None if up else "no relay is connected"

    async def feed(self) -> None:
        """Queue messages until cancelled."""
        assert self._host is not None
        assert self._relays is not None
        assert self._cursor is not None
        cursor = self._cursor
        bots = Bots(self._relays)
        inbox = Inbox(
            self._key, self._host, self._urls, cursor.since, lambda: cursor.horizon, bots.has
        )
        self._relays.listen(inbox)
        try:
            try:
                async with asyncio.timeout(self._patience):
                    await inbox.all_stored.wait()
            except TimeoutError:
                _log.warning("some relays have not delivered what they store; going on")
            await inbox.open_gate()
            self.caught_up.set()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(announce(self._key, self._host, self._relays, self._urls))
                tasks.create_task(bots.learn())
                tasks.create_task(self._checkpoint(self._host, inbox, cursor))
        finally:
            inbox.stop()

    async def send(self, delivery: Delivery) -> str | None:
        """Publish a message; one relay that takes it is enough.

        Returns:
            The id of its last part: the rumor's, or the event's of kind 4.

        Raises:
            RefusedError: every relay refuses it for good, or the chat is no public key.
            PostponedError: no relay is connected, or none has answered.
        """
        assert self._relays is not None
        assert self._attaching is not None
        if not self._relays.connected:
            raise PostponedError("no relay is connected")
        files = await self._attaching.attached(delivery)
        try:
            letters = list(compose(self._key, delivery, files))
        except ValueError as error:
            raise RefusedError(f"{delivery.chat} cannot be written to: {error}") from error
        for letter in letters:
            await self._relays.publish(letter.event)
        self._attaching.forget(delivery.id)
        return letters[-1].ref if letters else None

    def fetch(self, media: Media, limit: int) -> AbstractAsyncContextManager[Content]:
        """The bytes of a file that somebody has sent here; see `MediaSource`."""
        assert self._host is not None
        return fetched(self._host, media, limit)

    def user(self, written: str) -> str:
        """The public key in hex of a person who is written so, or as `npub1…`.

        Raises:
            StatechatError: `nostr:person`.
        """
        return read_public(written)

    def horizon(self, prefix: str) -> int:
        """The moment (seconds) from which on relays are asked."""
        return self._cursor.horizon if self._cursor is not None and prefix == self.name else 0

    def believable(self, horizon: int) -> int:
        """A horizon of another worker's, but none that is later than one of now can be."""
        assert self._host is not None
        return min(horizon, self._host.clock.now() // 1000 - BACK)

    async def close(self) -> None:
        if self._relays is not None:
            await self._relays.close()

    async def _checkpoint(self, host: Host, inbox: Inbox, cursor: Cursor) -> None:
        while True:
            moment, current = host.clock.now() // 1000, inbox.current
            if await inbox.settled():
                try:
                    await cursor.advance(current, moment)
                except StatechatError as error:
                    _log.warning("the cursor stays where it is: %s", error)
            await asyncio.sleep(CHECKPOINT)
