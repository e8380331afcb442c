"""What one person sends faster than it is handled: it waits in the store, and hides nobody.

A person's first events go straight to the bus. What comes beyond is stored, which is as good as
applied for its source, and later goes the same way, one by one and in order. What is in the bus
then is stored before it, so that it comes first after a crash as well. An event from here is
applied once: no id of an applied event is dropped where it may wait here, and beside other
workers the commit that applies one names it in `Record.taken`, and the next one is applied only
when it has left the store for good. What a worker that runs has stored is its own to hand on, after
what it holds in memory: others wait for that, so that nothing overtakes.
"""

import asyncio
from dataclasses import field
from itertools import takewhile
from typing import Final, Protocol

from engine.classes import dataclass
from engine.core.events import Event
from engine.errors import StatechatError
from engine.runtime.bus import Bus, StoppedError
from engine.runtime.clock import pause
from engine.runtime.outage import is_outage
from engine.runtime.presence import others
from engine.runtime.privacy import logger
from engine.runtime.worker import Worker
from engine.stores.inbox.protocol import Waiting
from engine.stores.items import decode_event, encode_event
from engine.stores.protocol import Dead

SHARE: Final = 5
"""Events of one person that wait in memory; those beyond wait in the store.

A source may have to wait for all that it has given before it asks for more: each of these is a
commit of its own, while all beyond are safe with one write."""
LENGTH_MAX: Final = 100_000
"""Events of one person in the store, from which on their source has to wait."""
BATCH: Final = 100
LOOK: Final = 60_000
"""How often the inbox is searched for what a dead worker has left, in milliseconds."""
YIELD: Final = 200
"""How often it is looked whether another worker has handed on what comes first (ms)."""
REST: Final = 3
"""So many times as long as the last event took, the next one waits while others are served."""
REST_MAX: Final = 100
"""Longest such wait, in milliseconds: what waits here is late, and never forgotten."""
MICROSECONDS: Final = 1_000
"""Places of a millisecond."""

log = logger("statechat.inbox")


class Taking(Protocol):
    """What the dispatcher asks."""

    def keeps(self, owner: str) -> bool:
        """Whether events that an owner has applied may wait here, so that their ids are needed."""
        ...

    def takes(self, event: Event) -> bool:
        """Whether it comes from the inbox."""
        ...

    async def holds(self, event: Event) -> bool:
        """Whether it waits there still, so that it was not applied and forgotten."""
        ...


