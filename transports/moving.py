"""Media on their way from elsewhere: fetched through the host, a few messages at a time.

What can never be had, or not within `WAIT`, is left to words: a message is neither lost for its
media, nor does it hold up a chat for ever.
"""

import asyncio
import mimetypes
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import PurePosixPath
from typing import Final, TypeVar

from engine.core.effects import Media
from engine.core.media import FILE_BYTES
from engine.runtime.ports import Content, Host, PostponedError, UnavailableError
from engine.runtime.privacy import logger

AT_ONCE: Final = 4
"""How many messages may hold fetched files at once: that bounds what they take of the disk."""
WAIT: Final = 600_000
"""How long media that cannot be moved at the moment are tried again, in milliseconds."""
KNOWN_MAX: Final = 10_000
"""Of how many messages the first failure is remembered."""
NAME_MAX: Final = 64
"""Longest name of a file that is handed on, in characters."""
ANY_TYPE: Final = "application/octet-stream"

_UNSAFE: Final = re.compile(r"[^\w .()+-]")
_USUAL: Final = {
    "photo": "image/jpeg",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "video": "video/mp4",
    "animation": "video/mp4",
    "sticker": "image/webp",
}
"""What a kind of media most probably is, where nothing says its type."""

Result = TypeVar("Result")
log = logger(__name__)


class Moving:
    """Moves media for the messages of one transport, and remembers since when that fails.

    A restart begins anew.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._failing: OrderedDict[str, int] = OrderedDict()

    @asynccontextmanager
    async def of(self, id_: str) -> AsyncIterator["Hold"]:
        """What the delivery `id_` holds open; all of it is closed at the end."""
        async with AsyncExitStack() as stack:
            yield Hold(self._host, self._slots, stack, lambda: self._is_given_up(id_))
        self._failing.pop(id_, None)

    def _is_given_up(self, id_: str) -> bool:
        now = self._host.clock.now()
        since = self._failing.setdefault(id_, now)
        if len(self._failing) > KNOWN_MAX:
            self._failing.popitem(last=False)
        return now - since > WAIT


class Hold:
    """The fetched files of one message, while it is sent."""

    def __init__(
        self,
        host: Host,
        slots: asyncio.Semaphore,
        stack: AsyncExitStack,
        given_up: Callable[[], bool],
    ) -> None:
        self._host = host
        self._slots = slots
        self._stack = stack
        self._given_up = given_up
        self._waited = False

    async def content(self, media: Media) -> Content | None:
        """The bytes of a medium; none where words have to stand for it.

        Raises:
            PostponedError: they may be had later.
        """
        if not self._waited:
            await self._slots.acquire()
            self._waited = True
            self._stack.callback(self._slots.release)
        fetching = self._host.fetch(media, FILE_BYTES)
        return await self.attempt(media, self._stack.enter_async_context(fetching))

    async def attempt(self, media: Media, work: Awaitable[Result]) -> Result | None:
        """What a step of moving a medium gives; none where words have to stand for the medium.

        Raises:
            PostponedError: it may succeed later.
        """
        try:
            return await work
        except UnavailableError as error:
            log.warning("a %s goes out in words: %s", media.kind, error)
        except PostponedError as error:
            if not self._given_up():
                raise
            log.warning("a %s goes out in words after many attempts: %s", media.kind, error)
        return None


def mime_of(media: Media, content: Content) -> str:
    """The type of a medium, as far as anything tells it."""
    named = media.source.get("mime")
    if isinstance(named, str) and "/" in named:
        return named
    if content.mime and content.mime != ANY_TYPE:
        return content.mime
    return _USUAL.get(media.kind, ANY_TYPE)


def name_of(media: Media, content: Content) -> str:
    """What the file of a medium is called, in letters that are safe in every header."""
    named = media.source.get("name") or content.name
    if isinstance(named, str):
        name = _UNSAFE.sub("_", PurePosixPath(named).name)[-NAME_MAX:].strip(" .")
        if name:
            return name
    return media.kind + (mimetypes.guess_extension(mime_of(media, content)) or "")
