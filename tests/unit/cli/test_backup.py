"""`statechat backup` and `statechat restore`."""

import asyncio
from pathlib import Path

import pytest

from engine.cli.main import main
from tests.unit.cli.test_dead import ANN, database, folder, stored

__all__ = ["folder"]


def test_a_backup_is_taken_while_the_bot_runs_and_put_back_when_it_does_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def while_it_runs() -> None:
        store = database(folder)
        await store.open()
        assert await asyncio.to_thread(main, ["backup", "hello", "monday"]) == 0
        assert await asyncio.to_thread(main, ["restore", "hello", "monday"]) == 1
        await store.close()

    asyncio.run(while_it_runs())
    printed = capsys.readouterr()
    assert printed.out == f"monday: {(folder / 'monday').stat().st_size} bytes\n"
    assert "[store:running]" in printed.err
    assert main(["restore", "hello", "monday"]) == 1
    assert "[backup:exists]" in capsys.readouterr().err
    file = folder / "data" / "hello.sqlite3"
    file.unlink()
    assert main(["restore", "hello", "monday"]) == 0
    assert capsys.readouterr().out == f"{file}: 1 persons\n"
    letters, record = stored(folder)
    assert len(letters) == 3
    assert (record.session.id, record.seen) == (ANN, {"telegram:9": 9})
    assert record.session.incarnation != "life"


def test_what_cannot_be_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["restore", "hello", "tuesday"]) == 1
    assert "[backup:missing]" in capsys.readouterr().err
    (folder / "data" / "hello.sqlite3").unlink()
    assert main(["backup", "hello", "monday"]) == 1
    assert "[store:missing]" in capsys.readouterr().err
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100")
    (folder / "copy").touch()
    assert main(["restore", "hello", "copy"]) == 1
    assert "[backup:damaged]" in capsys.readouterr().err
    assert main(["backup", "hello", "monday"]) == 1
    assert "[store:unreachable]" in capsys.readouterr().err
    assert not (folder / "monday").exists()
