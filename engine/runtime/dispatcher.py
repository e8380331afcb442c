"""Applying events: load, step, commit, and only then is the event done."""

import logging
import secrets
from dataclasses import replace
from time import perf_counter
from typing import Final, Protocol

from engine.core.away import silenced
from engine.core.effects import Effect, Invoke
from engine.core.events import BEGIN, TOLD, Event
from engine.core.outcome import LogEntry, Outcome, Wanted
from engine.core.session import Session
from engine.core.values import OUTBOX_MAX, Value
from engine.errors import StatechatError
from engine.runtime import tells
from engine.runtime.applied import Applied, Horizons, of_run
from engine.runtime.bus import Retry
from engine.runtime.inbox import Taking
from engine.runtime.items import plan
from engine.runtime.letters import file, is_put_back, of_event, without_letter
from engine.runtime.lookups import look_up
from engine.runtime.outage import is_outage
from engine.runtime.points import reach
from engine.runtime.privacy import hide, logger
from engine.runtime.records.database import Database
from engine.runtime.sessions import Apply
from engine.runtime.trail import follow
from engine.runtime.waiting import awaited, cause, consumed, due_timers
from engine.runtime.worker import Worker
from engine.stores.protocol import Dead, Record

FULL: Final = 200
"""How long an event waits for room in the outbox at a time, in milliseconds."""
PATIENCE: Final = 60_000
"""Age of the oldest message (ms) from which a full outbox counts as stuck: nothing waits for it."""

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
log = logger("statechat.dispatcher")
flow_log = logger("statechat.flow")


class Step(Protocol):
    """The core's `step` with its program bound."""

    def __call__(self, session: Session, event: Event, now: int, /) -> Outcome: ...


