"""One process a file: an operating system's lock on a file beside it, gone when its holder dies.

SQLite's own exclusive mode would do as well, but would also keep readers out: whoever wants to
look into a running bot's database, or to back it up, can.
"""

import os
import sys
from pathlib import Path

from engine.errors import StatechatError


class FileLock:
    """Holds `<path>.lock` for this process; the file stays when the lock is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.lock")
        self._descriptor: int | None = None
        self._of = path

    def acquire(self) -> None:
        """Take the lock now or never.

        Raises:
            StatechatError: `store:locked`.
            OSError: the file cannot be created.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except OSError as error:
            os.lseek(descriptor, 0, os.SEEK_SET)
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            who = f"process {holder}" if holder else "another process"
            raise StatechatError(
                "store:locked",
                f"The database `{self._of}` is used by {who}.",
                cure="Stop that process, or give this bot a database of its own.",
            ) from error
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode("ascii"))
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # Windows locks bytes and hides them: one far behind the holder's number
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
