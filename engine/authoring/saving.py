"""Writes a file so that at no moment half of it is there."""

import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile

from engine.errors import StatechatError


def save(path: Path, text: str) -> None:
    """Replace a file, or make it, by one rename; its mode stays, and a link stays a link.

    Raises:
        StatechatError: `file:unwritable`.
    """
    target = path.resolve()
    made: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(
            "w", dir=target.parent, prefix=f".{target.name}.", delete=False, encoding="utf-8",
            newline="\n",
        ) as file:  # fmt: skip
            made = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, made)
        else:
            made.chmod(0o666 & ~_umask())
        made.replace(target)
    except OSError as error:
        if made is not None:
            made.unlink(missing_ok=True)
        message = f"{path} cannot be written: {error.strerror or error}"
        cure = "Make its folder writable, and see that the disk is not full."
        raise StatechatError("file:unwritable", message, cure=cure) from error


def _umask() -> int:
    """What a new file's mode leaves out; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
