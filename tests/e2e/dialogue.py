"""People who talk with a bot over Telegram, and a gate before the server that kills the bot.

The Bot API server is an emulator in a process of its own, the bot is `statechat run` in another;
between them stands the gate, which sees every call and may spring a trap.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

import pytest

pytest.importorskip("aiogram")

from aiohttp import web

from tests.contract.peers.telegram import emulators
from tests.e2e.process import SECONDS, Database, Process, running
from tests.servers import unmodelled
from tests.servers.faulty import Call, FaultyProxy, form
from tests.servers.telegram import Emulator, message, press

Fields = Mapping[str, str]
Moment = Literal["head", "arrived", "delivered"]
"""When a call kills its caller: at its first bytes, whole but unforwarded, forwarded but
unanswered."""


async def at_once() -> None:
    """Wait for nothing."""


@dataclass(slots=True)
class Trap:
    """Kills the bot at a call of `method` with these fields, once `when` has been awaited."""

    process: Process
    method: str
    moment: Moment
    when: Callable[[], Awaitable[None]]
    fields: Fields


@dataclass
class Gate(FaultyProxy):
    """A proxy that records what the server was given, told to the bot or not, and kills the bot.

    `disguised` holds, by the text of a message, the update that the bot gets in its place: what the
    emulator itself would not carry. `offset` is the highest that the bot has asked for. `admins`
    are the numbers of those who administer each group.
    """

    trap: Trap | None = None
    offset: int = 0
    disguised: dict[str, dict[str, Any]] = field(default_factory=dict)
    admins: dict[int, list[int]] = field(default_factory=dict)

    def set_trap(
        self,
        process: Process,
        method: str,
        moment: Moment,
        when: Callable[[], Awaitable[None]] = at_once,
        **fields: str,
    ) -> None:
        """Kill the process at its next call of this method with these fields."""
        self.trap = Trap(process, method, moment, when, fields)

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if self._springs(method, "head"):
            await self._spring()
        fields, uploads = await form(request)
        if self._springs(method, "arrived", fields):
            await self._spring()
        if int(fields.get("offset", 0)) > self.offset:
            async with self.changed:
                self.offset = int(fields["offset"])
                self.changed.notify_all()
        answer = self._fail(method) or self._administrators(method, fields)
        answer = answer or unmodelled.answer(method, fields, uploads)
        answer = answer or await self._forward(request, fields, uploads)
        async with self.changed:
            body = answer.body if isinstance(answer.body, bytes) else b""
            self.calls.append(Call(method, fields, answer.status, body, uploads))
            self.changed.notify_all()
        if self._springs(method, "delivered", fields):
            await self._spring()
        return answer

    def _administrators(self, method: str, fields: Fields) -> web.Response | None:
        """What the emulator does not know: who administers a group."""
        if method != "getChatAdministrators":
            return None
        known = self.admins.get(int(fields["chat_id"]))
        if known is None:
            body = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
            return web.json_response(body, status=400)
        members = [
            {"status": "administrator", "user": {"id": one, "is_bot": False, "first_name": "A"}}
            for one in known
        ]
        return web.json_response({"ok": True, "result": members})

    async def _forward(
        self, request: web.Request, fields: Fields, uploads: Mapping[str, tuple[str, bytes]]
    ) -> web.Response:
        answer = await super()._forward(request, fields, uploads)
        if not self.disguised or request.match_info["method"] != "getUpdates":
            return answer
        assert isinstance(answer.body, bytes)
        body = json.loads(answer.body)
        if answer.status == 200:
            body["result"] = [self._undisguised(update) for update in body["result"]]
        return web.json_response(body, status=answer.status)

    def _undisguised(self, update: dict[str, Any]) -> dict[str, Any]:
        instead = self.disguised.get(update.get("message", {}).get("text", ""))
        return update if instead is None else {**instead, "update_id": update["update_id"]}

    def _springs(self, method: str, moment: Moment, fields: Fields | None = None) -> bool:
        trap = self.trap
        if trap is None or (trap.method, trap.moment) != (method, moment):
            return False
        return fields is None or trap.fields.items() <= fields.items()

    async def _spring(self) -> NoReturn:
        trap, self.trap = self.trap, None
        assert trap is not None
        await trap.when()
        trap.process.kill()
        # The answer never comes: this handler is cancelled when the dead bot's connection ends.
        await asyncio.get_running_loop().create_future()
        raise AssertionError


@dataclass
class Telegram:
    """A bot's account, and the people who write to it."""

    emulator: Emulator
    token: str
    gate: Gate
    data: Path

    def bot(
        self, name: str, *words: str, **variables: str
    ) -> contextlib.AbstractAsyncContextManager[Process]:
        """A life of the bot: `statechat run NAME`, killed on leaving if it still runs then."""
        known = {
            "TELEGRAM_TOKEN": self.token,
            "TELEGRAM_API": self.gate.base,
            "TELEGRAM_PACE": "off",  # the server of the tests knows no bounds
            "STATECHAT_DATA": str(self.data),
        }
        return running("run", name, *words, **{**known, **variables})

    def database(self, bot: str) -> Database:
        return Database(self.data / f"{bot}.sqlite3")

    def person(self, number: int, language: str = "en") -> "Person":
        return Person(self, number, language)

    async def confirmed(self, update: int) -> None:
        """Wait until the bot has asked for what comes after an update."""
        gate = self.gate
        async with asyncio.timeout(SECONDS), gate.changed:
            await gate.changed.wait_for(lambda: gate.offset > update)


