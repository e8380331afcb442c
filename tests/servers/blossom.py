"""A Blossom server on loopback: `python -m tests.servers.blossom` runs one.

It prints its URL on a line and runs until its standard input ends. Whether an upload is allowed is
judged by nostr-sdk, not by the code that is tested.
Source: https://github.com/hzrd149/blossom (BUD-01, BUD-02, BUD-06)
"""

import asyncio
import base64
import binascii
import hashlib
import sys
import time
from dataclasses import dataclass, field
from typing import Final, Self

import nostr_sdk as sdk  # type: ignore[import-untyped]  # it has no types
from aiohttp import web
from aiohttp.typedefs import Handler

BLOB_MAX: Final = 64 * 1024 * 1024
AUTHORIZATION: Final = 24242


@dataclass
class BlossomServer:
    """Keeps blobs in memory; `base` is its URL.

    Attributes:
        blobs: contents by their hash.
        asked: methods and paths of the requests, in order.
        uploaders: public keys (hex) whose uploads were taken, in order.
        limit: the largest blob that it takes, in bytes.
        failing: what to answer instead, one status a request; 0 lets it through.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    uploaders: list[str] = field(default_factory=list)
    limit: int = BLOB_MAX
    failing: list[int] = field(default_factory=list)
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BLOB_MAX, middlewares=[self._record])
        app.router.add_route("HEAD", "/upload", self._may_upload)
        app.router.add_put("/upload", self._upload)
        app.router.add_get("/{digest:[0-9a-f]{64}}", self._blob)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def put(self, content: bytes) -> str:
        """Keep a blob as if somebody had uploaded it; its address."""
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[digest] = content
        return f"{self.base}/{digest}"

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append((request.method, request.path))
        status = self.failing.pop(0) if self.failing else 0
        return web.Response(status=status) if status else await handler(request)

    async def _blob(self, request: web.Request) -> web.Response:
        blob = self.blobs.get(request.match_info["digest"])
        if blob is None:
            return web.Response(status=404)
        return web.Response(body=blob, content_type="application/octet-stream")

    async def _may_upload(self, request: web.Request) -> web.Response:
        self._allowed(request, request.headers["X-SHA-256"])
        if int(request.headers["X-Content-Length"]) > self.limit:
            return web.Response(status=413, headers={"X-Reason": "too large"})
        return web.Response()

    async def _upload(self, request: web.Request) -> web.Response:
        content = await request.read()
        digest = hashlib.sha256(content).hexdigest()
        author = self._allowed(request, digest)
        if len(content) > self.limit:
            return web.Response(status=413, headers={"X-Reason": "too large"})
        self.blobs[digest] = content
        self.uploaders.append(author)
        descriptor = {
            "url": f"{self.base}/{digest}",
            "sha256": digest,
            "size": len(content),
            "type": request.content_type,
            "uploaded": int(time.time()),
        }
        return web.json_response(descriptor)

    def _allowed(self, request: web.Request, digest: str) -> str:
        """Who has allowed the upload of a blob of this hash, by an event that is valid now."""
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            event = sdk.Event.from_json(base64.b64decode(encoded, validate=True).decode())
        except (binascii.Error, UnicodeDecodeError, sdk.NostrSdkError) as error:
            raise _denied("no event") from error
        tags = [tag.to_vec() for tag in event.tags()]
        values = {name: [tag[1] for tag in tags if tag[0] == name] for name in ("t", "x")}
        ends = [int(tag[1]) for tag in tags if tag[0] == "expiration"]
        now = time.time()
        if scheme != "Nostr" or event.kind().as_u16() != AUTHORIZATION or not event.verify():
            raise _denied("no signed event of kind 24242")
        if event.created_at().as_secs() > now or not ends or ends[0] <= now:
            raise _denied("not valid now")
        if values["t"] != ["upload"] or digest not in values["x"]:
            raise _denied("not for this upload")
        return str(event.author().to_hex())


def _denied(reason: str) -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(headers={"X-Reason": reason})


async def _run() -> None:
    async with BlossomServer() as server:
        print(server.base, flush=True)  # noqa: T201 - the one thing that its user needs
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_run())
