"""Telegram as a transport."""

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final

from engine.core.effects import Media
from engine.core.events import Event
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.ports import Content, Delivery, Host, PostponedError
from transports.moving import Moving
from transports.telegram.admins import Admins
from transports.telegram.callback import LongChoices
from transports.telegram.failure import ApiError
from transports.telegram.files import Files
from transports.telegram.groups import PREFIX, Me
from transports.telegram.inbound import Reader
from transports.telegram.loop import Loop
from transports.telegram.outbound import Sender
from transports.telegram.pace import Rates
from transports.telegram.pacer import Pacer, Unpaced
from transports.telegram.rooms import Rooms
from transports.telegram.source import DOWNLOAD_BYTES, fetched

if TYPE_CHECKING:
    from transports.telegram.api import Api

COMMANDS_MAX: Final = 100
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}\Z")

log = logging.getLogger(__name__)


class Telegram:
    """One bot on Telegram. Its token appears in no message, log or representation.

    `rates` bound what it sends; none where the server knows no bounds.
    """

    name = PREFIX

    def __init__(self, token: str, base: str | None = None, rates: Rates | None = None) -> None:
        self.caught_up = asyncio.Event()
        self._token = token
        self._base = base
        self._rates = rates
        self._pacer: Pacer | Unpaced = Unpaced()
        self._api: Api | None = None
        self._host: Host | None = None
        self._loop: Loop | None = None
        self._sender: Sender | None = None

    async def open(self, host: Host) -> None:
        """Connect, check the token, remove a webhook, and set the menu of commands.

        Raises:
            StatechatError: `telegram:unreachable`, `telegram:unauthorized`.
        """
        # aiogram takes seconds and 165 MB to import: only a bot that really talks pays for it.
        from transports.telegram.api import Api  # noqa: PLC0415 - as above

        rooms = Rooms(host.documents)
        await rooms.load()
        api = Api(self._token, self._base)
        try:
            me = await api.me()
            if await api.remove_webhook():
                log.warning("telegram: a webhook was set, and is removed: this bot polls")
        except ApiError as error:
            await api.close()
            raise self._unusable(error) from None
        except BaseException:
            await api.close()
            raise
        self._api = api
        choices = LongChoices(host.documents)
        if self._rates is not None:
            self._pacer = Pacer(host.clock, self._rates)
        files, moving = Files(host.documents), Moving(host)
        self._sender = Sender(api.call, choices, files, moving, rooms, self._pacer)
        reader = Reader(host.bot, Me.read(me), rooms)
        admins = Admins(api, host.clock, rooms)
        self._loop = Loop(host, api, reader, choices, rooms, admins, self.caught_up)
        self._host = host
        if menu(host.commands):
            await self.announce()

    async def announce(self) -> None:
        """Set the menu of commands."""
        assert self._api is not None, "open() comes first"
        assert self._host is not None, "open() comes first"
        try:
            await self._api.set_commands(menu(self._host.commands))
        except ApiError as error:
            log.warning("telegram: the menu of commands was not set: %s", error)

    @property
    def trouble(self) -> str | None:
        return self._loop.trouble if self._loop is not None else "not connected"

    async def feed(self) -> None:
        assert self._loop is not None, "open() comes first"
        await self._loop.run()

    async def send(self, delivery: Delivery) -> str | None:
        if self._sender is None:
            raise PostponedError("not connected")
        return await self._sender.send(delivery)

    def fetch(self, media: Media, limit: int) -> AbstractAsyncContextManager[Content]:
        """The bytes of a file that people or the bot have sent here; see `MediaSource`."""
        if self._api is None:
            raise PostponedError("not connected")
        return fetched(self._api, media, limit if self._base else min(limit, DOWNLOAD_BYTES))

    async def read_again(self, payload: Value, at: int) -> Event | None:
        """The event of an update that could not be read before, if it can be now."""
        assert self._loop is not None, "open() comes first"
        return await self._loop.read_again(payload, at)

    def horizon(self, prefix: str) -> int:
        """The offset that Telegram has confirmed; 0 for events of others."""
        return self._loop.confirmed if self._loop is not None and prefix == PREFIX else 0

    async def close(self) -> None:
        api, self._api, self._sender = self._api, None, None
        await self._pacer.close()
        if api is not None and self._loop is not None:
            await self._loop.close()
            await api.close()

    def _unusable(self, error: ApiError) -> StatechatError:
        if error.kind in {"unauthorized", "unknown"}:
            return StatechatError(
                "telegram:unauthorized",
                f"Telegram does not know this bot: {error.reason}.",
                cure="Copy the token from @BotFather into TELEGRAM_TOKEN.",
            )
        where = self._base or "https://api.telegram.org"
        return StatechatError(
            "telegram:unreachable",
            f"{where} cannot be used: {error.reason}.",
            cure="Check the network, and TELEGRAM_API if it is set, and start again.",
        )


def menu(commands: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Commands as Telegram takes them: 100 of 32 characters, each described in 1 to 256."""
    found = []
    for command, description in commands:
        name = command.removeprefix("/").lower()
        if _COMMAND.match(name):
            found.append((name, " ".join(description.split())[:256] or name))
    return found[:COMMANDS_MAX]
