"""Versions of flows: the present ones are kept, and those are found that people still stand in."""

from collections.abc import Mapping

from engine.core.values import Value
from engine.stores.protocol import Store

Source = Mapping[str, Value]


async def keep_and_find(store: Store, present: Mapping[str, Source]) -> dict[str, Source]:
    """Keep the present versions' sources; gives those of earlier ones that sessions need, by hash.

    Every session is looked at, but only where the store keeps versions that are not present.
    """
    for hash_, source in present.items():
        await store.keep_program(hash_, source)
    past = await store.programs() - present.keys()
    found: dict[str, Source] = {}
    wanted = past & await store.versions() if past else set()
    while wanted:
        hash_ = wanted.pop()
        kept = await store.program(hash_)
        if kept is None:
            continue
        found[hash_] = kept
        calls = kept.get("calls")
        called = calls.values() if isinstance(calls, Mapping) else ()
        wanted |= {one for one in called if isinstance(one, str) and one in past - found.keys()}
    return found
