"""The composition root: puts a bot's parts together, runs them, and takes them down in order."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from engine.core.events import Event
from engine.core.outcome import Outcome
from engine.core.session import Session
from engine.core.triggers import TimedTrigger
from engine.errors import StatechatError
from engine.runtime import tells
from engine.runtime.actions import Actions
from engine.runtime.applied import SOURCES, Horizons
from engine.runtime.broadcasts import Broadcasts
from engine.runtime.bus import MemoryBus
from engine.runtime.busy import Busy
from engine.runtime.caution import Caution
from engine.runtime.claims import Claims
from engine.runtime.clock import SystemClock
from engine.runtime.delays import Delays
from engine.runtime.dispatcher import Dispatcher
from engine.runtime.fetching import Fetching
from engine.runtime.health import Health
from engine.runtime.host import EngineHost
from engine.runtime.http.actions import http_actions
from engine.runtime.http.client import HttpClient
from engine.runtime.inbox import Inbox
from engine.runtime.invokes import Invokes
from engine.runtime.meter import Meter, Unmetered
from engine.runtime.outage import Outage, is_outage
from engine.runtime.outbox import Outbox
from engine.runtime.ports import Announcing, Clock, Dated, Transport
from engine.runtime.pseudonyms import Pseudonyms, kept
from engine.runtime.records.actions import records_actions
from engine.runtime.records.database import Database
from engine.runtime.records.migration import prepare
from engine.runtime.release import Release
from engine.runtime.reread import read_again
from engine.runtime.scheduler import Scheduler
from engine.runtime.sessions import Sessions
from engine.runtime.worker import Worker
from engine.stores.protocol import Store

DRAIN: Final = 10_000
"""How long a stop waits for what is under way, in milliseconds."""
FORGET: Final = 3_600_000
"""How often the ledger of received events is cleaned, in milliseconds."""

log = logging.getLogger("statechat.app")


class App:
    """One worker of a bot.

    `sole` says that no other process uses the store: what a process before this one had leased is
    then taken over at once. `root` is the bot's folder, with the files that it sends.

    Attributes:
        health: how it is, to be asked within its loop.
    """

    def __init__(  # noqa: PLR0913 - the composition root is given every part
        self,
        release: Release,
        store: Store,
        transports: Sequence[Transport],
        *,
        clock: Clock | None = None,
        sole: bool = False,
        drain: int = DRAIN,
        meter: Meter | None = None,
        root: Path = Path(),
        http: HttpClient | None = None,
    ) -> None:
        names = [transport.name for transport in transports]
        if len(set(names)) < len(names):
            raise ValueError(f"two transports have the same name: {names}")
        self._release = release
        self._root = root
        self._store = store
        self._transports = {transport.name: transport for transport in transports}
        self._http = http
        requests = http_actions(http) if http else Actions()
        self._built_in = records_actions().under(requests)
        self._clock = clock or SystemClock()
        self._sole = sole
        self._drain = drain
        self._meter = meter or Unmetered()
        self._changing: Callable[[Release], Awaitable[None]] | None = None
        self.health = Health(store, transports)

    async def run(self, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Run until `stop` is set or every transport has nothing more to feed.

        `ready` is called when everything is open and events are being handled.

        Raises:
            StatechatError: the store or a transport cannot be opened; what was open is closed.
            Exception: whatever a part of the engine died of.
        """
        async with AsyncExitStack() as opened:
            if not await _unless(stop, self._store.open()):
                return
            opened.push_async_callback(self._store.close)
            self._release = await self._release.knowing(self._store)
            program = self._release.program
            await prepare(self._store, program.services.records)
            if self._http is not None:
                opened.push_async_callback(self._http.close)
            worker = self._worker(await kept(self._store))
            bus = MemoryBus(self._clock)
            inbox = Inbox(worker, bus)
            await inbox.open()
            media = Fetching(self._root, self._transports.values(), program.services.http)
            delays = Delays(worker, self._transports, self._late)
            host = EngineHost(program, worker, inbox, self._root, media, self._wording, delays)
            for transport in self._transports.values():
                if not await _unless(stop, transport.open(host)):
                    await transport.close()
                    return
                opened.push_async_callback(transport.close)
            await read_again(
                self._store, worker.sessions, self._transports.values(), self._clock.now()
            )
            try:
                await self._serve(worker, bus, inbox, host, delays, stop, ready)
            except BaseExceptionGroup as group:
                raise _first(group) from group
            finally:
                worker.sessions.listeners.clear()
                await self._within(self._drain // 4, worker.sessions.settle())

    def _worker(self, names: Pseudonyms) -> Worker:
        outage = Outage(self._clock)
        return Worker(
            secrets.token_hex(8), self._sole, frozenset(self._transports),
            self._release.program.languages[0], self._store,
            Sessions(self._store, self._clock, outage, sole=self._sole, meter=self._meter),
            self._clock, outage, self._meter, self._private, names,
        )  # fmt: skip

    async def _serve(
        self,
        worker: Worker,
        bus: MemoryBus,
        inbox: Inbox,
        host: EngineHost,
        delays: Delays,
        stop: asyncio.Event,
        ready: Callable[[], None],
    ) -> None:
        transports, sessions = self._transports, worker.sessions
        horizons = Horizons(
            {name: one.horizon for name, one in transports.items()},
            {name: one.believable for name, one in transports.items() if isinstance(one, Dated)},
        )
        database = self._database()
        dispatcher = Dispatcher(worker, self._step, horizons, inbox, database)
        caution = Caution(worker, dispatcher)
        await caution.open()
        scheduler = Scheduler(worker, bus)
        async with asyncio.TaskGroup() as tasks:

            def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
                try:
                    return tasks.create_task(work)
                except RuntimeError:  # the group is ending; what was planned is in the store
                    work.close()
                    return None

            outbox = Outbox(worker, bus, transports, spawn)
            actions = self._release.actions
            invokes = Invokes(
                worker, actions, self._built_in, bus, database, spawn, Busy(transports)
            )
            claims = Claims(worker, outbox, invokes)
            sessions.listeners += [outbox.notice, invokes.notice, claims.notice, scheduler.notice]
            sessions.listeners.append(delays.notice)
            drained = asyncio.Event()
            consuming = tasks.create_task(bus.consume(caution.handle, drained))
            feeding = [tasks.create_task(one.feed()) for one in transports.values()]
            finding = [
                tasks.create_task(scheduler.run(transports.values())),
                tasks.create_task(claims.run()),
                tasks.create_task(inbox.run()),
                tasks.create_task(delays.run()),
                tasks.create_task(self._forget(inbox)),
            ]
            for name, one in transports.items():
                many = Broadcasts(
                    worker, bus, self._release.program.bot, name, self._timed, self._concerns
                )
                finding.append(tasks.create_task(many.run(one.caught_up)))
            keeping = [
                tasks.create_task(each) for each in (sessions.run(), claims.renew(), caution.run())
            ]
            self._meter.watch(
                {
                    "events": bus.__len__,
                    "inbox": inbox.__len__,
                    "chats_sending": outbox.__len__,
                    "actions": invokes.__len__,
                }
            )

            async def change(release: Release) -> None:
                release = await release.knowing(self._store, self._release)
                await prepare(self._store, release.program.services.records)
                # From here on nothing fails and nothing waits: between two events all is another.
                self._release = release
                host.change(release.program)
                database = self._database()
                dispatcher.change(database)
                invokes.change(release.actions, database)

            self._changing = change
            self.health.stage = "ready"
            ready()
            await _ended(stop, feeding)
            self._changing = None
            self.health.stage = "stopping"
            log.info("stopping")
            await _end([*feeding, *finding])
            await self._within(self._drain // 2, invokes.stop())
            drained.set()
            await self._within(self._drain // 4, consuming)
            await self._within(self._drain // 4, outbox.stop())
            await _end([consuming, *keeping])
            # A sole worker takes leases over at once: only the count of attempts is to be mended.
            left = invokes.left if self._sole else outbox.left | invokes.left
            await self._within(self._drain // 4, claims.release(left))
            await self._within(self._drain // 4, caution.close())

    async def _within(self, milliseconds: int, work: Awaitable[None]) -> None:
        """One stage of the stop: what does not end in time is cancelled and left for later."""
        try:
            async with asyncio.timeout(milliseconds / 1000):
                await work
        except TimeoutError:
            log.warning("the stop does not wait any longer: something is left for the next start")
        except (StatechatError, OSError) as error:
            if not is_outage(error):
                raise
            log.warning("the store is away: %s", error)

    async def change(self, release: Release) -> None:
        """Go on with another version of the bot, from the next event on.

        Who is in the middle of a conversation goes on in the new version, or finishes in the old
        one. An action that is under way ends as it began. Transports show the new commands.

        Raises:
            StatechatError: `release:restart`, `version:broken`, those of the store and of records
                that have changed; then nothing is another.
        """
        if self._changing is None:
            raise StatechatError("release:stopping", "the bot does not run")
        await self._changing(release)
        for transport in self._transports.values():
            if isinstance(transport, Announcing):
                await transport.announce()

    def _step(self, session: Session, event: Event, now: int) -> Outcome:
        return self._release.step(session, event, now)

    def _private(self, session: Session, event: Event | None) -> Iterable[str]:
        return self._release.private(session, event)

    def _timed(self) -> Mapping[str, TimedTrigger]:
        return self._release.program.timed

    def _concerns(self, session: Session, event: Event, now: int) -> bool:
        return self._release.concerns(session, event, now)

    def _wording(self, name: str, lang: str | None) -> str:
        return self._release.wording(name, lang)

    def _late(self, event: Event, lang: str | None) -> str:
        return self._release.late(event, lang)

    def _database(self) -> Database:
        records = self._release.program.services.records
        return Database(self._store.record_store, records, self._clock.now)

    async def _forget(self, inbox: Inbox) -> None:
        """Now and then drop what sources never deliver again, and records that are gone."""
        while True:
            await self._clock.sleep(FORGET)
            try:
                now = self._clock.now()
                for source, kept in (await self._store.all(SOURCES)).items():
                    if source == tells.SOURCE:
                        await self._store.forget(source, tells.horizon(now))
                        continue
                    transport = self._transports.get(str(kept.get("transport")))
                    if transport is not None and not inbox:
                        await self._store.forget(source, transport.horizon(source))
                await self._database().sweep()
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                log.warning("the store is away: %s", error)


async def _unless(stop: asyncio.Event, opening: Coroutine[Any, Any, None]) -> bool:
    """Open something, or break off when `stop` is set; whether it is open.

    A server that does not answer may keep a start waiting for longer than a supervisor waits.
    """
    task, stopping = asyncio.create_task(opening), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end([stopping] if task.done() else [stopping, task])
    if task.cancelled():
        return False
    await task
    return True


async def _ended(stop: asyncio.Event, feeding: Sequence[asyncio.Task[None]]) -> None:
    """Wait until `stop` is set, or every feed has come to its end."""
    stopping = asyncio.ensure_future(stop.wait())
    waiting = {stopping, *feeding}
    try:
        while not stopping.done() and (len(waiting) > 1 or not feeding):
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)


def _first(group: BaseExceptionGroup) -> BaseException:
    """The first error that is not itself a group: what the engine died of."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
