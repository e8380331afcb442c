"""Records as entries of the store, and back: their indexes, their ages, and what a flow sees."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from engine.core.collections import KEPT, Collection
from engine.core.moments import write_instant
from engine.core.values import Value
from engine.stores.records.keys import GRAMS_MAX, grams_of, joined, key_of
from engine.stores.records.protocol import CREATED, DELETED, Entry, Shape


def shape_of(collection: Collection) -> Shape:
    unique = {unique_index(fields) for fields in collection.unique}
    names = {CREATED, DELETED, *collection.index} | unique
    return Shape(collection.name, frozenset(names), collection.search is not None)


def unique_index(fields: tuple[str, ...]) -> str:
    return f"={'+'.join(fields)}"


def id_for(key: str) -> str:
    """The id of a record that a change makes: the same for a repeated change."""
    return sha256(key.encode("utf-8", "replace")).hexdigest()[:24]


def indexed(collection: Collection, entry: Entry) -> Entry:
    """A live entry in its indexes."""
    keys = {CREATED: key_of(entry.created) or ""}
    for name in collection.index:
        keys[name] = field_key(collection, entry.values, name) or ""
    for fields in collection.unique:
        if all(value_of(collection, entry.values, name) is not None for name in fields):
            parts = [field_key(collection, entry.values, name) or "" for name in fields]
            keys[unique_index(fields)] = joined(parts)
    due = None if collection.expires is None else entry.updated + collection.expires
    return replace(entry, keys=keys, grams=_grams(collection, entry), dead=None, due=due)


def field_key(collection: Collection, values: Mapping[str, Value], name: str) -> str | None:
    return key_of(value_of(collection, values, name), folded=collection.fields[name].fold)


def _grams(collection: Collection, entry: Entry) -> tuple[str, ...]:
    found: set[str] = set()
    for text in searched(collection, entry):
        found |= grams_of(text)
    return tuple(sorted(found)[:GRAMS_MAX])


def searched(collection: Collection, entry: Entry) -> list[str]:
    """The texts of a record that a search looks at; lists give each of theirs."""
    texts: list[str] = []
    for name in collection.search.fields if collection.search else ():
        value = value_of(collection, entry.values, name)
        items = value if isinstance(value, list | tuple) else [value]
        texts += [item for item in items if isinstance(item, str)]
    return texts


def value_of(collection: Collection, values: Mapping[str, Value], name: str) -> Value:
    """A field's value; one that was declared after the record was written has its default."""
    return values[name] if name in values else collection.fields[name].variable.default


def row(collection: Collection, entry: Entry) -> dict[str, Value]:
    """What a flow sees of an entry."""
    fields = {name: value_of(collection, entry.values, name) for name in collection.fields}
    return {"id": entry.id, **fields, "created": moment(entry.created),
            "updated": moment(entry.updated)}  # fmt: skip


def moment(milliseconds: int) -> str:
    return write_instant(datetime.fromtimestamp(milliseconds / 1000, UTC))


def visible(entry: Entry | None, now: int) -> bool:
    """Whether a record is there: neither deleted nor expired."""
    return entry is not None and entry.dead is None and (entry.due is None or entry.due > now)


def buried(entry: Entry, now: int, restore: int = 0) -> Entry:
    """A deleted entry; its content stays for as long as it may be restored."""
    keys = {DELETED: key_of(now) or ""} if restore else {}
    return replace(
        entry, rev=entry.rev + 1, dead=now, keys=keys, grams=(), slot=None,
        values=entry.values if restore else {}, due=now + (restore or KEPT),
    )  # fmt: skip


def aged(entry: Entry, now: int) -> Entry | None:
    """What becomes of an entry that is due: expired ones are buried, then emptied, then removed."""
    return buried(entry, now) if entry.dead is None or entry.values else None
