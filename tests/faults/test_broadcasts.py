"""Killing a bot in the middle of a broadcast: everybody gets it once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.core.access import Rate
from engine.core.session import Chat, Session
from engine.stores.broadcasts import ask_for
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore
from tests.unit.runtime.fakes import NOW, until

ROOT = Path(__file__).parents[2]
PERSONS = 200
NEWS = """\
flow: news
triggers: [/news]
data: {got: {type: int, scope: user, default: 0}}
initial: end
states:
  end: {type: final, set: {user.got: user.got + 1}, say: "News, {user.got}."}
"""


def life(folder: Path, kill_at: str = "") -> subprocess.Popen[bytes]:
    environment = {**os.environ, "STATECHAT_KILL_AT": kill_at}
    command = [sys.executable, "-W", "error", "-m", "tests.faults.broadcast_child", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)


def owner(number: int) -> str:
    return f"demo/fake:{number}"


async def prepared(folder: Path) -> SqliteStore:
    """A stopped bot that knows 200 persons, and is asked to tell them the news."""
    (folder / "bot").mkdir()
    (folder / "bot" / "bot.yaml").write_text("bot: demo\n")
    (folder / "bot" / "news.yaml").write_text(NEWS)
    store = SqliteStore(folder / "bot.db", "demo")
    await store.open()
    await store.commit([
        Record(Session(owner(n), 1, incarnation=f"{n}", started=NOW, chats={f"{n}": Chat()}))
        for n in range(PERSONS)
    ])  # fmt: skip
    await ask_for(store, {"flow": "news"}, Rate(1_000, 1_000), 4_102_444_800_000)
    await store.close()
    return store


@pytest.mark.parametrize(
    "kill_at",
    [
        "after-begin-before-note:1", "after-begin-before-note:77", "after-begin-before-note:100",
        "after-commit-before-send:60", "after-commit-before-ack:130",
    ],
)  # fmt: skip
async def test_everybody_gets_a_broadcast_once_whenever_the_bot_is_killed(
    tmp_path: Path, kill_at: str
) -> None:
    store = await prepared(tmp_path)
    dead = life(tmp_path, kill_at)
    _, errors = await asyncio.to_thread(dead.communicate, None, 60)
    assert dead.returncode == -signal.SIGKILL, errors.decode()

    heir = life(tmp_path)
    sent = tmp_path / "sent"

    def arrived() -> list[list[str]]:
        return [line.split("\t") for line in sent.read_text().splitlines()] if sent.exists() else []

    await until(
        lambda: len({one[0] for one in arrived()}) == PERSONS or heir.poll() is not None, 30
    )
    (tmp_path / "enough").touch()
    _, errors = await asyncio.to_thread(heir.communicate, None, 30)
    assert heir.returncode == 0, errors.decode()

    await store.open()
    found = await store.load([owner(number) for number in range(PERSONS)])
    assert await store.dead() == []
    await store.close()
    assert Counter(record.session.user["got"] for record in found.values()) == {1: PERSONS}
    assert {text for _, _, text in arrived()} == {"News, 1."}
    assert len({id_ for _, id_, _ in arrived()}) == PERSONS
