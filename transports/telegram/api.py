"""Calls to the Bot API through aiogram. The only module that imports it.

Methods are declared by the few fields that this bot uses, and answers are not parsed into
models: with aiogram's own `SendMessage` a request with nine buttons took three times as long to
build, and its answer five times as long to read. What can go wrong is told apart here, once; no
error carries a URL, because the token is part of it.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO, Final
from urllib.parse import urlencode

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods.base import TelegramMethod
from aiohttp import ClientError, ClientTimeout, FormData
from aiohttp.payload import BytesPayload

from engine.runtime.spool import CHUNK, Spool, reopened
from transports.telegram.failure import ApiError, Failure

FORM: Final = "application/x-www-form-urlencoded"
SECONDS: Final = 30
NOTICE_MAX: Final = 200
"""Longest text of an answer to a press, in characters."""
"""How long a call may take, beyond what it is asked to wait."""

UPLOAD_SECONDS: Final = 300
"""How long a call with files may take, and a download."""


class GetMe(TelegramMethod[Any]):
    __returning__ = Any
    __api_method__ = "getMe"


class GetUpdates(TelegramMethod[Any]):
    __returning__ = Any
    __api_method__ = "getUpdates"
    limit: int
    timeout: int
    allowed_updates: list[str]
    offset: int | None = None


class GetWebhookInfo(TelegramMethod[Any]):
    __returning__ = Any
    __api_method__ = "getWebhookInfo"


class DeleteWebhook(TelegramMethod[Any]):
    __returning__ = Any
    __api_method__ = "deleteWebhook"
    drop_pending_updates: bool = False


class SetMyCommands(TelegramMethod[Any]):
    __returning__ = Any
    __api_method__ = "setMyCommands"
    commands: list[dict[str, str]]


class GetFile(TelegramMethod[Any]):
    __returning__ = Any
    __api_method__ = "getFile"
    file_id: str


class GetChatAdministrators(TelegramMethod[Any]):
    __returning__ = Any
    __api_method__ = "getChatAdministrators"
    chat_id: int


class AnswerCallbackQuery(TelegramMethod[Any]):
    __returning__ = Any
    __api_method__ = "answerCallbackQuery"
    callback_query_id: str
    text: str | None = None


class Call(TelegramMethod[Any]):
    """A call of any method about a message, its fields as they travel."""

    __returning__ = Any
    method: str
    fields: dict[str, str | int | float]
    uploads: dict[str, tuple[str, Any]]

    @property
    def __api_method__(self) -> str:  # type: ignore[override]  # the class of a method has one name
        return self.method


_FAILURES: Final[tuple[tuple[type[Exception], Failure], ...]] = (
    (TelegramRetryAfter, "flood"),
    (TelegramUnauthorizedError, "unauthorized"),
    (TelegramNotFound, "unknown"),
    (TelegramConflictError, "conflict"),
    (TelegramForbiddenError, "refused"),
    (TelegramBadRequest, "refused"),
    (TelegramMigrateToChat, "moved"),
    (TelegramEntityTooLarge, "refused"),
    (TelegramNetworkError, "network"),
    (TelegramServerError, "server"),
    (ClientDecodeError, "server"),
)
"""The first class that fits counts: some of these are subclasses of others below them."""


class FormSession(AiohttpSession):
    """aiogram's session with forms that cost a third as much to build where there are no files."""

    def build_form_data(  # type: ignore[override]  # the caller hands any body on
        self, bot: Bot, method: TelegramMethod[Any]
    ) -> BytesPayload | FormData:
        del bot
        fields = {
            name: value if isinstance(value, str | int) else json.dumps(value)
            for name, value in _fields(method).items()
        }
        if isinstance(method, Call) and method.uploads:
            form = FormData(quote_fields=False)
            for name, value in fields.items():
                form.add_field(name, str(value))
            for name, (filename, file) in method.uploads.items():
                form.add_field(name, file, filename=filename)
            return form
        return BytesPayload(urlencode(fields).encode(), content_type=FORM)


def _fields(method: TelegramMethod[Any]) -> Mapping[str, Any]:
    return method.fields if isinstance(method, Call) else method.model_dump(exclude_defaults=True)


