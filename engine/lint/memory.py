"""Remembers which bots were without any finding, so that checking them again takes no time.

A bot is known by a hash over all that a finding could depend on: its files, the names and sizes of
what lies beside them, our own code, the libraries and the interpreter. As with single files (see
`engine.compiler.verdicts`), only that it is clean is remembered, never a finding.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import engine
import schemas
from engine.classes import dataclass
from engine.compiler.files import BotFiles, display, find
from engine.compiler.verdicts import LIBRARIES, Verdicts, library

BESIDE_MAX: Final = 2_000
"""Most files in a bot's folder; one that has more is looked at each time."""


@dataclass(frozen=True, slots=True)
class Known:
    """A bot as its files stand.

    Attributes:
        key: the hash, in hexadecimal digits.
        flows: how many flows it has.
        sources: its texts, by the names that findings use.
    """

    key: bytes
    flows: int
    sources: dict[str, str]


def known(path: Path) -> Known | None:
    """The bot of a folder as it stands; none where that cannot be told, as of a single flow.

    Raises:
        StatechatError: `bot:missing`, `bot:empty`.
    """
    files = find(path)
    code = _code()
    if files.only is not None or code is None:
        return None
    digest = hashlib.sha256(code)
    sources: dict[str, str] = {}
    try:
        beside = list(_beside(files.root))
        for count, line in enumerate(beside):
            if count >= BESIDE_MAX:
                return None
            digest.update(line.encode(errors="surrogateescape"))
        for file in _read(files):
            raw = file.read_bytes()
            digest.update(f"\0{file.name}\0{len(raw)}\0".encode(errors="surrogateescape"))
            digest.update(raw)
            sources[display(file)] = raw.decode("utf-8", "replace")
    except OSError:
        return None
    return Known(digest.hexdigest().encode(), len(files.flows), sources)


def is_clean(bot: Known, verdicts: Verdicts) -> bool:
    """Whether nothing was found in it before."""
    return verdicts.has(bot.key)


def keep(before: Known | None, path: Path, verdicts: Verdicts) -> None:
    """Remember that nothing was found, unless a file has changed meanwhile."""
    after = known(path) if before is not None else None
    if before is not None and after is not None and after.key == before.key:
        verdicts.add(before.key)


def _read(files: BotFiles) -> Iterator[Path]:
    """What is read of a bot."""
    if files.bot is not None:
        yield files.bot
    yield from files.flows.values()
    for paths in files.translations.values():
        yield from paths.values()
    yield from files.tests
    if files.actions is not None:
        yield files.actions


def _beside(root: Path) -> Iterator[str]:
    """What lies in the folder: flows name files, and actions.py may import some."""
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(one for one in inner if one[0] != "." and one != "__pycache__")
        for name in (*inner, *sorted(names)):
            at = Path(folder, name)
            size = at.stat().st_size if name in names else 0
            yield f"\0{at.relative_to(root)}\0{size}"


@cache
def _code() -> bytes | None:
    """A hash over what judges a bot; none where our own code cannot be found."""
    folders = [*map(Path, engine.__path__), Path(schemas.__file__).parent]
    versions = [library(one) for one in (*LIBRARIES, "regex", "transitions")]
    digest = hashlib.sha256(f"{sys.version} {versions}".encode())
    try:
        for folder in folders:
            for file in sorted((*folder.rglob("*.py"), *folder.glob("*.json"))):
                found = file.stat()
                digest.update(f"\0{file}\0{found.st_size}\0{found.st_mtime_ns}".encode())
    except OSError:
        return None
    return digest.digest()
