"""A bot that sends a file of its folder, and a photo that it was sent: a process on Telegram."""

import json
from pathlib import Path

from tests.e2e.dialogue import telegram
from tests.e2e.process import ROOT
from tests.servers.faulty import Call
from tests.servers.telegram import message

GALLERY = ROOT / "tests" / "e2e" / "bots" / "gallery"


def file_id(call: Call) -> str:
    return str(json.loads(call.body)["result"]["photo"][-1]["file_id"])


async def test_files_are_uploaded_once_and_photos_of_people_are_sent_again(tmp_path: Path) -> None:
    async with telegram(tmp_path) as account, account.bot(str(GALLERY)) as process:
        await process.ready()
        ann, bob = account.person(100), account.person(101)
        await ann.says("/start")
        (welcome,) = await account.gate.until("sendPhoto", 1)
        assert welcome.fields["photo"].startswith("attach://")
        assert welcome.fields["caption"] == "Welcome!"
        assert json.loads(welcome.fields["caption_entities"])[0]["type"] == "bold"
        await ann.hears("Send me a picture.")
        await bob.says("/start")
        _, again = await account.gate.until("sendPhoto", 2)
        assert again.fields["photo"] == file_id(welcome)
        photo = {"file_id": file_id(welcome), "file_unique_id": "u", "width": 1, "height": 1}
        await ann.does(message(None, 100, message_id=7, photo=[photo]))
        *_, hung = await account.gate.until("sendPhoto", 3)
        assert hung.fields["photo"] == file_id(welcome)
        assert hung.fields["caption"] == "It hangs on the wall."
        assert json.loads(hung.fields["reply_parameters"])["message_id"] == 7
        assert await process.stop() == 0
        assert "ERROR" not in process.log
