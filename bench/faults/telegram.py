"""The way between the bot and the Bot API server: it fails, and notes what got through."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

from bench.faults.clock import LeapingClock
from bench.faults.people import Person, Said, Told
from tests.servers.faulty import BAD_GATEWAY, Fault, FaultyProxy, form, refusal
from tests.servers.telegram import Emulator, message, press

FLOOD: Final = Fault(429, refusal(429, "Too Many Requests: retry after 1",
                                  parameters={"retry_after": 1}))  # fmt: skip
INTERNAL: Final = Fault(500, refusal(500, "Internal Server Error"))
ANSWERS: Final = {"429": FLOOD, "500": INTERNAL, "502 in HTML": BAD_GATEWAY}
LOST: Final = "cut before delivery"
UNANSWERED: Final = "no answer after delivery"
SLOW: Final = "slow"
KINDS: Final = (*ANSWERS, LOST, UNANSWERED, SLOW)
OPENING: Final = frozenset({"getMe", "getWebhookInfo"})
"""Calls without which the bot refuses to start: they do not fail."""
HANG: Final = 1.0
"""Seconds until a connection is cut on which no answer comes."""


@dataclass
class Gate(FaultyProxy):
    """The proxy of one bot in one season.

    Attributes:
        rate: how many of the calls fail, in one way or another.
        life: the number of the bot's present life.
        offset: the highest that the server was asked for: what is below is acknowledged.
        failures: how often each kind of failure was injected.
    """

    clock: LeapingClock | None = None
    chance: random.Random = field(default_factory=random.Random)
    rate: float = 0.0
    life: int = 0
    offset: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        fields, uploads = await form(request)
        kind = self._failure(method)
        if kind in ANSWERS:
            fault = ANSWERS[kind]
            return web.Response(
                status=fault.status, text=fault.body, content_type=fault.content_type
            )
        if kind == LOST:
            return _cut(request)
        if kind == SLOW:
            await asyncio.sleep(self.chance.uniform(0.01, 0.15))
        if method == "getUpdates":
            answer = await self._poll(request, fields)
        else:
            answer = await self._forward(request, fields, uploads)
        told = self._note(method, fields, answer)
        if kind == UNANSWERED:
            await asyncio.sleep(self.chance.choice((0.0, HANG)))
            return _cut(request)
        if told is not None:
            told.answered = True
        return answer

    async def _poll(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        """Poll for the bot: where the server holds a poll of the dead, it would refuse the heir."""
        self.offset = max(self.offset, int(fields.get("offset", 0)))
        patience = float(fields.pop("timeout", 0))
        try:
            async with asyncio.timeout(patience or None) as limit:
                while True:
                    self.fresh.clear()
                    answer = await self._forward(request, fields, {})
                    if not patience or answer.status != 200 or _result(answer):
                        return answer
                    await self.fresh.wait()
        except TimeoutError:
            assert limit.expired()
            return answer

    def _failure(self, method: str) -> str:
        if method in OPENING or self.chance.random() >= self.rate:
            return ""
        kind = self.chance.choice(KINDS)
        self.failures[f"{kind}, {'poll' if method == 'getUpdates' else 'other call'}"] += 1
        return kind

    def _note(self, method: str, fields: Mapping[str, str], answer: web.Response) -> Told | None:
        """Keep what has changed for a person."""
        if answer.status != 200 or "chat_id" not in fields:
            return None
        assert self.clock is not None
        person = self.people[fields["chat_id"]]
        if method == "sendMessage":
            number = _result(answer)["message_id"]
            told = Told(
                fields["text"], _buttons(fields), number, self.life, self.clock.now(),
            )  # fmt: skip
            person.hear(told)
            return told
        if method.startswith("editMessage"):
            for told in person.told:
                if str(told.number) == fields["message_id"]:
                    told.buttons = _buttons(fields)
        return None


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _result(answer: web.Response) -> Any:  # noqa: ANN401 - JSON
    assert isinstance(answer.body, bytes)
    return json.loads(answer.body)["result"]


def _buttons(fields: Mapping[str, str]) -> dict[str, str]:
    rows = json.loads(fields.get("reply_markup") or "{}").get("inline_keyboard", [])
    return {button["text"]: button["callback_data"] for row in rows for button in row}


class Crowd:
    """People on Telegram, and the way by which what they do reaches the server."""

    transport = "telegram"

    def __init__(self, emulator: Emulator, token: str, gate: Gate, size: int) -> None:
        self._emulator = emulator
        self._token = token
        self._client: aiohttp.ClientSession | None = None
        self.gate = gate
        self.people = [Person(str(1_000 + n), str(1_000 + n)) for n in range(size)]
        gate.people = {person.chat: person for person in self.people}

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._client is not None
        await self._client.close()

    async def say(self, person: Person, text: str) -> None:
        """Write to the bot, or press the button of this label where the person sees one."""
        assert self.gate.clock is not None
        at = self.gate.clock.now()
        last = person.told[-1] if person.told else None
        pressed = last is not None and text in last.buttons
        if last is not None and pressed:
            update = press(last.buttons[text], int(person.chat), f"q{at}", last.number)
        else:
            update = message(text, int(person.chat), date=at // 1_000)
        person.said.append(Said("", text, pressed, at))
        place = len(person.said) - 1
        id_ = await self._enqueue(update)
        person.said[place] = Said(f"telegram:{id_}", text, pressed, at // 1_000 * 1_000)
        self.gate.fresh.set()

    async def _enqueue(self, update: Mapping[str, Any]) -> int:
        assert self._client is not None
        url = f"{self._emulator.base}/__fixture/updates"
        body = {"token": self._token, "update": update}
        async with self._client.post(url, json=body) as answer:
            found = await answer.json()
        assert found["ok"], found
        return int(found["result"]["update_id"])
