"""From which moment on each relay is asked: moved only past what is committed."""

from collections.abc import Sequence
from typing import Final

from engine.core.values import Value
from engine.stores.protocol import Documents
from transports.nostr.wraps import BACKDATED

COLLECTION: Final = "cursors"
SKEW: Final = 15 * 60
"""How far clocks may differ, and how long an event may be on its way, in seconds."""
BACK: Final = BACKDATED + SKEW
FORGOTTEN: Final = 30 * 24 * 3600
"""A relay that was away for longer (seconds) is asked no further back: ids are kept no longer."""


class Cursor:
    """For each relay the moment (seconds) up to which all that it delivered is committed.

    A relay that was unreachable may hold events that no other has, so each has its own mark.
    """

    def __init__(self, documents: Documents, id_: str, urls: Sequence[str]) -> None:
        self.horizon = 0
        """Events dated below this are never asked for nor taken again (seconds)."""
        self._documents = documents
        self._id = id_
        self._urls = urls
        self._marks: dict[str, int] = {}

    def since(self, url: str) -> int:
        """From which moment on a relay must be asked, wraps being dated back (seconds)."""
        return max(self._marks[url] - BACK, self.horizon)

    async def load(self, now: int) -> None:
        """Read what is stored; a relay that is new begins at `now` (seconds)."""
        await self._merge(now)
        for url in self._urls:
            self._marks.setdefault(url, now)
        await self._store()

    async def advance(self, urls: Sequence[str], moment: int) -> None:
        """Note that what these relays had at a moment (seconds) is committed, durably."""
        if not urls:
            return
        for url in urls:
            self._marks[url] = max(self._marks[url], moment)
        await self._merge(moment)
        await self._store()

    async def _merge(self, now: int) -> None:
        """Take over what other workers of the bot have stored: what one has committed, all have.

        A worker that one relay is away from would else take back the horizon below which the others
        have forgotten ids, and at the next start what lies between would be new.
        """
        stored = await self._documents.get(COLLECTION, self._id) or {}
        horizon, marks = stored.get("horizon"), stored.get("relays")
        # A clock that was once ahead must not leave the bot deaf.
        if isinstance(horizon, int):
            self.horizon = max(self.horizon, min(horizon, now - BACK))
        for url, mark in (marks if isinstance(marks, dict) else {}).items():
            if isinstance(mark, int):
                self._marks[url] = max(self._marks.get(url, 0), min(mark, now))

    async def _store(self) -> None:
        last = max(self._marks.values())
        # A relay that only others listen to, or that is not the bot's any more.
        for url in self._marks.keys() - set(self._urls):
            if self._marks[url] < last - FORGOTTEN:
                del self._marks[url]
        oldest = max(min(self._marks.values()), last - FORGOTTEN)
        horizon = max(self.horizon, oldest - BACK)
        document: dict[str, Value] = {"horizon": horizon, "relays": dict(self._marks)}
        await self._documents.put(COLLECTION, self._id, document)
        self.horizon = horizon
