"""`statechat dead retry` is killed where it hurts, and said again: once is once all the same."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.core.effects import Message, Send
from engine.core.events import Event
from engine.core.session import Session
from engine.runtime.letters import of_event, of_message
from engine.stores.protocol import Dead, Item, Record
from engine.stores.sqlite import SqliteStore
from tests.unit.cli.test_dead import FLOW

ROOT = Path(__file__).parents[3]
ANN = "hello/console:ann"
AT = 1_767_614_400_000
EVENT = of_event(Event("console:9", "/start", ANN, "ann", AT, 9, "/start"), None, "bad", AT)
MESSAGE = of_message(
    f"{ANN}#life:1.1", ANN, Item(Send("1.1", "ann", Message("Who are you?")), AT), "blocked", AT
)


def statechat(folder: Path, *words: str, kill_at: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "STATECHAT_DATA": str(folder / "data"),
        "STATECHAT_KILL_AT": kill_at,
    }
    environment.pop("MONGODB_URI", None)
    return subprocess.run(
        [sys.executable, "-m", "engine.cli.main", *words],
        env={**environment, "STATECHAT_KILL_AT": kill_at},
        cwd=folder, input="", capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("letter", [EVENT, MESSAGE], ids=["event", "message"])
@pytest.mark.parametrize(
    "kill_at",
    [
        "after-step-before-commit:1", "after-commit-before-send:1",
        "after-step-before-commit:2", "after-commit-before-send:2",
    ],
)  # fmt: skip
def test_it_has_its_effect_once_though_the_command_was_killed(
    tmp_path: Path, letter: Dead, kill_at: str
) -> None:
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "hello.yaml").write_text(FLOW, encoding="utf-8")

    async def fill() -> None:
        store = SqliteStore(tmp_path / "data" / "hello.sqlite3", "hello")
        await store.open()
        await store.commit([Record(Session(ANN, 1, 1, "life", started=AT), {"console:9": 9})])
        await store.set_aside(letter)
        await store.close()

    asyncio.run(fill())
    killed = statechat(tmp_path, "dead", "retry", "hello", letter.id, kill_at=kill_at)
    if letter is EVENT and kill_at.endswith(":2"):  # one commit does it
        assert killed.returncode == 0
    else:
        assert killed.returncode == -signal.SIGKILL
    again = statechat(tmp_path, "dead", "retry", "hello", letter.id)
    assert again.returncode == 0 or "[dead:missing]" in again.stderr
    talks = [statechat(tmp_path, "chat", "hello", "--as", "ann") for _ in range(2)]
    assert [talk.returncode for talk in talks] == [0, 0]
    assert [talk.stdout.count("Who are you?") for talk in talks] == [1, 0]
    assert statechat(tmp_path, "dead", "list", "hello").stdout == ""
