"""The side of records that changes them: each change and its key are one guarded write."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from weakref import WeakValueDictionary

from engine.actions import ActionError
from engine.core.collections import KEPT, Collection
from engine.core.values import LIST_MAX, Value
from engine.errors import StatechatError
from engine.runtime.records.changes import Change, complete
from engine.runtime.records.entries import aged, buried, id_for, indexed, unique_index, visible
from engine.runtime.records.filters import Filter, invalid, read_filter
from engine.runtime.records.queries import Queries
from engine.stores.records.protocol import Entry, RecordStore, Space, Taken

TRIES: Final = 200
"""Races that one change may lose before it is told to come again."""
APPLIED_MAX: Final = 32
"""Keys of changes that an entry keeps itself; older ones are moved to the store's notes."""
SWEPT: Final = 200
"""Entries that are swept at once."""

Alter = Callable[[Entry | None], Entry]


class Commands:
    """`put`, `update` and `delete` of records; `key` is the same for a repeated change."""

    def __init__(self, store: RecordStore, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._queries = Queries(store, clock)
        self._created = 0
        """When the newest record was made: later ones come later, also within a millisecond."""
        self._locks: WeakValueDictionary[tuple[Space, str], asyncio.Lock] = WeakValueDictionary()

    async def put(
        self,
        collection: Collection,
        owner: str,
        values: Mapping[str, Value],
        key: str,
        *,
        id_: str | None = None,
        by: Sequence[str] | None = None,
        new: bool = False,
    ) -> Entry:
        """A new record; or in place of that with the same id, or alike in the unique fields `by`.

        Raises:
            ActionError: `duplicate`, `limit`, `invalid`, `busy`.
        """
        stored = complete(collection, values)
        space = Space(collection.name, owner)
        if by is not None:
            id_ = await self._holder(collection, space, stored, tuple(by), key)

        def alter(before: Entry | None) -> Entry:
            now = self._clock()
            if before is None or not visible(before, now):
                rev = 1 if before is None else before.rev + 1
                created = self._created = max(now, self._created + 1)
                entry = indexed(collection, Entry(id_ or id_for(key), rev, created, now, stored))
                return entry if before is None else _with_past(entry, before)
            if new:
                raise ActionError("duplicate", "id")
            after = replace(before, rev=before.rev + 1, updated=now, values=stored)
            return indexed(collection, after)

        for _ in range(TRIES):
            try:
                return await self._change(collection, space, id_ or id_for(key), key, alter)
            except _DuplicateError as duplicate:
                if by is None or duplicate.index != unique_index(tuple(by)):
                    raise
                id_ = duplicate.holder
        raise _busy()

    async def _holder(
        self, collection: Collection, space: Space, values: Mapping[str, Value],
        by: tuple[str, ...], key: str,
    ) -> str | None:  # fmt: skip
        """The id of the record that is alike in unique fields, the same one at each repeat."""
        if by not in collection.unique:
            raise invalid(f"`by` names no unique fields of `{collection.name}`")
        missing = [name for name in by if values[name] is None]
        if missing:
            raise invalid(f"`{missing[0]}` is null, and null is like nothing")
        plan = f"plan:{key}"
        noted = await self._store.noted(plan)
        if noted:
            return noted[0]
        if await self._store.fetch(space, id_for(key)) is not None:
            return None
        wanted = read_filter(collection, {name: {"eq": values[name]} for name in by})
        found = await self._queries.entries(space, wanted, (), 1)
        return (await self._store.note(plan, self._clock(), [found[0].id]))[0] if found else None

    async def update(
        self,
        collection: Collection,
        owner: str,
        id_: str,
        change: Change,
        key: str,
        *,
        where: Mapping[str, Value] | None = None,
        restore: bool = False,
    ) -> Entry:
        """Change the record of an id, if `where` holds of it at that moment.

        Raises:
            ActionError: `missing`, `conflict`, `duplicate`, `limit`, `invalid`, `busy`.
        """
        guard = read_filter(collection, where)

        def alter(before: Entry | None) -> Entry:
            now = self._clock()
            deleted = restore and before is not None and before.dead is not None and before.values
            if before is None or not (deleted or visible(before, now)):
                raise ActionError("missing", f"`{collection.name}` has no record `{id_}`")
            if not guard.holds(before):
                raise ActionError("conflict", "the record is not as `where` wants it")
            values = change.of(collection, before.values)
            after = replace(before, rev=before.rev + 1, updated=now, values=values)
            return indexed(collection, after)

        return await self._change(collection, Space(collection.name, owner), id_, key, alter)

    async def delete(
        self, collection: Collection, owner: str, id_: str, key: str, *,
        where: Mapping[str, Value] | None = None,
    ) -> Entry:  # fmt: skip
        """Delete the record of an id, if `where` holds of it at that moment.

        Raises:
            ActionError: `missing`, `conflict`, `invalid`, `busy`.
        """
        guard = read_filter(collection, where)

        def alter(before: Entry | None) -> Entry:
            if before is None or not visible(before, self._clock()):
                raise ActionError("missing", f"`{collection.name}` has no record `{id_}`")
            if not guard.holds(before):
                raise ActionError("conflict", "the record is not as `where` wants it")
            return buried(before, self._clock(), collection.restore)

        return await self._change(collection, Space(collection.name, owner), id_, key, alter)

    async def update_all(
        self, collection: Collection, owner: str, where: Mapping[str, Value], change: Change,
        key: str,
    ) -> int:  # fmt: skip
        """Change every record that a filter lets through; how many there were.

        Raises:
            ActionError: `too_many`, `duplicate`, `invalid`, `busy`.
        """
        space, wanted = Space(collection.name, owner), read_filter(collection, where)
        ids = await self._planned(space, wanted, f"plan:{key}", LIST_MAX + 1)
        if len(ids) > LIST_MAX:
            raise ActionError("too_many", f"an update changes {LIST_MAX} records at most")
        return await self._each(
            ids, lambda id_: self.update(collection, owner, id_, change, key, where=where)
        )

    async def delete_all(
        self, collection: Collection, owner: str, where: Mapping[str, Value], key: str
    ) -> int:
        """Delete every record that a filter lets through; how many there were.

        Raises:
            ActionError: `invalid`, `busy`.
        """
        space, wanted = Space(collection.name, owner), read_filter(collection, where)
        number = part = 0
        while True:
            ids = await self._planned(space, wanted, f"plan:{key}:{part}", LIST_MAX)
            number += await self._each(
                ids, lambda id_: self.delete(collection, owner, id_, key, where=where)
            )
            if len(ids) < LIST_MAX:
                return number
            part += 1

    async def _planned(self, space: Space, wanted: Filter, plan: str, limit: int) -> list[str]:
        """The ids that a change of several is about: noted first, so that a repeat goes on."""
        noted = await self._store.noted(plan)
        if noted is not None:
            return noted
        found = await self._queries.entries(space, wanted, (), limit)
        # also where there are none: a repeat must not find what has come since
        return await self._store.note(plan, self._clock(), [entry.id for entry in found])

    async def _each(self, ids: Sequence[str], work: Callable[[str], Awaitable[Entry]]) -> int:
        number = 0
        for id_ in ids:
            try:
                await work(id_)
            except ActionError as error:
                if error.code not in ("missing", "conflict"):  # changed by others meanwhile
                    raise
            else:
                number += 1
        return number

    async def sweep(self, collection: Collection) -> int:
        """Bury what has expired and remove what is long dead; how many entries that were."""
        now, number = self._clock(), 0
        while due := await self._store.due(collection.name, now, SWEPT):
            for owner, entry in due:
                space, after = Space(collection.name, owner), aged(entry, now)
                if after is None:
                    await self._store.remove(space, entry.id, entry.rev)
                else:
                    await self._store.write(space, after)
            number += len(due)
        return number

    async def _change(
        self, collection: Collection, space: Space, id_: str, key: str, alter: Alter
    ) -> Entry:
        """Write what `alter` makes of the entry, once for each key; lost races are run again."""
        lock = self._locks.setdefault((space, id_), asyncio.Lock())
        async with lock:
            for _ in range(TRIES):
                before = await self._store.fetch(space, id_)
                if before is not None and await self._applied(space, before, key):
                    return before
                after = await self._with_key(space, alter(before), key)
                try:
                    written = await self._write(collection, space, before, after)
                except StatechatError as error:
                    if error.code != "store:unknown":
                        raise
                    continue  # the next look tells whether it was written
                if written:
                    return after
        raise _busy()

    async def _write(
        self, collection: Collection, space: Space, before: Entry | None, after: Entry
    ) -> bool:
        fresh = after.dead is None and (before is None or before.dead is not None)
        room = collection.limit if fresh else None
        written = await self._store.write(space, after, room)
        if written == "full":
            if not await self.sweep(collection):
                raise ActionError("limit", f"`{collection.name}` has {collection.limit} records")
        elif isinstance(written, Taken):
            holder = await self._store.fetch(space, written.holder)
            now = self._clock()
            if holder is not None and visible(holder, now):
                raise _DuplicateError(written)
            if holder is not None and holder.dead is None:
                await self._store.write(space, buried(holder, now))
        return written == "written"

    async def _applied(self, space: Space, entry: Entry, key: str) -> bool:
        if key in entry.applied:
            return True
        return entry.spilled and await self._store.noted(_note(space, entry.id, key)) is not None

    async def _with_key(self, space: Space, entry: Entry, key: str) -> Entry:
        applied = (*entry.applied, key)
        if len(applied) <= APPLIED_MAX:
            return replace(entry, applied=applied)
        older, newer = applied[: APPLIED_MAX // 2], applied[APPLIED_MAX // 2 :]
        for each in older:
            await self._store.note(_note(space, entry.id, each), self._clock(), [])
        return replace(entry, applied=newer, spilled=True)

    async def forget(self) -> None:
        """Drop keys of changes that are so old that nothing repeats them."""
        await self._store.forget_notes(self._clock() - KEPT)


class _DuplicateError(ActionError):
    """Another record has the same values in unique fields."""

    def __init__(self, taken: Taken) -> None:
        super().__init__("duplicate", ", ".join(taken.index.removeprefix("=").split("+")))
        self.index = taken.index
        self.holder = taken.holder


def _busy() -> ActionError:
    return ActionError("busy", "others change the same record all the time", transient=True)


def _with_past(entry: Entry, before: Entry) -> Entry:
    """A record in the place of one that is gone: the changes of that one stay known."""
    return replace(entry, applied=before.applied, spilled=before.spilled, slot=before.slot)


def _note(space: Space, id_: str, key: str) -> str:
    return json.dumps(["applied", *space, id_, key], ensure_ascii=False)
