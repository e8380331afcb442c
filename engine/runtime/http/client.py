"""One client for all requests of a bot: it asks allowed hosts only, at addresses that it checked.

aiohttp is imported when the client is made: an extra, and heavy.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from engine.actions import ActionError
from engine.classes import dataclass
from engine.core.services import HttpRules
from engine.errors import StatechatError
from engine.runtime.http.breaker import Breaker
from engine.runtime.http.gate import Gate
from engine.runtime.http.guard import (
    PrivateError,
    is_private_literal,
    is_read_otherwise,
    session,
)
from engine.runtime.privacy import logger

if TYPE_CHECKING:
    import aiohttp

BODY_MAX: Final = 1_048_576
"""Most bytes of an answer that are read, unpacked."""
REDIRECTS_MAX: Final = 5
KEPT: Final = ("content-type", "etag", "last-modified", "link", "location", "retry-after")
"""Headers of an answer that a flow sees."""
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which another attempt may help."""
_SEES_OTHER: Final = frozenset({301, 302, 303})
REDIRECTS: Final = _SEES_OTHER | {307, 308}

log = logger("statechat.http")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: `body` goes with `headers`, which name its type."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    charset: str


class HttpClient:
    """The client of one bot, for as long as it runs.

    Raises:
        StatechatError: `http:missing`, aiohttp is not installed; `http:secret`.
    """

    def __init__(
        self, rules: HttpRules, variables: Mapping[str, str], clock: Callable[[], int]
    ) -> None:
        try:
            import aiohttp  # noqa: PLC0415 - an extra: told before anyone is answered
        except ImportError as missing:
            raise StatechatError(
                "http:missing",
                "`http.request` needs aiohttp, which is not installed.",
                cure="pip install 'statechat[http]'",
            ) from missing
        self._gate = Gate(rules, variables)
        self._at_once = rules.at_once
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._breakers: dict[tuple[str, int], Breaker] = {}
        self._slots: dict[tuple[str, int], asyncio.Semaphore] = {}

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def send(self, request: Request) -> Answer:
        """The answer to a request, redirects followed; each step is checked as the first is.

        Raises:
            ActionError: `http:url`, `http:host`, `http:private`, `http:redirect`, `http:too_big`,
                `http:failed`, `http:tls`, and, transient, `http:unreachable`, `http:paused`.
        """
        for _ in range(REDIRECTS_MAX + 1):
            answer = await self._step(request)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or location is None:
                return answer
            request = _redirected(request, answer.status, location)
        raise ActionError("http:redirect", f"more than {REDIRECTS_MAX} redirects")

    async def _step(self, request: Request) -> Answer:
        host, port = address = self._gate.allow(request.url)
        if is_read_otherwise(request.url, host):
            raise ActionError("http:url", "this is no address of HTTP")
        if not self._gate.may_be_private(host, port) and is_private_literal(host):
            raise _private(host)
        breaker = self._breakers.setdefault(address, Breaker(self._clock))
        slot = self._slots.setdefault(address, asyncio.Semaphore(self._at_once))
        async with slot:
            breaker.check()
            try:
                answer = await self._ask(
                    request, {**request.headers, **self._gate.headers(*address)}
                )
            except ActionError as error:
                if error.transient:
                    breaker.failed()
                raise
            except asyncio.CancelledError:  # the time of the attempt is over
                breaker.failed()
                raise
        if answer.status >= 500:
            breaker.failed()
        else:
            breaker.succeeded()
        log.info("%s %s: %d", request.method, host, answer.status)
        return answer

    async def _ask(self, request: Request, headers: Mapping[str, str]) -> Answer:
        import aiohttp  # noqa: PLC0415 - it is there: see above

        try:
            async with self._open().request(
                request.method, request.url, headers=headers, data=request.body,
                allow_redirects=False,
            ) as response:  # fmt: skip
                body = await _read(response)
                return Answer(
                    response.status,
                    {name: response.headers[name] for name in KEPT if name in response.headers},
                    body,
                    _charset(response),
                )
        except (aiohttp.ClientSSLError, ValueError) as error:
            code = "http:tls" if isinstance(error, aiohttp.ClientSSLError) else "http:url"
            raise ActionError(code, type(error).__name__) from error
        except aiohttp.ClientConnectionError as error:
            if isinstance(error.__cause__, PrivateError):
                raise _private(urlsplit(request.url).hostname or "") from error
            raise ActionError("http:unreachable", type(error).__name__, transient=True) from error
        except (aiohttp.ClientError, OSError) as error:
            # their texts may hold headers and addresses with secrets
            raise ActionError("http:failed", type(error).__name__, transient=True) from error

    def _open(self) -> "aiohttp.ClientSession":
        if self._session is None:
            self._session = session(self._gate.may_be_private)
        return self._session


def _private(host: str) -> ActionError:
    return ActionError("http:private", f"`{host}` has a private address")


def _redirected(request: Request, status: int, location: str) -> Request:
    """The request after a redirect: headers of the flow go to the same host and port only."""
    url = urljoin(request.url, location)
    before, after = urlsplit(request.url), urlsplit(url)
    if before.scheme == "https" and after.scheme != "https":
        raise ActionError("http:redirect", "a redirect leads from https to http")
    kept = request if before.netloc == after.netloc else replace(request, headers=_types(request))
    if status in _SEES_OTHER and request.method not in ("GET", "HEAD"):
        kept = replace(kept, method="GET", body=None)
    return replace(kept, url=url)


def _types(request: Request) -> dict[str, str]:
    kept = ("accept", "content-type")
    return {name: value for name, value in request.headers.items() if name.lower() in kept}


async def _read(response: "aiohttp.ClientResponse") -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > BODY_MAX:
            raise ActionError("http:too_big", f"the answer has more than {BODY_MAX} bytes")
    return bytes(body)


def _charset(response: "aiohttp.ClientResponse") -> str:
    charset = response.charset or "utf-8"
    try:
        "".encode(charset)
    except LookupError:
        return "utf-8"
    return charset


def read_json(answer: Answer) -> Any:  # noqa: ANN401 - any JSON
    """The JSON of an answer, or none where it is none."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
