"""The log as JSON: the whole way of an event under its id, and nothing that is personal."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.dialogue import BOTS, telegram
from tests.e2e.process import Process

NUMBER = 4_711_008_015
"""A person whose number stands nowhere else."""


def lines(process: Process) -> list[dict[str, Any]]:
    return [json.loads(line) for line in process.log.splitlines()]


async def test_an_event_is_followed_from_the_update_to_the_message(tmp_path: Path) -> None:
    async with (
        telegram(tmp_path / "data") as account,
        account.bot("registration", "-v", STATECHAT_LOG="json") as process,
    ):
        await process.ready()
        ann = account.person(NUMBER)
        start = await ann.says("/start")
        await ann.hears("Welcome! Four short questions.", "What is your name?")
        await ann.says("Annabella", "40")
        await ann.hears("How old are you, Annabella?", "Where do you live?")
        await ann.presses("Vienna")
        await ann.hears("Which street and number? Send /skip to leave the address out.")
        await ann.says("/skip")
        await ann.hears("Annabella, 40, Vienna. Correct?")
        pressed = await ann.presses("Yes")
        await ann.hears("Done, Annabella!")
        assert await process.stop() == 0
    found = lines(process)
    assert all({"message", "time", "level", "logger"} <= line.keys() for line in found)
    assert way(found, start) == ["received", "applied", "sent", "sent"]
    assert way(found, pressed) == ["received", "applied", "applied", "sent"], "the action's result"
    (person,) = {line["person"] for line in found if "person" in line}
    assert person.startswith("registration/telegram:~")
    assert str(NUMBER) not in process.log
    assert "Annabella" not in process.log


async def test_a_traceback_belongs_to_an_event_and_names_nobody(tmp_path: Path) -> None:
    async with (
        telegram(tmp_path / "data") as account,
        account.bot(str(BOTS / "work"), STATECHAT_LOG="json") as process,
    ):
        assert json.loads(await process.ready())["logger"] == "statechat.run"
        ann = account.person(NUMBER)
        await ann.says("/start")
        await ann.hears("What is to be done?")
        asked = await ann.says("a cake")
        await ann.hears("It is being done.", "It failed.")
        assert await process.stop() == 0
    (crash,) = [line for line in lines(process) if "traceback" in line]
    assert crash["event"] == f"telegram:{asked}"
    assert crash["traceback"].endswith("KeyError: 'WORK_AT'")
    assert crash["level"] == "error"
    assert str(NUMBER) not in process.log


def way(found: list[dict[str, Any]], update: int) -> list[str]:
    """What happened to an update, in the last word of each line about it."""
    mine = [line["message"] for line in found if line.get("event") == f"telegram:{update}"]
    return [message.rpartition(" ")[2] for message in mine]
