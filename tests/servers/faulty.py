"""A proxy before a Bot API server that records every call, and fails on demand."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.servers import unmodelled


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the bot: its method, its fields, and what it was answered with.

    `uploads` are names and contents of the files that came with it.
    """

    method: str
    fields: Mapping[str, str]
    status: int
    body: bytes = b""
    uploads: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def message(self) -> int:
        """The number of the message that it has sent or edited."""
        result = json.loads(self.body)["result"]
        return int(result["message_id"])

    @property
    def entities(self) -> list[dict[str, Any]]:
        return list(json.loads(self.fields.get("entities", "[]")))

    @property
    def keyboard(self) -> list[list[dict[str, str]]]:
        markup = json.loads(self.fields.get("reply_markup", "{}"))
        return list(markup.get("inline_keyboard", []))


@dataclass(slots=True)
class Fault:
    """What to answer instead of the server, to a method (or all), so many times."""

    status: int
    body: str
    method: str | None = None
    times: int = 1_000_000
    content_type: str = "application/json"


def refusal(status: int, description: str, **more: Any) -> str:  # noqa: ANN401 - JSON
    """The body of a failed call, as the Bot API writes it."""
    body = {"ok": False, "error_code": status, "description": description}
    return json.dumps(body | more)


BAD_GATEWAY = Fault(502, "<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")


@dataclass
class FaultyProxy:
    """Listens on a loopback port of its own; `base` is its URL, the same after each start."""

    upstream: str
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    port: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _runner: web.AppRunner | None = None
    _client: aiohttp.ClientSession | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession()
        await self.listen()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.vanish()
        if self._client is not None:
            await self._client.close()

    async def listen(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.*}", self._download)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0, handler_cancellation=True
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def vanish(self) -> None:
        """Close the port and every connection, as an outage of the network does."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @contextlib.asynccontextmanager
    async def failing(self, fault: Fault) -> AsyncIterator[None]:
        self.faults.append(fault)
        try:
            yield
        finally:
            self.faults.remove(fault)

    def of(self, method: str, *, accepted: bool = True) -> list[Call]:
        """The calls of one method, in order, that were answered with 200 (or otherwise)."""
        return [
            call
            for call in self.calls
            if call.method == method and (call.status == 200) is accepted
        ]

    async def until(self, method: str, count: int = 1, *, accepted: bool = True) -> list[Call]:
        """Wait until a method was called so often; its calls."""
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: len(self.of(method, accepted=accepted)) >= count)
        return self.of(method, accepted=accepted)

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        fields, uploads = await form(request)
        answer = self._fail(method) or unmodelled.answer(method, fields, uploads)
        answer = answer or await self._forward(request, fields, uploads)
        async with self.changed:
            body = answer.body if isinstance(answer.body, bytes) else b""
            self.calls.append(Call(method, fields, answer.status, body, uploads))
            self.changed.notify_all()
        return answer

    async def _download(self, request: web.Request) -> web.Response:
        """A file that `getFile` has told of; counts as a call of `download`."""
        assert self._client is not None
        if (answer := self._fail("download")) is None:
            async with self._client.get(f"{self.upstream}{request.path}") as found:
                answer = web.Response(status=found.status, body=await found.read())
        async with self.changed:
            path = request.match_info["path"]
            self.calls.append(Call("download", {"path": path}, answer.status))
            self.changed.notify_all()
        return answer

    def _fail(self, method: str) -> web.Response | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method in {None, method}:
                fault.times -= 1
                return web.Response(
                    status=fault.status, text=fault.body, content_type=fault.content_type
                )
        return None

    async def _forward(
        self,
        request: web.Request,
        fields: Mapping[str, str],
        uploads: Mapping[str, tuple[str, bytes]],
    ) -> web.Response:
        assert self._client is not None
        body: Mapping[str, str] | aiohttp.FormData = fields
        if uploads:
            body = aiohttp.FormData()
            for name, text in fields.items():
                body.add_field(name, text)
            for name, (filename, content) in uploads.items():
                body.add_field(name, io.BytesIO(content), filename=filename)
        async with self._client.post(f"{self.upstream}{request.path}", data=body) as answer:
            answered = unmodelled.unpacked(await answer.read())
            if request.path.endswith("/getMe"):
                answered = unmodelled.named(answered)
            return web.Response(
                status=answer.status, body=answered, content_type=answer.content_type
            )


async def form(request: web.Request) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    """The fields of a call, and the names and contents of its files."""
    fields: dict[str, str] = {}
    uploads: dict[str, tuple[str, bytes]] = {}
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            uploads[key] = (value.filename, value.file.read())
        else:
            fields[key] = str(value)
    return fields, uploads
