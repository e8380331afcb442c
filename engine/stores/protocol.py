"""What the engine asks of a database: sessions and documents by id, guarded writes, what is due.

Every implementation passes `tests/contract/test_stores.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Protocol

from engine.classes import dataclass
from engine.core.away import waking
from engine.core.effects import Invoke, Send, Tell
from engine.core.session import Session
from engine.core.values import Value
from engine.stores.inbox.protocol import InboxStore
from engine.stores.records.protocol import RecordStore


@dataclass(frozen=True, slots=True)
class Item:
    """One planned effect in a session's outbox.

    Attributes:
        at: when it may be taken: the end of the lease, or the earliest moment of a retry (ms).
        worker: who holds the lease, or none.
        attempts: how often it was claimed; counted before it runs.
        planned: when the step that planned it was applied (ms); never changes, and is stored.
        cause: id of the event that led to it, for the log: of a person's or of a timer.
    """

    effect: Send | Invoke | Tell
    at: int
    worker: str | None = None
    attempts: int = 0
    planned: int = 0
    cause: str = ""

    @property
    def id(self) -> str:
        return self.effect.id


@dataclass(frozen=True, slots=True)
class Dead:
    """Something set aside for a human; `engine.runtime.letters` knows what `payload` holds.

    Attributes:
        kind: `update` that cannot be read, `event` that broke a step, `message` that was refused.
        at: when it was set aside (ms); tells it from one of the same id that came back to life.
    """

    id: str
    kind: str
    reason: str
    at: int
    payload: Value


@dataclass(frozen=True, slots=True)
class Record:
    """The stored document of one person: the session and what the shell keeps beside it.

    Attributes:
        seen: applied events that their source may deliver again, id to `Event.order`.
        spilled: whether some ids were moved to the store's ledger of received events.
        outbox: planned items; those of one chat are carried out strictly in this order.
        again: dead letters that were put back; each leaves by the commit that applies it.
        aside: letters that a commit has made; each leaves when the store has it for itself.
        taken: id of the last event that came from the inbox, where it may still lie.
        below: by source the order below which ids were dropped from `seen`, beside other workers.
    """

    session: Session
    seen: Mapping[str, int] = field(default_factory=dict)
    spilled: bool = False
    outbox: tuple[Item, ...] = ()
    again: tuple[Dead, ...] = ()
    taken: str = ""
    below: Mapping[str, int] = field(default_factory=dict)
    aside: tuple[Dead, ...] = ()

    @property
    def wake_at(self) -> int | None:
        """When the first timer is due (ms); at once where a letter comes or goes."""
        if self.again or self.aside:
            return 0
        return min((timer.due for timer in waking(self.session)), default=None)

    @property
    def out_at(self) -> int | None:
        """When the first outbox item may be taken by anyone (ms)."""
        return min((item.at for item in self.outbox), default=None)


class Documents(Protocol):
    """Small JSON documents of the bot, by collection and id. Each call is one durable write."""

    async def get(self, collection: str, id_: str) -> dict[str, Value] | None: ...

    async def put(self, collection: str, id_: str, document: Mapping[str, Value]) -> None: ...

    async def add(self, collection: str, id_: str, document: Mapping[str, Value]) -> bool:
        """Store a new document; false, and nothing written, if the id is taken."""
        ...

    async def remove(self, collection: str, id_: str) -> bool: ...

    async def all(self, collection: str) -> dict[str, dict[str, Value]]:
        """Every document of a collection, by id, in the order of ids."""
        ...


class Store(Documents, Protocol):
    """A bot's database. Unknown outcome of a write raises `StatechatError("store:unknown")`."""

    @property
    def record_store(self) -> RecordStore:
        """The bot's records, which are open as long as the store is."""
        ...

    @property
    def inbox(self) -> InboxStore:
        """What waits to be applied, open as long as the store is."""
        ...

    async def open(self) -> None:
        """Connect, create what is missing, and refuse what is not durable.

        Raises:
            StatechatError: `store:unreachable`, `store:locked`, `store:readonly`, `store:newer`.
        """
        ...

    async def close(self) -> None: ...

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        """The records that exist, by session id, in one round trip."""
        ...

    async def raw(self, id_: str) -> tuple[int, str] | None:
        """The revision of a session and its document as JSON, also where it cannot be read.

        Raises:
            StatechatError: `store:damaged` where not even its revision can be told.
        """
        ...

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        """Write records of different sessions in one round trip, each on its own guard.

        A record of revision n replaces that of n - 1 (n = 1: none may exist). False for each
        one that lost its race; durable when this returns.
        """
        ...

    async def owners(self, prefix: str, after: str, limit: int) -> list[str]:
        """Sessions whose ids begin with `prefix` (not empty) and come after `after`, in order."""
        ...

    async def due(self, now: int, limit: int) -> list[str]:
        """Sessions with a timer due at or before `now` (ms), the earliest first."""
        ...

    async def outgoing(self, now: int, limit: int) -> list[str]:
        """Sessions with an outbox item that may be taken at `now` (ms), the earliest first."""
        ...

    async def next_due(self) -> int | None: ...

    async def next_outgoing(self) -> int | None: ...

    async def remember(self, owner: str, ids: Mapping[str, int]) -> None:
        """Move ids of applied events (id to order) to the ledger of received events; idempotent."""
        ...

    async def received(self, owner: str, id_: str) -> bool: ...

    async def ledger(self, owner: str) -> dict[str, int]:
        """The ids of a session in the ledger of received events, with their order."""
        ...

    async def forget(self, source: str, below: int) -> None:
        """Drop ids of a source (`source:…`) from the ledger whose order is below the horizon."""
        ...

    async def keep_program(self, hash_: str, source: Mapping[str, Value]) -> None:
        """Keep the source of a flow's version, by its content hash; idempotent."""
        ...

    async def program(self, hash_: str) -> dict[str, Value] | None: ...

    async def programs(self) -> set[str]:
        """The hashes of all versions that are kept."""
        ...

    async def versions(self) -> set[str]:
        """The hashes of the versions that sessions stand in or can go back to: looks at each."""
        ...

    async def set_aside(self, dead: Dead) -> None:
        """Keep a dead letter; idempotent by id."""
        ...

    async def dead(self) -> list[Dead]:
        """All dead letters, the oldest first."""
        ...

    async def named(self, id_: str) -> dict[str, dict[str, Value]]:
        """The documents of this id, by collection."""
        ...

    async def scrub(self) -> None:
        """Leave nothing in the bot's own files of what was removed or replaced before.

        What belongs to a server, such as its journal and its backups, is out of reach.

        Raises:
            StatechatError: `store:locked`, `store:full`; then it has still to be done.
        """
        ...

    async def discard(self, id_: str, at: int) -> bool:
        """Remove a dead letter that was set aside at `at` (ms); false if there is none."""
        ...


def beyond(prefix: str) -> str:
    """The first text that is behind all those that begin with a prefix, by code points."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
