"""A bot that runs whole, on a clock of the test's, with everything noted that can be compared."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from engine.actions import ActionCall, ActionError
from engine.core.effects import Button, Invoke
from engine.core.events import Event
from engine.core.notices import late_text
from engine.core.outcome import LogEntry
from engine.core.place import Standing, place
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from engine.core.values import LIST_MAX, Value
from engine.errors import StatechatError
from engine.runtime.actions import Action, Actions
from engine.runtime.app import App
from engine.runtime.items import plan
from engine.runtime.meter import Sending, Unmetered
from engine.runtime.ports import Transport
from engine.runtime.records.database import BoundRecords, Database, Holder
from engine.runtime.records.migration import prepare
from engine.runtime.release import Release
from engine.stores.protocol import Item, Record
from engine.stores.sqlite import SqliteStore, T, Work
from engine.testing.script import Attempt, Script
from tests.contract.clock import VirtualClock
from tests.contract.seat import SECONDS, Acted, Seat

ROUNDS: Final = 10
"""More than the questions that a loop asks the store between two pauses."""


class Notes(Unmetered):
    """What the worker tells: how many of a person's events were applied, and what was logged."""

    def __init__(self) -> None:
        self.heard = 0
        self.log: list[LogEntry] = []
        self.sent: list[Sending] = []

    def applied(self, events: Sequence[Event], entries: Sequence[LogEntry]) -> None:
        self.heard += sum(event.by_person for event in events)
        self.log.extend(entries)

    def tried(self, transport: str, how: Sending) -> None:
        self.sent.append(how)


class WatchedStore(SqliteStore):
    """Tells after each commit that there was one; nothing of it can be had while it is `away`."""

    def __init__(self, path: Path, bot: str) -> None:
        super().__init__(path, bot)
        self.committed = asyncio.Event()
        self.away = False

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        written = await super().commit(records)
        self.committed.set()
        return written

    def _guarded(self, work: Work[T]) -> T:
        if self.away:
            raise StatechatError("store:unreachable", "the disk is gone")
        return super()._guarded(work)


