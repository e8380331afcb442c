"""People on Telegram, and the way between the bot and the Bot API server, which fails.

It notes what has got through. Telegram gives updates to one process; beside it others may stand by,
who send, act and fire timers, and read when the one that reads is gone.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

from bench.faults import faults
from bench.faults.clock import LeapingClock
from bench.faults.people import Person, Said, Told
from bench.faults.stored import Document
from tests.servers.faulty import BAD_GATEWAY, Fault, FaultyProxy, form, refusal
from tests.servers.telegram import Emulator, message, press

WAIT: Final = 1
"""Seconds that a 429 asks to wait."""
FLOOD: Final = Fault(429, refusal(429, f"Too Many Requests: retry after {WAIT}",
                                  parameters={"retry_after": WAIT}))  # fmt: skip
INTERNAL: Final = Fault(500, refusal(500, "Internal Server Error"))
ANSWERS: Final = {"429": FLOOD, "500": INTERNAL, "502 in HTML": BAD_GATEWAY}
LOST: Final = "cut before delivery"
UNANSWERED: Final = "no answer after delivery"
SLOW: Final = "slow"
KINDS: Final = (*ANSWERS, LOST, UNANSWERED, SLOW)
OPENING: Final = frozenset({"getMe", "getWebhookInfo"})
"""Calls without which the bot refuses to start: they do not fail."""
PROMPT: Final = 0.5
"""Seconds within which an answer is in time for certain, also on a machine that is very busy."""
SIDE_BY_SIDE: Final = frozenset({"answerCallbackQuery"})
"""Calls of which one may be under way when another one is refused: it has not come too early."""
HANG: Final = 3.0
"""Seconds until a connection is cut on which no answer comes: longer than a bot waits here."""
TAKEN: Final = Fault(409, refusal(409, "Conflict: terminated by other getUpdates request"))


@dataclass
class Reading:
    """Who reads the bot's updates, and how far.

    Attributes:
        offset: the highest that the server was asked for: what is below is acknowledged.
    """

    offset: int = 0
    gate: "Gate | None" = None

    def free_for(self, gate: "Gate") -> bool:
        """Whether nobody else reads."""
        return self.gate is None or self.gate is gate


@dataclass
class Gate(FaultyProxy):
    """The proxy of one worker in one season.

    Attributes:
        rate: how many of the calls fail, in one way or another.
        life: the number of the worker's present life.
        failures: how often each kind of failure was injected.
        hasty: calls that came before the time that the bot was told to wait for.
    """

    clock: LeapingClock | None = None
    reading: Reading = field(default_factory=Reading)
    chance: random.Random = field(default_factory=random.Random)
    rate: float = 0.0
    life: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)
    hasty: list[str] = field(default_factory=list)
    _waits: dict[str, tuple[int, float]] = field(default_factory=dict)

    async def _handle(self, request: web.Request) -> web.Response:
        arrived = time.monotonic()
        method = request.match_info["method"]
        fields, uploads = await form(request)
        self._look_at_pace(method, fields)
        kind = self._failure(method)
        if kind in ANSWERS:
            fault = ANSWERS[kind]
            if fault is FLOOD and method not in SIDE_BY_SIDE:
                self._waits[_place(method, fields)] = (self.life, time.monotonic() + WAIT)
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
            await asyncio.sleep(self.chance.choice((0.0, 0.2, HANG)))
            return _cut(request)
        if told is not None and time.monotonic() - arrived < PROMPT:
            told.answered = True
        return answer

    async def _poll(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        """Poll for the bot: where the server holds a poll of the dead, it would refuse the heir."""
        if not self.reading.free_for(self):
            return web.Response(
                status=TAKEN.status, text=TAKEN.body, content_type=TAKEN.content_type
            )
        self.reading.gate = self
        self.reading.offset = max(self.reading.offset, int(fields.get("offset", 0)))
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

    def _look_at_pace(self, method: str, fields: Mapping[str, str]) -> None:
        """Note a call that a 429 has asked to wait, and that has not waited."""
        life, until = self._waits.pop(_place(method, fields), (0, 0.0))
        early = until - time.monotonic()
        if life == self.life and early > 0:
            self.hasty.append(f"{method} came {early:.2f} s before the time that a 429 has named")

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


def _place(method: str, fields: Mapping[str, str]) -> str:
    """What a 429 holds back: calls to the same chat, the polls, or the answer to one press."""
    return fields.get("chat_id") or fields.get("callback_query_id") or method


class TelegramCrowd:
    """People on Telegram, and the way by which what they do reaches the server."""

    transport = "telegram"
    points: tuple[str, ...] = faults.TELEGRAM

    def __init__(
        self,
        emulator: Emulator,
        token: str,
        clock: LeapingClock,
        size: int,
        workers: int,
        seed: int,
    ) -> None:
        self._emulator = emulator
        self._token = token
        self._clock = clock
        self._client: aiohttp.ClientSession | None = None
        self._open = AsyncExitStack()
        self._reading = Reading()
        self.people = [Person(str(1_000 + n), str(1_000 + n)) for n in range(size)]
        known = {person.chat: person for person in self.people}
        self._gates = [
            Gate(
                emulator.base, clock=clock, reading=self._reading, people=known,
                chance=random.Random(seed + place),
            )
            for place in range(workers)
        ]  # fmt: skip

    async def __aenter__(self) -> Self:
        for gate in self._gates:
            await self._open.enter_async_context(gate)
        self._client = await self._open.enter_async_context(aiohttp.ClientSession())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def failures(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for gate in self._gates:
            found += gate.failures
        return found

    @property
    def troubles(self) -> Sequence[str]:
        return [hasty for gate in self._gates for hasty in gate.hasty]

    def variables(self, slot: int) -> Mapping[str, str]:
        return {"TELEGRAM_TOKEN": self._token, "TELEGRAM_API": self._gates[slot].base}

    def born(self, slot: int, life: int, rate: float) -> None:
        self._gates[slot].life, self._gates[slot].rate = life, rate

    def died(self, slot: int) -> None:
        if self._reading.gate is self._gates[slot]:
            self._reading.gate = None

    async def before_leap(self, milliseconds: int) -> None:
        """Nothing: what Telegram has taken it keeps."""

    def awaits(self, slot: int, said: Said) -> bool:
        number = int(said.id.partition(":")[2])
        return self._reading.free_for(self._gates[slot]) and number >= self._reading.offset

    def has(self, person: Person, item: Document, life: int) -> bool:
        last = person.told[-1] if person.told else None
        return last is not None and last.life == life and last.text == item["send"].get("text")

    async def say(self, person: Person, text: str) -> None:
        """Write to the bot, or press the button of this label where the person sees one."""
        at = self._clock.now()
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
        for gate in self._gates:
            gate.fresh.set()

    async def _enqueue(self, update: Mapping[str, Any]) -> int:
        assert self._client is not None
        url = f"{self._emulator.base}/__fixture/updates"
        body = {"token": self._token, "update": update}
        async with self._client.post(url, json=body) as answer:
            found = await answer.json()
        assert found["ok"], found
        return int(found["result"]["update_id"])
