"""A version of a bot as it stands in Git, in a folder for as long as it is looked at."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from engine.errors import StatechatError

SIZE_MAX: Final = 64 << 20
"""Largest archive of a bot's folder that is unpacked, in bytes."""


@contextmanager
def checked_out(revision: str, bot: Path) -> Iterator[Path]:
    """The bot's folder, or its one file, as a revision has it.

    Raises:
        StatechatError: `git:missing`, `git:revision`, `git:path`, `git:size`.
    """
    bot = bot.resolve()
    folder = bot if bot.is_dir() else bot.parent
    while not folder.exists():  # only the other version may have it
        folder = folder.parent
    root = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    inside = bot.relative_to(root).as_posix()
    _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    kept = [] if inside == "." else [inside]
    archive = _git(root, "archive", "--format=tar", revision, "--", *kept)
    if len(archive) > SIZE_MAX:
        raise StatechatError(
            "git:size",
            f"`{inside}` of {revision} is larger than {SIZE_MAX >> 20} MB",
            cure="Name the bot's own folder with --bot.",
        )
    with tempfile.TemporaryDirectory(prefix="statechat-diff-") as name:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(name, filter="data")
        yield Path(name, inside)


def _git(folder: Path, *words: str) -> bytes:
    # A revision is never taken for an option: `rev-parse --verify` refuses it before it is used.
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError as error:
        raise StatechatError(
            "git:missing", "there is no `git` on this machine",
            cure="Install Git, or name two folders.",
        ) from error  # fmt: skip
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if "--verify" in words:
        name = words[-1].removesuffix("^{commit}")
        raise StatechatError(
            "git:revision", f"`{name}` is neither a folder nor a revision of this repository",
            cure="Name a folder, a branch, a tag or a commit.",
        )  # fmt: skip
    raise StatechatError(
        "git:path", f"Git says: {said[-1] if said else 'nothing'}",
        cure="Call it within the repository, and name the bot's folder with --bot.",
    )  # fmt: skip