class Live:
    """One bot, one transport, one person."""

    def __init__(
        self, program: Program, seat: Seat, transport: Transport, store: WatchedStore,
        clock: VirtualClock,
    ) -> None:  # fmt: skip
        self.seat = seat
        self.notes = Notes()
        self.owner = f"{program.bot}/{transport.name}:{seat.user}"
        self._program = program
        self._transport = transport
        self._store = store
        self._clock = clock
        self._inputs = 0

    async def type(self, text: str) -> None:
        self._inputs += 1
        await self.seat.type(text)
        await self.rest()

    async def press(self, button: Button) -> None:
        self._inputs += 1
        await self.seat.press(button)
        await self.rest()

    async def act(self, input_: Acted) -> Acted:
        self._inputs += 1
        told = await self.seat.act(input_)
        await self.rest()
        return told

    async def wait(self, milliseconds: int) -> None:
        """Let time pass, from one thing that falls due to the next."""
        end = self._clock.now() + milliseconds
        while (due := _next(await self.record())) is not None and due <= end:
            await self._advance(due)
            await self.rest()
        await self._advance(end)

    async def _advance(self, moment: int) -> None:
        """Move the clock when the worker's loops have come to their pauses.

        One that had looked for work just before would else sleep past what falls due by the jump.
        """
        for _ in range(ROUNDS):
            await self._store.next_due()  # behind whatever the loops have asked the store
            await asyncio.sleep(0)
        self._clock.advance(moment)

    async def rest(self) -> None:
        """Wait until all that was done is applied, stored, and answered."""
        async with asyncio.timeout(SECONDS):
            while True:
                self._store.committed.clear()
                due = _next(await self.record())
                idle = due is None or due > self._clock.now()
                if idle and self.notes.heard >= self._inputs:
                    return
                await self._store.committed.wait()

    async def record(self) -> Record:
        """The person as the store has them."""
        records = await self._store.load([self.owner])
        return records.get(self.owner, Record(Session(self.owner)))

    async def begin(self, script: Script) -> None:
        """Store what a script presupposes, before the bot starts: records, a state, a language."""
        now = self._clock.now()
        declared = self._program.services.records
        if declared:
            await self._store.open()
            await prepare(self._store, declared)
            database = self._database()  # one for all: it keeps them in the order of the script
            for number, seed in enumerate(script.records, start=1):
                fields = {name: value for name, value in seed.values.items() if name != "id"}
                records = database.bound(self._holder, f"seed:{seed.collection}:{number}")
                await records.put(seed.collection, fields, id=seed.values.get("id"), new=True)
            await self._store.close()
        lang = script.lang if script.begin or not self.seat.hints else None
        session = Session(self.owner, incarnation="test", started=now, lang=lang)
        outbox: tuple[Item, ...] = ()
        if script.begin is not None:
            begin = script.begin
            event = Event("test:0", "text", self.owner, self.seat.chat, now)
            placed = place(
                self._program, replace(session, user=begin.user), event, now,
                [Standing(begin.flow or script.flow, begin.state, begin.data)],
            )  # fmt: skip
            self.notes.log.extend(placed.log)
            session, outbox = placed.session, plan((), placed.effects, now, "before")
        # The keys of invokes, and so the ids of records, tell one life of a session from another.
        if script.begin is not None or lang is not None or declared:
            await self._store.open()
            await self._store.commit([Record(replace(session, rev=1), outbox=outbox)])
            await self._store.close()

    async def kept(self, collection: str) -> list[dict[str, Value]]:
        """The records that the person sees."""
        return [dict(row) for row in await self._records("").find(collection, limit=LIST_MAX)]

    def _records(self, key: str) -> BoundRecords:
        return self._database().bound(self._holder, key)

    def _database(self) -> Database:
        declared, store = self._program.services.records, self._store.record_store
        return Database(store, declared, self._clock.now)

    @property
    def _holder(self) -> Holder:
        return Holder.of(self.owner, self.seat.chat)

    @contextlib.asynccontextmanager
    async def running(self, script: Script) -> AsyncIterator[None]:
        """The bot at work, its actions answered as the script says."""
        stop, ready = asyncio.Event(), asyncio.Event()
        actions = scripted(self._program.actions, script.actions)
        app = App(
            Release(
                self._program, partial(step, self._program), actions,
                late=partial(late_text, self._program),
            ),
            self._store, [self._transport], clock=self._clock, sole=True, meter=self.notes,
        )  # fmt: skip
        # What a script says of a built-in action comes before what it does.
        app._built_in = app._built_in.under(scripted(script.actions, script.actions))
        running = asyncio.create_task(app.run(stop, ready.set))
        try:
            starting = asyncio.create_task(ready.wait())
            await asyncio.wait({running, starting}, return_when=asyncio.FIRST_COMPLETED)
            starting.cancel()
            if not running.done():
                async with asyncio.timeout(SECONDS):
                    await self._transport.caught_up.wait()
                await self.rest()
                yield
        finally:
            stop.set()
            await running


def _next(record: Record) -> int | None:
    """When the next thing is to be done for a person (ms)."""
    moments = [timer.due for timer in record.session.timers]
    effects = [item.effect for item in record.outbox]
    moments += [effect.at if isinstance(effect, Invoke) else 0 for effect in effects]
    return min(moments, default=None)


def scripted(names: Iterable[str], results: Mapping[str, Sequence[Attempt]]) -> Actions:
    """Actions that give a script's results one after another."""
    return Actions({name: _scripted(name, list(results.get(name, ()))) for name in names})


def _scripted(name: str, results: list[Attempt]) -> Action:
    async def play(_: ActionCall, **__: Value) -> Value:
        attempt = results.pop(0)
        if attempt.failure is not None:
            failure = attempt.failure
            raise ActionError(failure.code, failure.message, transient=failure.transient)
        return attempt.value

    return Action(name, play, {}, frozenset(), open=True)
