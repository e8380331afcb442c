"""A bot in a process of its own, to be killed: `python -m tests.unit.runtime.child FOLDER`.

Its source is the file `events`, a text a line; `cursor` tells how many were confirmed to it, as an
offset does, and `sent` is what arrived at the other side. It ends when nothing is left to do.
"""

import asyncio
import os
import sys
from pathlib import Path

from engine.actions import ActionCall
from engine.core.events import Event
from engine.runtime.actions import Actions, register
from engine.runtime.app import App
from engine.runtime.ports import Delivery, Host
from engine.runtime.release import Release
from engine.stores.batch import Batched
from engine.stores.sqlite import SqliteStore
from tests.unit.runtime.fakes import OWNER, FakeTransport, Program, said, step


class Upstream(FakeTransport):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.cursor = int((folder / "cursor").read_text())

    async def open(self, host: Host) -> None:
        await super().open(host)
        lines = (self.folder / "events").read_text().splitlines()
        self.backlog = [
            said(number, text, f"{OWNER}{number % 3}", chat=f"c{number % 3}")
            for number, text in enumerate(lines)
        ]

    async def feed(self) -> None:
        open_ = [(event, await self.accept(event)) for event in self.backlog[self.cursor :]]
        for event, future in open_:
            await future
            self._confirm(event)
        async with asyncio.timeout(20):
            while not (self.folder / "enough").exists():  # noqa: ASYNC110 - the parent says so
                await asyncio.sleep(0.01)

    def _confirm(self, event: Event) -> None:
        partial = self.folder / "cursor.new"
        partial.write_text(str(event.order + 1))
        partial.rename(self.folder / "cursor")

    async def send(self, delivery: Delivery) -> None:
        line = f"{delivery.id}\t{delivery.message.text}\n"
        file = os.open(self.folder / "sent", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line.encode())
        os.close(file)

    def horizon(self, prefix: str) -> int:
        return self.cursor


async def main(folder: Path) -> None:
    async def it(call: ActionCall, n: int) -> str:
        await call.db.put("calls", {"n": n})
        return call.key.rpartition(":")[2]

    store = Batched(SqliteStore(folder / "bot.db", "demo"))
    actions = Actions({"it": register("it", it)})
    app = App(Release(Program(), step, actions), store, [Upstream(folder)], sole=True)
    await app.run(asyncio.Event(), lambda: None)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
