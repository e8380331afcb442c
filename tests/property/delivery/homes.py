"""The stores of this test: in memory, and the real ones, whose threads nobody gets to see.

A real store runs on a loop of its own in another thread, and whoever calls it waits: so the order
of everything else is the same each time.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, Protocol
from uuid import uuid4

from engine.stores.sqlite import SqliteStore
from tests.property.delivery.script import BOT
from tests.servers.mongodb import named
from tests.unit.runtime.fakes import MemoryStore

PATIENCE = 60
"""Seconds that a real store may take for a call."""
_MEMORY = Path("/dev/shm")
"""It spares the disk, where there is one."""


class Home(Protocol):
    """Where an example keeps its data."""

    shared: bool
    """Whether several processes may use it at once."""

    async def call(self, part: str, name: str, arguments: Sequence[Any]) -> Any:  # noqa: ANN401 - any call
        ...

    def look(self, part: str, name: str, *arguments: Any) -> Any:  # noqa: ANN401 - any call
        """The answer to a call, at this moment: nobody goes on meanwhile."""
        ...

    def reopen(self) -> None:
        """Forget what the program has in memory, as when the process died that used it."""
        ...

    def close(self) -> None: ...


class MemoryHome:
    shared = True

    def __init__(self) -> None:
        self._store = MemoryStore()

    async def call(self, part: str, name: str, arguments: Sequence[Any]) -> Any:  # noqa: ANN401 - any call
        return await getattr(_part(self._store, part), name)(*arguments)

    def look(self, part: str, name: str, *arguments: Any) -> Any:  # noqa: ANN401 - any call
        asked = self.call(part, name, arguments)
        try:
            while True:
                asked.send(None)
        except StopIteration as answered:
            return answered.value

    def reopen(self) -> None: ...

    def close(self) -> None: ...


class Background:
    """A loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Awaitable[Any]) -> Any:  # noqa: ANN401 - any call
        async def awaited() -> Any:  # noqa: ANN401 - as above
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(PATIENCE)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _RealHome:
    """A store that is called and waited for."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._store: Any = None
        self.reopen()

    async def call(self, part: str, name: str, arguments: Sequence[Any]) -> Any:  # noqa: ANN401 - any call
        return self.look(part, name, *arguments)

    def look(self, part: str, name: str, *arguments: Any) -> Any:  # noqa: ANN401 - any call
        return self._background.run(getattr(_part(self._store, part), name)(*arguments))

    def reopen(self) -> None:
        if self._store is not None:
            self._background.run(self._store.close())
        self._store = self._made()
        self._background.run(self._store.open())

    def close(self) -> None:
        self._background.run(self._store.close())

    def _made(self) -> Any:  # noqa: ANN401 - any store
        raise NotImplementedError


class SqliteHome(_RealHome):
    shared = False

    def __init__(self, background: Background) -> None:
        self._folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
        super().__init__(background)

    def close(self) -> None:
        super().close()
        shutil.rmtree(self._folder)

    def _made(self) -> SqliteStore:
        return SqliteStore(self._folder / "bot.db", BOT)


class MongoHome(_RealHome):
    shared = True

    def __init__(self, background: Background, uri: str) -> None:
        self._name = f"statechat_test_{uuid4().hex}"
        self._uri = named(uri, self._name)
        super().__init__(background)

    def close(self) -> None:
        self._background.run(self._store._client.drop_database(self._name))
        super().close()

    def reopen(self) -> None:
        """Once: the server remembers nothing of who is connected, and connecting takes long."""
        if self._store is None:
            super().reopen()

    def _made(self) -> Any:  # noqa: ANN401 - the driver is optional
        from engine.stores.mongo import MongoStore  # noqa: PLC0415 - optional

        return MongoStore(self._uri, BOT, driver="pymongo")


def _part(store: Any, part: str) -> Any:  # noqa: ANN401 - any store
    return getattr(store, part) if part else store
