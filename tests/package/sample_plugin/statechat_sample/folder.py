"""A transport: each file in `in/<person>/` is a message, each answer one in `out/<person>/`."""

import asyncio
import functools
from collections.abc import Mapping
from pathlib import Path

from engine import Delivery, Event, Host, RefusedError, Transport, read_text
from transports import numbered


class Folder:
    """The folder `root`."""

    name = "folder"
    trouble: str | None = None

    def __init__(self, root: Path) -> None:
        self.caught_up = asyncio.Event()
        self.root = root
        self.host: Host | None = None
        self.open_files: set[Path] = set()

    async def open(self, host: Host) -> None:
        self.host = host

    async def feed(self) -> None:
        assert self.host is not None
        while True:
            for file in sorted(self.root.glob("in/*/*.txt")):
                if file not in self.open_files:
                    self.open_files.add(file)
                    committed = await self.host.accept(read(self.host.bot, file))
                    committed.add_done_callback(functools.partial(self.done, file))
            self.caught_up.set()
            await self.host.clock.sleep(50)

    def done(self, file: Path, done: "asyncio.Future[None]") -> None:
        if not done.cancelled() and done.exception() is None:
            file.unlink()
        self.open_files.discard(file)

    async def send(self, delivery: Delivery) -> None:
        if "/" in delivery.chat or delivery.chat.startswith("."):
            raise RefusedError("this is no name of a person")
        folder = self.root / "out" / delivery.chat
        folder.mkdir(parents=True, exist_ok=True)
        item = delivery.id.rpartition(":")[2]
        answer = folder / f"{delivery.planned}-{item}.txt"
        answer.write_text(numbered(delivery.message), encoding="utf-8")

    def horizon(self, prefix: str) -> int:
        return 0

    async def close(self) -> None:
        pass


def read(bot: str, file: Path) -> Event:
    """The event of a file."""
    name, text, args = read_text(file.read_text(encoding="utf-8", errors="replace"))
    return Event(
        id=f"folder:{file.parent.name}/{file.name}",
        name=name,
        owner=f"{bot}/folder:{file.parent.name}",
        chat=file.parent.name,
        at=int(file.stat().st_mtime * 1000),
        text=text,
        args=args,
    )


def factory(settings: Mapping[str, str]) -> Transport | None:
    """The transport, where `FOLDER_ROOT` is set."""
    root = settings.get("FOLDER_ROOT", "")
    return Folder(Path(root)) if root else None
