"""Finding timers that are due and dead letters that were put back, for the bus."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import Final

from engine.core.events import Event
from engine.errors import StatechatError
from engine.runtime.bus import Bus
from engine.runtime.clock import pause
from engine.runtime.damage import leave_alone
from engine.runtime.letters import event_of, file, take_out
from engine.runtime.outage import is_outage
from engine.runtime.ports import Transport
from engine.runtime.waiting import due_timers
from engine.runtime.wakes import Wakes
from engine.runtime.worker import Worker
from engine.stores.protocol import Dead, Record

BATCH: Final = 500
"""Sessions whose timers are looked for at a time."""
AT_ONCE: Final = 24
"""Sessions whose timers are under way at once, and more only beside as many that people talk in:
what people say shares each round trip with so many timers, and waits for no more of them."""
CATCH_UP: Final = 10_000
"""How long the first timer waits for what people sent meanwhile, in milliseconds."""

log = logging.getLogger("statechat.scheduler")


class Scheduler:
    """Fires the timers of those whom this worker's transports talk with."""

    def __init__(self, worker: Worker, bus: Bus) -> None:
        self._worker = worker
        self._bus = bus
        self._wakes = Wakes(worker.clock)
        self._queued: dict[str, set[str]] = {}
        self._found: deque[str] = deque()
        """Sessions with due timers that wait for their turn."""
        self._unusable: set[str] = set()
        self._passed_over = 0

    def notice(self, record: Record) -> None:
        """Wake up when the record's first timer is due."""
        if record.wake_at is not None:
            self._wakes.at(record.wake_at)

    async def run(self, transports: Iterable[Transport]) -> None:
        """Fire timers until cancelled, once what waited while the bot was down has been queued."""
        await self._caught_up([transport.caught_up for transport in transports])
        while True:
            try:
                now = self._worker.clock.now()
                first = None
                if self._room() > 0:
                    if await self._fire(now):
                        continue
                    first = await self._worker.store.next_due()
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                await self._worker.clock.sleep(self._worker.outage.failed(error))
                continue
            if first is not None and first > now:
                self._wakes.at(first)
            await self._wakes.wait()

    async def _caught_up(self, waiting: list[asyncio.Event]) -> None:
        end = self._worker.clock.now() + CATCH_UP
        for event in waiting:
            if not await pause(self._worker.clock, end - self._worker.clock.now(), event):
                log.warning("timers begin before a transport has reported its backlog")

    async def _fire(self, now: int) -> bool:
        """Queue the events of some timers that are due; whether there may be more."""
        if not self._found:
            await self._find(now)
        fired = bool(self._found)
        some = [self._found.popleft() for _ in range(min(self._room(), len(self._found)))]
        # Side by side, so that they share a round trip.
        for record in await asyncio.gather(*map(self._read, some)):
            if record is None:
                continue
            for event in due_timers(record.session, now, set()):
                await self._queue(event, event.timer or "")
            if record.aside:
                await file(self._worker.sessions, self._worker.store, record)
            for letter in record.again:
                await self._revive(record.session.id, letter)
        return fired

    async def _find(self, now: int) -> None:
        """Look for sessions with due timers, the first due first.

        Whoever has something queued is found again when that is done.
        """
        limit = BATCH + self._passed_over + len(self._queued)
        found = await self._worker.store.due(now, limit)
        mine = [owner for owner in found if self._serves(owner)]
        self._passed_over = len(found) - len(mine)
        self._found.extend(owner for owner in mine if owner not in self._queued)

    def _room(self) -> int:
        """How many sessions more may have timers under way."""
        talking = self._bus.owners() - len(self._queued)
        return max(AT_ONCE, talking) - len(self._queued)

    async def _revive(self, owner: str, letter: Dead) -> None:
        """Let a dead letter that was put back have its effect, once it is a letter no more.

        Were it still one then, putting it back a second time would apply it twice.
        """
        try:
            event = event_of(letter)
        except StatechatError as error:  # put back before an update that reads it no more
            told = self._worker.names.put_in(str(error), owner)
            log.error("a dead letter stays one: %s", told)  # noqa: TRY400 - the error says it all
            await self._worker.store.set_aside(letter)
            await take_out(self._worker.sessions, owner, letter)
            return
        await self._worker.store.discard(letter.id, letter.at)
        if event is None:
            await take_out(self._worker.sessions, owner, letter, revive=True)
        else:
            await self._queue(event, letter.id)

    async def _queue(self, event: Event, name: str) -> None:
        applied = await self._bus.publish(event)
        self._queued.setdefault(event.owner, set()).add(name)
        applied.add_done_callback(lambda _: self._done(event.owner, name))

    def _done(self, owner: str, name: str) -> None:
        queued = self._queued[owner]
        queued.discard(name)
        if not queued:
            del self._queued[owner]
        # The store names the first due timer only: with this one gone, it names the next.
        self._wakes.at(self._worker.clock.now())

    def _serves(self, owner: str) -> bool:
        return self._worker.serves(owner) and owner not in self._unusable

    async def _read(self, owner: str) -> Record | None:
        """The record as the store has it: what is due was found there."""
        try:
            return await self._worker.sessions.read(owner, fresh=True)
        except StatechatError as error:
            if is_outage(error):
                raise
            await leave_alone(self._worker, owner, error)
            self._unusable.add(owner)
            return None
