"""Running actions: each attempt ends in one `result` event, whatever becomes of it."""

import asyncio
from typing import Final

from engine.actions import ActionCall
from engine.core.effects import Invoke
from engine.core.events import RESULT, Event, Failure, Result
from engine.core.privacy import texts_of_data
from engine.core.session import Session
from engine.core.values import Value
from engine.runtime.actions import Actions
from engine.runtime.attempts import attempt
from engine.runtime.bus import Bus, StoppedError
from engine.runtime.busy import Busy
from engine.runtime.outbox import Spawn
from engine.runtime.privacy import hide, logger
from engine.runtime.records.database import Database, Holder
from engine.runtime.trail import follow
from engine.runtime.worker import Worker
from engine.stores.protocol import Item, Record

CONCURRENCY: Final = 64
INTERRUPTIONS: Final = 2
"""How often the death of a worker may interrupt an invoke before that counts as its failure."""

log = logger("statechat.actions")


class Invokes:
    """The attempts that this worker has claimed and runs.

    An attempt whose state was left meanwhile runs on; its result is not waited for any more.
    """

    def __init__(
        self,
        worker: Worker,
        actions: Actions,
        built_in: Actions,
        bus: Bus,
        database: Database,
        spawn: Spawn,
        busy: Busy,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._worker = worker
        self._actions = actions
        self._built_in = built_in
        self._bus = bus
        self._database = database
        self._spawn = spawn
        self._busy = busy
        self._slots = asyncio.Semaphore(concurrency)
        self._stopping = False
        self._running: dict[tuple[str, str, str, int], asyncio.Task[None]] = {}
        self.left: set[str] = set()
        """Sessions with invokes whose results the stop did not wait for."""

    def __len__(self) -> int:
        return len(self._running)

    @property
    def owners(self) -> set[str]:
        """Those whose leases have to be renewed."""
        return {key[0] for key in self._running}

    def change(self, actions: Actions, database: Database) -> None:
        """Begin what comes next with these; what runs ends as it began."""
        self._actions = actions
        self._database = database

    def notice(self, record: Record) -> None:
        """Run the attempts that this worker holds the lease of, each once."""
        session = record.session
        if not self._worker.serves(session.id):
            return
        for item in record.outbox:
            effect = item.effect
            if not isinstance(effect, Invoke) or item.worker != self._worker.id:
                continue
            key = (session.id, session.incarnation, item.id, effect.attempt)
            if self._stopping:
                self.left.add(session.id)
            elif key not in self._running:
                lang = session.lang or self._worker.language
                task = self._spawn(self._work(key, item, effect, session, lang))
                if task is not None:
                    self._running[key] = task

    async def stop(self) -> None:
        """Begin nothing more, and wait until what runs has ended and is applied."""
        self._stopping = True
        tasks = list(self._running.values())
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _work(
        self,
        key: tuple[str, str, str, int],
        item: Item,
        effect: Invoke,
        session: Session,
        lang: str,
    ) -> None:
        owner = key[0]
        follow(self._worker.names, owner, item.cause)
        hide(
            lambda: self._worker.private(session, None),
            lambda: texts_of_data(effect.args, effect.private),
        )
        try:
            value: Value = None
            failure: Failure | None = None
            async with self._slots:
                if self._stopping:
                    self.left.add(owner)
                    return
                if item.attempts > effect.attempt + INTERRUPTIONS:
                    message = "the process died while it ran, again and again"
                    failure = Failure("action:interrupted", message)
                else:
                    async with self._busy.shown(owner, effect, lang):
                        value, failure = await self._attempt(owner, effect, lang)
            if failure:
                log.info("%s of %s: %s", effect.action, effect.key, failure.code)
            event = Event(
                f"invoke:{owner}:{item.id}:{effect.attempt}",
                RESULT,
                owner,
                effect.chat,
                self._worker.clock.now(),
                result=Result(item.id, effect.attempt, value, failure),
                ref=effect.ref,
                by=effect.by,
                admin=effect.admin,
            )
            # Until its result is applied, every look at the record would begin it again.
            await (await self._bus.publish(event))
        except (StoppedError, asyncio.CancelledError) as error:
            log.info("%s of %s is not applied before the stop", effect.action, effect.key)
            self.left.add(owner)
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            del self._running[key]

    async def _attempt(self, owner: str, effect: Invoke, lang: str) -> tuple[Value, Failure | None]:
        action = self._built_in.get(effect.action) or self._actions.get(effect.action)
        if action is None:
            return None, Failure("action:unknown", f"there is no action `{effect.action}`")
        person = effect.by or owner
        call = ActionCall(
            effect.key,
            self._worker.clock.now() + effect.timeout,
            effect.attempt,
            logger(f"statechat.action.{effect.action}"),
            owner,
            effect.chat,
            lang,
            self._database.bound(Holder.of(person, effect.chat), effect.key),
            person,
        )
        return await attempt(action, call, effect.args, effect.timeout)
