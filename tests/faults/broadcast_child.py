"""A bot with flows in a process of its own: `python -m tests.faults.broadcast_child FOLDER`.

`sent` is what arrived at the other side; it ends when the file `enough` is there.
"""

import asyncio
import functools
import os
import sys
from pathlib import Path

from engine.compiler.bot import load
from engine.core.broadcasts import concerns
from engine.core.step import step
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.ports import Delivery
from engine.runtime.release import Release
from engine.stores.batch import Batched
from engine.stores.sqlite import SqliteStore
from tests.unit.runtime.fakes import FakeTransport


class Downstream(FakeTransport):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    async def feed(self) -> None:
        async with asyncio.timeout(60):
            while not (self.folder / "enough").exists():  # noqa: ASYNC110 - the parent says so
                await asyncio.sleep(0.01)

    async def send(self, delivery: Delivery) -> None:
        file = os.open(self.folder / "sent", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{delivery.chat}\t{delivery.id}\t{delivery.message.text}\n".encode())
        os.close(file)


async def main(folder: Path) -> None:
    program = load(folder / "bot").program
    store = Batched(SqliteStore(folder / "bot.db", program.bot))
    release = Release(
        program, functools.partial(step, program), Actions(),
        concerns=functools.partial(concerns, program),
    )  # fmt: skip
    app = App(release, store, [Downstream(folder)], sole=True)
    await app.run(asyncio.Event(), lambda: None)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
