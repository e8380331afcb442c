"""The one place that reads and writes records: everything the shell changes goes through it.

All work on one owner is serialised here, and guarded by `rev` against other workers. What a
transport has carried out is only marked; marks ride in the owner's next commit, whoever makes it,
or are flushed together soon.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from time import perf_counter
from typing import Final

from engine.core.effects import Send
from engine.core.sent import sent
from engine.errors import StatechatError
from engine.runtime.clock import pause
from engine.runtime.meter import Meter, Unmetered
from engine.runtime.outage import CONTENDED, PERSONAL, Outage, is_outage
from engine.runtime.owners import Turns
from engine.runtime.points import reach
from engine.runtime.ports import Clock
from engine.stores.protocol import Record, Store

KEEP: Final = 4_096
"""Records that are kept in memory."""
FLUSH: Final = 30
"""How long marks wait for company, in milliseconds; they are stored within 50."""
FLUSH_MOST: Final = 500
RACES: Final = 10
"""How often a change is tried against other workers before its event has to wait."""

Apply = Callable[[Record | None], Awaitable[Record | None]]
"""What to make of a record (none: the owner is new); none to leave it as it is.

It may be called more than once, on ever newer records, and must find out by what it is given
whether it was applied already: that is how a write of unknown outcome is resolved.
"""
Listener = Callable[[Record], None]


class Sessions:
    """Records by owner: recent ones in memory, changes one after another."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        outage: Outage,
        *,
        sole: bool,
        keep: int = KEEP,
        meter: Meter | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._outage = outage
        self._sole = sole
        self._keep = keep
        self._meter = meter or Unmetered()
        self._turns = Turns()
        self._recent: OrderedDict[str, Record] = OrderedDict()
        self._marks: dict[str, dict[tuple[str, str], str | None]] = {}
        self._marked = asyncio.Event()
        self._urgent = asyncio.Event()
        self._settled: dict[str, asyncio.Event] = {}
        self.listeners: list[Listener] = []
        """Told of every record that was committed or read, without suspending."""

    def recent(self, owner: str) -> Record | None:
        """The record as far as this process remembers it."""
        return self._recent.get(owner)

    async def read(self, owner: str, *, fresh: bool = False) -> Record | None:
        """The record without what is marked; from the store if `fresh` or not in memory."""
        if fresh or owner not in self._recent:
            async with self._turns.take(owner):
                return self._without_marks(owner, await self._load(owner))
        return self._without_marks(owner, self._recent[owner])

    async def change(self, owner: str, apply: Apply) -> Record | None:
        """Commit what `apply` makes of the record; the record as it then is.

        Raises:
            StatechatError: of the store; `store:contended` when too many races were lost.
        """
        async with self._turns.take(owner):
            for attempt in range(RACES):
                known = self._recent.get(owner)
                base = self._without_marks(owner, known or await self._load(owner))
                changed = await apply(base)
                if changed is None:
                    if known is None or self._sole:
                        return base
                    # Another worker may have changed what we remember.
                    self._forget(owner)
                    continue
                reach("after-step-before-commit")
                if await self._commit([changed], [base]):
                    return self._recent[owner]
                await self._back_off(attempt)
        raise StatechatError(CONTENDED, "other workers change this session all the time")

    def mark(self, owner: str, incarnation: str, item: str, ref: str | None = None) -> None:
        """Note that an item was carried out, so that it leaves the outbox.

        `ref` is what the transport calls the message that was sent.
        """
        self._marks.setdefault(owner, {})[incarnation, item] = ref
        self._settled.setdefault(owner, asyncio.Event())
        self._marked.set()

    async def settled(self, owner: str) -> bool:
        """Wait until the owner's marks are stored; whether there were any.

        They do not wait for company then.
        """
        settled = self._settled.get(owner)
        if settled is None:
            return False
        self._urgent.set()
        return await settled.wait()

    async def run(self) -> None:
        """Flush marks as they come, until cancelled."""
        while True:
            await self._marked.wait()
            self._marked.clear()
            await pause(self._clock, FLUSH, self._urgent)
            self._urgent.clear()
            try:
                await self.flush()
            except (StatechatError, OSError) as error:
                if not is_outage(error):
                    raise
                await self._clock.sleep(self._outage.failed(error))
            if self._marks:
                self._marked.set()

    async def settle(self) -> None:
        """Flush until no mark is left: for the stop, when nobody changes anything any more."""
        while self._marks:
            await self.flush()
            await asyncio.sleep(0)

    async def flush(self) -> None:
        """Commit the marks of all owners that nobody works on, in one round trip."""
        async with AsyncExitStack() as turns:
            owners = [owner for owner in self._marks if not self._turns.taken(owner)][:FLUSH_MOST]
            for owner in owners:
                await turns.enter_async_context(self._turns.take(owner))
            missing = [owner for owner in owners if owner not in self._recent]
            if missing:
                await self._recall(missing)
            changed: list[Record] = []
            for owner in owners:
                base = self._recent.get(owner)
                lighter = self._without_marks(owner, base)
                if lighter is not None and lighter is not base:
                    changed.append(lighter)
            if changed:
                await self._commit(changed, changed)

    async def _recall(self, owners: Sequence[str]) -> None:
        """Load records into memory; one that cannot be read is passed over.

        Nothing can be marked in it then: whoever needs it next tells why.
        """
        try:
            found = await self._store.load(owners)
        except StatechatError as error:
            if error.code not in PERSONAL:
                raise
            if len(owners) > 1:
                for owner in owners:
                    await self._recall([owner])
            return
        for record in found.values():
            self._remember(record)

    async def _commit(self, changed: Sequence[Record], bases: Sequence[Record | None]) -> bool:
        """Write records on top of others; true if all of them were written for certain."""
        records = [
            replace(
                record,
                session=replace(record.session, rev=base.session.rev + 1 if base else 1),
            )
            for record, base in zip(changed, bases, strict=True)
        ]
        owners = [record.session.id for record in records]
        try:
            began = perf_counter()
            won = await self._store.commit(records)
            self._meter.committed(perf_counter() - began)
        except BaseException as error:
            # Written or not: what is in memory may be behind.
            for owner in owners:
                self._forget(owner)
            if isinstance(error, StatechatError) and error.code == "store:unknown":
                self._outage.failed(error)
                return False
            raise
        self._outage.over()
        for record, written in zip(records, won, strict=True):
            if written:
                self._remember(record)
            else:
                self._forget(record.session.id)
        reach("after-commit-before-send")
        for record, written in zip(records, won, strict=True):
            if written:
                self._tell(record)
        return all(won)

    async def _load(self, owner: str) -> Record | None:
        records = await self._store.load([owner])
        self._outage.over()
        record = records.get(owner)
        if record is None:
            self._forget(owner)
            return None
        self._remember(record)
        self._tell(record)
        return record

    def _without_marks(self, owner: str, record: Record | None) -> Record | None:
        """Marks of items that the record does not hold any more are settled."""
        marks = self._marks.get(owner)
        if not marks:
            return record
        incarnation = record.session.incarnation if record else ""
        present = {(incarnation, item.id) for item in record.outbox} if record else set()
        for gone in marks.keys() - present:
            del marks[gone]
        if record is None or not marks:
            del self._marks[owner]
            self._settled.pop(owner).set()
            return record
        session, kept = record.session, []
        for item in record.outbox:
            if (incarnation, item.id) not in marks:
                kept.append(item)
            elif isinstance(item.effect, Send):
                session = sent(session, item.effect, marks[incarnation, item.id])
        return replace(record, session=session, outbox=tuple(kept))

    def _tell(self, record: Record) -> None:
        lighter = self._without_marks(record.session.id, record)
        assert lighter is not None
        for listener in self.listeners:
            listener(lighter)

    def _remember(self, record: Record) -> None:
        owner = record.session.id
        self._recent[owner] = record
        self._recent.move_to_end(owner)
        if len(self._recent) > self._keep:
            self._recent.popitem(last=False)

    def _forget(self, owner: str) -> None:
        self._recent.pop(owner, None)

    async def _back_off(self, attempt: int) -> None:
        spread = random.random()  # noqa: S311 - it parts workers that collide, nothing secret
        await self._clock.sleep(round(spread * (2 << min(attempt, 7))))
