"""Media in and out of Nostr: what is sent as a file message, and the bytes of what was received."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from engine.core.effects import Media
from engine.core.media import FILE_BYTES
from engine.runtime.ports import Content, Delivery, Host, UnavailableError
from engine.runtime.spool import spooled
from transports.moving import Hold, Moving
from transports.nostr.blossom import Blossom
from transports.nostr.files import TAG, Attachment, described_by, handed_on, seal, unseal
from transports.nostr.keys import Key
from transports.nostr.letters import NIP04

NOTES_MAX: Final = 1_000
"""Of how many messages that are not sent yet the stored files are remembered."""
_WORDS: Final = frozenset({"location", "contact"})

Attachments = Mapping[int, Attachment]
"""The files of a message, by their place among its media."""


class Attaching:
    """Gives media to the file server, and remembers which until their message is out."""

    def __init__(self, key: Key, host: Host, blossom: Blossom | None) -> None:
        self._key = key
        self._blossom = blossom
        self._moving = Moving(host)
        self._stored: OrderedDict[str, dict[int, Attachment]] = OrderedDict()

    async def attached(self, delivery: Delivery) -> Attachments:
        """Those media of a delivery that go as files; words stand for the others.

        Raises:
            PostponedError: one may be stored later.
        """
        if delivery.via == NIP04 or not delivery.message.media:
            return {}
        stored = self._stored.setdefault(delivery.id, {})
        if len(self._stored) > NOTES_MAX:
            self._stored.popitem(last=False)
        async with self._moving.of(delivery.id) as hold:
            for place, media in enumerate(delivery.message.media):
                if place not in stored and media.kind not in _WORDS:
                    found = await self._attach(delivery, place, media, hold)
                    if found is not None:
                        stored[place] = found
        return stored

    def forget(self, id_: str) -> None:
        """A message is out."""
        self._stored.pop(id_, None)

    async def _attach(
        self, delivery: Delivery, place: int, media: Media, hold: Hold
    ) -> Attachment | None:
        if media.source.get("transport") == "nostr" and (known := handed_on(media.source)):
            return known
        if self._blossom is None:
            return None
        content = await hold.content(media)
        if content is None:
            return None
        with spooled(FILE_BYTES + TAG) as spool:
            purpose = f"{delivery.id}/file {place}"
            secrets = await asyncio.to_thread(
                seal, self._key, purpose, delivery.chat, content, spool
            )
            sealed = spool.content()
            url = await hold.attempt(media, self._blossom.upload(sealed))
            if url is None:
                return None
            return Attachment(url, [*described_by(media, content, sealed), *secrets])


@asynccontextmanager
async def fetched(host: Host, media: Media, limit: int) -> AsyncIterator[Content]:
    """The bytes of a file message, downloaded, checked and decrypted.

    Raises:
        UnavailableError, PostponedError: see `Host.fetch`.
    """
    source = media.source
    address = Media(media.kind, {"url": source.get("id")})
    name, mime = source.get("name"), source.get("mime")
    async with host.fetch(address, limit + TAG) as sealed:
        if source.get("hash", sealed.digest) != sealed.digest:
            raise UnavailableError("its address leads to another file by now")
        if source.get("key") is None:
            yield sealed
            return
        with spooled(limit) as spool:
            await asyncio.to_thread(unseal, source, sealed, spool)
            content = spool.content(
                name if isinstance(name, str) else None, mime if isinstance(mime, str) else None
            )
            if source.get("original", content.digest) != content.digest:
                raise UnavailableError("it is not the file that was promised")
            yield content
