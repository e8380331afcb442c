"""A host that a transport can be tried with: it keeps what it is given, and commits on request."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from engine.core.effects import Media
from engine.core.events import Event
from engine.core.services import HttpRules
from engine.core.values import Value
from engine.runtime.fetching import Fetching
from engine.runtime.ports import Content, Transport


@dataclass
class HurriedClock:
    """Real time, in which nobody sleeps longer than 20 ms; what was asked for is noted (ms)."""

    slept: list[int] = field(default_factory=list)
    _asked: asyncio.Condition = field(default_factory=asyncio.Condition)

    def now(self) -> int:
        return int(time.time() * 1000)

    async def sleep(self, milliseconds: int) -> None:
        async with self._asked:
            self.slept.append(milliseconds)
            self._asked.notify_all()
        await asyncio.sleep(min(milliseconds, 20) / 1000)

    async def until_slept(self, times: int) -> list[int]:
        """Wait until so many pauses were asked for; all of them."""
        async with asyncio.timeout(20), self._asked:
            await self._asked.wait_for(lambda: len(self.slept) >= times)
        return self.slept


@dataclass
class MemoryDocuments:
    """Documents that live as long as the test, and so longer than one run of a transport."""

    kept: dict[str, dict[str, dict[str, Value]]] = field(default_factory=dict)

    async def get(self, collection: str, id_: str) -> dict[str, Value] | None:
        return self.kept.get(collection, {}).get(id_)

    async def put(self, collection: str, id_: str, document: Mapping[str, Value]) -> None:
        self.kept.setdefault(collection, {})[id_] = dict(document)

    async def add(self, collection: str, id_: str, document: Mapping[str, Value]) -> bool:
        if id_ in self.kept.get(collection, {}):
            return False
        await self.put(collection, id_, document)
        return True

    async def remove(self, collection: str, id_: str) -> bool:
        return self.kept.get(collection, {}).pop(id_, None) is not None

    async def all(self, collection: str) -> dict[str, dict[str, Value]]:
        return dict(sorted(self.kept.get(collection, {}).items()))


@dataclass
class RecordingHost:
    """Accepts everything; commits at once unless told to `hold`.

    Attributes:
        events: each event once, in the order of arrival.
        repeats: ids that were delivered again after their commit.
        sources: transports that give the bytes of their media.
        private: hosts that may have private addresses.
        aside: what was set aside, by id: the reason and the payload.
    """

    bot: str = "demo"
    languages: Sequence[str] = ("en",)
    chat_admins: bool = False
    commands: Sequence[tuple[str, str]] = (("/start", "Begin"),)
    clock: HurriedClock = field(default_factory=HurriedClock)
    root: Path = Path()
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    sources: Sequence[Transport] = ()
    private: tuple[str, ...] = ()
    hold: bool = False
    events: list[Event] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    aside: dict[str, tuple[str, Value]] = field(default_factory=dict)
    committed: set[str] = field(default_factory=set)
    _open: dict[str, list[asyncio.Future[None]]] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def fetch(self, media: Media, limit: int) -> AbstractAsyncContextManager[Content]:
        rules = HttpRules(private=self.private)
        return Fetching(self.root, self.sources, rules).fetch(media, limit)

    def wording(self, name: str, lang: str | None) -> str:
        return f"{name} in {lang}"

    async def accept(self, event: Event) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        if event.id in self.committed:
            self.repeats.append(event.id)
            future.set_result(None)
            return future
        async with self._changed:
            if event.id not in self._open:
                self.events.append(event)
            self._open.setdefault(event.id, []).append(future)
            self._changed.notify_all()
        if not self.hold:
            self.commit(event.id)
        return future

    async def set_aside(self, id_: str, reason: str, payload: Value) -> None:
        async with self._changed:
            self.aside[id_] = (reason, payload)
            self._changed.notify_all()

    def commit(self, *ids: str) -> None:
        """Commit held events: these, or else all."""
        for id_ in ids or tuple(self._open):
            self.committed.add(id_)
            for future in self._open.pop(id_, []):
                if not future.done():
                    future.set_result(None)

    def restarted(self) -> "RecordingHost":
        """The host of the next process: what was durable is there, nothing else."""
        return RecordingHost(
            bot=self.bot,
            languages=self.languages,
            commands=self.commands,
            documents=self.documents,
            committed=set(self.committed),
            aside=dict(self.aside),
        )

    async def until_events(self, count: int) -> list[Event]:
        """Wait until so many events have come; all of them."""
        await self.until(lambda: len(self.events) >= count)
        return self.events

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition on what was recorded holds."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(condition)
