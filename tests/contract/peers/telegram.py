"""A person on Telegram: an emulated Bot API server in a process of its own, a proxy before it."""

import asyncio
import atexit
import contextlib
from collections.abc import AsyncIterator, Iterator
from functools import cache

import pytest

pytest.importorskip("aiogram")

from engine.runtime.ports import Transport
from tests.contract.peer import Traits
from tests.servers.faulty import Call, FaultyProxy
from tests.servers.telegram import Emulator, Pool, message, press
from tests.servers.unmodelled import FROM_A_PERSON, packed
from transports.telegram import factory

NAME = "telegram"


SAYING = ("sendMessage", "sendPhoto", "editMessageText")


def _said(call: Call) -> Iterator[str]:
    if call.method == "sendPhoto":
        names = [name for name, _ in call.uploads.values()]
        yield f"[photo: {names[0] if names else call.fields['photo']}]"
    text = call.fields.get("text", call.fields.get("caption"))
    if text is not None:
        yield text


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
        keys = {"TELEGRAM_TOKEN": self.token, "TELEGRAM_API": self.proxy.base}
        made = factory({**keys, "TELEGRAM_PACE": "off"})
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

    async def reply(self, text: str, ref: str) -> None:
        bot = {"id": 7, "is_bot": True, "first_name": "Demo"}
        answered = message("what the bot said", message_id=int(ref))["message"] | {"from": bot}
        await self.emulator.enqueue(self.token, message(text, reply_to_message=answered))

    async def react(self, emoji: str, ref: str) -> None:
        body = message()["message"]
        reaction = {
            "chat": body["chat"], "user": body["from"], "date": body["date"],
            "message_id": int(ref), "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }  # fmt: skip
        await self.emulator.enqueue(self.token, packed({"message_reaction": reaction}))

    async def send_photo(self) -> None:
        number = f"{FROM_A_PERSON}1"
        photo = {"file_id": number, "file_unique_id": "u", "width": 8, "height": 6, "file_size": 4}
        await self.emulator.enqueue(self.token, message(photo=[photo]))

    async def edit(self, text: str) -> None:
        edited = message(text)["message"]
        edited["edit_date"] = edited["date"]
        await self.emulator.enqueue(self.token, packed({"edited_message": edited}))

    async def received(self, count: int) -> list[str]:
        async with asyncio.timeout(20), self.proxy.changed:
            await self.proxy.changed.wait_for(lambda: len(self._texts()) >= count)
        return self._texts()

    def _texts(self) -> list[str]:
        return [
            "\n".join(_said(call))
            for call in self.proxy.calls
            if call.method in SAYING and call.status == 200
        ]

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
