"""Who else is a bot: two that answer each other would never stop.

Source: NIP-24 (`"bot": true` in kind 0). Nobody waits for the answer: a bot's first message is
answered, and after it none.
"""

import asyncio
from collections import OrderedDict
from typing import Final

from transports.nostr.messages import MalformedError, SignedEvent, read_json
from transports.nostr.relays import Relays

PROFILE: Final = 0
BATCH: Final = 100
KNOWN_MAX: Final = 20_000


class Bots:
    """Which authors call themselves bots, as far as it is known by now."""

    def __init__(self, relays: Relays) -> None:
        self._relays = relays
        self._flags: OrderedDict[str, bool] = OrderedDict()
        self._unknown: set[str] = set()
        self._asked = asyncio.Event()

    def has(self, author: str) -> bool:
        """Whether an author is known to be a bot; asks the relays, for the next time."""
        if author not in self._flags and len(self._unknown) < KNOWN_MAX:
            self._unknown.add(author)
            self._asked.set()
        return self._flags.get(author, False)

    async def learn(self) -> None:
        """Look up those who were asked for, until cancelled."""
        while True:
            await self._asked.wait()
            batch = sorted(self._unknown)[:BATCH]
            found = await self._relays.fetch({"kinds": [PROFILE], "authors": batch})
            newest: dict[str, SignedEvent] = {}
            for event in sorted(found, key=lambda event: event.created_at):
                newest[event.pubkey] = event
            for author in batch:
                self._flags[author] = author in newest and _flagged(newest[author])
            while len(self._flags) > KNOWN_MAX:
                self._flags.popitem(last=False)
            self._unknown.difference_update(batch)
            if not self._unknown:
                self._asked.clear()


def _flagged(profile: SignedEvent) -> bool:
    try:
        fields = read_json(profile.content)
    except MalformedError:
        return False
    return profile.kind == PROFILE and isinstance(fields, dict) and fields.get("bot") is True
