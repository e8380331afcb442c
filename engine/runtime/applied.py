"""Which events were applied: their ids stay as long as a source may deliver them again."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Final

from engine.classes import dataclass
from engine.core.broadcasts import SOURCE
from engine.core.events import Event
from engine.core.values import Value
from engine.runtime import tells
from engine.runtime.owners import transport_of
from engine.runtime.worker import Worker
from engine.stores.protocol import Record

SEEN_MAX: Final = 256
"""Most ids of applied events that a record holds; older ones move to the store's ledger."""
SOURCES: Final = "ledger.sources"
"""The collection of documents that name the transport of each source with ids in the ledger."""

Horizon = Callable[[str], int]
"""`Transport.horizon`."""
Believable = Callable[[int], int]
"""`Dated.believable`."""


@dataclass(frozen=True, slots=True)
class Horizons:
    """Below which order sources deliver nothing again, by transport.

    Attributes:
        of: asks a transport.
        dated: of those whose orders are moments: what to believe of another worker's horizon.
    """

    of: Mapping[str, Horizon]
    dated: Mapping[str, Believable] = field(default_factory=dict)


class Applied:
    """Finds the ids of applied events, and adds to them."""

    def __init__(self, worker: Worker, horizons: Horizons) -> None:
        self._worker = worker
        self._horizons = horizons
        self._sources: set[str] = set()

    async def knows(self, event: Event, record: Record) -> bool:
        """Whether an event was applied."""
        if event.id in record.seen or self._is_below(event, record):
            return True
        return record.spilled and await self._worker.store.received(event.owner, event.id)

    def _is_below(self, event: Event, record: Record) -> bool:
        """Whether another worker, which was further, has applied it and dropped its id since."""
        below = record.below.get(event.id.partition(":")[0])
        believable = self._horizons.dated.get(transport_of(event.owner))
        return below is not None and believable is not None and event.order < believable(below)

    async def added(self, record: Record, event: Event, *, keep: bool) -> Record:
        """The record with the id of an event, and without those that never come again.

        None is dropped with `keep`: sources do not know everything that may come.
        """
        horizons = {SOURCE: 0, tells.SOURCE: tells.horizon(self._worker.clock.now())}
        transport = transport_of(event.owner)
        horizon = _unknown if keep else self._horizons.of.get(transport, _unknown)
        noted = transport in self._horizons.dated and not self._worker.sole
        kept: dict[str, int] = {}
        below = record.below
        for id_, order in record.seen.items():
            source = id_.partition(":")[0]
            if source not in horizons:
                horizons[source] = horizon(source)
            if order >= horizons[source]:
                kept[id_] = order
            elif noted and horizons[source] > below.get(source, 0):
                # Another worker may hold this event still, and be behind with its horizon.
                below = {**below, source: horizons[source]}
        spilled = record.spilled
        if len(kept) >= SEEN_MAX:
            oldest = sorted((id_ for id_ in kept if not of_run(id_)), key=kept.__getitem__)
            moved = {id_: kept.pop(id_) for id_ in oldest[: SEEN_MAX // 2]}
            await self._spill(event.owner, moved)
            spilled = True
        kept[event.id] = event.order
        return replace(record, seen=kept, spilled=spilled, below=below)

    async def _spill(self, owner: str, ids: Mapping[str, int]) -> None:
        """Move ids to the ledger, after their sources were noted: any later process cleans it."""
        for source in {id_.partition(":")[0] for id_ in ids} - self._sources:
            transport: dict[str, Value] = {"transport": transport_of(owner)}
            await self._worker.store.put(SOURCES, source, transport)
            self._sources.add(source)
        await self._worker.store.remember(owner, ids)


def of_run(id_: str) -> bool:
    """Whether this is the id of a broadcast."""
    return id_.startswith(f"{SOURCE}:")


def _unknown(_: str) -> int:
    """The horizon of a source that says nothing: all of it may come again."""
    return 0
