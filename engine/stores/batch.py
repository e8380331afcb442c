"""Natural batching: whoever asks while a round trip is under way shares the next one.

Nobody waits for company: what is there when the store becomes free goes together.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from engine.core.values import Value
from engine.errors import StatechatError
from engine.stores.inbox.protocol import InboxStore
from engine.stores.protocol import Dead, Record, Store
from engine.stores.records.protocol import RecordStore

BATCH_MAX: Final = 256
"""Most sessions in one round trip, unless one caller alone asks for more."""
PERSONAL: Final = frozenset({"store:damaged", "store:newer", "store:value", "store:too_big"})
"""Errors of one record, raised before anything is written: each caller is then tried alone."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Batched:
    """A store whose concurrent loads, and concurrent commits, are joined."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.record_store: RecordStore = store.record_store
        self.inbox: InboxStore = store.inbox
        self._loads: Lane[str, Record | None] = Lane(self._load_all)
        self._commits: Lane[Record, bool] = Lane(store.commit, lambda record: record.session.id)

    async def open(self) -> None:
        await self._store.open()

    async def close(self) -> None:
        """Let what was asked for be answered, then close the store."""
        await self._loads.drain()
        await self._commits.drain()
        await self._store.close()

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        if not ids:
            return {}
        found = await self._loads.ask(ids)
        return {id_: record for id_, record in zip(ids, found, strict=True) if record is not None}

    async def raw(self, id_: str) -> tuple[int, str] | None:
        return await self._store.raw(id_)

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        """Write records, each on its own guard.

        An error that is not of one record is raised for all who shared the round trip, so
        `store:unknown` means what it always means.
        """
        return await self._commits.ask(records) if records else []

    async def _load_all(self, ids: Sequence[str]) -> list[Record | None]:
        found = await self._store.load(list(dict.fromkeys(ids)))
        return [found.get(id_) for id_ in ids]

    async def owners(self, prefix: str, after: str, limit: int) -> list[str]:
        return await self._store.owners(prefix, after, limit)

    async def due(self, now: int, limit: int) -> list[str]:
        return await self._store.due(now, limit)

    async def outgoing(self, now: int, limit: int) -> list[str]:
        return await self._store.outgoing(now, limit)

    async def next_due(self) -> int | None:
        return await self._store.next_due()

    async def next_outgoing(self) -> int | None:
        return await self._store.next_outgoing()

    async def remember(self, owner: str, ids: Mapping[str, int]) -> None:
        await self._store.remember(owner, ids)

    async def received(self, owner: str, id_: str) -> bool:
        return await self._store.received(owner, id_)

    async def ledger(self, owner: str) -> dict[str, int]:
        return await self._store.ledger(owner)

    async def named(self, id_: str) -> dict[str, dict[str, Value]]:
        return await self._store.named(id_)

    async def scrub(self) -> None:
        await self._store.scrub()

    async def forget(self, source: str, below: int) -> None:
        await self._store.forget(source, below)

    async def keep_program(self, hash_: str, source: Mapping[str, Value]) -> None:
        await self._store.keep_program(hash_, source)

    async def programs(self) -> set[str]:
        return await self._store.programs()

    async def versions(self) -> set[str]:
        return await self._store.versions()

    async def program(self, hash_: str) -> dict[str, Value] | None:
        return await self._store.program(hash_)

    async def set_aside(self, dead: Dead) -> None:
        await self._store.set_aside(dead)

    async def dead(self) -> list[Dead]:
        return await self._store.dead()

    async def discard(self, id_: str, at: int) -> bool:
        return await self._store.discard(id_, at)

    async def get(self, collection: str, id_: str) -> dict[str, Value] | None:
        return await self._store.get(collection, id_)

    async def put(self, collection: str, id_: str, document: Mapping[str, Value]) -> None:
        await self._store.put(collection, id_, document)

    async def add(self, collection: str, id_: str, document: Mapping[str, Value]) -> bool:
        return await self._store.add(collection, id_, document)

    async def remove(self, collection: str, id_: str) -> bool:
        return await self._store.remove(collection, id_)

    async def all(self, collection: str) -> dict[str, dict[str, Value]]:
        return await self._store.all(collection)


class _Waiter(Generic[Asked, Answer]):
    """One caller: what it asks for, and where it waits."""

    __slots__ = ("asked", "future")

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.asked = asked
        self.future: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Lane(Generic[Asked, Answer]):
    """Calls of one kind, at most one of them under way.

    `call` answers each thing asked for, in order. Things of the same `key` never share a call.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Asked]], Awaitable[list[Answer]]],
        key: Callable[[Asked], str] | None = None,
    ) -> None:
        self._call = call
        self._key = key
        self._waiting: deque[_Waiter[Asked, Answer]] = deque()
        self._pump: asyncio.Task[None] | None = None

    async def ask(self, asked: Sequence[Asked]) -> list[Answer]:
        """The answers for what is asked for; cancelled before its turn, nothing is done."""
        waiter: _Waiter[Asked, Answer] = _Waiter(asked)
        self._waiting.append(waiter)
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run())
        return await waiter.future

    async def drain(self) -> None:
        if self._pump is not None:
            await self._pump

    async def _run(self) -> None:
        batch: list[_Waiter[Asked, Answer]] = []
        try:
            while batch := self._take():
                await self._carry_out(batch)
        except asyncio.CancelledError:
            for waiter in (*batch, *self._waiting):
                waiter.future.cancel()
            self._waiting.clear()
            raise

    def _take(self) -> list[_Waiter[Asked, Answer]]:
        """Whoever can go now, in order; what a cancelled caller asked for is left undone."""
        batch: list[_Waiter[Asked, Answer]] = []
        keys: set[str] = set()
        size = 0
        while self._waiting:
            waiter = self._waiting[0]
            if not waiter.future.done():
                own = {self._key(each) for each in waiter.asked} if self._key else set()
                size += len(waiter.asked)
                if batch and (size > BATCH_MAX or not keys.isdisjoint(own)):
                    break
                keys |= own
                batch.append(waiter)
            self._waiting.popleft()
        return batch

    async def _carry_out(self, batch: Sequence[_Waiter[Asked, Answer]]) -> None:
        try:
            answers = await self._call([each for waiter in batch for each in waiter.asked])
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            if len(batch) > 1 and isinstance(error, StatechatError) and error.code in PERSONAL:
                for waiter in batch:
                    if not waiter.future.done():
                        await self._carry_out([waiter])
                return
            for waiter in batch:
                waiter.fail(error)
            return
        at = 0
        for waiter in batch:
            end = at + len(waiter.asked)
            if not waiter.future.done():
                waiter.future.set_result(answers[at:end])
            at = end
