"""SQLite where it hurts: killed writers, second openers, full disks, files of others."""
# ruff: noqa: ASYNC240 - the loop has nothing else to do

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.session import Session
from engine.errors import StatechatError
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]
NOBODY = 65_534
HOLDER = """
import asyncio, sys
from pathlib import Path
from engine.core.session import Session
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore

async def main():
    store = SqliteStore(Path(sys.argv[1]), "demo")
    await store.open()
    rev = 0
    while True:
        rev += 1
        records = [Record(Session(f"demo/test:{n}", rev, user={"rev": rev})) for n in range(3)]
        assert await store.commit(records) == [True] * 3
        print(rev, flush=True)

asyncio.run(main())
"""


def record(name: str = "1", rev: int = 1, text: str = "") -> Record:
    return Record(Session(f"demo/test:{name}", rev, user={"text": text}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path, "demo")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes revision after revision and tells each that was acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of a user for whom rights count; the superuser becomes one."""
    folder = Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(os.getuid())
        shutil.rmtree(folder)


async def refused(store: SqliteStore) -> StatechatError:
    with pytest.raises(StatechatError) as caught:
        await store.open()
    assert caught.value.cure
    return caught.value


def read(holder: subprocess.Popen[str], lines: int) -> int:
    assert holder.stdout is not None
    return [int(holder.stdout.readline()) for _ in range(lines)][-1]


async def test_a_killed_writer_loses_nothing_that_was_acknowledged(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    acknowledged = read(holder, 40)
    holder.send_signal(signal.SIGKILL)
    assert holder.stdout is not None
    acknowledged = max(acknowledged, *map(int, holder.stdout.read().split()), 0)
    holder.wait()
    store = SqliteStore(path, "demo")
    await store.open()
    found = await store.load([f"demo/test:{number}" for number in range(3)])
    await store.close()
    revs = {each.session.rev for each in found.values()}
    assert len(found) == 3
    assert len(revs) == 1, "the commit that was cut off is there wholly or not at all"
    assert revs.pop() in {acknowledged, acknowledged + 1}


async def test_a_second_process_is_refused_until_the_first_one_dies(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    read(holder, 1)
    error = await refused(SqliteStore(path, "demo"))
    assert error.code == "store:locked"
    assert str(holder.pid) in error.message
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    store = SqliteStore(path, "demo")
    await store.open()
    await store.close()


async def test_a_second_store_in_the_same_process_is_refused(
    path: Path, store: SqliteStore
) -> None:
    assert (await refused(SqliteStore(path, "demo"))).code == "store:locked"
    await store.commit([record()])
    await store.close()
    again = SqliteStore(path, "demo")
    await again.open()
    assert len(await again.load([record().session.id])) == 1
    await again.close()


async def test_others_can_read_while_the_store_is_open(path: Path, store: SqliteStore) -> None:
    await store.commit([record()])
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert reader.execute("SELECT rev FROM sessions").fetchall() == [(1,)]
    reader.close()


async def test_the_file_is_private_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "bot.db"
    store = SqliteStore(path, "demo")
    await store.open()
    await store.commit([record()])
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    await store.close()
    assert modes["bot.db"] == modes["bot.db-wal"] == modes["bot.db.lock"] == 0o600


async def test_a_full_database_is_told_and_later_goes_on(store: SqliteStore) -> None:
    await store.commit([record()])
    await store._run(lambda connection: connection.execute("PRAGMA max_page_count = 20"))
    with pytest.raises(StatechatError, match="full") as caught:
        await store.commit([record("2"), record("3", text="x" * 200_000)])
    assert caught.value.code == "store:full"
    await store._run(lambda connection: connection.execute("PRAGMA max_page_count = 100000"))
    assert await store.load(["demo/test:2"]) == {}
    assert await store.commit([record("2"), record("3", text="x" * 200_000)]) == [True, True]


async def test_a_write_that_the_disk_refuses_has_an_unknown_outcome(store: SqliteStore) -> None:
    await store.commit([record()])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        with pytest.raises(StatechatError) as caught:
            await store.commit([record(rev=2, text="x" * 1_000_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "store:unknown"
    (found,) = (await store.load([record().session.id])).values()
    assert found == record()
    assert await store.commit([record(rev=2, text="y")]) == [True]


async def test_a_file_that_cannot_be_written_is_refused(unprivileged: Path) -> None:
    path = unprivileged / "bot.db"
    store = SqliteStore(path, "demo")
    await store.open()
    await store.close()
    path.chmod(0o400)
    assert (await refused(SqliteStore(path, "demo"))).code == "store:readonly"


async def test_a_folder_that_cannot_be_written_is_refused(unprivileged: Path) -> None:
    unprivileged.chmod(0o500)
    for path in (unprivileged / "bot.db", unprivileged / "deeper" / "bot.db"):
        assert (await refused(SqliteStore(path, "demo"))).code == "store:readonly"
    unprivileged.chmod(0o700)


async def test_a_folder_instead_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bot.db").mkdir()
    assert (await refused(SqliteStore(tmp_path / "bot.db", "demo"))).code == "store:unreachable"


async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("Dear diary, " * 500)
    assert (await refused(SqliteStore(path, "demo"))).code == "store:damaged"
    assert path.read_text() == "Dear diary, " * 500


async def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE sessions (mine)")
    other.close()
    assert (await refused(SqliteStore(path, "demo"))).code == "store:foreign"
    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("sessions",)]
    other.close()


async def test_a_database_of_another_bot_or_of_a_newer_version_is_refused(
    path: Path, store: SqliteStore
) -> None:
    await store.close()
    assert (await refused(SqliteStore(path, "other"))).code == "store:foreign"
    newer = sqlite3.connect(path)
    newer.execute("UPDATE meta SET value = value + 1 WHERE key = 'version'")
    newer.commit()
    newer.close()
    assert (await refused(SqliteStore(path, "demo"))).code == "store:newer"


@pytest.mark.parametrize("damage", ["{", "[]", "null", '{"v":1}', '{"v":9,"_id":"demo/test:1"}'])
async def test_a_damaged_session_is_named(store: SqliteStore, damage: str) -> None:
    await store.commit([record()])
    await store._run(
        lambda connection: connection.execute("UPDATE sessions SET doc = ?", (damage,))
    )
    with pytest.raises(StatechatError) as caught:
        await store.load([record().session.id])
    assert caught.value.code == ("store:newer" if "9" in damage else "store:damaged")


async def test_a_cancelled_commit_leaves_no_transaction_open(store: SqliteStore) -> None:
    many = [record(str(number), text="x" * 1_000) for number in range(300)]
    writer = asyncio.create_task(store.commit(many))
    await asyncio.sleep(0)
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    in_transaction = await store._run(lambda connection: connection.in_transaction)
    written = await store.load([each.session.id for each in many])
    assert not in_transaction
    assert len(written) in {0, 300}


async def test_a_failed_statement_undoes_its_whole_commit(store: SqliteStore) -> None:
    too_big = record("2")
    too_big = replace(too_big, seen={"a": 2**63})
    too_big = replace(too_big, session=replace(too_big.session, rev=2**63))
    with pytest.raises(StatechatError) as caught:
        await store.commit([record("1"), too_big])
    assert caught.value.code == "store:value"
    assert await store.load([record("1").session.id]) == {}
