"""After an unclean stop, events that may have been under way are applied singly, and counted.

An event that kills the process would be delivered again at each start, and kill it for ever. Who
was alone when the process died is known; the third death sets it aside.
"""

import asyncio
from contextlib import suppress
from typing import Final

from engine.core.events import RESULT, Event
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.bus import Retry
from engine.runtime.dispatcher import Dispatcher
from engine.runtime.items import LEASE
from engine.runtime.outage import is_outage
from engine.runtime.presence import WORKERS, others, say
from engine.runtime.privacy import logger
from engine.runtime.worker import Worker

DEATHS: Final = "deaths"
"""The collection of documents that count deaths: by session, in each by event."""
DEATHS_MAX: Final = 3
"""The death, counted from the unclean stop, that sets an event aside."""
COUNTED_MAX: Final = 16
"""Most events of one session whose deaths are counted."""

log = logger("statechat.caution")


class Caution:
    """The handler of the bus, before the dispatcher.

    An action is not counted here: the claim of its item counts, before it runs.
    """

    def __init__(self, worker: Worker, dispatcher: Dispatcher) -> None:
        self._worker = worker
        self._store = worker.store
        self._dispatcher = dispatcher
        self._alone = asyncio.Lock()
        self._since = 0
        """Events that were sent before this moment may have been under way in a death (ms)."""

    async def open(self) -> None:
        """Find out whether a worker has died, and say that this one runs."""
        running, dead = await others(self._worker)
        await say(self._worker)
        for id_ in dead:
            await self._store.remove(WORKERS, id_)
        if dead:
            self._since = self._worker.clock.now()
            log.warning("the bot was not stopped in good order: what it left is applied singly")
        elif not running:
            # A death right behind a commit leaves the count of an event that never comes again.
            for id_ in await self._store.all(DEATHS):
                await self._store.remove(DEATHS, id_)

    async def run(self) -> None:
        """Go on saying that this worker runs, until cancelled."""
        while True:
            await self._worker.clock.sleep(LEASE // 3)
            try:
                await say(self._worker)
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                await self._worker.clock.sleep(self._worker.outage.failed(error))

    async def close(self) -> None:
        """Say that this worker ended in good order."""
        await self._store.remove(WORKERS, self._worker.id)

    async def handle(self, event: Event) -> None:
        """Apply an event as the dispatcher does, alone where it is suspicious.

        Raises:
            Retry: as the dispatcher.
        """
        if event.at >= self._since or event.name == RESULT:
            await self._dispatcher.handle(event)
            return
        try:
            async with self._alone:
                await self._handle_alone(event)
        except (StatechatError, OSError) as error:
            if not is_outage(error):
                raise
            raise Retry(self._worker.outage.failed(error)) from error

    async def _handle_alone(self, event: Event) -> None:
        counts = dict(await self._store.get(DEATHS, event.owner) or {})
        deaths = counts.pop(event.id, 0)
        assert isinstance(deaths, int)
        if deaths + 1 >= DEATHS_MAX:
            log.error("event %s is set aside: the process died of it again and again", event.id)
            await self._dispatcher.give_up(event, _deadly())
        else:
            await self._count(event.owner, {**counts, event.id: deaths + 1})
            try:
                await self._dispatcher.handle(event)
            except BaseException:  # also where a stop breaks it off: only a death leaves the count
                with suppress(StatechatError, OSError):
                    await self._count(event.owner, counts)
                raise
        await self._count(event.owner, counts)

    async def _count(self, owner: str, counts: dict[str, Value]) -> None:
        """Keep the counts under the session's id, so that they go with what a person erases."""
        if counts:
            last = dict(list(counts.items())[-COUNTED_MAX:])
            await self._store.put(DEATHS, owner, last)
        else:
            await self._store.remove(DEATHS, owner)


def _deadly() -> StatechatError:
    return StatechatError(
        "event:deadly",
        "The process died three times while this event was applied.",
        cure="Mend what kills it, most likely a plugin, and put it back: statechat dead retry.",
    )
