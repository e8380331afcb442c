"""The bytes of any medium, wherever it is: how media come from one transport to another."""

import asyncio
import hashlib
import mimetypes
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from engine.core.effects import Media
from engine.core.services import HttpRules
from engine.runtime.http.download import Downloads
from engine.runtime.ports import Content, MediaSource, Transport, UnavailableError
from engine.runtime.spool import chunks, spooled


class Fetching:
    """Implements `Host.fetch` for the bot of a folder, with the transports that give bytes."""

    def __init__(self, root: Path, transports: Iterable[Transport], rules: HttpRules) -> None:
        self._root = root
        self._sources = {each.name: each for each in transports if isinstance(each, MediaSource)}
        self._downloads = Downloads(rules)

    @asynccontextmanager
    async def fetch(self, media: Media, limit: int) -> AsyncIterator[Content]:
        """See `Host.fetch`."""
        source = media.source
        file, url, transport = source.get("file"), source.get("url"), source.get("transport")
        if isinstance(file, str):
            with _opened(self._root, file) as opened:
                yield await asyncio.to_thread(_content, opened, limit)
        elif isinstance(transport, str) and transport in self._sources:
            async with self._sources[transport].fetch(media, limit) as content:
                yield content
        elif isinstance(url, str):
            with spooled(limit) as spool:
                yield await self._downloads.download(url, spool)
        else:
            raise UnavailableError("nobody here has its bytes")


def _opened(root: Path, name: str) -> BinaryIO:
    """A file of the bot's folder; what a link leads to outside of it is none.

    Raises:
        UnavailableError: there is no such file.
    """
    try:
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root.resolve()) or not path.is_file():
            raise UnavailableError("it is no file of the bot's folder")
        return path.open("rb")
    except (OSError, ValueError) as error:  # a name may hold a NUL
        reason = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise UnavailableError(f"it cannot be read: {reason}") from error


def _content(file: BinaryIO, limit: int) -> Content:
    size = os.fstat(file.fileno()).st_size
    if size > limit:
        raise UnavailableError(f"it is larger than {limit // 1_000_000} MB")
    digest = hashlib.sha256()
    for chunk in chunks(file):
        digest.update(chunk)
    file.seek(0)
    name = Path(file.name).name
    return Content(file, size, digest.hexdigest(), name, mimetypes.guess_type(name)[0])
