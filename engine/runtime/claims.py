"""Taking what has to be carried out: what other workers left, and what comes due."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from engine.errors import StatechatError
from engine.runtime.damage import leave_alone
from engine.runtime.invokes import Invokes
from engine.runtime.items import LEASE, Items, claim, release, renew
from engine.runtime.outage import is_outage
from engine.runtime.outbox import LOOK, Outbox
from engine.runtime.wakes import Wakes
from engine.runtime.worker import Worker
from engine.stores.protocol import Record

BATCH: Final = 100
"""Sessions that are claimed side by side."""
BUSY: Final = 2_000
"""Chats and actions at work above which nothing more is claimed."""

log = logging.getLogger("statechat.outbox")


class Claims:
    """Takes items whose time has come or whose worker is gone, and keeps the leases of its own."""

    def __init__(self, worker: Worker, outbox: Outbox, invokes: Invokes) -> None:
        self._worker = worker
        self._outbox = outbox
        self._invokes = invokes
        self._wakes = Wakes(worker.clock)
        self._unusable: set[str] = set()
        self._passed_over = 0

    def notice(self, record: Record) -> None:
        """Look again when an item that nobody holds may be taken."""
        for item in record.outbox:
            if item.worker is None:
                self._wakes.at(item.at)

    async def run(self) -> None:
        """Claim until cancelled; a sole worker begins with what the process before it held."""
        ahead = LEASE if self._worker.sole else 0
        while True:
            try:
                now = self._worker.clock.now()
                if await self._claim(now + ahead):
                    continue
                ahead = 0
                first = await self._worker.store.next_outgoing()
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                await self._worker.clock.sleep(self._worker.outage.failed(error))
                continue
            if first is not None and first > now:
                self._wakes.at(first)
            await self._wakes.wait()

    async def renew(self) -> None:
        """Prolong the leases of what is under way, until cancelled."""
        while True:
            await self._worker.clock.sleep(LEASE // 4)
            try:
                await self._each(self._outbox.owners | self._invokes.owners, self._renewed)
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                await self._worker.clock.sleep(self._worker.outage.failed(error))

    async def release(self, owners: Iterable[str]) -> None:
        """Give the leases of these sessions back, so that others need not wait for their end.

        An action that the stop has broken off is not counted as begun.
        """
        await self._each(owners, self._released)

    async def _claim(self, until: int) -> bool:
        """Claim a batch of what may be taken by a moment; whether there was anything."""
        if len(self._outbox) + len(self._invokes) >= BUSY:
            self._wakes.at(self._worker.clock.now() + LOOK)
            return False
        found = await self._worker.store.outgoing(until, BATCH + self._passed_over)
        mine = [owner for owner in found if self._serves(owner)]
        self._passed_over = len(found) - len(mine)
        return await self._each(mine, self._claimed)

    def _serves(self, owner: str) -> bool:
        return self._worker.serves(owner) and owner not in self._unusable

    def _claimed(self, items: Items) -> Items | None:
        return claim(items, self._worker.clock.now(), self._worker.id, sole=self._worker.sole)

    def _renewed(self, items: Items) -> Items | None:
        return renew(items, self._worker.clock.now(), self._worker.id)

    def _released(self, items: Items) -> Items | None:
        return release(items, self._worker.clock.now(), self._worker.id)

    async def _each(self, owners: Iterable[str], change: Callable[[Items], Items | None]) -> bool:
        """Change the items of sessions, a batch at a time; whether any was changed."""
        waiting = sorted(owners)
        changed = False
        while waiting:
            batch, waiting = waiting[:BATCH], waiting[BATCH:]
            results = await asyncio.gather(
                *[self._one(owner, change) for owner in batch], return_exceptions=True
            )
            for result in results:
                if isinstance(result, BaseException):
                    raise result
                changed |= result
        return changed

    async def _one(self, owner: str, change: Callable[[Items], Items | None]) -> bool:
        done = False

        async def apply(record: Record | None) -> Record | None:
            nonlocal done
            items = change(record.outbox) if record else None
            done = items is not None
            return replace(record, outbox=items) if record and items is not None else None

        try:
            await self._worker.sessions.change(owner, apply)
        except StatechatError as error:
            if is_outage(error):
                raise
            await leave_alone(self._worker, owner, error)
            self._unusable.add(owner)
            return False
        return done
