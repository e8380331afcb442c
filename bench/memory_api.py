"""A Bot API server in memory: what stands for the network, and nothing else.

`MemorySession` is the transport's own HTTP session up to the socket: requests become forms, answers
are JSON text that is parsed. Updates wait as JSON text until `getUpdates` asks for them.
"""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Final, Self

from aiogram import Bot
from aiogram.methods.base import TelegramMethod
from aiohttp.payload import BytesPayload

from transports.telegram.api import Call, FormSession

ME: Final = {"id": 42, "is_bot": True, "first_name": "B", "username": "b_bot"}
LAST: Final = "Done"
"""The text that ends a dialogue."""


class MemoryApi:
    """The server's state.

    Attributes:
        calls: how often each method was called.
        keyboards: the `callback_data` of each chat's last keyboard.
        ended: chats whose dialogue has come to its end.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.keyboards: dict[int, list[str]] = {}
        self.ended: set[int] = set()
        self._updates: deque[tuple[int, str]] = deque()
        self._arrived = asyncio.Event()
        self._called = asyncio.Event()
        self._message = 1_000

    def enqueue(self, update: Mapping[str, Any]) -> None:
        self._updates.append((update["update_id"], json.dumps(update)))
        self._arrived.set()

    async def until(self, expected: Mapping[str, int]) -> None:
        """Wait until methods were called so often."""
        while any(self.calls[method] < count for method, count in expected.items()):
            self._called.clear()
            await self._called.wait()

    async def answer(self, method: str, fields: Mapping[str, Any]) -> str:
        """The JSON text that a call gets."""
        if method == "getUpdates":
            return await self._give(fields["offset"] or 0, fields["limit"], fields)
        self.calls[method] += 1
        self._called.set()
        if method == "getMe":
            return json.dumps({"ok": True, "result": ME})
        if method == "getWebhookInfo":
            return json.dumps({"ok": True, "result": {"url": ""}})
        return json.dumps({"ok": True, "result": self._take(method, fields)})

    def _take(self, method: str, fields: Mapping[str, Any]) -> object:
        if method != "sendMessage":
            return True
        chat, text = fields["chat_id"], fields["text"]
        if text == LAST:
            self.ended.add(chat)
        markup = fields.get("reply_markup")
        if markup:
            rows = json.loads(markup)["inline_keyboard"]
            self.keyboards[chat] = [button["callback_data"] for row in rows for button in row]
        self._message += 1
        return {
            "message_id": self._message, "date": 1_700_000_000, "text": text, "from": ME,
            "chat": {"id": chat, "type": "private"},
        }  # fmt: skip

    async def _give(self, offset: int, limit: int, fields: Mapping[str, Any]) -> str:
        """Updates from `offset` on; what is below is confirmed and forgotten."""
        while self._updates and self._updates[0][0] < offset:
            self._updates.popleft()
        if not self._updates and fields.get("timeout"):
            self._arrived.clear()
            await self._arrived.wait()
        found = [self._updates[index][1] for index in range(min(limit, len(self._updates)))]
        return f'{{"ok":true,"result":[{",".join(found)}]}}'


class MemorySession(FormSession):
    """The transport's session with a server in memory behind it."""

    def __init__(self, server: MemoryApi, **options: Any) -> None:  # noqa: ANN401 - aiogram's own options
        super().__init__(**options)
        self._http = _Http(server)

    def build_form_data(self, bot: Bot, method: TelegramMethod[Any]) -> BytesPayload:  # type: ignore[override]  # as in the class below it
        # To read the form back would be the server's work, which is not measured.
        self._http.fields = method.fields if isinstance(method, Call) else vars(method)
        return super().build_form_data(bot, method)

    async def create_session(self) -> Any:  # noqa: ANN401 - the one method that is used of it
        return self._http

    async def close(self) -> None:
        """There is nothing to close, so the pause for closing sockets is left out."""


class _Http:
    """What is used of aiohttp's session; `fields` are those of the form that is posted next."""

    def __init__(self, server: MemoryApi) -> None:
        self.fields: Mapping[str, Any] = {}
        self._server = server

    def post(self, url: str, *, data: BytesPayload, timeout: object) -> "_Exchange":
        del data, timeout
        return _Exchange(self._server, url.rpartition("/")[2], self.fields)


class _Exchange:
    """One request under way, and its answer."""

    status = 200

    def __init__(self, server: MemoryApi, method: str, fields: Mapping[str, Any]) -> None:
        self._server = server
        self._method = method
        self._fields = fields
        self._text = ""

    async def __aenter__(self) -> Self:
        self._text = await self._server.answer(self._method, self._fields)
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def text(self) -> str:
        return self._text
