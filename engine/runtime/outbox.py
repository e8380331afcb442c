"""Carrying messages out: those of one chat strictly in order, chats side by side.

What a session tells other sessions goes the same way, as if to a chat of its own.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Final

from engine.core.away import silenced
from engine.core.effects import Invoke, Send, Tell
from engine.errors import StatechatError
from engine.runtime import tells
from engine.runtime.bus import Bus, StoppedError
from engine.runtime.clock import pause
from engine.runtime.damage import leave_alone
from engine.runtime.items import claim
from engine.runtime.letters import of_message
from engine.runtime.meter import Sending
from engine.runtime.outage import PERSONAL, is_outage
from engine.runtime.owners import transport_of
from engine.runtime.points import reach
from engine.runtime.ports import BlockedError, Delivery, PostponedError, RefusedError, Transport
from engine.runtime.privacy import hide, logger
from engine.runtime.trail import follow
from engine.runtime.worker import Worker
from engine.stores.protocol import Item, Record

FIRST_DELAY: Final = 1_000
LAST_DELAY: Final = 60_000
"""Bounds of the wait after a postponed message, in milliseconds; it doubles in between."""
FAULTS_MAX: Final = 8
"""How often a message is tried that its transport fails on, before it is set aside."""
LOOK: Final = 200
"""How often a chat is looked at while its first message is another worker's, in milliseconds."""

TELLS: Final = "\0tells"
"""In place of a chat's name: what is told to other sessions."""

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None] | None]
"""Starts a task whose failure brings the engine down; none when it is going down already."""

log = logger("statechat.outbox")


