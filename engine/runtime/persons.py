"""All that is stored about one person: gathered, summed up, exported, erased.

Of an erased session stays a record without anything the person said: its revision is higher than
all that is under way, and the ids of applied events keep their source from beginning it anew.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from engine.classes import dataclass
from engine.core.desk import without
from engine.core.effects import Invoke, Send, Tell
from engine.core.session import Frame, Session, Talk
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.inbox import LENGTH_MAX
from engine.runtime.letters import owner_of
from engine.runtime.pseudonyms import known
from engine.runtime.records.migration import DECLARED
from engine.runtime.sessions import Sessions
from engine.stores.document import encode
from engine.stores.inbox.protocol import Waiting
from engine.stores.protocol import Dead, Item, Record, Store
from engine.stores.records.protocol import Entry, Space


@dataclass(frozen=True, slots=True)
class Person:
    """What a bot's store holds about a person.

    Attributes:
        owner: the session's id.
        received: ids of applied events in the ledger.
        records: those of the person, and of the private chat; by where they lie.
        documents: those that are kept under the session's id, by collection.
        letters: dead letters of theirs, and updates that name them.
        inbox: what they sent that is still to be applied.
        pseudonym: what the log calls them.
        unread: the stored session as it lies there, where it cannot be read; then `record` is none.
        talks: their conversations with operators, as the sessions of these know them, by session.
    """

    owner: str
    record: Record | None = None
    received: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[Space, Sequence[Entry]] = field(default_factory=dict)
    documents: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    letters: Sequence[Dead] = ()
    inbox: Sequence[Waiting] = ()
    pseudonym: str | None = None
    unread: str | None = None
    talks: Mapping[str, Sequence[Talk]] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        return self.record is not None or bool(
            self.unread
            or self.received
            or self.records
            or self.documents
            or self.letters
            or self.inbox
            or self.talks
        )


async def gather(store: Store, owner: str, desks: Sequence[str] = ()) -> Person:
    """Everything about a person; `desks` are the sessions of operators.

    Raises:
        StatechatError: those of the store.
    """
    record, unread = await _session(store, owner)
    records = {}
    for space in await _spaces(store, owner):
        entries = await store.record_store.every(space)
        if entries:
            records[space] = entries
    names = await known(store)
    return Person(
        owner,
        record,
        await store.ledger(owner),
        records,
        await store.named(owner),
        [letter for letter in await store.dead() if _concerns(letter, owner)],
        await store.inbox.first(owner, LENGTH_MAX),
        names.of(owner) if names else None,
        unread,
        await _talks(store, owner, desks),
    )


async def _talks(
    store: Store, owner: str, desks: Sequence[str]
) -> dict[str, list[Talk]]:  # fmt: skip
    found = {
        desk: [talk for chat in record.session.chats.values() for talk in chat.talks]
        for desk, record in (await store.load(desks)).items()
    }
    own = {desk: [talk for talk in talks if talk.owner == owner] for desk, talks in found.items()}
    return {desk: talks for desk, talks in own.items() if talks}


async def _session(store: Store, owner: str) -> tuple[Record | None, str | None]:
    """The record, or what lies in its place."""
    try:
        return (await store.load([owner])).get(owner), None
    except StatechatError as error:
        if error.code != "store:damaged":
            raise
    raw = await store.raw(owner)
    return None, raw and raw[1]


async def _spaces(store: Store, owner: str) -> list[Space]:
    """Where records of the person lie.

    A chat that has the person's own name is private; any other one may be of several persons.
    """
    holders: dict[Value, str] = {"user": owner, "chat": owner.partition("/")[2]}
    declared = await store.all(DECLARED)
    return [
        Space(name, holders[scope])
        for name, collection in declared.items()
        if (scope := collection.get("scope")) in holders
    ]


def _concerns(letter: Dead, owner: str) -> bool:
    if letter.kind == "update":
        return _mentions(letter.payload, owner.partition("/")[2].partition(":")[2])
    return owner_of(letter) == owner


def _mentions(value: Value, user: str) -> bool:
    """Whether a value is, or has in it, the person's id: of an update nothing more is known."""
    if isinstance(value, Mapping):
        return user in value or any(_mentions(inner, user) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_mentions(inner, user) for inner in value)
    return isinstance(value, str | int) and str(value) == user


def summed_up(person: Person, written: Callable[[int], str]) -> dict[str, Any]:
    """Where the person is and what waits, without anything that they said; `written` shows ms."""
    record = person.record or Record(Session(person.owner))
    session = record.session
    actions = sum(isinstance(item.effect, Invoke) for item in record.outbox)
    return {
        "person": person.owner,
        "in the log": person.pseudonym,
        "language": session.lang,
        "time zone": session.tz,
        "met": written(session.started) if session.started else None,
        "revision": session.rev,
        "damaged": "the stored session cannot be read" if person.unread else None,
        "conversations": [
            {
                "chat": f"chat {name}",
                "at": " > ".join(_standing(frame) for frame in chat.stack) or "in no flow",
                "heard": f"last heard {written(chat.last_input)}" if chat.last_input else "unheard",
                "held": f"{len(chat.held)} events held back",
            }
            for name, chat in session.chats.items()
        ],
        "timers": [
            {"due": written(timer.due), "event": timer.key, "chat": f"chat {timer.chat}"}
            for timer in sorted(session.timers, key=lambda timer: timer.due)
        ],
        "waiting": {
            "messages": len(record.outbox) - actions,
            "actions": actions,
            "put back": len(record.again),
            "in the inbox": len(person.inbox),
        },
        "events known": len(record.seen) + len(person.received),
        "records": _counted(person.records),
        "dead letters": [letter.id for letter in person.letters],
        "with operators": sum(map(len, person.talks.values())),
    }


