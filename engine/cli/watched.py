"""A store that tells when nothing is left to do for one person."""

import asyncio
from collections.abc import Sequence
from typing import cast

from engine.stores.protocol import Record, Store


class Watched:
    """Looks on while records of `owner` are committed; every other call goes straight through.

    Attributes:
        found: the person's record as it was when the store was opened, if there was one.
    """

    def __init__(self, store: Store, owner: str) -> None:
        self.found: Record | None = None
        self._store = store
        self._owner = owner
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def store(self) -> Store:
        """This, as a store."""
        return cast("Store", self)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def open(self) -> None:
        await self._store.open()
        self.found = (await self._store.load([self._owner])).get(self._owner)
        if self.found is not None:
            self._note(self.found)

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        written = await self._store.commit(records)
        for record, done in zip(records, written, strict=True):
            if done and record.session.id == self._owner:
                self._note(record)
        return written

    async def idle(self) -> None:
        """Wait until no message, no action and no letter that was put back is outstanding."""
        await self._idle.wait()

    def _note(self, record: Record) -> None:
        if record.outbox or record.again:
            self._idle.clear()
        else:
            self._idle.set()


def resumed(record: Record | None) -> str | None:
    """Where the conversation of a person goes on, if it was in the middle."""
    chats = record.session.chats.values() if record else ()
    open_ = [chat.stack[-1] for chat in chats if chat.stack]
    if not open_:
        return None
    states = ", ".join(leaf.state for leaf in open_[-1].leaves)
    return f"(Your conversation goes on: {open_[-1].flow}, at {states}.)"
