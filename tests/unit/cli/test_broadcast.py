"""`statechat broadcast`: who would get a flow, and asking for it while the bot is stopped."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.core.session import Chat, Session
from engine.stores.broadcasts import COLLECTION
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore

ROOT = Path(__file__).parents[3]
FLOW = """\
flow: news
triggers: [/news]
data: {member: {type: bool, scope: user, default: false}, age: {type: int, scope: user}}
initial: end
states:
  end: {type: final, say: News!}
"""


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot that knows three persons, of whom two are members, and one who was erased."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATECHAT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("MONGODB_URI", raising=False)
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "news.yaml").write_text(FLOW, encoding="utf-8")

    async def fill() -> None:
        store = database(tmp_path)
        await store.open()
        await store.commit([
            Record(
                Session(
                    f"hello/telegram:{n}", 1, started=int(n < 3), chats={str(n): Chat()},
                    user={"member": n != 1},
                )
            )
            for n in range(4)
        ])  # fmt: skip
        await store.close()

    asyncio.run(fill())
    return tmp_path


def database(folder: Path) -> SqliteStore:
    return SqliteStore(folder / "data" / "hello.sqlite3", "hello")


def asked_for(folder: Path) -> list[object]:
    async def read() -> list[object]:
        store = database(folder)
        await store.open()
        try:
            return list((await store.all(COLLECTION)).values())
        finally:
            await store.close()

    return asyncio.run(read())


def test_a_dry_run_says_how_many_would_get_it_and_stores_nothing(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["broadcast", "hello", "news", "--dry-run"]) == 0
    assert main(["broadcast", "hello", "news", "--where", "user.member", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert printed == "3 persons would get news\n2 persons would get news\n"
    assert asked_for(bot) == []


def test_a_broadcast_is_stored_with_its_condition_and_rate(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["broadcast", "hello", "news", "--where", "user.member", "--rate", "5/m"]
    assert main(line) == 0
    assert capsys.readouterr().out.startswith("asked for: news for 2 persons (broadcast ")
    what = {"flow": "news", "where": "user.member"}
    assert asked_for(bot) == [{"what": what, "rate": [5, 60_000]}]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["nws"], "cli:flow"),
        (["news", "--rate", "fast"], "cli:rate"),
        (["news", "--where", "user.membr"], "cli:where"),
        (["news", "--where", "1 +"], "cli:where"),
        (["news", "--where", "size > 1"], "cli:where"),
    ],
)
def test_what_could_reach_nobody_is_misuse(
    bot: Path, capsys: pytest.CaptureFixture[str], line: list[str], code: str
) -> None:
    assert main(["broadcast", "hello", *line]) == 2
    assert f"[{code}]" in capsys.readouterr().err
    assert asked_for(bot) == []


def test_a_condition_that_fails_for_somebody_is_told_before_anybody_gets_it(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["broadcast", "hello", "news", "--where", "user.age > 3"]) == 2
    printed = capsys.readouterr().err
    assert "hello/telegram:0" in printed
    assert "[cli:where]" in printed
    assert asked_for(bot) == []


@pytest.mark.timeout(60)
def test_a_bot_that_starts_carries_out_what_was_asked_for_while_it_was_stopped(bot: Path) -> None:
    def chat(lines: str, enough: str) -> str:
        """Talk with the bot; leave when it has said `enough`."""
        command = [sys.executable, "-m", "engine.cli.main", "chat", "hello", "--as", "ann"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        ) as talk:
            assert talk.stdin is not None
            assert talk.stdout is not None
            talk.stdin.write(lines)
            talk.stdin.flush()
            said = ""
            while enough not in said and (line := talk.stdout.readline()):
                said += line
            talk.stdin.close()
            return said + talk.stdout.read()

    assert chat("/news\n", "News!") == "News!\n"
    assert main(["broadcast", "hello", "news"]) == 0
    assert chat("", "News!") == "News!\n"
