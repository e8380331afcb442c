"""Beginning flows for many: what triggers name by the clock, and what is asked for by hand.

Each transport has a record of its own among the sessions, `<bot>/.broadcast:<transport>`, with the
broadcast that is under way and how far it has come. It is written under its revision like every
other, so of several workers one at a time goes on with it. After a crash the page that was begun is
gone through again; a session that has got the broadcast knows its number.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from engine.classes import dataclass
from engine.core.access import Rate
from engine.core.broadcasts import beginning
from engine.core.events import Event
from engine.core.faults import Fault
from engine.core.session import Session
from engine.core.triggers import TimedTrigger
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.bus import Bus
from engine.runtime.outage import PERSONAL, is_outage
from engine.runtime.points import reach
from engine.runtime.wakes import POLL
from engine.runtime.worker import Worker
from engine.stores.broadcasts import COLLECTION, Job, Progress, decode, encode, progress_id
from engine.stores.protocol import Record

PAGE: Final = 50
"""Sessions that are gone through before it is noted how far a broadcast has come."""
LEASE: Final = 60_000
"""How long a broadcast waits for a worker that says nothing, in milliseconds."""
KEPT: Final = 7 * 86_400_000
"""How long what was asked for by hand waits for a transport that is not there (ms)."""

log = logging.getLogger("statechat.broadcasts")

Concerns = Callable[[Session, Event, int], bool]
"""`engine.core.broadcasts.concerns` with its program bound."""


def nobody(_session: Session, _event: Event, _now: int) -> bool:
    """Whom a bot without a program tells something."""
    return False


Timed = Callable[[], Mapping[str, TimedTrigger]]
"""The triggers by the clock as they are now, by key."""


class _LostError(Exception):
    """Another worker goes on with the broadcast."""


@dataclass(slots=True)
class _Count:
    begun: int = 0
    failed: int = 0


class Broadcasts:
    """Carries out the broadcasts of one transport, one after another, until cancelled."""

    def __init__(
        self,
        worker: Worker,
        bus: Bus,
        bot: str,
        transport: str,
        timed: Timed,
        concerns: Concerns,
    ) -> None:
        self._worker = worker
        self._bus = bus
        self._timed = timed
        self._prefix = f"{bot}/{transport}:"
        self._id = progress_id(bot, transport)
        self._concerns = concerns
        self._record = Record(Session(self._id))
        self._free_at = 0

    async def run(self, caught_up: asyncio.Event) -> None:
        """Look for what is to be done, and do it, once what people sent before is queued."""
        await caught_up.wait()
        clock = self._worker.clock
        while True:
            try:
                pause = await self._turn(clock.now())
            except _LostError:
                pause = POLL
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                pause = self._worker.outage.failed(error)
            if pause:
                await clock.sleep(min(pause, POLL))

    async def _turn(self, now: int) -> int:
        """Do the next thing; how long to wait for the one after it (ms)."""
        found = await self._worker.store.load([self._id])
        self._record = found.get(self._id) or Record(Session(self._id))
        progress = decode(self._record)
        if progress.job is None:
            progress, soon = await self._next(progress, now)
            if progress.job is None:
                return soon
        elif not self._mine(progress, now):
            return POLL
        await self._carry_out(progress, progress.job)
        return 0

    def _mine(self, progress: Progress, now: int) -> bool:
        return self._worker.sole or progress.worker == self._worker.id or progress.until <= now

    async def _next(self, progress: Progress, now: int) -> tuple[Progress, int]:
        """Take what is due, if anything is; else how long to wait."""
        timed = self._timed()
        times = {key: progress.times.get(key, now) for key in timed}
        if times != progress.times:
            progress = await self._note(replace(progress, times=times))
        moments = {key: timed[key].after(last) for key, last in times.items()}
        coming = [(at, key) for key, at in moments.items() if at is not None]
        at, key = min(coming, default=(now + POLL, ""))
        run = max(now, progress.run + 1)
        asked = await self._asked_for(progress, now)
        if asked is not None:
            id_, document = asked
            job = Job.by_hand(run, document)
            progress = replace(progress, job=job, run=run, taken=id_)
        elif at <= now and key:
            trigger = timed[key]
            times = {**times, key: trigger.latest(at, now)}
            job = Job(run, {"flow": trigger.flow, "trigger": key}, trigger.rate)
            progress = replace(progress, job=job, run=run, times=times)
        else:
            return progress, max(at - now, 1)
        log.info("the flow %s begins for those whom it concerns", job.flow)
        return await self._note(progress), 0

    async def _asked_for(
        self, progress: Progress, now: int
    ) -> tuple[str, Mapping[str, Value]] | None:
        """The first broadcast by hand that was not carried out here; old ones are removed."""
        for id_, document in (await self._worker.store.all(COLLECTION)).items():
            if int(id_) < now - KEPT:
                await self._worker.store.remove(COLLECTION, id_)
            elif id_ > progress.taken:
                return id_, document
        return None

    async def _carry_out(self, progress: Progress, job: Job) -> None:
        count = _Count()
        while True:
            owners = await self._worker.store.owners(self._prefix, job.after, PAGE)
            if not owners:
                break
            progress = await self._page(progress, job, owners, count)
            job = replace(job, after=owners[-1])
            progress = await self._note(replace(progress, job=job))
        await self._note(replace(progress, job=None))
        log.info("the flow %s has begun for %d", job.flow, count.begun)
        if count.failed:
            log.warning("the condition of %s failed for %d", job.flow, count.failed)

    async def _page(
        self, progress: Progress, job: Job, owners: Sequence[str], count: _Count
    ) -> Progress:
        """Begin the flow for those of a page whom it concerns; all have got it at the end."""
        applied: list[asyncio.Future[None]] = []
        for record in await self._load(owners):
            now = self._worker.clock.now()
            event = beginning(record.session, job.run, job.what, now)
            if event is None or event.id in record.seen:
                continue
            try:
                if not self._concerns(record.session, event, now):
                    continue
            except Fault:
                count.failed += 1
                continue
            progress = await self._pace(progress, job.rate)
            applied.append(await self._bus.publish(replace(event, at=self._worker.clock.now())))
            count.begun += 1
            reach("after-begin-before-note")
        await asyncio.gather(*applied)
        return progress

    async def _load(self, owners: Sequence[str]) -> list[Record]:
        """The records of a page; those that cannot be read are left alone."""
        try:
            found = await self._worker.store.load(owners)
        except StatechatError as error:
            if error.code not in PERSONAL:
                raise
            if len(owners) == 1:
                return []
            return [record for owner in owners for record in await self._load([owner])]
        return [found[owner] for owner in owners if owner in found]

    async def _pace(self, progress: Progress, rate: Rate) -> Progress:
        """Wait until the next one may get it, and hold the lease meanwhile."""
        clock = self._worker.clock
        while (left := self._free_at - clock.now()) > 0:
            await clock.sleep(min(left, LEASE // 3))
            if progress.until - clock.now() < LEASE // 2:
                progress = await self._note(progress)
        self._free_at = clock.now() + -(-rate.period // rate.count)
        if progress.until - clock.now() < LEASE // 2:
            progress = await self._note(progress)
        return progress

    async def _note(self, progress: Progress) -> Progress:
        """Write how far it has come, and that this worker goes on with it.

        Raises:
            _LostError: another worker has written meanwhile.
        """
        until = self._worker.clock.now() + LEASE
        progress = replace(progress, worker=self._worker.id, until=until)
        record = encode(self._record, progress)
        if not all(await self._worker.store.commit([record])):
            raise _LostError
        self._record = record
        return progress
