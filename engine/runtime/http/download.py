"""Fetching what an address leads to, with any host but private ones."""

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urljoin, urlsplit

from engine.actions import ActionError
from engine.core.services import HttpRules
from engine.runtime.http.client import AGAIN, REDIRECTS, REDIRECTS_MAX
from engine.runtime.http.gate import Gate, address_of
from engine.runtime.http.guard import (
    PrivateError,
    is_private_literal,
    is_read_otherwise,
    session,
)
from engine.runtime.ports import Content, PostponedError, UnavailableError
from engine.runtime.spool import CHUNK, Spool

if TYPE_CHECKING:
    import aiohttp

SECONDS: Final = 120.0
"""How long one download may take."""
NAME_MAX: Final = 128


class Downloads:
    """Downloads from everywhere; the rules of bot.yaml say which hosts may be private."""

    def __init__(self, rules: HttpRules) -> None:
        self._gate = Gate(HttpRules(private=rules.private), {})

    async def download(self, url: str, spool: Spool) -> Content:
        """What an address leads to, in `spool`; each redirect is checked as the first address is.

        No error holds the address: a person may have written it.

        Raises:
            UnavailableError, PostponedError: see `Host.fetch`.
        """
        try:
            import aiohttp  # noqa: PLC0415 - an extra
        except ImportError as missing:
            raise UnavailableError("aiohttp is not installed") from missing
        try:
            async with session(self._gate.may_be_private, SECONDS) as client:
                return await self._follow(client, url, spool)
        except (aiohttp.ClientSSLError, ActionError, ValueError) as error:
            raise UnavailableError(f"it cannot be asked for ({type(error).__name__})") from None
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error.__cause__, PrivateError):
                raise UnavailableError("its host has a private address") from None
            raise PostponedError(f"a download failed ({type(error).__name__})") from None

    async def _follow(self, client: "aiohttp.ClientSession", url: str, spool: Spool) -> Content:
        for _ in range(REDIRECTS_MAX + 1):
            self._check(url)
            async with client.get(url, allow_redirects=False) as response:
                location = response.headers.get("location")
                if response.status in REDIRECTS and location is not None:
                    if url.startswith("https:") and not urljoin(url, location).startswith("https:"):
                        raise UnavailableError("a redirect leads from https to http")
                    url = urljoin(url, location)
                    continue
                if response.status in AGAIN:
                    raise PostponedError(f"a download was answered with {response.status}")
                if response.status != 200:
                    raise UnavailableError(f"it was answered with {response.status}")
                async for chunk in response.content.iter_chunked(CHUNK):
                    spool.write(chunk)
                return spool.content(_name(url), response.content_type)
        raise UnavailableError(f"more than {REDIRECTS_MAX} redirects")

    def _check(self, url: str) -> None:
        host, port = address_of(url)
        if is_read_otherwise(url, host):
            raise UnavailableError("this is no address of HTTP")
        if not self._gate.may_be_private(host, port) and is_private_literal(host):
            raise UnavailableError("its host has a private address")


def _name(url: str) -> str | None:
    """What the last part of a path calls the file."""
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    return name[-NAME_MAX:] if "." in name and name.isprintable() else None
