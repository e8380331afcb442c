"""Taking over what a bot's collections were before: new fields and indexes, and nothing else.

What the collections were when the bot last started is kept as documents of its own.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from engine.core.collections import Collection
from engine.errors import StatechatError
from engine.runtime.records.entries import indexed, shape_of
from engine.stores.protocol import Store
from engine.stores.records.protocol import RecordStore, Space, Taken

DECLARED: Final = "records"
"""The collection of documents that keeps the declarations."""
PAGE: Final = 500
_WIDER: Final[Mapping[str, frozenset[str]]] = {
    "int": frozenset({"number"}),
    "enum": frozenset({"text"}),
    "email": frozenset({"text"}),
    "url": frozenset({"text"}),
    "phone": frozenset({"text"}),
}
"""Types that hold all that another one holds."""


async def prepare(store: Store, collections: Mapping[str, Collection]) -> None:
    """Make indexes that are new, and bring stored records into them.

    Raises:
        StatechatError: `records:incompatible`, `records:duplicates`.
    """
    if not collections:
        return
    records = store.record_store
    await records.prepare([shape_of(collection) for collection in collections.values()])
    for name, collection in collections.items():
        before = await store.get(DECLARED, name)
        now = _declaration(collection, before)
        if before == now:
            continue
        if before is not None and await records.page(name, None, 1):
            _compare(collection, before)
            if before["indexed"] != now["indexed"]:
                await _index_again(records, collection)
        await store.put(DECLARED, name, now)


def _declaration(collection: Collection, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """What has to be known at the next start; types of fields that are gone stay known."""
    types = {name: field.variable.type for name, field in collection.fields.items()}
    folded = sorted(name for name, field in collection.fields.items() if field.fold)
    shape = [
        sorted(shape_of(collection).indexes), folded, collection.expires,
        list(collection.search.fields) if collection.search else None,
    ]  # fmt: skip
    return {
        "scope": collection.scope,
        "types": {**(before["types"] if before else {}), **types},
        "indexed": json.dumps(shape),
    }


def _compare(collection: Collection, before: Mapping[str, Any]) -> None:
    """Refuse what the stored records do not fit."""
    if before["scope"] != collection.scope:
        raise _incompatible(
            collection, f"its scope was `{before['scope']}`, and is `{collection.scope}`"
        )
    for name, field in collection.fields.items():
        variable, known = field.variable, before["types"].get(name)
        if known is None:
            if not variable.optional and variable.default is None and variable.type != "any":
                reason = f"`{name}` is new, and the stored records have no value for it"
                raise _incompatible(collection, reason)
        elif variable.type not in (known, "any") and variable.type not in _WIDER.get(known, ()):
            reason = f"`{name}` was of type {known}, and is of type {variable.type}"
            raise _incompatible(collection, reason)


def _incompatible(collection: Collection, reason: str) -> StatechatError:
    return StatechatError(
        "records:incompatible",
        f"The stored records of `{collection.name}` do not fit its declaration: {reason}.",
        cure="Take the change back, give a new field a `default` or `optional: true`, or declare "
        "the new form under another name.",
    )


async def _index_again(records: RecordStore, collection: Collection) -> None:
    after: tuple[str, str] | None = None
    while page := await records.page(collection.name, after, PAGE):
        for owner, entry in page:
            if entry.dead is None:
                new = replace(indexed(collection, entry), rev=entry.rev + 1)
                written = await records.write(Space(collection.name, owner), new)
                if isinstance(written, Taken):
                    fields = written.index.removeprefix("=").replace("+", ", ")
                    raise StatechatError(
                        "records:duplicates",
                        f"Records of `{collection.name}` are alike in {fields}, which is declared "
                        f"unique: `{entry.id}` and `{written.holder}`.",
                        cure="Delete one of them with the old declaration, or take `unique` back.",
                    )
        after = (page[-1][0], page[-1][1].id)
