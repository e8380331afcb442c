"""Connections to addresses that were checked: what a name resolves to when it is connected to.

aiohttp is an extra: it is imported when the parts are made.
"""

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from engine.runtime.http.addresses import is_public

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import ResolveResult

CONNECT: Final = 10.0
"""How long connecting may take, in seconds."""

MayBePrivate = Callable[[str, int], bool]
"""Whether a host and port may have a private address."""


class PrivateError(OSError):
    """A name has no address that may be asked."""


def session(may_be_private: MayBePrivate, seconds: float | None = None) -> "aiohttp.ClientSession":
    """A session that connects to public addresses only, but for hosts that may be private.

    It keeps no cookies; `seconds` bounds a whole request. Addresses that are written as numbers
    are resolved by nobody: ask `is_private_literal` first.
    """
    import aiohttp  # noqa: PLC0415 - see the module's docstring

    connector = aiohttp.TCPConnector(
        resolver=_resolver(may_be_private), use_dns_cache=False, limit=0
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=seconds, connect=CONNECT),
        headers={"User-Agent": "statechat"},
        max_field_size=16_384,
    )


def is_private_literal(host: str) -> bool:
    """Whether a host is written as a number that is no public address."""
    return (":" in host or host.replace(".", "").isdigit()) and not is_public(host)


def is_read_otherwise(url: str, host: str) -> bool:
    """Whether aiohttp would ask another host than the one that was checked."""
    from yarl import URL  # noqa: PLC0415 - it comes with aiohttp

    try:
        other = URL(url).host or ""
        return other.lower() != host and ip_address(other) != ip_address(host)
    except ValueError:  # also where one of the two is no address but a name
        return True


def _resolver(may_be_private: MayBePrivate) -> Any:  # noqa: ANN401 - its class is one of an extra
    """Resolves names to those addresses that may be asked: connections go to nothing else."""
    from aiohttp.abc import AbstractResolver  # noqa: PLC0415 - an extra
    from aiohttp.resolver import ThreadedResolver  # noqa: PLC0415 - an extra

    class Checked(AbstractResolver):
        def __init__(self) -> None:
            self._names = ThreadedResolver()

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> "list[ResolveResult]":
            found = await self._names.resolve(host, port, family)
            if may_be_private(host, port):
                return found
            public = [one for one in found if is_public(one["host"])]
            if found and not public:
                raise PrivateError(f"{host} has no public address")
            return public

        async def close(self) -> None:
            await self._names.close()

    return Checked()
