"""Copies of a bot's SQLite file: whole, though the bot writes; and put back as another life."""

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.effects import Message, Send
from engine.core.events import Event
from engine.core.session import Session
from engine.errors import StatechatError
from engine.runtime.letters import of_event, of_message, put_back
from engine.stores.protocol import Dead, Item, Record
from engine.stores.sqlite import SqliteStore
from engine.stores.sqlite_backup import back_up, restore

ANN, BOB = "demo/test:a#n:n", "demo/test:bob"
SENT = Item(Send("5.3", "c", Message("🦉")), 5)
UPDATE = Dead("test:7", "update", "odd", 3, {"a": "x#y"})


def record(owner: str, rev: int, **user: int) -> Record:
    letter = of_event(Event("test:3", "text", owner, "c", 1), None, "bad", 1)
    session = Session(owner, rev, 5, "life", user=user)
    return Record(session, {"test:7": 7}, outbox=(SENT,), again=(letter,))


async def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path, "demo")
    await store.open()
    return store


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def test_a_backup_is_of_one_moment_though_the_bot_writes_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    store = await opened(path)
    await store.commit([record(ANN, 1, n=0), record(BOB, 1, n=0)])
    copies = [tmp_path / f"{number}.copy" for number in range(5)]
    rev = 1
    for copy in copies:
        copying = asyncio.create_task(asyncio.to_thread(back_up, path, "demo", copy))
        while not copying.done():
            rev += 1
            assert await store.commit([record(ANN, rev, n=rev), record(BOB, rev, n=rev)]) == [
                True, True,
            ]  # fmt: skip
        assert await copying == copy.stat().st_size
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    await store.close()
    revisions = []
    for copy in copies:
        store = await opened(copy)
        found = await store.load([ANN, BOB])
        await store.close()
        ann, bob = found[ANN].session, found[BOB].session
        assert (ann.rev, ann.user) == (bob.rev, bob.user)
        revisions.append(found[ANN].session.rev)
    assert revisions == sorted(revisions)
    assert [name for name in names(tmp_path) if ".part" in name] == []


async def test_a_restored_bot_stands_where_it_stood_in_another_life(tmp_path: Path) -> None:
    path, copy = tmp_path / "bot.sqlite3", tmp_path / "copy"
    store = await opened(path)
    await store.commit([record(ANN, 1, n=2**63 - 1), record(BOB, 1)])
    await store.put("notes", "a", {"n": 1})
    message = of_message(f"{ANN}#life:5.2", ANN, SENT, "blocked", 2)
    for letter in (message, UPDATE):
        await store.set_aside(letter)
    back_up(path, "demo", copy)
    await store.close()
    for name in names(tmp_path):
        if name.startswith("bot.sqlite3"):
            (tmp_path / name).unlink()
    assert restore(path, "demo", copy) == 2
    store = await opened(path)
    found = await store.load([ANN, BOB])
    lives = {one.session.incarnation for one in found.values()}
    assert len(lives) == 2
    assert not lives & {"life", ""}
    restored = found[ANN]
    session = replace(restored.session, incarnation="life")
    assert replace(restored, session=session) == record(ANN, 1, n=2**63 - 1)
    assert await store.get("notes", "a") == {"n": 1}
    moved, update = await store.dead()
    assert update == UPDATE
    assert replace(moved, id=message.id) == message
    assert put_back(restored, moved) is not None
    await store.close()


async def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path) -> None:
    path, copy = tmp_path / "bot.sqlite3", tmp_path / "copy"
    store = await opened(path)
    await store.commit([record(ANN, 1)])
    copy.write_text("mine")
    with pytest.raises(StatechatError, match="backup:exists"):
        back_up(path, "demo", copy)
    assert copy.read_text() == "mine"
    with pytest.raises(StatechatError, match="store:locked"):
        restore(path, "demo", copy)
    await store.close()
    with pytest.raises(StatechatError, match="backup:exists"):
        restore(path, "demo", copy)
    path.unlink()
    log = tmp_path / "bot.sqlite3-wal"
    log.write_bytes(b"of another file")
    with pytest.raises(StatechatError, match="backup:exists"):
        restore(path, "demo", copy)
    log.unlink()
    with pytest.raises(StatechatError, match="store:damaged"):
        restore(path, "demo", copy)
    copy.write_bytes(b"")
    with pytest.raises(StatechatError, match="store:damaged"):
        restore(path, "demo", copy)
    assert not path.exists()
    assert names(tmp_path) == ["bot.sqlite3.lock", "copy"]


async def test_a_backup_of_another_bot_is_refused(tmp_path: Path) -> None:
    path, copy = tmp_path / "bot.sqlite3", tmp_path / "copy"
    await (await opened(path)).close()
    back_up(path, "demo", copy)
    with pytest.raises(StatechatError, match="store:foreign"):
        restore(tmp_path / "other.sqlite3", "other", copy)
    assert not (tmp_path / "other.sqlite3").exists()
