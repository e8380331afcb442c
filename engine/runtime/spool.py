"""The bytes of a medium on their way: in a file without a name, never in memory as a whole."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from engine.runtime.ports import Content, UnavailableError

CHUNK: Final = 65_536


class Spool:
    """Takes bytes up to a limit, and hashes them as they come."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self.size = 0
        self._file = file
        self._limit = limit
        self._hash = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Take a chunk.

        Raises:
            UnavailableError: there is more than the limit.
        """
        self.size += len(chunk)
        if self.size > self._limit:
            raise UnavailableError(f"it is larger than {self._limit // 1_000_000} MB")
        self._hash.update(chunk)
        self._file.write(chunk)

    def content(self, name: str | None = None, mime: str | None = None) -> Content:
        """What was taken, to be read from its beginning."""
        self._file.seek(0)
        return Content(self._file, self.size, self._hash.hexdigest(), name, mime)


@contextmanager
def spooled(limit: int) -> Iterator[Spool]:
    """A place for at most `limit` bytes that is gone afterwards, also if the process dies."""
    with tempfile.TemporaryFile() as file:
        yield Spool(file, limit)


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """What is left of a file, piece by piece."""
    while chunk := file.read(CHUNK):
        yield chunk


def reopened(file: BinaryIO) -> BinaryIO:
    """The same opened file once more, from its beginning: for those who close what they have sent.

    Both share their position.
    """
    again = os.fdopen(os.dup(file.fileno()), "rb")
    again.seek(0)
    return again
