"""A backup as one file: BSON documents one after another, and in the end a checksum over them.

The first one says of what it is, each later one holds a document and the collection it was in.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from engine.errors import StatechatError
from engine.stores.files import exists, sync

# after the driver was asked for, which tells how to install it
import bson  # isort: skip
from bson.errors import BSONError  # isort: skip

MAGIC: Final = b"statechat backup\n"
FORMAT: Final = 1
ENTRY_MAX: Final = 17 * 1024 * 1024
"""Longest entry, in bytes: a document of the server and its collection's name."""
_LENGTH: Final = 4


class Writer:
    """Writes an archive beside its place; it is there whole, and on the disk, or not at all."""

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._digest = hashlib.sha256()
        self._head = head
        self._number = 0
        self._file: BinaryIO

    def __enter__(self) -> Self:
        if self._path.exists():
            raise exists(self._path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        self._file = os.fdopen(os.open(self._part, flags, 0o600), "wb")
        self._file.write(MAGIC)
        self._write({"format": FORMAT, **self._head})
        return self

    def add(self, collection: str, document: Mapping[str, Any]) -> None:
        self._write({"in": collection, "doc": document})
        self._number += 1

    def finish(self) -> int:
        """Put the archive in its place; its size in bytes."""
        self._write({"entries": self._number, "sha256": self._digest.hexdigest()})
        self._file.flush()
        os.fsync(self._file.fileno())
        size = self._file.tell()
        # Unlike a renaming, this overwrites nothing that came into its place meanwhile.
        try:
            os.link(self._part, self._path)
        except FileExistsError:
            raise exists(self._path) from None
        sync(self._path.parent)
        return size

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _write(self, entry: Mapping[str, Any]) -> None:
        encoded = bson.encode(entry)
        self._digest.update(encoded)
        self._file.write(encoded)


class Reader:
    """An archive that was found to be whole; `head` is what it says of itself."""

    def __init__(self, path: Path) -> None:
        """Read all of it once.

        Raises:
            StatechatError: `backup:damaged`, `store:newer`.
            OSError: it cannot be read.
        """
        self._path = path
        self.head: dict[str, Any] = {}
        for entry in self._entries():
            self.head = self.head or entry
        if self.head.get("format") != FORMAT:
            raise StatechatError(
                "store:newer",
                f"The backup `{path}` has the format {self.head.get('format')};"
                f" this program reads {FORMAT}.",
                cure="Update Statechat: a newer one has made this backup.",
            )

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for entry in self._entries():
            if "doc" in entry:
                yield entry["in"], entry["doc"]

    def _entries(self) -> Iterator[dict[str, Any]]:
        """Everything but the end, which is checked."""
        digest = hashlib.sha256()
        number = 0
        with self._path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise self._damaged("it is no backup of a MongoDB")
            while True:
                encoded = self._next(file)
                try:
                    entry = bson.decode(encoded)
                except (BSONError, UnicodeDecodeError) as error:
                    raise self._damaged(str(error)) from error
                if "sha256" in entry:
                    break
                digest.update(encoded)
                number += "doc" in entry
                yield entry
            if (entry["sha256"], entry["entries"]) != (digest.hexdigest(), number):
                raise self._damaged("its checksum is another one")
            if file.read(1):
                raise self._damaged("something follows its end")

    def _next(self, file: BinaryIO) -> bytes:
        begin = file.read(_LENGTH)
        length = int.from_bytes(begin, "little")
        if len(begin) < _LENGTH or not _LENGTH < length <= ENTRY_MAX:
            raise self._damaged("it has no end" if len(begin) < _LENGTH else "it is garbled")
        rest = file.read(length - _LENGTH)
        if len(rest) < length - _LENGTH:
            raise self._damaged("it has no end")
        return begin + rest

    def _damaged(self, reason: str) -> StatechatError:
        return StatechatError(
            "backup:damaged",
            f"The backup `{self._path}` cannot be used: {reason}.",
            cure="Take another backup; nothing was restored.",
        )
