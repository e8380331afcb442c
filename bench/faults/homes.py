"""Where a season's bot keeps what it knows, with what fails there, and the end of it for the judge.

A home gives each worker its way to the store, which it spoils, and reads the store by another one.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Protocol, Self

from bench.faults.mongo import Server, Wire, database_name
from bench.faults.stored import MongoDatabase, SqliteFile, Stored

ON_THE_WIRE: Final = "on the wire"
"""The point at which a write has left for the server, and nothing has been answered."""


class Home(Protocol):
    """A store of one season.

    Attributes:
        name: as people call it.
        sole: one process only may use it, and knows that.
        points: at which lives end that the home itself takes.
    """

    name: str
    sole: bool
    points: tuple[str, ...]
    stored: Stored

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    @property
    def failures(self) -> Counter[str]:
        """What was injected on the way to the store, by kind."""
        ...

    def variables(self, slot: int) -> Mapping[str, str]:
        """What the worker at this place finds in its environment."""
        ...

    def born(self, slot: int, rate: float, ready: Path) -> None:
        """A life begins; so many requests fail from when the file `ready` is there."""
        ...

    def doom(self, slot: int, writes: int, strike: Callable[[], None]) -> None:
        """Call `strike` when so many writes have left for the server."""
        ...

    async def crash(self) -> None:
        """Kill the server of the store, if it has one, and wait until it is there again."""
        ...

    def remove(self) -> None:
        """Leave nothing behind."""
        ...


class SqliteHome:
    """A file; what fails there fails within the process (`faults.FaultyStore`)."""

    name = "SQLite"
    sole = True
    points: tuple[str, ...] = ()

    def __init__(self, folder: Path, bot: str) -> None:
        self._folder = folder
        self.stored: Stored = SqliteFile(folder / f"{bot}.sqlite3")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    @property
    def failures(self) -> Counter[str]:
        return Counter()

    def variables(self, slot: int) -> Mapping[str, str]:
        del slot
        return {"STATECHAT_DATA": str(self._folder)}

    def born(self, slot: int, rate: float, ready: Path) -> None: ...

    def doom(self, slot: int, writes: int, strike: Callable[[], None]) -> None: ...

    async def crash(self) -> None: ...

    def remove(self) -> None: ...


class MongoHome:
    """A database of a server, and a wire for each worker."""

    name = "MongoDB"
    sole = False
    points: tuple[str, ...] = (ON_THE_WIRE,)

    def __init__(self, server: Server, bot: str, workers: int, seed: int) -> None:
        self._server = server
        self._database = database_name()
        self._wires = [
            Wire(server, random.Random(seed + place), self._race) for place in range(workers)
        ]
        self._open = AsyncExitStack()
        self._crashes = 0
        self.stored: Stored = MongoDatabase(server.client, self._database, bot)

    async def __aenter__(self) -> Self:
        for wire in self._wires:
            await self._open.enter_async_context(wire)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def failures(self) -> Counter[str]:
        found = Counter({"server of the store killed": self._crashes})
        for wire in self._wires:
            found += wire.failures
        return found

    def variables(self, slot: int) -> Mapping[str, str]:
        return {"MONGODB_URI": self._server.uri(self._wires[slot].port, self._database)}

    def born(self, slot: int, rate: float, ready: Path) -> None:
        wire = self._wires[slot]
        wire.rate, wire.ready, wire.strike = rate, ready, None

    def doom(self, slot: int, writes: int, strike: Callable[[], None]) -> None:
        wire = self._wires[slot]
        wire.writes, wire.strike = writes, strike

    async def crash(self) -> None:
        if await asyncio.to_thread(self._server.crash):
            self._crashes += 1

    def remove(self) -> None:
        self._server.client.drop_database(self._database)

    async def _race(self, database: str, id_: str, rev: int) -> bool:
        """Write a session as another worker does that changes nothing which matters."""
        return await asyncio.to_thread(self._rewrite, database, id_, rev)

    def _rewrite(self, database: str, id_: Any, rev: int) -> bool:  # noqa: ANN401 - as stored
        sessions = self._server.client[database]["sessions"]
        result = sessions.update_one({"_id": id_, "rev": rev}, {"$inc": {"rev": 1}})
        return result.modified_count > 0
