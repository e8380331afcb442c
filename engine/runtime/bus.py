"""Carrying events to their handler: in order for one owner, owners side by side.

Every implementation passes `tests/contract/test_bus.py`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import Final, Protocol

from engine.classes import dataclass
from engine.core.events import Event
from engine.runtime.clock import pause
from engine.runtime.ports import Clock

SIZE: Final = 10_000
SIZE_PER_OWNER: Final = 200
CONCURRENCY: Final = 256

Handler = Callable[[Event], Awaitable[None]]
"""Returns when the event is applied; raises `Retry` to get it again."""


class Retry(Exception):  # noqa: N818 - an order to the bus, like StopIteration
    """Deliver this event again after so many milliseconds, before any later one of its owner."""

    def __init__(self, after: int) -> None:
        super().__init__(after)
        self.after = after


class StoppedError(Exception):
    """The engine stops; the event was not applied, and its source shall deliver it again."""


class Bus(Protocol):
    """A queue of events with one line an owner."""

    async def publish(self, event: Event) -> asyncio.Future[None]:
        """Queue an event; waits while the queue, or its owner's share of it, is full.

        The future is done when the event is safe: applied, or stored by a bus that outlives the
        process. It fails with `StoppedError` when the engine stops first.

        Raises:
            StoppedError: the bus takes no more events.
        """
        ...

    def waiting(self, owner: str) -> int:
        """How many events of an owner wait or are being applied."""
        ...

    def queued(self, owner: str) -> list[Event]:
        """The events of an owner that wait or are being applied, in order."""
        ...

    def owners(self) -> int:
        """Of how many owners events wait or are being applied."""
        ...

    async def consume(self, handler: Handler, stop: asyncio.Event) -> None:
        """Give events to the handler until `stop` is set and what is queued has been handled.

        An event that its handler wants again after that is given up. Any other exception of the
        handler ends this with that exception in a group.
        """
        ...


@dataclass(slots=True)
class _Line:
    """The events of one owner that wait; `joining` counts those who wait for room in it."""

    room: asyncio.Semaphore
    queue: deque[tuple[Event, asyncio.Future[None]]] = field(default_factory=deque)
    joining: int = 0
    busy: bool = False


class MemoryBus:
    """A bus within one process. What it holds is lost with the process: sources deliver again."""

    def __init__(
        self,
        clock: Clock,
        *,
        size: int = SIZE,
        size_per_owner: int = SIZE_PER_OWNER,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._clock = clock
        self._size_per_owner = size_per_owner
        self._room = asyncio.Semaphore(size)
        self._slots = asyncio.Semaphore(concurrency)
        self._lines: dict[str, _Line] = {}
        self._handler: Handler | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._stop = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        """How many events wait or are being applied; may be asked from any thread."""
        return sum(len(line.queue) for line in list(self._lines.values()))

    def waiting(self, owner: str) -> int:
        line = self._lines.get(owner)
        return len(line.queue) + line.joining if line else 0

    def queued(self, owner: str) -> list[Event]:
        line = self._lines.get(owner)
        return [event for event, _ in line.queue] if line else []

    def owners(self) -> int:
        return len(self._lines)

    async def publish(self, event: Event) -> asyncio.Future[None]:
        line = self._lines.get(event.owner)
        if line is None:
            line = self._lines[event.owner] = _Line(asyncio.Semaphore(self._size_per_owner))
        line.joining += 1
        try:
            await self._enter(line)
            future = asyncio.get_running_loop().create_future()
            line.queue.append((event, future))
            self._wake(event.owner, line)
            return future
        finally:
            line.joining -= 1
            self._tidy(event.owner, line)

    async def _enter(self, line: _Line) -> None:
        """Wait for room. Both semaphores are fair, so that nobody overtakes within an owner."""
        self._refuse_if_closed()
        await line.room.acquire()
        try:
            await self._room.acquire()
        except asyncio.CancelledError:
            line.room.release()
            raise
        try:
            self._refuse_if_closed()
        except StoppedError:
            self._leave(line)
            raise

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoppedError

    def _leave(self, line: _Line) -> None:
        self._room.release()
        line.room.release()

    async def consume(self, handler: Handler, stop: asyncio.Event) -> None:
        self._stop = stop
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._handler = handler
                for owner, line in list(self._lines.items()):
                    self._wake(owner, line)
                await stop.wait()
                self._closed = True
        finally:
            self._closed = True
            self._handler = None
            self._abandon()

    def _wake(self, owner: str, line: _Line) -> None:
        if self._handler and self._tasks and line.queue and not line.busy:
            line.busy = True
            work = self._serve(owner, line, self._handler)
            try:
                self._tasks.create_task(work)
            except RuntimeError:  # the group ends, and `consume` gives up what is queued
                work.close()
                line.busy = False

    async def _serve(self, owner: str, line: _Line, handler: Handler) -> None:
        try:
            while line.queue:
                event, future = line.queue[0]
                try:
                    async with self._slots:
                        await handler(event)
                except Retry as retry:
                    if await pause(self._clock, retry.after, self._stop):
                        return
                    continue
                line.queue.popleft()
                self._leave(line)
                if not future.done():
                    future.set_result(None)
        finally:
            line.busy = False
            self._tidy(owner, line)

    def _tidy(self, owner: str, line: _Line) -> None:
        if not (line.queue or line.joining or line.busy) and self._lines.get(owner) is line:
            del self._lines[owner]

    def _abandon(self) -> None:
        """Fail what is left, and let those who wait for room find the bus closed."""
        for owner, line in list(self._lines.items()):
            while line.queue:
                _, future = line.queue.popleft()
                self._leave(line)
                if not future.done():
                    future.set_exception(StoppedError())
                    future.exception()  # it is no fault if nobody waits for it any more
            self._tidy(owner, line)
