"""The person at the terminal as a transport: typed lines come in, messages are shown."""

import asyncio
import re
import sys
import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final, Protocol

from engine.core.company import HERE
from engine.core.effects import Message
from engine.core.events import Event, read_text
from engine.runtime.ports import Delivery, Host, PostponedError, RefusedError
from transports.render import in_words

PREFIX: Final = "console"
CHAT: Final = HERE
_UNSAFE_NAME: Final = re.compile(r"[^\w.@+-]+")


class Screen(Protocol):
    """Where a person types and reads."""

    def lines(self) -> AsyncIterator[str]:
        """What the person enters, until they end it."""
        ...

    async def show(self, message: Message) -> None:
        """Show what the bot says.

        Raises:
            OSError: nobody reads any more.
        """
        ...

    async def greet(self, text: str) -> None:
        """Tell a person, if there is one, how to begin."""
        ...

    async def note(self, text: str) -> None:
        """Show a word of the program's own, apart from the bot's."""
        ...


class Console:
    """One person, in one chat.

    Attributes:
        person: the `user` in `Event.owner`.
        ended: set when the person entered the last line and every line is committed.
        lost: set when nobody reads what is shown: a closed pipe or terminal.
    """

    name = PREFIX
    trouble: str | None = None

    def __init__(self, person: str, screen: Screen, lang: str | None = None) -> None:
        self.person = _UNSAFE_NAME.sub("-", person)[:64].strip("-") or "you"
        self.caught_up = asyncio.Event()
        self.ended = asyncio.Event()
        self.lost = asyncio.Event()
        self._screen = screen
        self._lang = lang
        self._host: Host | None = None
        self._order = 0
        self._open: set[asyncio.Future[None]] = set()

    async def open(self, host: Host) -> None:
        self._host = host
        self.caught_up.set()

    async def feed(self) -> None:
        assert self._host is not None, "open() comes first"
        await self._screen.greet(greeting(self._host))
        async for line in self._screen.lines():
            if line.strip():
                await self._accept(line)
        await asyncio.gather(*self._open, return_exceptions=True)
        self.ended.set()
        # A feed ends by being cancelled only.
        await asyncio.Event().wait()

    async def send(self, delivery: Delivery) -> None:
        """Show a message to the one who sits here.

        Raises:
            RefusedError: it is for someone of another transport.
            PostponedError: it is for someone who is not here now, or nobody reads any more.

        What is edited is shown again, but not where only its buttons change: here are none. Media
        and reactions are lines that name them.
        """
        bot, _, owner = delivery.owner.partition("/")
        transport, _, person = owner.partition(":")
        if transport != PREFIX or self._host is None or bot != self._host.bot:
            raise RefusedError(f"{delivery.owner} is nobody at this console")
        if person != self.person:
            raise PostponedError(f"{person} is not at the console")
        if self.lost.is_set():
            raise PostponedError("the console is closed")
        words = in_words(delivery.message)
        if words is None:
            return
        try:
            await self._screen.show(harmless_message(words))
        except OSError as error:
            self.lost.set()
            raise PostponedError(f"the console is closed: {error.strerror}") from error

    async def note(self, text: str) -> None:
        """Show a word of the program's own."""
        try:
            await self._screen.note(harmless(text))
        except OSError:
            self.lost.set()

    def horizon(self, prefix: str) -> int:
        """Nothing that was typed ever comes again."""
        return sys.maxsize if prefix == PREFIX else 0

    async def close(self) -> None:
        self.lost.set()

    async def _accept(self, line: str) -> None:
        assert self._host is not None, "open() comes first"
        name, text, args = read_text(line)
        now = self._host.clock.now()
        self._order = max(self._order + 1, now)
        event = Event(
            id=f"{PREFIX}:{uuid.uuid4()}",
            name=name,
            owner=f"{self._host.bot}/{PREFIX}:{self.person}",
            chat=CHAT,
            at=now,
            order=self._order,
            text=text,
            args=args,
            lang=self._lang,
            ref=str(self._order),
        )
        committed = await self._host.accept(event)
        self._open.add(committed)
        committed.add_done_callback(self._committed)

    def _committed(self, future: asyncio.Future[None]) -> None:
        self._open.discard(future)
        if not future.cancelled():
            # It fails only when the engine stops first, and then there is nobody to tell.
            future.exception()


def greeting(host: Host) -> str:
    """The first line that a person at a terminal sees."""
    begin = ", ".join(command for command, _ in host.commands)
    first = f"Begin with {begin}." if begin else "Say something."
    return harmless(f"{host.bot}: {first} Ctrl-D ends.")


def harmless(text: str) -> str:
    """The text with what could move a cursor, set a colour or turn the direction made visible.

    Its length stays as it is, so that offsets of marks stay right.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(_visible(character) for character in text)


def harmless_message(message: Message) -> Message:
    """The message with `harmless` texts, addresses and labels."""
    marks = (replace(mark, url=harmless(mark.url) if mark.url else None) for mark in message.marks)
    rows = (
        tuple(
            replace(one, label=harmless(one.label), url=harmless(one.url) if one.url else None)
            for one in row
        )
        for row in message.buttons
    )
    return replace(message, text=harmless(message.text), marks=tuple(marks), buttons=tuple(rows))


def _visible(character: str) -> str:
    if character == "\n":
        return character
    if character == "\t":
        return " "
    control = unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
    turns = unicodedata.bidirectional(character) in _TURNS
    return "\N{REPLACEMENT CHARACTER}" if control or turns else character


_TURNS: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
