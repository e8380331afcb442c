"""A small HTTP server beside the bot: `/healthz` for supervisors, `/metrics` for Prometheus.

It lives in threads of its own, so that a bot that hangs is told as unwell instead of not at all.
"""

import asyncio
import concurrent.futures
import errno
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from engine.errors import StatechatError
from engine.runtime.settings import Address

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE: Final = 5.0
"""Seconds in which the bot must have said how it is, and a client its request."""
STOP_SECONDS: Final = 0.2
"""How long a stop may wait for the thread that listens."""
CONNECTIONS_MAX: Final = 16
"""Most requests at a time; what comes beyond is closed at once."""
MISSING: Final = "To have metrics, install the library: pip install 'statechat[metrics]'"

UNWELL: Final = "503 Service Unavailable"
SILENT: Final = "the bot does not answer"

Troubles = Callable[[], Coroutine[Any, Any, Sequence[str]]]

log = logging.getLogger("statechat.http")


class Endpoint:
    """Open as long as a worker starts, runs and stops.

    Attributes:
        address: where it listens, with the port that it was given where any free one was asked for.
    """

    def __init__(
        self, address: Address, troubles: Troubles, metrics: "WSGIApplication | None"
    ) -> None:
        self.address = address
        self._troubles = troubles
        self._metrics = metrics
        self._server: _Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Listen from now on; called within the bot's running loop.

        Raises:
            StatechatError: `http:port_in_use`, `http:unusable`.
        """
        self._loop = asyncio.get_running_loop()
        try:
            self._server = _Server(self.address)
        except OSError as error:
            raise refusal(self.address, error) from None
        self._server.set_app(self._answer)
        self.address = replace(self.address, port=self._server.server_port)
        threading.Thread(
            target=self._server.serve_forever, args=(STOP_SECONDS,), name="http", daemon=True
        ).start()

    async def close(self) -> None:
        """Listen no more; what is being answered is not waited for."""
        if self._server is not None:
            await asyncio.to_thread(self._server.shutdown)
            self._server.server_close()
            self._server = None

    def _answer(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        if path not in {"/healthz", "/metrics"}:
            return _text(start, "404 Not Found", "There are /healthz and /metrics.")
        if method not in {"GET", "HEAD"}:
            return _text(start, "405 Method Not Allowed", "GET it.", ("Allow", "GET, HEAD"))
        if path == "/healthz":
            return self._health(start)
        if self._metrics is None:
            return _text(start, "501 Not Implemented", MISSING)
        return self._metrics(environ, start)

    def _health(self, start: "StartResponse") -> Iterable[bytes]:
        assert self._loop is not None
        asked = self._troubles()
        try:
            answer = asyncio.run_coroutine_threadsafe(asked, self._loop)
        except RuntimeError:  # its loop has ended
            asked.close()
            return _text(start, UNWELL, SILENT)
        try:
            found = answer.result(PATIENCE)
        except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
            answer.cancel()
            found = [SILENT]
        except Exception:  # a transport of another package may fail to tell
            log.exception("the bot cannot tell how it is")
            found = ["the bot cannot tell how it is: see its log"]
        if found:
            return _text(start, UNWELL, "\n".join(found))
        return _text(start, "200 OK", "ok")


def free(address: Address) -> None:
    """See whether an address can be listened at.

    Raises:
        StatechatError: as `Endpoint.open`.
    """
    try:
        _Server(address).server_close()
    except OSError as error:
        raise refusal(address, error) from None


def refusal(address: Address, error: OSError) -> StatechatError:
    """Why an address cannot be listened at."""
    if error.errno == errno.EADDRINUSE:
        return StatechatError(
            "http:port_in_use",
            f"another program listens at {address} already",
            cure="Stop it, or name another port in STATECHAT_HTTP.",
        )
    return StatechatError(
        "http:unusable",
        f"nobody can listen at {address}: {error.strerror or error}",
        cure="Name an address of this machine and a port from 1024 on in STATECHAT_HTTP.",
    )


def _text(
    start: "StartResponse", status: str, text: str, *headers: tuple[str, str]
) -> Iterable[bytes]:
    kind = ("Content-Type", "text/plain; charset=utf-8")
    start(status, [kind, ("Cache-Control", "no-store"), *headers])
    return [text.encode() + b"\n"]


class _Handler(WSGIRequestHandler):
    timeout = PATIENCE

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        log.debug(format, *args)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    # On Windows this would let two programs listen at one port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, address: Address) -> None:
        self._free = threading.Semaphore(CONNECTIONS_MAX)
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        self.address_family = found[0][0]
        super().__init__((address.host, address.port), _Handler)

    def server_bind(self) -> None:
        # The library's own looks up the machine's name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # typed as any address
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the library
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is nothing to tell the operator."""
        del request
        log.debug("a request of %s failed", client_address, exc_info=sys.exc_info())
