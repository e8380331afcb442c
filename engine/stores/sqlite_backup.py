"""Copies of a bot's SQLite file: taken while the bot runs, and put in its place again."""

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.errors import StatechatError
from engine.stores.lock import FileLock
from engine.stores.sqlite_file import WAIT, check_owner, transact, translate


def back_up(path: Path, bot: str, copy: Path) -> int:
    """Copy the file as it is at one moment, also while a bot writes to it; its size in bytes.

    Raises:
        StatechatError: `backup:exists`, and those of a file that cannot be read or written.
    """
    _refuse([copy])
    with _told(path):
        _copy(path, bot, copy)
    return copy.stat().st_size


def restore(path: Path, bot: str, copy: Path) -> int:
    """Put a copy where the bot's file was; gives the number of sessions in it.

    Each session gets a new incarnation, so that no id that was used since the backup comes again.

    Raises:
        StatechatError: `backup:exists`, `store:locked`, and those of a file that is no database of
            this bot, or cannot be read or written.
    """
    lock = FileLock(path)
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        # What is left of a log would be taken for that of the copy.
        _refuse([path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))])
        with _told(copy):
            return _copy(copy, bot, path, anew=True)
    finally:
        lock.release()


def _copy(source: Path, bot: str, target: Path, *, anew: bool = False) -> int:
    """Copy whole or not at all; gives the number of sessions that began anew."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    number = 0
    try:
        if not source.stat().st_size:
            raise _damaged(source, "it is empty")
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        uri = f"{source.absolute().as_uri()}?mode=rw"
        with closing(
            sqlite3.connect(uri, timeout=WAIT, isolation_level=None, uri=True)
        ) as connection:
            check_owner(connection, source, bot)
            connection.execute("VACUUM INTO ?", (str(part),))
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            ((found,),) = connection.execute("PRAGMA quick_check(1)")
            if found != "ok":
                raise _damaged(source, str(found))
            if anew:
                number = transact(connection, _renew)
        _sync(part)
        part.rename(target)
        _sync(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return number


def _renew(connection: sqlite3.Connection) -> int:
    """Begin a new incarnation of each session; dead letters follow theirs."""
    lives: dict[str, str] = {}
    for id_, text in connection.execute("SELECT id, doc FROM sessions").fetchall():
        document = json.loads(text)
        old, new = document.get("incarnation", ""), secrets.token_hex(8)
        lives[f"{id_}#{old}"] = f"{id_}#{new}"
        document["incarnation"] = new
        for letter in document.get("again", ()):
            letter["id"] = _moved(letter["id"], lives)
        whole = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        connection.execute("UPDATE sessions SET doc = ? WHERE id = ?", (whole, id_))
    for (id_,) in connection.execute("SELECT id FROM dead").fetchall():
        connection.execute("UPDATE dead SET id = ? WHERE id = ?", (_moved(id_, lives), id_))
    return len(lives)


def _moved(letter: str, lives: dict[str, str]) -> str:
    """The id of a letter, where it begins with `<session>#<incarnation>:`."""
    session, mark, rest = letter.rpartition("#")
    incarnation, colon, item = rest.partition(":")
    return f"{lives.get(session + mark + incarnation, session + mark + incarnation)}{colon}{item}"


def _refuse(targets: list[Path]) -> None:
    for target in targets:
        if target.exists():
            raise StatechatError(
                "backup:exists",
                f"There is a file `{target}` already.",
                cure="Move it away first: nothing is overwritten.",
            )


def _damaged(path: Path, reason: str) -> StatechatError:
    return StatechatError(
        "store:damaged",
        f"The database `{path}` cannot be copied: {reason}.",
        cure="Take another backup.",
    )


def _sync(path: Path) -> None:
    with contextlib.suppress(PermissionError):  # Windows opens no folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, ValueError) as error:
        raise translate(error, path) from error