@dataclass
class Person:
    """Somebody in a private chat with the bot; what was expected of the bot is heard no more."""

    telegram: Telegram
    number: int
    language: str
    heard: int = 0

    @property
    def owner(self) -> str:
        """The last part of the id of this person's session."""
        return f"telegram:{self.number}"

    @property
    def messages(self) -> list[Call]:
        """What the server took from the bot for this person, in order."""
        sent = self.telegram.gate.of("sendMessage")
        return [call for call in sent if call.fields["chat_id"] == str(self.number)]

    @property
    def texts(self) -> list[str]:
        return [call.fields["text"] for call in self.messages]

    @property
    def once(self) -> list[str]:
        """The texts, each that was repeated at once counted once."""
        return [text for text, _ in groupby(self.texts)]

    async def says(self, *texts: str) -> int:
        """Write to the bot; the number of the last update."""
        return [await self.does(message(text, self.number)) for text in texts][-1]

    @property
    def shown(self) -> list[Call]:
        """What shows buttons to this person: messages, and edits of them."""
        return [
            call
            for call in self.telegram.gate.calls
            if call.method in SHOWING
            and call.status == 200
            and call.fields["chat_id"] == str(self.number)
        ]

    async def presses(self, label: str, *, last: int = 1) -> int:
        """Press the button of this label in the last message that has it, or one before."""
        data, number = [
            (button["callback_data"], call.message)
            for call in self.shown
            for row in call.keyboard
            for button in row
            if button["text"] == label
        ][-last]
        return await self.does(press(data, self.number, f"query-{self.number}-{label}", number))

    async def does(self, update: Mapping[str, Any]) -> int:
        """Let an update of this person happen, in this person's language."""
        for body in update.values():
            if isinstance(body.get("from"), dict):
                body["from"]["language_code"] = self.language
        return await self.telegram.emulator.enqueue(self.telegram.token, update)

    async def sends(self, update: Mapping[str, Any]) -> int:
        """Let an update come from the server that the emulator itself would refuse."""
        name = f"disguised {len(self.telegram.gate.disguised)}"
        self.telegram.gate.disguised[name] = dict(update)
        return await self.says(name)

    async def hears(self, *texts: str) -> None:
        """Wait for as many messages as these, and see that they are the next ones."""
        end = self.heard + len(texts)
        gate = self.telegram.gate
        try:
            async with asyncio.timeout(SECONDS), gate.changed:
                await gate.changed.wait_for(lambda: len(self.messages) >= end)
        except TimeoutError:
            raise AssertionError(f"{texts} did not come, but {self.texts[self.heard :]}") from None
        assert self.texts[self.heard : end] == list(texts), self.texts[self.heard :]
        self.heard = end

    async def sees_edited(self, count: int) -> Call:
        """Wait until so many messages were edited for this person; the last edit."""
        gate = self.telegram.gate

        def edits() -> list[Call]:
            found = gate.of("editMessageText")
            return [call for call in found if call.fields["chat_id"] == str(self.number)]

        async with asyncio.timeout(SECONDS), gate.changed:
            await gate.changed.wait_for(lambda: len(edits()) >= count)
        return edits()[count - 1]

    def buttons(self) -> list[str]:
        """The labels of the last message's buttons, as they are now."""
        return [button["text"] for row in self.shown[-1].keyboard for button in row]

    async def sees(self, *labels: str) -> None:
        """Wait until the last message has these buttons."""
        gate = self.telegram.gate
        async with asyncio.timeout(SECONDS), gate.changed:
            await gate.changed.wait_for(lambda: self.buttons() == list(labels))


SHOWING: Final = frozenset({"sendMessage", "editMessageText", "editMessageReplyMarkup"})
"""Methods that can set the buttons of a message."""
BOTS: Final = Path(__file__).parent / "bots"
"""Bots that only these tests talk with."""


@contextlib.asynccontextmanager
async def telegram(data: Path) -> AsyncIterator[Telegram]:
    """A new bot's account on an emulator, behind a gate."""
    emulator, token = emulators().bot()
    async with Gate(emulator.base) as gate:
        yield Telegram(emulator, token, gate, data)
