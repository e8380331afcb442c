"""Killing a bot while persons talk with operators: each message reaches the other end once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from engine.stores.sqlite import SqliteStore
from tests.faults.handoff_child import LAST
from tests.unit.runtime.fakes import until

ROOT = Path(__file__).parents[2]
PERSONS = [f"p{number}" for number in range(6)]
HELP = """\
flow: help
triggers: [/help]
data: {problem: {type: text}}
initial: problem
states:
  problem: {ask: "What is it?", next: talk}
  talk:
    handoff: {to: operators, intro: "{problem}"}
    on: {closed: over}
  over: {type: final, say: Over.}
"""


def life(folder: Path, kill_at: str = "") -> subprocess.Popen[bytes]:
    environment = {**os.environ, "STATECHAT_KILL_AT": kill_at}
    command = [sys.executable, "-W", "error", "-m", "tests.faults.handoff_child", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)


def prepare(folder: Path) -> None:
    """A bot, and what six persons and an operator write to it."""
    (folder / "bot").mkdir()
    (folder / "bot" / "bot.yaml").write_text("bot: demo\nchats: {operators: fake:ops}\n")
    (folder / "bot" / "help.yaml").write_text(HELP)
    lines = [f"{who} {text}" for text in ("/help", "broken", "one", "two", LAST) for who in PERSONS]
    lines += [f"ops >{who} {text}" for text in ("try this", "/done") for who in PERSONS]
    numbered = (f"{number} {line}\n" for number, line in enumerate(lines, 1))
    (folder / "said").write_text("".join(numbered))


def arrived(folder: Path) -> dict[str, dict[str, str]]:
    """By chat, the text of each message that has come, by its id: repeated ones count once."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    sent = folder / "sent"
    for one in sent.read_text().split("\0") if sent.exists() else ():
        if one:
            chat, id_, text = one.split("\t", 2)
            found[chat][id_] = text
    return found


@pytest.mark.parametrize(
    "kill_at",
    [
        "after-tell-before-mark:1", "after-tell-before-mark:17", "after-tell-before-mark:38",
        "after-commit-before-send:20", "after-commit-before-send:75", "after-commit-before-ack:40",
        "after-step-before-commit:60", "after-send-before-mark:25",
    ],
)  # fmt: skip
async def test_each_message_crosses_once_whenever_the_bot_is_killed(
    tmp_path: Path, kill_at: str
) -> None:
    prepare(tmp_path)
    dead = life(tmp_path, kill_at)
    _, errors = await asyncio.to_thread(dead.communicate, None, 60)
    assert dead.returncode == -signal.SIGKILL, errors.decode()

    heir = life(tmp_path)

    def done() -> bool:
        found = arrived(tmp_path)
        ended = sum("You have ended" in text for text in found["ops"].values())
        told = sum("Over." in found[who].values() for who in PERSONS)
        return ended == told == len(PERSONS) or heir.poll() is not None

    await until(done, 60)
    (tmp_path / "enough").touch()
    _, errors = await asyncio.to_thread(heir.communicate, None, 60)
    assert heir.returncode == 0, errors.decode()

    found = arrived(tmp_path)
    for who in PERSONS:
        assert list(found[who].values()) == ["What is it?", "try this", "Over."]
        told = [
            text.partition("\n")[2].partition("\n")[0]
            for text in found["ops"].values()
            if text.partition("\n")[0].endswith(f" fake:{who}")
        ]
        assert told == ["broken", "one", "two", LAST, "You have ended the conversation."]
    store = SqliteStore(tmp_path / "bot.db", "demo")
    await store.open()
    records = await store.load(await store.owners("demo/fake:", "demo/", 100))
    assert await store.dead() == []
    await store.close()
    assert {record.outbox for record in records.values()} == {()}
    (talks,) = [
        chat.talks
        for record in records.values()
        for chat in record.session.chats.values()
        if chat.talks
    ]
    assert sorted(talk.number for talk in talks) == [1, 2, 3, 4, 5, 6]
    assert all(talk.over for talk in talks)
