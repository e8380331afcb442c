"""A seat on Telegram: one bot's account for all conversations, each with a person of its own."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final, cast

import pytest

pytest.importorskip("aiogram")

from engine.core.effects import Button, Message
from engine.core.values import Value
from engine.runtime.ports import Transport
from engine.testing.inputs import Edited, Reacted, Sent, Typed
from tests.contract.clock import VirtualClock
from tests.contract.peers.telegram import emulators
from tests.contract.seat import SECONDS, Acted, Unplayable
from tests.e2e.dialogue import Gate
from tests.servers.faulty import Call
from tests.servers.telegram import Emulator, message, press
from tests.servers.unmodelled import FROM_A_PERSON
from transports.split import split, utf16_units
from transports.telegram import factory
from transports.telegram.callback import encode
from transports.telegram.inbound import _media
from transports.telegram.requests import TEXT_UNITS

MEDIA: Final = frozenset(
    f"send{kind}"
    for kind in ("Photo", "Audio", "Voice", "Video", "Animation", "Document", "Sticker", "Location")
)
SAYING: Final = frozenset({"sendMessage", "editMessageText", "sendContact"}) | MEDIA
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
        proxy: Gate,
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
        keys = {"TELEGRAM_TOKEN": self._token, "TELEGRAM_API": self._proxy.base}
        made = factory({**keys, "TELEGRAM_PACE": "off"})
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

    async def act(self, input_: Acted) -> Acted:
        told = input_
        match input_:
            case Typed(text, reply_to):
                await self._happens(message(text, self._number, **self._reply(reply_to)))
            case Sent(kind, media, text, reply_to):
                sent = _attached(kind, media)
                more = {kind: sent, **self._reply(reply_to), **({"caption": text} if text else {})}
                read = cast("dict[str, Value]", _media(kind, sent, text))
                told = replace(input_, media=read)
                await self._happens(message(None, self._number, **more))
            case Edited(text):
                body = message(text, self._number, edit_date=self._clock.now() // 1000)["message"]
                await self._happens({"edited_message": body})
            case Reacted(emoji):
                body = message(None, self._number, message_id=self._calls()[-1].message)["message"]
                new = [{"type": "emoji", "emoji": one} for one in emoji]
                update = {**body, "user": body.pop("from")} | {"new_reaction": new}
                await self._happens({"message_reaction": update})
        return told

    def _reply(self, part: str | None) -> dict[str, Any]:
        """The fields of a reply to the last message of the bot's that holds this."""
        if part is None:
            return {}
        call = [each for each in self._calls() if part in _words(each)][-1]
        author = {"id": 1, "is_bot": True, "first_name": "Bot"}
        replied = message(_words(call), self._number, message_id=call.message)["message"]
        return {"reply_to_message": {**replied, "from": author}}

    async def seen(self, said: Sequence[Message]) -> tuple[list[Shown], list[Shown]]:
        if any(len(message.media) > 1 or (message.media and message.edit) for message in said):
            raise Unplayable("the parts of albums are not told apart")
        expected = [shown for message in said for shown in _shown(message)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS), self._proxy.changed:
                await self._proxy.changed.wait_for(lambda: len(self._calls()) >= len(expected))
        labels = [
            (_words(call), [[button["text"] for button in row] for row in call.keyboard])
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
            author = body["from"] if "from" in body else body["user"]
            author.pop("language_code", None)
            if self._lang is not None:
                author["language_code"] = self._lang
            dated = body.get("message", body)
            dated["date"] = self._clock.now() // 1000
        if not {"message", "callback_query"} & update.keys():
            # The emulator would not carry it: the gate puts it in the place of a text.
            name = f"disguised {self._number} {next(self._queries)}"
            self._proxy.disguised[name] = update
            update = message(name, self._number)
        await self._emulator.enqueue(self._token, update)


def _words(call: Call) -> str:
    return call.fields.get("text") or call.fields.get("caption") or ""


def _attached(kind: str, media: dict[str, Value]) -> Any:  # noqa: ANN401 - JSON: a photo is a list of sizes, the rest are objects
    """Media as an update has them."""
    if kind == "location":
        return {"latitude": media["latitude"], "longitude": media["longitude"]}
    if kind == "contact":
        return {"phone_number": media["phone"], "first_name": media.get("first_name", "Bo")}
    number = f"{FROM_A_PERSON}{media['id']}"
    sent = {"file_id": number, "file_unique_id": "u", "width": 90, "height": 60}
    return [sent] if kind == "photo" else sent


def _shown(message: Message) -> list[Shown]:
    if message.done_to_others or (message.edit is not None and not message.text):
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
    async with Gate(emulator.base) as proxy:
        yield TelegramSeat(emulator, token, proxy, next(_numbers), lang, clock)
