"""A seat on Telegram: one bot's account for all conversations, each with a person of its own."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from functools import cache
from typing import Any, Final

import pytest

pytest.importorskip("aiogram")

from engine.core.effects import Button, Message
from engine.runtime.ports import Transport
from tests.contract.clock import VirtualClock
from tests.contract.peers.telegram import emulators
from tests.contract.seat import SECONDS
from tests.servers.faulty import Call, FaultyProxy
from tests.servers.telegram import Emulator, message, press
from transports.split import split, utf16_units
from transports.telegram import factory
from transports.telegram.callback import encode
from transports.telegram.requests import TEXT_UNITS

SAYING: Final = frozenset({"sendMessage", "editMessageText"})
SHOWING: Final = SAYING | {"editMessageReplyMarkup"}
Shown = tuple[str, list[list[str]]]
"""A message as its reader sees it: its text, and its rows of buttons."""


class TelegramSeat:
    buttons = True
    hints = True
    names = True

    def __init__(
        self,
        emulator: Emulator,
        token: str,
        proxy: FaultyProxy,
        number: int,
        lang: str | None,
        clock: VirtualClock,
    ) -> None:
        self.user = self.chat = str(number)
        self._emulator = emulator
        self._token = token
        self._proxy = proxy
        self._number = number
        self._lang = lang
        self._clock = clock
        self._queries = itertools.count()

    def transport(self) -> Transport:
        made = factory({"TELEGRAM_TOKEN": self._token, "TELEGRAM_API": self._proxy.base})
        assert made is not None
        return made

    async def type(self, text: str) -> None:
        await self._happens(message(text, self._number))

    async def press(self, button: Button) -> None:
        """Press the last button of this label; where none was sent, one of an earlier life."""
        shown = [
            (each["callback_data"], call.message)
            for call in self._calls(SHOWING)
            for row in call.keyboard
            for each in row
            if each["text"] == button.label
        ] or [(encode(button.visit, button.choice), 1)]
        query = f"{self._number}-{next(self._queries)}"
        data, number = shown[-1]
        await self._happens(press(data, self._number, query, number))

    async def seen(self, said: Sequence[Message]) -> tuple[list[Shown], list[Shown]]:
        expected = [shown for message in said for shown in _shown(message)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS), self._proxy.changed:
                await self._proxy.changed.wait_for(lambda: len(self._calls()) >= len(expected))
        labels = [
            (call.fields["text"], [[button["text"] for button in row] for row in call.keyboard])
            for call in self._calls()
        ]
        return expected, labels

    def _calls(self, methods: frozenset[str] = SAYING) -> list[Call]:
        return [
            call
            for call in self._proxy.calls
            if call.method in methods and call.status == 200 and call.fields["chat_id"] == self.chat
        ]

    async def _happens(self, update: dict[str, Any]) -> None:
        """Let an update come, dated by the test's clock and in the person's language."""
        for body in update.values():
            author = body["from"]
            author.pop("language_code", None)
            if self._lang is not None:
                author["language_code"] = self._lang
            dated = body.get("message", body)
            dated["date"] = self._clock.now() // 1000
        await self._emulator.enqueue(self._token, update)


def _shown(message: Message) -> list[Shown]:
    if message.edit is not None and not message.text:
        return []
    parts = split(message.text, message.marks, TEXT_UNITS, utf16_units)
    labels = [[button.label for button in row] for row in message.buttons]
    return [(part.text, []) for part in parts[:-1]] + [(parts[-1].text, labels)]


@cache
def account() -> tuple[Emulator, str]:
    return emulators().bot()


_numbers = itertools.count(100)


@contextlib.asynccontextmanager
async def seat(lang: str | None, clock: VirtualClock) -> AsyncIterator[TelegramSeat]:
    emulator, token = await asyncio.to_thread(account)
    async with FaultyProxy(emulator.base) as proxy:
        yield TelegramSeat(emulator, token, proxy, next(_numbers), lang, clock)
