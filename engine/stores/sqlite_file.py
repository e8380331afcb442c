"""What makes a SQLite file ours: its durability, its tables, its transactions, and its errors."""

import contextlib
import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

from engine.errors import StatechatError

T = TypeVar("T")

_INBOX: Final = """
CREATE TABLE inbox (
    owner TEXT, id TEXT, place INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (owner, id)
) WITHOUT ROWID;
CREATE INDEX inbox_place ON inbox (owner, place, id)
"""
_UPGRADES: Final[tuple[str, ...]] = (_INBOX,)
"""Statements that bring the tables of a version to the next, the first from 1 to 2. Append only."""
SCHEMA: Final = len(_UPGRADES) + 1
WAIT: Final = 5.0
"""How long to wait for somebody who looks into the file with another program, in seconds."""

_TABLES: Final = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, rev INTEGER NOT NULL, wake_at INTEGER, out_at INTEGER, doc TEXT NOT NULL
);
CREATE INDEX sessions_wake_at ON sessions (wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX sessions_out_at ON sessions (out_at, id) WHERE out_at IS NOT NULL;
CREATE TABLE received (
    owner TEXT, id TEXT, ord INTEGER NOT NULL, PRIMARY KEY (owner, id)
) WITHOUT ROWID;
CREATE INDEX received_ord ON received (ord, id);
CREATE TABLE programs (hash TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE dead (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    payload TEXT NOT NULL
);
CREATE TABLE documents (collection TEXT, id TEXT, doc TEXT NOT NULL, PRIMARY KEY (collection, id));
{_INBOX}
"""
_DURABLE: Final[dict[str, tuple[str, str | int]]] = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "fullfsync": ("ON", 1),  # without it macOS leaves what was synced in the drive's cache
    "checkpoint_fullfsync": ("ON", 1),
}
_READONLY: Final = ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")
_BUSY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")
_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")
_NOT_WRITTEN: Final = ("SQLITE_FULL", *_BUSY, *_READONLY)
"""Errors of COMMIT after which surely nothing was written."""


class Runs(Protocol):
    """How work reaches the thread that owns the file."""

    def __call__(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]: ...


def connect(path: Path) -> sqlite3.Connection:
    """Open the file for this thread, readable by its owner only, with every commit synced.

    Raises:
        StatechatError: `store:not_durable`.
        sqlite3.Error, OSError: the file cannot be opened or written.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
    try:
        for pragma, (wanted, expected) in _DURABLE.items():
            _set_pragma(connection, path, pragma, wanted, expected)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_pragma(
    connection: sqlite3.Connection, path: Path, pragma: str, wanted: str, expected: str | int
) -> None:
    """Set a pragma and read it back: SQLite refuses one in silence."""
    connection.execute(f"PRAGMA {pragma} = {wanted}")
    ((found,),) = connection.execute(f"PRAGMA {pragma}")
    if found != expected:
        raise StatechatError(
            "store:not_durable",
            f"SQLite answers `{pragma} = {found}` for `{path}`, not {wanted}.",
            cure="Put the database on a local disk; network folders cannot hold it.",
        )


def check_owner(connection: sqlite3.Connection, path: Path, bot: str) -> None:
    """Have our tables in the file, new or upgraded; refuse one of a newer version, or of others.

    Raises:
        StatechatError: `store:newer`, `store:foreign`.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not tables:
        transact(connection, lambda empty: _create(empty, bot))
        return
    meta = dict(connection.execute("SELECT key, value FROM meta")) if "meta" in tables else {}
    version, owner = meta.get("version"), meta.get("bot")
    if isinstance(version, int) and version > SCHEMA:
        raise StatechatError(
            "store:newer",
            f"The database `{path}` has version {version}; this program knows {SCHEMA}.",
            cure="Update Statechat: a newer one has written to this database.",
        )
    if not isinstance(version, int) or version < 1 or owner != bot:
        whose = f"the bot `{owner}`" if owner else "another program"
        raise StatechatError(
            "store:foreign",
            f"The database `{path}` belongs to {whose}, not to the bot `{bot}`.",
            cure="Give each bot a file of its own, and keep a bot's name when it has a database.",
        )
    if version < SCHEMA:
        transact(connection, lambda old: _upgrade(old, version))


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    """All at once, or not at all: a process that dies in between leaves the old tables."""
    for statements in _UPGRADES[version - 1 :]:
        _execute(connection, statements)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'version'", (SCHEMA,))


def _create(connection: sqlite3.Connection, bot: str) -> None:
    _execute(connection, _TABLES)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", (("version", SCHEMA), ("bot", bot)))


def _execute(connection: sqlite3.Connection, statements: str) -> None:
    """One by one: `executescript` would end the transaction first."""
    for statement in statements.split(";"):
        connection.execute(statement)


def transact(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do `work` in one transaction, which is closed in every case.

    Raises:
        StatechatError: `store:unknown` where COMMIT failed in a way that leaves its outcome open.
        sqlite3.Error: nothing was written.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
    except BaseException:
        _roll_back(connection)
        raise
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        _roll_back(connection)
        if _name(error).startswith(_NOT_WRITTEN):
            raise
        raise StatechatError(
            "store:unknown",
            f"SQLite could not confirm a write ({error}, {_name(error)}).",
            cure="Check the disk; what was written is read again before it is used.",
        ) from error
    return result


def scrub(connection: sqlite3.Connection, path: Path) -> None:
    """Write the file anew from what is still in it, and empty the log of writes.

    SQLite leaves what was deleted where it stood until something else needs the room.

    Raises:
        StatechatError: `store:locked` where somebody else reads the file.
    """
    connection.execute("VACUUM")
    ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise StatechatError(
            "store:locked",
            f"Another program reads `{path}`, so that what was removed is still in its log.",
            cure="Close the other program, and do it again.",
        )


def _roll_back(connection: sqlite3.Connection) -> None:
    # a failed COMMIT may have ended it already, and the first error is the one to tell
    with contextlib.suppress(sqlite3.Error):
        connection.execute("ROLLBACK")


def _name(error: sqlite3.Error) -> str:
    """SQLite's name of the error; the driver's own errors have none."""
    return getattr(error, "sqlite_errorname", "")


def translate(error: Exception, path: Path) -> StatechatError:
    """The error of a user, with its cure, for what SQLite or the system says."""
    name = _name(error) if isinstance(error, sqlite3.Error) else ""
    if name.startswith(_READONLY) or isinstance(error, PermissionError):
        code, cure = "store:readonly", "Make the file and its folder writable for this user."
    elif name == "SQLITE_FULL":
        code, cure = "store:full", "Free some space on the disk."
    elif name.startswith(_BUSY):
        code, cure = "store:locked", "Close the other program that writes to the file."
    elif name.startswith(_DAMAGED):
        code, cure = "store:damaged", "Restore the file from a backup, or choose another path."
    elif isinstance(error, (UnicodeEncodeError, OverflowError)):
        code, cure = (
            "store:value",
            "Texts must be valid Unicode, numbers must fit 64 bits.",
        )
    else:
        code, cure = "store:unreachable", "Check the path, the disk, and the rights of this user."
    return StatechatError(code, f"The database `{path}` cannot be used: {error}.", cure=cure)