class Outbox:
    """One task a chat that has messages of this worker to send.

    A message goes only when the one before it has left the outbox for good: so a crash repeats one
    message a chat at most.
    """

    def __init__(
        self, worker: Worker, bus: Bus, transports: Mapping[str, Transport], spawn: Spawn
    ) -> None:
        self._worker = worker
        self._bus = bus
        self._transports = transports
        self._spawn = spawn
        self._stopping = asyncio.Event()
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._faults: dict[str, int] = {}
        self.left: set[str] = set()
        """Sessions with messages that the stop has left in the outbox."""

    def __len__(self) -> int:
        return len(self._running)

    @property
    def owners(self) -> set[str]:
        """Those whose leases have to be renewed."""
        return {owner for owner, _ in self._running}

    def notice(self, record: Record) -> None:
        """Begin to send what this worker holds the lease of."""
        owner = record.session.id
        if not self._worker.serves(owner):
            return
        for item in record.outbox:
            chat = _lane(item)
            if chat is not None and item.worker == self._worker.id:
                key = (owner, chat)
                if self._stopping.is_set():
                    self.left.add(owner)
                elif key not in self._running:
                    task = self._spawn(self._carry(*key))
                    if task is not None:
                        self._running[key] = task

    async def stop(self) -> None:
        """Send on what can be sent now, and end; what waits for something stays in the outbox."""
        self._stopping.set()
        tasks = list(self._running.values())
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _carry(self, owner: str, chat: str) -> None:
        key = (owner, chat)
        delay = FIRST_DELAY
        try:
            while True:
                try:
                    record = await self._worker.sessions.read(owner)
                    item = _first(record, chat)
                    if record is None or item is None:
                        return
                    wait = await self._turn(record, item, chat)
                except (StatechatError, OSError) as error:
                    if not is_outage(error):
                        await self._leave_alone(owner, error)
                        return
                    wait = self._worker.outage.failed(error)
                if wait is None:
                    wait, delay = delay, min(delay * 2, LAST_DELAY)
                elif wait == 0:
                    delay = FIRST_DELAY
                if wait and await pause(self._worker.clock, wait, self._stopping):
                    self.left.add(owner)
                    return
        except asyncio.CancelledError:
            # The stop did not wait for an answer that did not come: whoever is next may ask again.
            self.left.add(owner)
            raise
        finally:
            # In the same turn as the last look, so that a later notice begins a new lane.
            del self._running[key]

    async def _leave_alone(self, owner: str, error: Exception) -> None:
        """Send nothing more of a record that cannot be read; raises what is no fault of one."""
        if not isinstance(error, StatechatError) or error.code not in PERSONAL:
            raise error
        while True:
            try:
                return await leave_alone(self._worker, owner, error)
            except (StatechatError, OSError) as again:
                if not is_outage(again):
                    raise
                wait = self._worker.outage.failed(again)
            if await pause(self._worker.clock, wait, self._stopping):
                return None

    async def _turn(self, record: Record, item: Item, chat: str) -> int | None:
        """Do the next thing for a chat; how long to wait then (ms), none if nobody knows."""
        if await self._worker.sessions.settled(record.session.id):
            return 0
        if self._holds(item):
            return await self._send(record, item)
        if await self._claimed(record.session.id, chat):
            return 0
        return LOOK

    async def _claimed(self, owner: str, chat: str) -> bool:
        def wanted(item: Item) -> bool:
            return _lane(item) == chat

        async def apply(record: Record | None) -> Record | None:
            if record is None:
                return None
            now, sole = self._worker.clock.now(), self._worker.sole
            items = claim(record.outbox, now, self._worker.id, sole=sole, wanted=wanted)
            return None if items is None else replace(record, outbox=items)

        record = await self._worker.sessions.change(owner, apply)
        item = _first(record, chat)
        return item is None or self._holds(item)

    def _holds(self, item: Item) -> bool:
        return item.worker == self._worker.id and item.at > self._worker.clock.now()

    async def _send(self, record: Record, item: Item) -> int | None:
        session, effect = record.session, item.effect
        if isinstance(effect, Tell):
            return await self._tell(record, item)
        assert isinstance(effect, Send)
        follow(self._worker.names, session.id, item.cause)
        hide(lambda: self._worker.private(session, None))
        delivery = Delivery(
            f"{session.id}#{session.incarnation}:{item.id}",
            session.id,
            effect.chat,
            effect.message,
            item.planned,
            session.lang or self._worker.language,
            effect.via,
        )
        ref = None
        name = transport_of(session.id)
        how: Sending = "sent"
        try:
            ref = await self._transports[name].send(delivery)
        except RefusedError as error:
            how = "refused"
            if isinstance(error, BlockedError) and session.is_own(effect.chat):
                log.info("message %s is dropped: %s", delivery.id, error)
                await self._drop(session.id)
                return 0
            log.warning("message %s is refused and set aside: %s", delivery.id, error)
            await self._set_aside(delivery.id, session.id, item, str(error))
        except PostponedError as error:
            log.info("message %s is postponed: %s", delivery.id, error)
            how = "postponed"
            return None if error.milliseconds is None else max(1, error.milliseconds)
        except Exception as error:  # a fault of the transport must not lose the message
            faults = self._faults.pop(delivery.id, 0) + 1
            how = "failed"
            if faults < FAULTS_MAX:
                log.exception("message %s could not be sent and is tried again", delivery.id)
                self._faults[delivery.id] = faults
                return None
            log.exception("message %s fails every time and is set aside", delivery.id)
            reason = f"the transport fails: {type(error).__name__}"
            await self._set_aside(delivery.id, session.id, item, reason)
        else:
            log.info("message %s is sent", delivery.id)
            self._faults.pop(delivery.id, None)
        finally:
            self._worker.meter.tried(name, how)
        reach("after-send-before-mark")
        self._worker.sessions.mark(session.id, session.incarnation, item.id, ref)
        return 0

    async def _tell(self, record: Record, item: Item) -> int | None:
        """Let another session hear what this one tells; how long to wait then, as `_turn`."""
        session = record.session
        follow(self._worker.names, session.id, item.cause)
        try:
            await tells.carry(self._bus, record, item, self._worker.clock.now())
        except StoppedError:
            return None
        except RefusedError as error:
            id_ = f"{session.id}#{session.incarnation}:{item.id}"
            log.warning("%s is told nobody and set aside: %s", id_, error)
            await self._set_aside(id_, session.id, item, str(error))
        reach("after-tell-before-mark")
        self._worker.sessions.mark(session.id, session.incarnation, item.id)
        return 0

    async def _drop(self, owner: str) -> None:
        """Note that a person takes no messages any more, and drop what waits for them."""

        async def apply(record: Record | None) -> Record | None:
            if record is None:
                return None
            now = self._worker.clock.now()
            session = replace(record.session, away=record.session.away or now)
            left = tuple([one for one in record.outbox if not silenced(session, one.effect)])
            return replace(record, session=session, outbox=left)

        await self._worker.sessions.change(owner, apply)

    async def _set_aside(self, id_: str, owner: str, item: Item, reason: str) -> None:
        record = await self._worker.sessions.read(owner, fresh=True)
        incarnation = record.session.incarnation if record else ""
        if not id_.startswith(f"{owner}#{incarnation}:"):
            return  # the person was erased meanwhile
        now = self._worker.clock.now()
        letter = of_message(id_, owner, item, reason, now)
        await self._worker.store.set_aside(letter)


def _first(record: Record | None, chat: str) -> Item | None:
    for item in record.outbox if record else ():
        if _lane(item) == chat:
            return item
    return None


def _lane(item: Item) -> str | None:
    """What it has to be carried out in order with; none for an action."""
    if isinstance(item.effect, Invoke):
        return None
    return TELLS if isinstance(item.effect, Tell) else item.effect.chat
