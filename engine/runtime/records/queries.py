"""The side of records that only looks: it is given a reader, so it cannot write."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from engine.core.collections import Collection
from engine.core.values import LIST_MAX, Value
from engine.runtime.records.entries import row, searched, value_of, visible
from engine.runtime.records.filters import (
    Filter,
    Order,
    Test,
    in_order,
    invalid,
    read_filter,
    read_order,
)
from engine.stores.records.keys import fold, grams_of
from engine.stores.records.protocol import CREATED, Entry, RecordReader, Space, Span

PAGE: Final = 500
"""Entries that are read at once while a filter looks for its records."""
FOUND: Final = 50
"""Records that `find` gives where no limit is asked for."""
CANDIDATES: Final = 50
"""Records that share most letters with what is searched for, and are then compared with it."""
WANTED_MAX: Final = 1_000
"""Longest text that can be searched for, in characters."""


class Queries:
    """`get`, `find` and `count` of records."""

    def __init__(self, reader: RecordReader, clock: Callable[[], int]) -> None:
        self._reader = reader
        self._clock = clock

    async def get(self, collection: Collection, owner: str, id_: str) -> dict[str, Value] | None:
        entry = await self._reader.fetch(Space(collection.name, owner), id_)
        if entry is None or not visible(entry, self._clock()):
            return None
        return row(collection, entry)

    async def find(
        self,
        collection: Collection,
        owner: str,
        *,
        where: Mapping[str, Value] | None = None,
        search: str | None = None,
        sort: Value = None,
        limit: int = FOUND,
        skip: int = 0,
        deleted: bool = False,
    ) -> list[dict[str, Value]]:
        """Records, the oldest first, in the order of `sort`, or the most alike first.

        Of those that are as alike, one that is equal in the first field of the search comes first.

        Raises:
            ActionError: `invalid`.
        """
        if not 0 < limit <= LIST_MAX or skip < 0:
            raise invalid(f"`limit` is from 1 to {LIST_MAX}, and `skip` not negative")
        space = Space(collection.name, owner)
        wanted, order = read_filter(collection, where), read_order(collection, sort)
        if search is not None:
            wants = skip + limit
            equal = [] if order else await self._equal(collection, space, wanted, search, wants)
            if len(equal) >= wants:
                return [{**row(collection, entry), "score": 100.0} for entry in equal[skip:]]
            found = await self._alike(collection, space, wanted, search, order)
            return found[skip:wants]
        entries = await self.entries(space, wanted, order, skip + limit, deleted=deleted)
        return [row(collection, entry) for entry in entries[skip:]]

    async def count(
        self, collection: Collection, owner: str, *,
        where: Mapping[str, Value] | None = None, deleted: bool = False,
    ) -> int:  # fmt: skip
        """How many records a filter lets through.

        Raises:
            ActionError: `invalid`.
        """
        space, wanted = Space(collection.name, owner), read_filter(collection, where)
        if not wanted.tests and not deleted and collection.expires is None:
            return await self._reader.count(space, Span())
        number = 0
        async for _ in self._matching(space, wanted, wanted.span((), deleted=deleted)):
            number += 1
        return number

    async def entries(
        self, space: Space, wanted: Filter, order: Sequence[Order], limit: int, *,
        deleted: bool = False,
    ) -> list[Entry]:  # fmt: skip
        """The first entries that a filter lets through, in order."""
        span = wanted.span(order, deleted=deleted)
        by = order[0] if len(order) == 1 else Order(CREATED, descending=False)
        sorted_already = len(order) < 2 and span.index == by.field
        if sorted_already:
            span = replace(span, descending=by.descending)
        found: list[Entry] = []
        first = limit if sorted_already else PAGE
        async for entry in self._matching(space, wanted, span, first):
            found.append(entry)
            if sorted_already and len(found) == limit:
                return found
        return found if sorted_already else in_order(wanted.collection, found, order)[:limit]

    async def _matching(
        self, space: Space, wanted: Filter, span: Span, first: int = PAGE
    ) -> AsyncIterator[Entry]:
        """What a filter lets through of a span, which is read in pages that grow."""
        now = self._clock()
        after: Entry | None = None
        size = min(first, PAGE)
        while True:
            page = await self._reader.select(space, span, size, after)
            for entry in page:
                shown = visible(entry, now) if span.index != "deleted" else True
                if shown and wanted.holds(entry):
                    yield entry
            if len(page) < size:
                return
            after, size = page[-1], min(size * 4, PAGE)

    async def _equal(
        self, collection: Collection, space: Space, wanted: Filter, text: str, limit: int
    ) -> list[Entry]:
        """Records whose first field of the search is this text, where an index can tell.

        Most searches are for what is there, and nothing is more alike.
        """
        name = collection.search.fields[0] if collection.search else ""
        if not fold(text) or ((name,) not in collection.unique and name not in collection.index):
            return []
        equal = Test(name, "eq", text, collection.fields[name].fold)
        return await self.entries(space, Filter(collection, (*wanted.tests, equal)), (), limit)

    async def _alike(
        self, collection: Collection, space: Space, wanted: Filter, text: str,
        order: Sequence[Order],
    ) -> list[dict[str, Value]]:  # fmt: skip
        if collection.search is None:
            raise invalid(f"`{collection.name}` declares no `search`")
        looked_for = fold(text[:WANTED_MAX])
        now = self._clock()
        grams = sorted(grams_of(looked_for))
        scored: list[tuple[float, bool, Entry]] = []
        likeness = _likeness(looked_for, collection.search.match)
        first = collection.search.fields[0]
        for entry in await self._reader.similar(space, grams, CANDIDATES) if grams else []:
            if visible(entry, now) and wanted.holds(entry):
                score = likeness(searched(collection, entry))
                if score >= collection.search.threshold:
                    value = value_of(collection, entry.values, first)
                    other = not isinstance(value, str) or fold(value) != looked_for
                    scored.append((score, other, entry))
        scored.sort(key=lambda one: (-one[0], one[1], one[2].created, one[2].id))
        scores = {entry.id: round(score, 1) for score, _, entry in scored}
        entries = [entry for *_, entry in scored]
        if order:
            entries = in_order(collection, entries, order)
        return [{**row(collection, entry), "score": scores[entry.id]} for entry in entries]


def _likeness(text: str, match: str) -> Callable[[Sequence[str]], float]:
    """Tells how like the most alike of several texts is, of 100."""
    # Imported late: only who searches needs it.
    from rapidfuzz import fuzz  # noqa: PLC0415 - see above
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - see above

    def best(texts: Sequence[str]) -> float:
        found = 0.0
        for each in map(fold, texts):
            whole = 100 * OSA.normalized_similarity(text, each)
            words = fuzz.token_set_ratio(text, each) if match == "words" else 0.0
            found = max(found, whole, fuzz.token_sort_ratio(text, each), words)
        return found

    return best
