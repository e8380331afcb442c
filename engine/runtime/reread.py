"""Updates that could not be read, and that an operator wants read again: done at a start.

Whoever puts one back only marks it. What is read becomes an event that is put back like any other,
so it is applied once, whoever dies in between.
"""

import logging
from collections.abc import Iterable
from typing import Final

from engine.core.values import Value
from engine.runtime.letters import of_event, retry
from engine.runtime.ports import Rereading, Transport
from engine.runtime.sessions import Sessions
from engine.stores.protocol import Dead, Store

MARKED: Final = "read_again"
"""The collection of documents that marks them, by the letter's id."""

log = logging.getLogger("statechat.reread")


async def mark(store: Store, letter: Dead) -> None:
    """Want an update read again; may be repeated."""
    wanted: dict[str, Value] = {"at": letter.at}
    await store.put(MARKED, letter.id, wanted)


async def read_again(
    store: Store, sessions: Sessions, transports: Iterable[Transport], now: int
) -> None:
    """Let transports read what is marked of theirs; what they cannot read stays set aside."""
    marked = await store.all(MARKED)
    if not marked:
        return
    letters = {letter.id: letter for letter in await store.dead()}
    able = {one.name: one for one in transports if isinstance(one, Rereading)}
    for id_, wanted in marked.items():
        letter = letters.get(id_)
        if letter is not None and letter.kind == "update" and letter.at == wanted["at"]:
            transport = able.get(id_.partition(":")[0])
            if transport is None:
                continue  # another worker's, or none that is set up now
            event = await transport.read_again(letter.payload, letter.at)
            if event is None or event.id != id_:
                log.warning("update %s still cannot be read, and stays set aside", id_)
            else:
                await retry(sessions, store, of_event(event, None, letter.reason, letter.at), now)
        await store.remove(MARKED, id_)
