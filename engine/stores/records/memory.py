"""Records in memory: for conversation tests, and as the model that the databases are held against.

Nothing here waits for anything, so a coroutine that uses it alone ends without an event loop.
"""

import bisect
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from engine.stores.records.keys import calls_of
from engine.stores.records.protocol import Entry, Shape, Space, Span, Taken, Written


class MemoryRecords:
    """Implements `RecordStore`; values are kept as JSON, so that nothing is shared with callers."""

    def __init__(self) -> None:
        self._spaces: dict[Space, dict[str, Entry]] = {}
        self._notes: dict[str, tuple[int, list[str]]] = {}

    async def prepare(self, shapes: Sequence[Shape]) -> None:
        """Nothing has to be made."""

    def entries(self) -> Iterator[tuple[Space, Entry]]:
        """Everything that there is, also what is deleted and can be restored."""
        for space, found in self._spaces.items():
            yield from ((space, entry) for entry in found.values())

    async def fetch(self, space: Space, id_: str) -> Entry | None:
        entry = self._spaces.get(space, {}).get(id_)
        return None if entry is None else _copy(entry)

    async def select(
        self, space: Space, span: Span, limit: int, after: Entry | None = None
    ) -> list[Entry]:
        found = sorted(self._within(space, span), key=lambda one: (one.keys[span.index], one.id))
        if span.descending:
            found.reverse()
        if after is not None:
            places = [(one.keys[span.index], one.id) for one in found]
            mark = (after.keys[span.index], after.id)
            if span.descending:
                places.reverse()
                found = found[len(places) - bisect.bisect_left(places, mark) :]
            else:
                found = found[bisect.bisect_right(places, mark) :]
        return [_copy(one) for one in found[:limit]]

    async def count(self, space: Space, span: Span) -> int:
        return sum(1 for _ in self._within(space, span))

    def _within(self, space: Space, span: Span) -> Iterable[Entry]:
        for entry in self._spaces.get(space, {}).values():
            key = entry.keys.get(span.index)
            if key is not None and span.low <= key and (span.high is None or key < span.high):
                yield entry

    async def similar(self, space: Space, grams: Sequence[str], limit: int) -> list[Entry]:
        wanted = set(grams)
        shared = [
            (-len(wanted & set(entry.grams)), entry.id, entry)
            for entry in self._spaces.get(space, {}).values()
        ]
        found = sorted((one for one in shared if one[0]), key=lambda one: one[:2])
        return [_copy(entry) for _, _, entry in found[:limit]]

    async def write(self, space: Space, entry: Entry, room: int | None = None) -> Written:
        entries = self._spaces.setdefault(space, {})
        before = entries.get(entry.id)
        if (before.rev if before else 0) != entry.rev - 1:
            return "lost"
        for other in entries.values():
            if other.id != entry.id:
                for name, key in entry.keys.items():
                    if name.startswith("=") and other.keys.get(name) == key:
                        return Taken(name, other.id)
        if room is not None and sum(one.dead is None for one in entries.values()) >= room:
            return "full"
        entries[entry.id] = _copy(entry)
        return "written"

    async def page(
        self, collection: str, after: tuple[str, str] | None, limit: int
    ) -> list[tuple[str, Entry]]:
        every = sorted(
            (space.owner, id_)
            for space, entries in self._spaces.items()
            if space.collection == collection
            for id_ in entries
        )
        begin = 0 if after is None else bisect.bisect_right(every, after)
        return [
            (owner, _copy(self._spaces[Space(collection, owner)][id_]))
            for owner, id_ in every[begin : begin + limit]
        ]

    async def due(self, collection: str, now: int, limit: int) -> list[tuple[str, Entry]]:
        found = [
            (space.owner, _copy(entry))
            for space, entries in self._spaces.items()
            if space.collection == collection
            for entry in entries.values()
            if entry.due is not None and entry.due <= now
        ]
        return sorted(found, key=lambda one: (one[1].due or 0, one[0], one[1].id))[:limit]

    async def remove(self, space: Space, id_: str, rev: int) -> None:
        entries = self._spaces.get(space, {})
        if id_ in entries and entries[id_].rev == rev:
            del entries[id_]

    async def every(self, space: Space) -> list[Entry]:
        return [_copy(one) for _, one in sorted(self._spaces.get(space, {}).items())]

    async def clear(self, space: Space) -> None:
        self._spaces.pop(space, None)

    async def forget_person(self, owner: str) -> None:
        begins = calls_of(owner)
        self._notes = {
            key: note
            for key, note in self._notes.items()
            if not any(begin in key for begin in begins)
        }

    async def note(self, key: str, at: int, payload: Sequence[str]) -> list[str]:
        return self._notes.setdefault(key, (at, list(payload)))[1]

    async def noted(self, key: str) -> list[str] | None:
        found = self._notes.get(key)
        return None if found is None else found[1]

    async def forget_notes(self, before: int) -> None:
        self._notes = {key: note for key, note in self._notes.items() if note[0] >= before}


def _copy(entry: Entry) -> Entry:
    return replace(entry, values=json.loads(json.dumps(entry.values)), keys=dict(entry.keys))
