"""Over each transport: with the database gone, a person gets a polite line, and later the answer.

The store of these bots is a file that can be taken away and given back.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine import load
from engine.core.effects import Message
from engine.core.phrases import phrase
from engine.core.session import Session
from engine.errors import Place
from engine.runtime.delays import NOTICEABLE
from engine.stores.protocol import Record
from engine.testing.script import Script
from tests.contract.clock import VirtualClock
from tests.contract.live import Live, WatchedStore
from tests.contract.seat import SECONDS, Seat, open_seat
from tests.contract.test_conversations import SEATS

NOW = 1_790_000_000_000
BOT = """
flow: echo
languages: [en, de]
triggers: [text]
initial: said
states:
  said: {type: final, say: "You said {turn.text}."}
"""
GERMAN = "said.say: Du sagst {turn.text}."
OWN = "languages: [en, de]\ntexts: {late: 'One moment, {session.lang}.'}\n"


class Outage:
    """A bot on a store that can be taken away, and its person."""

    def __init__(self, live: Live, seat: Seat, store: WatchedStore, clock: VirtualClock) -> None:
        self.live = live
        self.seat = seat
        self.store = store
        self._clock = clock
        self._passing: asyncio.Task[None] | None = None

    async def passes(self, milliseconds: int) -> None:
        """Let time pass, in short steps, with the rest of the machine at work in between."""
        end = self._clock.now() + milliseconds
        while self._clock.now() < end:
            self._clock.advance(self._clock.now() + 100)
            await asyncio.sleep(0.002)

    async def heard(self, *texts: str) -> None:
        """Let time pass until so much has been said; it must be this."""

        async def forever() -> None:
            while True:
                await self.passes(100)

        passing = asyncio.create_task(forever())
        try:
            expected, seen = await self.seat.seen([Message(text) for text in texts])
            async with asyncio.timeout(SECONDS):
                while len(seen) < len(expected):
                    await asyncio.sleep(0.01)
                    expected, seen = await self.seat.seen([Message(text) for text in texts])
        finally:
            passing.cancel()
        assert seen == expected


@asynccontextmanager
async def outage(
    name: str, folder: Path, *, lang: str | None = None, texts: str = ""
) -> AsyncIterator[Outage]:
    (folder / "echo").mkdir()
    (folder / "echo" / "echo.yaml").write_text(BOT)
    (folder / "echo" / "echo.de.yaml").write_text(GERMAN)
    if texts:
        (folder / "echo" / "bot.yaml").write_text(texts)
    module = importlib.import_module(f"tests.contract.seats.{name}")
    clock = VirtualClock(NOW)
    async with open_seat(module, lang, clock) as seat:
        program = load(folder / "echo").program
        store = WatchedStore(folder / "sessions.sqlite3", program.bot)
        live = Live(program, seat, seat.transport(), store, clock)
        session = Session(live.owner, 1, incarnation="test", started=NOW, lang=lang)
        await store.open()
        await store.commit([Record(session)])
        await store.close()
        async with live.running(Script("", Place("", 1, 1), "echo", lang, NOW, None, ())):
            yield Outage(live, seat, store, clock)


@pytest.mark.parametrize("name", SEATS)
async def test_who_writes_meanwhile_gets_one_polite_line_and_then_the_answers(
    name: str, tmp_path: Path
) -> None:
    async with outage(name, tmp_path) as bot:
        await bot.live.type("a")
        await bot.heard("You said a.")
        bot.store.away = True
        await bot.seat.type("b")
        late = phrase("late", "en")
        await bot.heard("You said a.", late)
        await bot.seat.type("c")
        await bot.passes(4 * NOTICEABLE)
        await bot.heard("You said a.", late)
        bot.store.away = False
        await bot.heard("You said a.", late, "You said b.", "You said c.")
        record = await bot.live.record()
        assert record.session.steps == 3


@pytest.mark.parametrize("name", SEATS)
async def test_the_line_is_in_the_persons_language_and_the_authors_words(
    name: str, tmp_path: Path
) -> None:
    async with outage(name, tmp_path, lang="de", texts=OWN) as bot:
        await bot.live.type("a")
        await bot.heard("Du sagst a.")
        bot.store.away = True
        await bot.seat.type("b")
        await bot.heard("Du sagst a.", "One moment, de.")
        bot.store.away = False
        await bot.heard("Du sagst a.", "One moment, de.", "Du sagst b.")
