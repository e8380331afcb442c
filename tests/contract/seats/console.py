"""A seat at the console: lines through a pipe, menus with numbers."""

import contextlib
import io
import os
from collections.abc import AsyncIterator, Sequence

from engine.core.effects import Button, Message
from engine.runtime.ports import Transport
from tests.contract.clock import VirtualClock
from tests.contract.seat import Acted, lines, unplayable
from transports.console.plain import Plain
from transports.console.transport import CHAT, Console


class ConsoleSeat:
    user = "ann"
    chat = CHAT
    buttons = False
    hints = True
    names = False

    def __init__(self, source: int, keyboard: int, lang: str | None) -> None:
        self._keyboard = keyboard
        self._screen = io.StringIO()
        self._plain = Plain(source, self._screen, io.StringIO())
        self._lang = lang

    def transport(self) -> Transport:
        return Console(self.user, self._plain, self._lang)

    async def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode() + b"\n")

    async def press(self, button: Button) -> None:
        raise NotImplementedError("here are no buttons")

    async def act(self, input_: Acted) -> Acted:
        raise unplayable(input_)

    async def seen(self, said: Sequence[Message]) -> tuple[str, str]:
        return "".join(f"{text}\n" for text in lines(said)), self._screen.getvalue()


@contextlib.asynccontextmanager
async def seat(lang: str | None, clock: VirtualClock) -> AsyncIterator[ConsoleSeat]:
    source, keyboard = os.pipe()
    yield ConsoleSeat(source, keyboard, lang)
    os.close(keyboard)
    os.close(source)