def _standing(frame: Frame) -> str:
    states = " + ".join(leaf.state for leaf in frame.leaves)
    waits = any(leaf.pending for leaf in frame.leaves)
    return f"{frame.flow}: {states}{' (waits for an action)' if waits else ''}"


def _counted(records: Mapping[Space, Sequence[Entry]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for space, entries in records.items():
        counts[space.collection] = counts.get(space.collection, 0) + len(entries)
    return counts


def exported(person: Person) -> dict[str, Any]:
    """All of it as JSON, in the stored form."""
    records: dict[str, list[dict[str, Any]]] = {}
    for space, entries in person.records.items():
        for entry in entries:
            shown: dict[str, Any] = {
                "owner": space.owner, "id": entry.id, "created": entry.created,
                "updated": entry.updated, "values": entry.values,
            }  # fmt: skip
            if entry.dead is not None:
                shown["deleted"] = entry.dead
            records.setdefault(space.collection, []).append(shown)
    return {
        "person": person.owner,
        "session": encode(person.record) if person.record else None,
        "unread": person.unread,
        "received": person.received,
        "records": records,
        "documents": person.documents,
        "inbox": [one.event for one in person.inbox],
        "talks": {
            desk: [{"number": talk.number, "who": talk.who, "over": talk.over} for talk in talks]
            for desk, talks in person.talks.items()
        },
        "dead": [
            {"id": one.id, "kind": one.kind, "reason": one.reason, "at": one.at,
             "payload": one.payload}
            for one in person.letters
        ],
    }  # fmt: skip


async def erase(
    store: Store,
    sessions: Sessions,
    owner: str,
    now: int,
    *,
    sole: bool,
    desks: Sequence[str] = (),
) -> Person:
    """Erase a person, whatever was left of an earlier attempt; gives what there was.

    `sole` says that nobody else uses the store, `desks` are the sessions of operators.

    Raises:
        StatechatError: `person:busy` while another worker runs an action of theirs, which could
            store something more; those of the store.
    """
    person = await gather(store, owner, desks)
    if not person.known:
        return person

    async def bury(record: Record | None) -> Record | None:
        if record is None or record == _tombstone(record, record.session.incarnation):
            return None
        if not sole:
            _refuse_busy(record, now)
        return _tombstone(record, secrets.token_hex(8))

    if person.unread is None:
        await sessions.change(owner, bury)
    else:
        await _bury_unread(store, owner)
    for desk in person.talks:
        await _forget_at(sessions, desk, owner)
    await _clear(store, owner)
    await store.scrub()
    return person


async def _forget_at(sessions: Sessions, desk: str, owner: str) -> None:
    """Let operators know nothing of a person any more, nor get or tell what still waits."""

    async def apply(record: Record | None) -> Record | None:
        if record is None:
            return None
        chats = {name: without(chat, owner) for name, chat in record.session.chats.items()}
        if chats == record.session.chats:
            return None
        numbers = {
            (name, talk.number)
            for name, chat in record.session.chats.items()
            for talk in chat.talks
            if talk.owner == owner
        }
        left = tuple([item for item in record.outbox if not _speaks_of(item, owner, numbers)])
        return replace(record, session=replace(record.session, chats=chats), outbox=left)

    await sessions.change(desk, apply)


def _speaks_of(item: Item, owner: str, numbers: set[tuple[str, int]]) -> bool:
    effect = item.effect
    if isinstance(effect, Tell):
        return effect.to == owner
    return isinstance(effect, Send) and (effect.chat, effect.talk) in numbers


def _refuse_busy(record: Record, now: int) -> None:
    for item in record.outbox:
        if isinstance(item.effect, Invoke) and item.worker is not None and item.at > now:
            raise StatechatError(
                "person:busy",
                f"An action for `{record.session.id}` is under way, and may store something more.",
                cure="Wait a moment and do it again; if the action never ends, stop the bot first.",
            )


async def _bury_unread(store: Store, owner: str) -> None:
    """Of a session that nobody can read even the ids of its events are lost."""
    raw = await store.raw(owner)
    if raw is not None:
        rev, _ = raw
        session = Session(owner, rev + 1, incarnation=secrets.token_hex(8))
        await store.commit([Record(session)])


def _tombstone(record: Record, incarnation: str) -> Record:
    session = Session(record.session.id, record.session.rev, incarnation=incarnation)
    return Record(session, record.seen, record.spilled, taken=record.taken, below=record.below)


async def _clear(store: Store, owner: str) -> None:
    spaces = await _spaces(store, owner)
    await store.inbox.clear(owner)
    for space in spaces:
        await store.record_store.clear(space)
    if spaces:
        await store.record_store.forget_person(owner)
    for collection in await store.named(owner):
        await store.remove(collection, owner)
    for letter in await store.dead():
        if _concerns(letter, owner):
            await store.discard(letter.id, letter.at)
