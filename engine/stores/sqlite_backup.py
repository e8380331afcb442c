"""Copies of a bot's SQLite file: taken while the bot runs, and put in its place again."""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.errors import StatechatError
from engine.stores.files import exists, sync
from engine.stores.lives import Lives
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
            if anew:
                _refuse_half(connection, source)
            connection.execute("VACUUM INTO ?", (str(part),))
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            ((found,),) = connection.execute("PRAGMA quick_check(1)")
            if found != "ok":
                raise _damaged(source, str(found))
            if anew:
                number = transact(connection, _renew)
        sync(part)
        part.rename(target)
        sync(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return number


def _refuse_half(connection: sqlite3.Connection, copy: Path) -> None:
    """SQLite itself finds that whole pages are missing, but takes half of one for a whole one."""
    ((page,),) = connection.execute("PRAGMA page_size")
    if copy.stat().st_size % page:
        raise _damaged(copy, "its end is missing")


def _renew(connection: sqlite3.Connection) -> int:
    """Begin a new incarnation of each session; dead letters follow theirs."""
    lives = Lives()
    for id_, text in connection.execute("SELECT id, doc FROM sessions").fetchall():
        document = json.loads(text)
        lives.begin(document)
        whole = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        connection.execute("UPDATE sessions SET doc = ? WHERE id = ?", (whole, id_))
    for (id_,) in connection.execute("SELECT id FROM dead").fetchall():
        connection.execute("UPDATE dead SET id = ? WHERE id = ?", (lives.letter(id_), id_))
    return len(lives)


def _refuse(targets: list[Path]) -> None:
    for target in targets:
        if target.exists():
            raise exists(target)


def _damaged(path: Path, reason: str) -> StatechatError:
    return StatechatError(
        "store:damaged",
        f"The database `{path}` cannot be copied: {reason}.",
        cure="Take another backup.",
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, ValueError) as error:
        raise translate(error, path) from error
