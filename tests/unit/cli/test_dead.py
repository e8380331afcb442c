"""`statechat dead`: what was set aside is looked at, put back, dropped, on a database in a file."""

import asyncio
import json
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.core.effects import Message, Send
from engine.core.events import Event
from engine.core.session import Session
from engine.runtime.letters import of_event, of_message
from engine.stores.protocol import Dead, Item, Record
from engine.stores.sqlite import SqliteStore

FLOW = """\
flow: hello
states:
  ask: {ask: Who are you?, into: name, next: end}
  end: {type: final, say: "Hello, {name}!"}
initial: ask
triggers: [/start]
data: {name: {type: text}}
"""
ANN = "hello/telegram:4711"
AT = 1_767_614_400_000
EVENT = of_event(
    Event("telegram:9", "text", ANN, "4711", AT, 9, "my secret"), None, "step:crashed (X)", AT
)
MESSAGE = of_message(
    f"{ANN}#life:1.1", ANN, Item(Send("1.1", "4711", Message("Who?")), AT), "blocked", AT + 1
)
UPDATE = Dead("telegram:8", "update", "no chat", AT - 1, {"message": {"text": "odd"}})


def database(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "data" / "hello.sqlite3", "hello")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot with three dead letters, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATECHAT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("MONGODB_URI", raising=False)
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "hello.yaml").write_text(FLOW, encoding="utf-8")

    async def fill() -> None:
        store = database(tmp_path)
        await store.open()
        await store.commit([Record(Session(ANN, 1, 1, "life"), {"telegram:9": 9})])
        for letter in (EVENT, MESSAGE, UPDATE):
            await store.set_aside(letter)
        await store.close()

    asyncio.run(fill())
    return tmp_path


def stored(folder: Path) -> tuple[list[str], Record]:
    """Ids of the letters that are left, and the person's record."""

    async def read() -> tuple[list[str], Record]:
        store = database(folder)
        await store.open()
        try:
            letters = [letter.id for letter in await store.dead()]
            return letters, (await store.load([ANN]))[ANN]
        finally:
            await store.close()

    return asyncio.run(read())


def test_the_list_tells_when_what_and_why_and_nothing_that_was_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead", "list", "hello"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[1] == "2026-01-05T12:00:00Z  event    telegram:9  step:crashed (X)"
    assert len(printed.splitlines()) == 3
    assert main(["dead", "list", "hello", "--json"]) == 0
    listed = capsys.readouterr().out
    assert [one["id"] for one in json.loads(listed)] == [UPDATE.id, EVENT.id, MESSAGE.id]
    for said in ("my secret", "Who?", "odd"):
        assert said not in printed + listed


def test_one_is_shown_with_all_that_it_holds(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead", "show", "hello", "telegram:9"]) == 0
    printed = capsys.readouterr().out
    assert "reason: step:crashed (X)\n" in printed
    assert '"text": "my secret"' in printed
    assert main(["dead", "show", "hello", "telegram:9", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["payload"]["text"] == "my secret"


def test_a_drop_removes_those_that_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead", "drop", "hello", UPDATE.id, MESSAGE.id]) == 0
    assert capsys.readouterr().out == f"dropped: {UPDATE.id}\ndropped: {MESSAGE.id}\n"
    assert stored(folder)[0] == [EVENT.id]


def test_a_retry_puts_back_what_can_be_and_tells_what_cannot(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Dead("telegram:7", "event", "bad", AT, {"owner": ANN})

    async def add() -> None:
        store = database(folder)
        await store.open()
        await store.set_aside(broken)
        await store.close()

    asyncio.run(add())
    words = [UPDATE.id, broken.id, EVENT.id, MESSAGE.id]
    assert main(["dead", "retry", "hello", *words, "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out) == [
        {"id": UPDATE.id}, {"id": broken.id, "error": "dead:unreadable"}, {"id": EVENT.id},
        {"id": MESSAGE.id},
    ]  # fmt: skip
    assert "`telegram:7` cannot be put back" in printed.err
    letters, record = stored(folder)
    assert letters == [UPDATE.id, broken.id]  # the update is read again at the next start
    assert record.again == (EVENT,)
    assert [(item.id, item.worker, item.attempts) for item in record.outbox] == [("1.1", None, 0)]


def test_an_id_that_is_wrong_changes_nothing_and_gets_a_hint(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead", "drop", "hello", EVENT.id, "telegram:88"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "there is no dead letter `telegram:88` [dead:missing]" in printed.err
    assert "Did you mean `telegram:" in printed.err
    assert len(stored(folder)[0]) == 3


def test_a_database_in_use_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def while_it_runs() -> None:
        store = database(folder)
        await store.open()
        assert await asyncio.to_thread(main, ["dead", "list", "hello"]) == 1
        await store.close()

    asyncio.run(while_it_runs())
    printed = capsys.readouterr()
    assert "[store:running]" in printed.err
    assert "Stop the bot, do it then" in printed.err


def test_a_bot_without_a_database_gets_none(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATECHAT_DATA", str(folder / "elsewhere"))
    assert main(["dead", "list", "hello"]) == 1
    assert "[store:missing]" in capsys.readouterr().err
    assert not (folder / "elsewhere").exists()
