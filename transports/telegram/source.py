"""Files of Telegram for other transports: `getFile`, then a download.

Source: https://core.telegram.org/bots/api#getfile
"""

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from engine.core.effects import Media
from engine.runtime.ports import Content, PostponedError, UnavailableError
from engine.runtime.spool import spooled
from transports.telegram.failure import ApiError

if TYPE_CHECKING:
    from transports.telegram.api import Api

DOWNLOAD_BYTES: Final = 20_000_000
"""Largest file that Telegram's own server gives to a bot."""


@asynccontextmanager
async def fetched(api: "Api", media: Media, limit: int) -> AsyncIterator[Content]:
    """The bytes of a file that Telegram knows by a number. No error holds the token.

    Raises:
        UnavailableError, PostponedError: see `Host.fetch`.
    """
    number = media.source.get("id")
    if not isinstance(number, str):
        raise UnavailableError("it has no number of a file")
    with spooled(limit) as spool:
        try:
            path = _path(await api.file(number))
            await api.download(path, spool)
        except ApiError as error:
            if error.kind in {"refused", "unknown"}:
                raise UnavailableError(error.reason) from None
            raise PostponedError(str(error), error.milliseconds) from None
        name = PurePosixPath(path).name
        yield spool.content(name, mimetypes.guess_type(name)[0])


def _path(found: object) -> str:
    """Where a file is to be had.

    Raises:
        UnavailableError: a server of one's own keeps it on its disk, or does not say.
    """
    path = found.get("file_path") if isinstance(found, dict) else None
    if not isinstance(path, str) or path.startswith("/") or ".." in path:
        raise UnavailableError("the Bot API server does not hand this file out")
    return path