class Dispatcher:
    """The handler of the bus; `database` is where flows look before they begin."""

    def __init__(
        self,
        worker: Worker,
        step: Step,
        horizons: Horizons,
        inbox: Taking,
        database: Database,
    ) -> None:
        self._database = database
        self._worker = worker
        self._inbox = inbox
        self._step = step
        self._applied = Applied(worker, horizons)

    def change(self, database: Database) -> None:
        """Look for what comes next in these records."""
        self._database = database

    async def handle(self, event: Event) -> None:
        """Apply an event once, or find that it was applied.

        Raises:
            Retry: the store is away, the outbox is full for the moment, or others change this
                session all the time.
        """
        follow(self._worker.names, event.owner, event.id)
        try:
            entries, onward = await self._offer(event)
            if onward is not None:
                entries += (await self._offer(onward))[0]
                await self._taken_from(event)
        except (StatechatError, OSError) as error:
            if not is_outage(error):
                raise
            raise Retry(self._worker.outage.failed(error)) from error
        reach("after-commit-before-ack")
        for entry in entries:
            _write(event, entry)

    async def _offer(self, event: Event) -> tuple[tuple[LogEntry, ...], Event | None]:
        """Apply an event to its session; the log, and the event for another session, if any."""
        try:
            return await self._apply(event)
        except Retry:
            raise
        except Exception as error:  # whatever it is, it must not block the person
            if is_outage(error):
                raise
            log.exception("event %s of %s cannot be stored", event.id, event.owner)
            return await self.give_up(event, error), None

    async def _taken_from(self, event: Event) -> None:
        """What was put back into a chat's session has been applied to that of a person."""

        async def apply(record: Record | None) -> Record | None:
            if record is None or not is_put_back(event, record):
                return None
            return without_letter(record, event)

        await self._worker.sessions.change(event.owner, apply)

    async def _apply(self, event: Event) -> tuple[tuple[LogEntry, ...], Event | None]:
        entries: tuple[LogEntry, ...] = ()
        onward: Event | None = None
        applied: list[Event] = []
        aside: list[Dead] = []

        async def apply(record: Record | None) -> Record | None:
            nonlocal entries, onward
            entries, onward = (), None
            applied.clear()
            aside.clear()
            record = await self._unless_applied(event, record)
            if record is None:
                return None
            origin = cause(event, record)
            follow(self._worker.names, event.owner, origin)
            now = self._worker.clock.now()
            known = await self._introduced(event)
            if known is None:
                return None
            outcome = await self._steps(record.session, known, now, applied, aside)
            entries, onward = outcome.log, outcome.onward
            came_back = record.session.away != 0 and event.by_person
            if not (outcome.heard or applied or came_back):
                return None  # nobody cares, so nothing is written
            session, effects = outcome.session, outcome.effects
            worker = self._worker.id if self._worker.serves(event.owner) else None
            outbox = plan(record.outbox, effects, now, worker, origin)
            if len(outbox) > max(OUTBOX_MAX, len(record.outbox)):
                if _moves(record, now):
                    raise Retry(FULL)
                aside.append(of_event(event, record.session, "outbox:full", now))
                session, effects = consumed(record.session, event, now)
                outbox = plan(record.outbox, effects, now, worker, origin)
            if session.away:
                outbox = tuple([one for one in outbox if not silenced(session, one.effect)])
            letters = (*record.aside, *aside)
            changed = replace(record, session=session, outbox=outbox, aside=letters)
            return await self._with_seen(changed, event) if outcome.heard else changed

        await self._change(event.owner, apply)
        if applied:
            log.info("event %s is applied", event.id)
            self._worker.meter.applied(applied, entries)
        return entries, onward

    async def _change(self, owner: str, apply: Apply) -> None:
        """Commit a change, and file the letters that it has made."""
        record = await self._worker.sessions.change(owner, apply)
        if record is not None and record.aside:
            await file(self._worker.sessions, self._worker.store, record)

    async def _introduced(self, event: Event) -> Event | None:
        """An event of a chat with what is stored with its person; none where they have applied it.

        That session was offered it after the chat's had not heard it, and before a crash.
        """
        if not event.of_chat:
            return event
        record = await self._worker.sessions.read(event.person)
        if record is None:
            return replace(event, user={})
        if event.by_person and event.id in record.seen:
            return None
        return replace(event, user=record.session.user)

    async def _unless_applied(self, event: Event, record: Record | None) -> Record | None:
        """The record to apply the event to; none where it was applied or is not waited for."""
        if self._inbox.takes(event) and (
            (record is not None and record.taken == event.id) or not await self._inbox.holds(event)
        ):
            return None
        if event.by_person or tells.expected(event, record):
            record = self._begun(event, record)
            if is_put_back(event, record):
                return record
            return None if await self._applied.knows(event, record) else record
        expected = _is_new if event.name == BEGIN else awaited
        if record is None or not (expected(event, record) or is_put_back(event, record)):
            log.debug("%s of %s is not waited for any more", event.id, event.owner)
            return None
        return record

    def _begun(self, event: Event, record: Record | None) -> Record:
        """The record with a session that has begun, by this event if it has not before."""
        now = self._worker.clock.now()
        if record is None:
            incarnation = secrets.token_hex(8)
            session = Session(event.owner, incarnation=incarnation, started=now)
            return Record(replace(session, shared=event.of_chat))
        if not record.session.started:  # what an erasure has left
            session = replace(record.session, started=now, shared=event.of_chat)
            return replace(record, session=session)
        if event.of_chat and not record.session.shared:
            # A group of operators that was told something before anybody spoke in it.
            return replace(record, session=replace(record.session, shared=True))
        return record

    async def _steps(
        self,
        session: Session,
        event: Event,
        now: int,
        applied: list[Event],
        aside: list[Dead],
    ) -> Outcome:
        """Step the event; before a person's, the timers that were due when it was sent.

        `applied` gets all that was; an event that nobody heard was not. `aside` gets letters.
        """
        effects: tuple[Effect, ...] = ()
        entries: tuple[LogEntry, ...] = ()
        fired: set[str] = set()
        while event.by_person:
            timer = next(due_timers(session, min(event.at, now), fired), None)
            if timer is None:
                break
            fired.add(timer.timer or "")
            applied.append(timer)
            outcome = await self._one(session, timer, now, aside)
            session = outcome.session
            effects += outcome.effects
            entries += outcome.log
        outcome = await self._one(session, event, now, aside)
        if outcome.heard:
            applied.append(event)
        return replace(outcome, effects=effects + outcome.effects, log=entries + outcome.log)

    async def _one(self, session: Session, event: Event, now: int, aside: list[Dead]) -> Outcome:
        """One step, with what it wants to know; an event that it cannot bear is set aside."""
        hide(lambda: self._worker.private(session, event))
        outcome = self._tried(session, event, now, aside)
        while outcome.wants is not None:
            found = await self._looked_up(event, outcome.wants)
            event = replace(event, found={**(event.found or {}), outcome.wants.key: found})
            outcome = self._tried(session, event, now, aside)
        return outcome

    async def _looked_up(self, event: Event, wanted: Wanted) -> Value:
        """The records that a step wants to know of; none where they cannot be had at all.

        Raises:
            Retry: the store is away.
        """
        found, failure = await look_up(self._database, wanted)
        if failure is not None and failure.transient:
            raise Retry(self._worker.outage.failed(OSError(failure.message)))
        if failure is not None:
            log.warning("the lookup for %s fails: %s: %s", event.id, failure.code, failure.message)
        return found

    def _tried(self, session: Session, event: Event, now: int, aside: list[Dead]) -> Outcome:
        try:
            began = perf_counter()
            outcome = self._step(session, event, now)
            self._worker.meter.stepped(perf_counter() - began)
        except Exception as error:  # whatever it is, it must not block the person
            log.exception("event %s of %s breaks the step", event.id, event.owner)
            aside.append(of_event(event, session, _reason(error), now))
            return Outcome(*consumed(session, event, now))
        return outcome

    async def _with_seen(self, record: Record, event: Event) -> Record:
        """The record that knows that the event was applied."""
        if self._inbox.takes(event):
            record = replace(record, taken=event.id)
        if record.again:
            record = without_letter(record, event)
        if event.name == BEGIN:
            others = {id_: order for id_, order in record.seen.items() if not of_run(id_)}
            return replace(record, seen={**others, event.id: event.order})
        if not event.by_person and event.name != TOLD:
            return record
        # What waits in the inbox is unknown to its source already.
        return await self._applied.added(record, event, keep=self._inbox.keeps(event.owner))

    async def give_up(self, event: Event, error: Exception) -> tuple[LogEntry, ...]:
        """Consume an event whose outcome cannot be stored."""

        async def apply(record: Record | None) -> Record | None:
            record = await self._unless_applied(event, record)
            if record is None:
                return None
            now = self._worker.clock.now()
            letter = of_event(event, record.session, _reason(error), now)
            session, effects = consumed(record.session, event, now)
            outbox = plan(record.outbox, effects, now, self._worker.id)
            aside = (*record.aside, letter)
            changed = replace(record, session=session, outbox=outbox, aside=aside)
            return await self._with_seen(changed, event)

        try:
            await self._change(event.owner, apply)
        except StatechatError as again:
            if is_outage(again):
                raise
            # The record itself cannot be read or written: a human has to look at it.
            log.exception("the record of %s is unusable", event.owner)
            letter = of_event(event, None, again.code, self._worker.clock.now())
            await self._worker.store.set_aside(letter)
        return ()


def _moves(record: Record, now: int) -> bool:
    """Whether a full outbox empties: its messages are all young, the person is only fast."""
    planned = [item.planned for item in record.outbox if not isinstance(item.effect, Invoke)]
    return bool(planned) and now - min(planned) < PATIENCE


def _is_new(event: Event, record: Record) -> bool:
    """Whether a session that is not erased has got neither this broadcast nor a later one."""
    last = max((order for id_, order in record.seen.items() if of_run(id_)), default=0)
    return bool(record.session.started) and last < event.order


def _reason(error: Exception) -> str:
    if isinstance(error, StatechatError):
        return error.code
    return f"step:crashed ({type(error).__name__})"


def _write(event: Event, entry: LogEntry) -> None:
    level = _LEVELS[entry.level]
    if flow_log.isEnabledFor(level):
        flow_log.log(
            level, "%s %s: %s %s%s%s", event.owner, event.id, entry.code, entry.detail,
            f" ({entry.flow}/{entry.state})" if entry.flow else "",
            f" at {entry.place}" if entry.place else "",
        )  # fmt: skip
