"""The server that keeps the bot's encrypted files (Blossom).

Source: https://github.com/hzrd149/blossom, BUD-01 (addresses, authorization), BUD-02 (upload) and
BUD-06 (asking before it).
"""

import base64
import json
from typing import TYPE_CHECKING, Final

from engine.runtime.http.client import AGAIN
from engine.runtime.ports import Clock, Content, PostponedError, UnavailableError
from engine.runtime.spool import reopened
from transports.moving import ANY_TYPE
from transports.nostr.keys import Key
from transports.nostr.messages import Unsigned

if TYPE_CHECKING:
    import aiohttp

AUTHORIZATION: Final = 24242
"""The kind of event that allows an upload."""
VALID: Final = 600
"""How long it does, in seconds."""
SKEW: Final = 60
"""It is dated back, because servers refuse what is ahead of their clocks (seconds)."""
SECONDS: Final = 300
"""How long an upload may take."""
REFUSED: Final = frozenset({400, 401, 402, 403, 411, 413, 415})
"""What a server answers to the question before an upload if it would not take it."""


class Blossom:
    """Uploads to one server. A file's address is made of its hash: the same at each attempt."""

    def __init__(self, server: str, key: Key, clock: Clock) -> None:
        self._server = server
        self._key = key
        self._clock = clock

    async def upload(self, sealed: Content) -> str:
        """The address of a file, after the server has confirmed that it keeps it.

        Raises:
            UnavailableError: the server does not take it.
            PostponedError: it may take it later.
        """
        import aiohttp  # noqa: PLC0415 - heavy, and only bots that send files need it

        url = f"{self._server}/{sealed.digest}"
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as client:
                async with client.head(url, allow_redirects=False) as there:
                    if there.status == 200:
                        return url
                await self._put(client, sealed)
        except (aiohttp.ClientError, OSError) as error:
            reason = f"the file server cannot be reached ({type(error).__name__})"
            raise PostponedError(reason) from None
        return url

    async def _put(self, client: "aiohttp.ClientSession", sealed: Content) -> None:
        where = f"{self._server}/upload"
        allowed = {"Authorization": self._authorization(sealed.digest)}
        asked = {
            "X-SHA-256": sealed.digest,
            "X-Content-Length": str(sealed.size),
            "X-Content-Type": ANY_TYPE,
        }
        async with client.head(where, headers=allowed | asked, allow_redirects=False) as answer:
            if answer.status in REFUSED:
                raise _refused(answer)
        about = {"Content-Type": ANY_TYPE, "Content-Length": str(sealed.size)}
        with reopened(sealed.file) as file:
            async with client.put(
                where,
                data=file,
                headers=allowed | about | {"X-SHA-256": sealed.digest},
                allow_redirects=False,
            ) as answer:
                if answer.status in AGAIN:
                    raise PostponedError(f"the file server answers {answer.status}")
                if answer.status not in {200, 201}:
                    raise _refused(answer)

    def _authorization(self, digest: str) -> str:
        now = self._clock.now() // 1000
        tags = (("t", "upload"), ("x", digest), ("expiration", str(now + VALID)))
        event = Unsigned(self._key.public, now - SKEW, AUTHORIZATION, tags, "Upload a file")
        signed = json.dumps(event.signed(self._key).as_dict())
        return f"Nostr {base64.b64encode(signed.encode()).decode()}"


def _refused(answer: "aiohttp.ClientResponse") -> UnavailableError:
    reason = " ".join(answer.headers.get("X-Reason", "").split())[:200]
    return UnavailableError(f"the file server answers {answer.status} {reason}".rstrip())
