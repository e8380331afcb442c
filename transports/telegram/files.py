"""Media made ready for the Bot API: numbers of files that Telegram has, addresses, and uploads.

What was uploaded once is sent by its number from then on.
Source: https://core.telegram.org/bots/api#sending-files
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from engine.core.effects import Media
from engine.core.media import FILE_BYTES, PHOTO_BYTES
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.ports import PostponedError, RefusedError
from engine.stores.protocol import Documents

PREFIX: Final = "telegram"
COLLECTION: Final = "telegram.files"
CAPTIONED: Final = frozenset({"photo", "audio", "voice", "video", "document", "animation"})
"""Kinds that can have a caption."""

_CONTACT: Final = {"phone": "phone_number", "first_name": "first_name", "last_name": "last_name"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One medium of a message.

    Attributes:
        value: Telegram's number of the file, or an address; none where Telegram cannot send it.
        content: what is uploaded instead of naming it; `key` is what it is remembered by.
        known: whether `value` comes from an earlier upload.
        fields: those of a location or a contact.
    """

    media: Media
    value: str | None
    content: bytes | None = None
    key: str = ""
    known: bool = False
    fields: Mapping[str, str | float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the uploaded file is called."""
        return PurePosixPath(str(self.media.source.get("file", "file"))).name


class Files:
    """The files of the bot's folder that Telegram knows."""

    def __init__(self, documents: Documents, root: Path) -> None:
        self._documents = documents
        self._root = root

    async def ready(self, media: Iterable[Media], *, afresh: bool = False) -> list[Piece]:
        """What can be sent of media; `afresh` says to upload what was uploaded before.

        Raises:
            RefusedError: a file is gone, or larger than Telegram takes.
            PostponedError: what is known cannot be looked up.
        """
        return [await self._piece(each, afresh=afresh) for each in media]

    async def remember(self, piece: Piece, made: object) -> None:
        """Keep the number that Telegram gave to a file."""
        number = _file_number(made, piece.media.kind)
        if piece.content is not None and number is not None:
            await self._documents.put(COLLECTION, piece.key, {"id": number})

    async def _piece(self, media: Media, *, afresh: bool) -> Piece:
        source = media.source
        if media.kind == "location":
            where = {name: _number(source[name]) for name in ("latitude", "longitude")}
            return Piece(media, "", fields=where)
        if media.kind == "contact":
            return Piece(media, "", fields=_contact(source))
        file = source.get("file")
        if isinstance(file, str):
            return await self._file(media, file, afresh=afresh)
        if source.get("transport") == PREFIX and isinstance(number := source.get("id"), str):
            return Piece(media, number)
        url = source.get("url")
        return Piece(media, url if isinstance(url, str) else None)

    async def _file(self, media: Media, file: str, *, afresh: bool) -> Piece:
        content = await asyncio.to_thread(self._read, file, media.kind)
        key = f"{media.kind}.{hashlib.sha256(content).hexdigest()}"
        try:
            known = None if afresh else await self._documents.get(COLLECTION, key)
        except StatechatError as error:
            raise PostponedError(error.message) from error
        number = known.get("id") if known else None
        if isinstance(number, str):
            return Piece(media, number, key=key, known=True)
        return Piece(media, "", content, key)

    def _read(self, file: str, kind: str) -> bytes:
        path = (self._root / file).resolve()
        limit = PHOTO_BYTES if kind == "photo" else FILE_BYTES
        if not path.is_relative_to(self._root.resolve()):
            raise RefusedError(f"{file} is not in the bot's folder")
        try:
            with path.open("rb") as opened:
                content = opened.read(limit + 1)
        except OSError as error:
            raise RefusedError(f"{file} cannot be read: {error.strerror}") from error
        if len(content) > limit:
            raise RefusedError(f"{file} is larger than {limit // 1_000_000} MB")
        return content


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
