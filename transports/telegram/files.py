"""Media made ready for the Bot API: numbers of files that Telegram has, addresses, and uploads.

What was uploaded once is sent by its number from then on.
Source: https://core.telegram.org/bots/api#sending-files
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Final

from engine.classes import dataclass
from engine.core.effects import Media
from engine.core.media import PHOTO_BYTES
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.ports import Content, PostponedError
from engine.stores.protocol import Documents
from transports.moving import Hold, name_of

PREFIX: Final = "telegram"
COLLECTION: Final = "telegram.files"
"""Numbers of the files of the bot's folder, by kind and content."""
MOVED: Final = "telegram.moved"
"""Numbers of media that came from other transports, by slot."""
MOVED_MAX: Final = 10_000
"""How many slots there are: of two media in one the later is remembered."""
CAPTIONED: Final = frozenset({"photo", "audio", "voice", "video", "document", "animation"})
"""Kinds that can have a caption."""

_CONTACT: Final = {"phone": "phone_number", "first_name": "first_name", "last_name": "last_name"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One medium of a message.

    Attributes:
        value: Telegram's number of the file, or an address; none where words stand for it.
        content: what is uploaded instead of naming it.
        collection, key: where the number of an upload is remembered.
        fields: those of a location or a contact.
    """

    media: Media
    value: str | None
    content: Content | None = None
    collection: str = COLLECTION
    key: str = ""
    fields: Mapping[str, str | float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the uploaded file is called."""
        assert self.content is not None, "only what is uploaded has a name"
        return name_of(self.media, self.content)


class Files:
    """What Telegram knows by a number, and how the rest gets there."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def ready(self, media: Iterable[Media], hold: Hold) -> list[Piece]:
        """What can be sent of media, each in the cheapest way.

        Raises:
            PostponedError: what is known cannot be looked up, or the bytes not be had now.
        """
        return [await self._piece(each, hold) for each in media]

    async def another_way(self, piece: Piece, hold: Hold) -> Piece:
        """How else a medium can go that Telegram has refused: each way but once, words at last.

        Telegram's numbers are not for ever, and it fetches from fewer addresses than we do.

        Raises:
            PostponedError: its bytes may be had later.
        """
        mine = piece.media.source.get("transport") == PREFIX
        if piece.content is None and piece.value and not mine:
            return await self._uploaded(piece, hold)
        return replace(piece, value=None, content=None)

    async def remember(self, piece: Piece, made: object) -> None:
        """Keep the number that Telegram gave to a file."""
        number = _file_number(made, piece.media.kind)
        if piece.content is None or number is None or not piece.key:
            return
        kept: dict[str, Value] = {"id": number}
        if piece.collection == MOVED:
            kept |= {"of": _reference(piece.media), "kind": piece.media.kind}
        await self._documents.put(piece.collection, piece.key, kept)

    async def _piece(self, media: Media, hold: Hold) -> Piece:
        source = media.source
        if media.kind == "location":
            where = {name: _number(source[name]) for name in ("latitude", "longitude")}
            return Piece(media, "", fields=where)
        if media.kind == "contact":
            return Piece(media, "", fields=_contact(source))
        if isinstance(source.get("file"), str):
            return await self._file(media, hold)
        url, number = source.get("url"), source.get("id")
        if source.get("transport") == PREFIX and isinstance(number, str):
            return Piece(media, number)
        if isinstance(url, str):
            return Piece(media, url)
        return await self._moved(media, hold)

    async def _file(self, media: Media, hold: Hold) -> Piece:
        piece = await self._uploaded(Piece(media, ""), hold)
        if piece.content is None:
            return piece
        key = f"{piece.media.kind}.{piece.content.digest}"
        number = (await self._known(COLLECTION, key)).get("id")
        if isinstance(number, str):
            return Piece(piece.media, number, key=key)
        return replace(piece, key=key)

    async def _moved(self, media: Media, hold: Hold) -> Piece:
        """A reference of another transport: what it leads to never changes."""
        reference = _reference(media)
        slot = str(int(reference, 16) % MOVED_MAX)
        known = await self._known(MOVED, slot)
        number = known.get("id")
        piece = Piece(media, "", collection=MOVED, key=slot)
        if known.get("of") == reference and isinstance(number, str):
            as_document = known.get("kind") == "document"
            sent = replace(media, kind="document") if as_document else media
            return replace(piece, media=sent, value=number)
        return await self._uploaded(piece, hold)

    async def _uploaded(self, piece: Piece, hold: Hold) -> Piece:
        content = await hold.content(piece.media)
        if content is None:
            return replace(piece, value=None)
        media = piece.media
        if media.kind == "photo" and content.size > PHOTO_BYTES:
            media = replace(media, kind="document")
        return replace(piece, media=media, value="", content=content)

    async def _known(self, collection: str, key: str) -> Mapping[str, Value]:
        try:
            return await self._documents.get(collection, key) or {}
        except StatechatError as error:
            raise PostponedError(error.message) from error


def _reference(media: Media) -> str:
    """A name for what a reference of a transport leads to, of one length."""
    named = [media.source.get(key) for key in ("transport", "id")]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def _contact(source: Mapping[str, Value]) -> Mapping[str, str]:
    found = {name: str(source[key]) for key, name in _CONTACT.items() if source.get(key)}
    return {"first_name": found["phone_number"], **found}


def _number(value: Value) -> float:
    assert isinstance(value, int | float), "the core has seen to it"
    return float(value)


def _file_number(made: object, kind: str) -> str | None:
    """The number of the file in the message that Telegram made."""
    found = made.get(kind) if isinstance(made, dict) else None
    if isinstance(found, list):
        found = found[-1] if found else None
    number = found.get("file_id") if isinstance(found, dict) else None
    return number if isinstance(number, str) else None
