"""A wall on which people of Telegram and of Nostr hang pictures for each other: one process."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("pynostr")
pytest.importorskip("nostr_sdk")

from tests.e2e import nostr_tools
from tests.e2e.dialogue import Telegram, telegram
from tests.e2e.nostr_tools import NpmPerson, npm_person
from tests.e2e.process import Process
from tests.servers.blossom import BlossomServer
from tests.servers.relay import running as relay
from tests.servers.telegram import message
from transports.nostr.keys import Key

SECRET = "07" * 32
BOT = Key(bytes.fromhex(SECRET)).public
PICTURE = b"\x89PNG " + bytes(range(256)) * 600
FLOW = """\
flow: wall
triggers: [/start]
data:
  picture: {type: any, optional: true, scope: user}
  found: {type: list, optional: true}
initial: welcome
states:
  welcome:
    say: {text: Welcome!, photo: ./frame.png}
    next: wait
  wait:
    on:
      photo: {set: {user.picture: turn.media}, target: hang}
      /mine: {say: {text: This is yours., photo: user.picture}}
      /show: look
  hang:
    invoke:
      action: records.put
      with: {collection: wall, values: {picture: user.picture}}
      done: {say: It hangs., target: wait}
  look:
    invoke:
      action: records.find
      with: {collection: wall}
      into: found
      done: {say: {text: Look!, photo: "found[0].picture"}, target: wait}
"""

missing = nostr_tools.missing()
pytestmark = pytest.mark.skipif(missing is not None, reason=str(missing))


@dataclass
class Wall:
    account: Telegram
    process: Process
    blossom: BlossomServer
    nora: NpmPerson


@asynccontextmanager
async def wall(folder: Path) -> AsyncIterator[Wall]:
    """The bot on both, with a person of Nostr."""
    bot = folder / "wall"
    bot.mkdir()
    (bot / "wall.yaml").write_text(FLOW)
    (bot / "frame.png").write_bytes(PICTURE[::-1])
    async with BlossomServer() as blossom, telegram(folder) as account:
        host = f"['127.0.0.1:{blossom.port}']"
        (bot / "bot.yaml").write_text(
            f"http: {{hosts: {host}, private: {host}}}\n"
            "records: {wall: {fields: {picture: {type: any}}}}\n"
        )
        with relay() as url:
            variables = {
                "NOSTR_KEY": SECRET,
                "NOSTR_RELAYS": url,
                "NOSTR_BLOSSOM": blossom.base,
            }
            async with npm_person(BOT, url) as nora, account.bot(str(bot), **variables) as process:
                await process.ready()
                yield Wall(account, process, blossom, nora)
                assert await process.stop() == 0
                assert "ERROR" not in process.log
                assert account.token.partition(":")[2] not in process.log


async def file_of(person: NpmPerson) -> bytes:
    """The next file message, downloaded and decrypted by the person's client."""
    return base64.b64decode((await person.letter())["file"])


async def test_a_photo_of_telegram_is_seen_on_nostr_byte_for_byte(tmp_path: Path) -> None:
    async with wall(tmp_path) as made:
        ann = made.account.person(100)
        await made.nora.say("/start")
        assert await file_of(made.nora) == PICTURE[::-1]
        assert (await made.nora.letter())["text"] == "Welcome!"
        number = await file_id(made.account, PICTURE)
        await ann.says("/start")
        photo = {"file_id": number, "file_unique_id": "u", "width": 4, "height": 3}
        await ann.does(message(None, 100, message_id=7, photo=[photo]))
        await ann.hears("It hangs.")
        await made.nora.say("/show")
        letter = await made.nora.letter()
        assert base64.b64decode(letter["file"]) == PICTURE
        tags = dict(letter["tags"])
        assert (tags["file-type"], tags["dim"]) == ("image/jpeg", "4x3")
        assert PICTURE not in made.blossom.blobs.values()
        assert (await made.nora.letter())["text"] == "Look!"


async def test_a_photo_of_nostr_is_seen_on_telegram_and_uploaded_once(tmp_path: Path) -> None:
    async with wall(tmp_path) as made:
        ann = made.account.person(100)
        await ann.says("/start")
        await made.nora.say("/start")
        await file_of(made.nora)
        await made.nora.letter()
        await made.nora.attach(PICTURE, "image/png", made.blossom.base)
        assert (await made.nora.letter())["text"] == "It hangs."
        await ann.says("/show")
        *_, first = await made.account.gate.until("sendPhoto", 2)
        assert [content for _, content in first.uploads.values()] == [PICTURE]
        assert first.fields["caption"] == "Look!"
        await ann.says("/show")
        *_, second = await made.account.gate.until("sendPhoto", 3)
        made_of = json.loads(first.body)["result"]["photo"][-1]["file_id"]
        assert (second.uploads, second.fields["photo"]) == ({}, made_of)
        before = len(made.blossom.uploaders)
        await made.nora.say("/mine")
        assert await file_of(made.nora) == PICTURE
        assert len(made.blossom.uploaders) == before


async def file_id(account: Telegram, content: bytes) -> str:
    """The number of a file that somebody has sent on Telegram."""
    import aiohttp  # noqa: PLC0415 - for this alone

    form = aiohttp.FormData()
    form.add_field("chat_id", "1")
    form.add_field("photo", content, filename="cat.jpg")
    url = f"{account.emulator.base}/bot{account.token}/sendPhoto"
    async with aiohttp.ClientSession() as client, client.post(url, data=form) as answer:
        return str((await answer.json())["result"]["photo"][-1]["file_id"])