@dataclass(slots=True)
class _Line:
    """What is under way for one owner who has something in the inbox.

    Attributes:
        last: the place of the last event.
        shared: whether there may be events of a chat, which a person's session may apply instead.
        length: how many events are stored, or soon will be.
        puts: counts writes, so that one that happened during a read is noticed.
        moved: set whenever something was written or removed.
    """

    last: int
    shared: bool
    length: int = 0
    puts: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class Inbox:
    """Takes events from transports: `accept` gives a future that is done when the event is safe."""

    def __init__(self, worker: Worker, bus: Bus) -> None:
        self._worker = worker
        self._store = worker.store.inbox
        self._bus = bus
        self._lines: dict[str, _Line] = {}
        self._taking: dict[str, Event] = {}
        self._arriving: list[tuple[Waiting, asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._closed = False

    def __bool__(self) -> bool:
        return bool(self._lines)

    def keeps(self, owner: str) -> bool:
        return owner in self._lines or any(line.shared for line in self._lines.values())

    def __len__(self) -> int:
        """How many events wait in the store; may be asked from any thread."""
        return sum(line.length for line in list(self._lines.values()))

    def takes(self, event: Event) -> bool:
        return self._taking.get(event.owner) is event

    async def holds(self, event: Event) -> bool:
        # Nobody else removes anything beside a sole worker.
        return self._worker.sole or await self._store.holds(event.owner, event.id)

    async def open(self) -> None:
        """Learn of whom anything waits: what they send now comes after it."""
        for owner, found in (await self._store.lines()).items():
            if self._worker.serves(owner) and owner not in self._lines:
                line = self._lines[owner] = _Line(found.last, shared=True, length=found.length)
                self._begin(owner, line)

    async def accept(self, event: Event) -> asyncio.Future[None]:
        """Queue an event in the bus, or have it stored where its owner has too many there.

        Raises:
            StoppedError: the engine stops.
        """
        line = self._lines.get(event.owner)
        if line is None:
            if self._bus.waiting(event.owner) < SHARE:
                return await self._bus.publish(event)
            name = self._worker.names.of(event.owner)
            log.info("%s sends faster than it is handled: the rest waits in the inbox", name)
            line = self._lines[event.owner] = _Line(0, shared=event.of_chat)
            self._begin(event.owner, line)
            for earlier in self._bus.queued(event.owner):
                if earlier.by_person:
                    self._add(line, earlier)
        while line.length >= LENGTH_MAX and not self._closed:
            line.moved.clear()
            await line.moved.wait()
        if self._closed:
            raise StoppedError
        return self._add(line, event)

    def _add(self, line: _Line, event: Event) -> asyncio.Future[None]:
        """Have an event stored behind all others of its owner; done when it is."""
        line.length += 1
        line.last = max(line.last + 1, self._worker.clock.now() * MICROSECONDS)
        safe = asyncio.get_running_loop().create_future()
        stored = encode_event(event, "", "")
        waiting = Waiting(event.owner, event.id, line.last, stored, self._worker.id)
        self._arriving.append((waiting, safe))
        self._arrived.set()
        return safe

    async def run(self) -> None:
        """Store what arrives and hand on what waits, until cancelled."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                for owner, line in self._lines.items():
                    self._begin(owner, line)
                while True:
                    if await pause(self._worker.clock, LOOK, self._arrived):
                        self._arrived.clear()
                        await self._persistently(self._keep)
                    elif not self._worker.sole:
                        await self._persistently(self.open)
        finally:
            self._close()

    def _close(self) -> None:
        self._closed, self._tasks = True, None
        for line in self._lines.values():
            line.moved.set()
        for _, safe in self._arriving:
            if not safe.done():
                safe.set_exception(StoppedError())
                safe.exception()  # it is no fault if nobody waits for it any more

    def _begin(self, owner: str, line: _Line) -> None:
        if self._tasks is None:
            return
        work = self._drain(owner, line)
        try:
            self._tasks.create_task(work)
        except RuntimeError:  # the engine is stopping; what waits is in the store
            work.close()

    async def _keep(self) -> None:
        """Store all that has arrived, in one write.

        What was applied before may be among it: the dispatcher finds that out, for no id of an
        applied event is dropped while anything waits here.
        """
        arriving = list(self._arriving)
        await self._store.put([waiting for waiting, _ in arriving])
        del self._arriving[: len(arriving)]
        for waiting, safe in arriving:
            line = self._lines[waiting.owner]
            line.puts += 1
            line.moved.set()
            if not safe.done():
                safe.set_result(None)

    async def _drain(self, owner: str, line: _Line) -> None:
        """Hand on what waits for an owner, until nothing does."""
        while True:
            puts = line.puts
            found: list[Waiting] = []

            async def look() -> None:
                found.extend(await self._store.first(owner, BATCH))  # noqa: B023 - called at once

            await self._persistently(look)
            if not found and puts == line.puts:
                if not self._expects(owner):
                    del self._lines[owner]
                    return
                line.moved.clear()
                await line.moved.wait()
            if not self._worker.sole and found:
                found = await self._own(found)
                if not found:
                    await self._worker.clock.sleep(YIELD)
                    continue
            # Beside other workers one by one, so that `Record.taken` tells all that they may find.
            step = max(1, len(found)) if self._worker.sole else 1
            for begin in range(0, len(found), step):
                part = found[begin : begin + step]
                for waiting in part:
                    if not await self._hand_on(waiting):
                        return
                ids = [waiting.id for waiting in part]
                await self._persistently(lambda: self._store.remove(owner, ids))  # noqa: B023 - called at once
                line.length = max(0, line.length - len(part))
                line.moved.set()

    async def _own(self, found: list[Waiting]) -> list[Waiting]:
        """What this worker may hand on: all that stands before the first of another that runs."""
        running: set[str] = set()

        async def ask() -> None:
            alive, _ = await others(self._worker)
            running.update(alive)

        await self._persistently(ask)
        return list(takewhile(lambda waiting: waiting.worker not in running, found))

    def _expects(self, owner: str) -> bool:
        """Whether something of this owner is still to be stored."""
        return any(waiting.owner == owner for waiting, _ in self._arriving)

    async def _hand_on(self, waiting: Waiting) -> bool:
        """Have one event applied; false where the engine stops first."""
        owner = waiting.owner
        try:
            event = decode_event(waiting.event, "", "")
        except (LookupError, TypeError, ValueError):
            await self._persistently(lambda: self._set_aside(waiting))
        else:
            # Not undone by a stop: the bus may apply the event still, and has to know.
            self._taking[owner] = event
            began = self._worker.clock.now()
            try:
                await (await self._bus.publish(event))
            except StoppedError:
                return False
            del self._taking[owner]
            await self._rest(self._worker.clock.now() - began)
        return True

    async def _rest(self, took: int) -> None:
        """Leave the store to the others who are being served: each commit of theirs is awaited."""
        if took and self._bus.owners() > len(self._taking):
            await self._worker.clock.sleep(min(REST * took, REST_MAX))

    async def _set_aside(self, waiting: Waiting) -> None:
        now = self._worker.clock.now()
        letter = Dead(waiting.id, "event", "store:damaged", now, dict(waiting.event))
        await self._worker.store.set_aside(letter)

    async def _persistently(self, work: "Work") -> None:
        while True:
            try:
                return await work()
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                await self._worker.clock.sleep(self._worker.outage.failed(error))


class Work(Protocol):
    """Something of the store that may be done again."""

    async def __call__(self) -> None: ...
