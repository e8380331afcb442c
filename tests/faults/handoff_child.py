"""A bot that hands over, in a process of its own: `python -m tests.faults.handoff_child FOLDER`.

`said` holds what each writes, a line an event: `<number> <person> <text>`. What begins with
`>ann ` is a reply of the operators' to Ann, once her last message has come. `sent` is what arrived
at the other side; it ends when the file `enough` is there.
"""

import asyncio
import functools
import os
import sys
from pathlib import Path

from engine.compiler.bot import load
from engine.core.events import Event, read_text, reply
from engine.core.step import step
from engine.core.values import Value
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.ports import Delivery
from engine.runtime.release import Release
from engine.stores.batch import Batched
from engine.stores.sqlite import SqliteStore
from tests.unit.runtime.fakes import FakeTransport

LAST = "three"
AT = 1_790_000_000_000


class Downstream(FakeTransport):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    async def feed(self) -> None:
        lines = (self.folder / "said").read_text().splitlines()
        async with asyncio.timeout(60):
            for line in lines:
                await self._say(line)
            while not (self.folder / "enough").exists():  # noqa: ASYNC110 - the parent says so
                await asyncio.sleep(0.01)

    async def _say(self, line: str) -> None:
        number, who, text = line.split(" ", 2)
        extra: dict[str, Value] | None = None
        if text.startswith(">"):
            whose, _, text = text[1:].partition(" ")
            extra = {"reply_to": reply("unknown", bot=True, text=await self._last_of(whose))}
        name, text, args = read_text(text)
        order = int(number)
        assert self.host is not None
        await self.host.accept(
            Event(
                f"fake:{number}", name, f"demo/fake:{who}", who, AT + order, order, text, args,
                extra=extra,
            )
        )  # fmt: skip

    async def _last_of(self, who: str) -> str:
        """The last message of a person, as operators see it."""
        sent = self.folder / "sent"
        while True:
            found = sent.read_text().split("\0") if sent.exists() else []
            texts = [one.split("\t", 2)[2] for one in found if one]
            for text in texts:
                if text.endswith(f" fake:{who}\n{LAST}"):
                    return text
            await asyncio.sleep(0.01)

    async def send(self, delivery: Delivery) -> None:
        file = os.open(self.folder / "sent", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        text = delivery.message.text
        os.write(file, f"{delivery.chat}\t{delivery.id}\t{text}\0".encode())
        os.close(file)


async def main(folder: Path) -> None:
    program = load(folder / "bot").program
    store = Batched(SqliteStore(folder / "bot.db", program.bot))
    release = Release(program, functools.partial(step, program), Actions())
    app = App(release, store, [Downstream(folder)], sole=True)
    await app.run(asyncio.Event(), lambda: None)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
