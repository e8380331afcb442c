"""`--watch`: does something now, and again whenever files have changed."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NoReturn

PAUSE: Final = 0.3
"""Seconds between two looks at the files: no event of every system tells of changes."""
SUFFIXES: Final = frozenset({".yaml", ".yml", ".py", ".toml"})
"""Files that a bot is made of."""

State = frozenset[tuple[str, int, int]]


def watch(
    bots: Iterable[Path], act: Callable[[], object], wait: Callable[[float], object] = time.sleep
) -> NoReturn:
    """Act at once and after each change below the bots' folders, until it is interrupted."""
    folders = {bot if bot.is_dir() else bot.parent for bot in bots}
    while True:
        # What changes while it acts is looked at once more.
        seen = _state(folders)
        act()
        while (now := _state(folders)) == seen:
            wait(PAUSE)
        # An editor may save several files: it acts when they have come to rest.
        wait(PAUSE)
        while (later := _state(folders)) != now:
            now = later
            wait(PAUSE)


class Watch:
    """Tells when the files of a bot have changed since this was made, or since it told so last."""

    def __init__(self, bot: Path) -> None:
        self.bot = bot
        self._folders = [bot if bot.is_dir() else bot.parent]
        self._seen = _state(self._folders)

    async def changed(self) -> None:
        """Wait for a change, and until the files have come to rest."""
        while (now := _state(self._folders)) == self._seen:  # noqa: ASYNC110 - files do not call
            await asyncio.sleep(PAUSE)
        while now != self._seen:
            self._seen = now
            await asyncio.sleep(PAUSE)
            now = _state(self._folders)


def _state(folders: Iterable[Path]) -> State:
    return frozenset(one for folder in folders for one in _files(folder))


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    for at, names, files in os.walk(folder):
        names[:] = [name for name in names if not name.startswith((".", "_"))]
        for name in files:
            path = Path(at, name)
            if path.suffix in SUFFIXES:
                try:
                    found = path.stat()
                except OSError:  # it was deleted just now
                    continue
                yield str(path), found.st_mtime_ns, found.st_size
