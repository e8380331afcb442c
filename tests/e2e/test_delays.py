"""A database that goes away under a bot that talks over Telegram and over Nostr, and comes back."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")
pytest.importorskip("motor")
pytest.importorskip("secantus.server")

from engine.core.phrases import phrase
from tests.e2e.dialogue import telegram
from tests.e2e.mongo import Server
from tests.e2e.revived import REGISTRATION, TEXTS
from tests.servers.nostr_person import person
from tests.servers.relay import running as relay
from transports.nostr.keys import Key

LATE = phrase("late", "en")
SPAET = phrase("late", "de")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "mongo")
    server.start()
    yield server
    server.kill()


async def test_who_writes_while_the_database_is_gone_is_told_so_and_answered_later(
    tmp_path: Path, server: Server
) -> None:
    secret = secrets.token_hex(32)
    with relay() as url:
        async with (
            telegram(tmp_path) as account,
            person(Key(bytes.fromhex(secret)).public, url) as nora,
            account.bot(
                "registration", "-v", MONGODB_URI=server.uri, NOSTR_KEY=secret, NOSTR_RELAYS=url
            ) as process,
        ):
            await process.ready()
            ann, joerg = account.person(100), account.person(101, "de")
            await ann.says("/start")
            await ann.hears(*TEXTS[:2])
            await joerg.says("/start")
            await joerg.hears("Willkommen! Vier kurze Fragen.", "Wie heißt du?")
            await nora.say("/start")
            assert [letter.text for letter in await nora.received(2)] == TEXTS[:2]

            server.kill()
            await ann.says(REGISTRATION[1][0])
            last = await joerg.says("Jörg")
            await nora.say(REGISTRATION[1][0])
            await ann.hears(LATE)
            await joerg.hears(SPAET)
            assert (await nora.received(3))[-1].text == LATE
            await ann.says("40")
            await asyncio.to_thread(server.start)

            await ann.hears(TEXTS[2], "Where do you live?")
            await joerg.hears("Wie alt bist du, Jörg?")
            assert (await nora.received(4))[-1].text == TEXTS[2]
            await account.confirmed(last)
            assert [text for text in ann.texts if text == LATE] == [LATE]
            assert "Traceback" not in process.log
            assert await process.stop() == 0
