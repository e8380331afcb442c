"""What all backups do with files: overwrite none, and have them on the disk when they say so."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from engine.errors import StatechatError


def exists(path: Path) -> StatechatError:
    return StatechatError(
        "backup:exists",
        f"There is a file `{path}` already.",
        cure="Move it away first: nothing is overwritten.",
    )


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    with contextlib.suppress(PermissionError):  # Windows opens no folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Tell what the system says of a file."""
    try:
        yield
    except OSError as error:
        raise StatechatError(
            "backup:file",
            f"The file `{path}` cannot be used: {error.strerror or error}.",
            cure="Check its folder, the rights of this user, and the room on the disk.",
        ) from error
