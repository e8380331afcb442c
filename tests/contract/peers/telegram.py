"""A person on Telegram: an emulated Bot API server in a process of its own, a proxy before it."""

import atexit
import contextlib
from collections.abc import AsyncIterator
from functools import cache

import pytest

pytest.importorskip("aiogram")

from engine.runtime.ports import Transport
from tests.contract.peer import Traits
from tests.servers.faulty import Call, FaultyProxy
from tests.servers.telegram import Emulator, Pool, message, press
from transports.telegram import factory

NAME = "telegram"


@cache
def emulators() -> Pool:
    pool = Pool()
    atexit.register(pool.stop)
    return pool


class TelegramPeer:
    """Drives one bot's emulator, and reads what the bot sent from the proxy's record."""

    traits = Traits(prefix="telegram")

    def __init__(self, emulator: Emulator, token: str, proxy: FaultyProxy) -> None:
        self.emulator = emulator
        self.token = token
        self.proxy = proxy

    def transport(self) -> Transport:
        made = factory({"TELEGRAM_TOKEN": self.token, "TELEGRAM_API": self.proxy.base})
        assert made is not None
        return made

    async def say(self, text: str) -> None:
        await self.emulator.enqueue(self.token, message(text))

    async def press(self, button: str | int) -> None:
        shown = next(call for call in reversed(self._sent()) if call.keyboard)
        buttons = [button for row in shown.keyboard for button in row]
        chosen = (
            buttons[button - 1]
            if isinstance(button, int)
            else next(one for one in buttons if one["text"] == button)
        )
        await self.emulator.enqueue(
            self.token, press(chosen["callback_data"], number=shown.message)
        )

    async def poison(self) -> None:
        await self.emulator.enqueue(self.token, {"message": {"text": "no chat, no sender"}})

    async def received(self, count: int) -> list[str]:
        return [call.fields["text"] for call in await self.proxy.until("sendMessage", count)]

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        await self.proxy.vanish()
        try:
            yield
        finally:
            await self.proxy.listen()

    def _sent(self) -> list[Call]:
        """What shows buttons: messages, and edits of them."""
        methods = ("sendMessage", "editMessageText", "editMessageReplyMarkup")
        return [call for call in self.proxy.calls if call.method in methods and call.status == 200]


@contextlib.asynccontextmanager
async def peer() -> AsyncIterator[TelegramPeer]:
    emulator, token = emulators().bot()
    async with FaultyProxy(emulator.base) as proxy:
        yield TelegramPeer(emulator, token, proxy)