class Api:
    """One bot's connection to a Bot API server. Every call raises `ApiError` and nothing else."""

    def __init__(self, token: str, base: str | None) -> None:
        server = TelegramAPIServer.from_base(base) if base else PRODUCTION
        self._bot = Bot(token, session=FormSession(api=server, timeout=SECONDS))
        self._secret = token.partition(":")[2]

    async def me(self) -> Any:  # noqa: ANN401 - JSON, judged by the caller
        return await self._call(GetMe())

    async def updates(self, offset: int | None, limit: int, seconds: int, kinds: list[str]) -> Any:  # noqa: ANN401 - JSON, judged by the caller
        return await self._call(
            GetUpdates(limit=limit, timeout=seconds, allowed_updates=kinds, offset=offset),
            SECONDS + seconds,
        )

    async def remove_webhook(self) -> bool:
        """Remove a webhook, keeping what waits behind it; whether there was one."""
        info = await self._call(GetWebhookInfo())
        if not (isinstance(info, dict) and info.get("url")):
            return False
        await self._call(DeleteWebhook())
        return True

    async def set_commands(self, commands: list[tuple[str, str]]) -> None:
        menu = [{"command": name, "description": text} for name, text in commands]
        await self._call(SetMyCommands(commands=menu))

    async def answer(self, callback_query_id: str, text: str | None = None) -> None:
        """Let a button stop waiting; a text of up to 200 characters is shown to who pressed it."""
        shown = text[:NOTICE_MAX] if text else None
        await self._call(AnswerCallbackQuery(callback_query_id=callback_query_id, text=shown))

    async def call(
        self,
        method: str,
        fields: Mapping[str, str | int | float],
        uploads: Mapping[str, tuple[str, BinaryIO]],
    ) -> Any:  # noqa: ANN401 - JSON, judged by the caller
        """Call a method whose fields are texts and numbers; entities and markup are JSON texts.

        `uploads` are names and opened files, by the name that a field attaches; they stay open.
        """
        seconds = UPLOAD_SECONDS if uploads else None
        with ExitStack() as copies:
            # aiohttp closes what it has sent; another attempt may send it again.
            sent = {
                field: (name, copies.enter_context(reopened(file)))
                for field, (name, file) in uploads.items()
            }
            return await self._call(Call(method=method, fields=dict(fields), uploads=sent), seconds)

    async def administrators(self, chat_id: int) -> Any:  # noqa: ANN401 - JSON, judged by the caller
        return await self._call(GetChatAdministrators(chat_id=chat_id))

    async def file(self, file_id: str) -> Any:  # noqa: ANN401 - JSON, judged by the caller
        return await self._call(GetFile(file_id=file_id))

    async def download(self, path: str, spool: Spool) -> None:
        """Read a file whose path `file` has told into a spool.

        Raises:
            ApiError: also where the file is not there (`unknown`).
            UnavailableError: it is larger than the spool takes.
        """
        session = self._bot.session
        assert isinstance(session, AiohttpSession)
        url = session.api.file_url(self._bot.token, path)
        try:
            async with (await session.create_session()).get(
                url, allow_redirects=False, timeout=ClientTimeout(total=UPLOAD_SECONDS)
            ) as answer:
                if answer.status == 429 or answer.status >= 500:
                    raise ApiError("server", f"a download was answered with {answer.status}")
                if answer.status != 200:
                    raise ApiError("unknown", f"a download was answered with {answer.status}")
                async for chunk in answer.content.iter_chunked(CHUNK):
                    spool.write(chunk)
        except (ClientError, OSError, ValueError) as error:
            # Their texts hold the address, and so the token.
            raise ApiError("network", f"a download failed ({type(error).__name__})") from None

    async def close(self) -> None:
        await self._bot.session.close()

    async def _call(self, method: TelegramMethod[Any], seconds: int | None = None) -> Any:  # noqa: ANN401 - JSON of any method
        try:
            return await self._bot(method, request_timeout=seconds)
        except AiogramError as error:
            wait = error.retry_after * 1000 if isinstance(error, TelegramRetryAfter) else None
            said = error.message if isinstance(error, TelegramAPIError) else type(error).__name__
            moved = error.migrate_to_chat_id if isinstance(error, TelegramMigrateToChat) else None
            raise ApiError(_kind(error), self._without_token(said), wait, moved) from None
        except (OSError, ValueError, TypeError, LookupError) as error:
            # Bytes that are no text, an error without a description: aiogram lets these through.
            raise ApiError("server", f"unreadable answer ({type(error).__name__})") from None

    def _without_token(self, text: str | None) -> str:
        said = " ".join((text or "no reason given").split())
        return said.replace(self._secret, "<token>")[:300]


def _kind(error: AiogramError) -> Failure:
    return next((kind for class_, kind in _FAILURES if isinstance(error, class_)), "server")
