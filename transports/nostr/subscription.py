"""A subscription that nothing ends: repeated after CLOSED and AUTH, with every stored event read.

A relay gives at most so many stored events to a request, the newest first; the others are asked for
page by page, by `until`, until a page is empty (NIP-01).
"""

import asyncio
import contextlib
from typing import Final, Protocol

from transports.nostr.connection import Connection, Query
from transports.nostr.messages import SignedEvent

DELAY_FIRST: Final = 0.5
DELAY_MAX: Final = 60.0
"""Shortest and longest wait before something that a relay ended is tried again, in seconds."""


class Listener(Protocol):
    """Who takes the events of the relays' subscriptions, by the relay's URL."""

    def filter(self, url: str) -> dict[str, object]:
        """What to ask for now; `since` must be in it."""
        ...

    def began(self, url: str) -> None:
        """Stored events come from now on, in no order."""
        ...

    async def received(self, url: str, event: SignedEvent) -> None:
        """Take an event; its id is right, its signature is not checked yet."""
        ...

    async def stored(self, url: str, *, complete: bool) -> None:
        """What comes now is new; `complete` says that every stored event has come."""
        ...

    async def lost(self, url: str) -> None:
        """The connection is lost."""
        ...


async def follow(connection: Connection, listener: Listener, patience: float) -> None:
    """Keep a subscription until cancelled; `patience` bounds the wait for a page, in seconds."""
    url = connection.url
    delay = DELAY_FIRST

    async def take(event: SignedEvent) -> None:
        await listener.received(url, event)

    while True:
        connection.changed.clear()
        authenticated = connection.authenticated
        listener.began(url)
        wanted = listener.filter(url)
        live = await connection.ask(wanted, take)
        complete = await _read_stored(connection, live, wanted, patience)
        await listener.stored(url, complete=complete)
        if complete:
            delay = DELAY_FIRST
        await connection.changed.wait()
        await connection.drop(live)
        if connection.authenticated is authenticated:
            connection.changed.clear()
            # Never wait_for: in Python 3.11 it can swallow the cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await connection.changed.wait()
            delay = min(2 * delay, DELAY_MAX)


async def _read_stored(
    connection: Connection, live: Query, wanted: dict[str, object], patience: float
) -> bool:
    """Whether the relay has given everything that it has stored."""
    since = wanted["since"]
    assert isinstance(since, int)
    if not await _answered(live, patience):
        return False
    until = live.oldest
    while until is not None and until >= since:
        page = await connection.ask({**wanted, "until": until}, live.sink)
        answered = await _answered(page, patience)
        await connection.drop(page)
        if not answered:
            return False
        if page.oldest is None:
            break
        # A page of one second only: either that was all of it, or more than a page holds.
        until = page.oldest if page.oldest < until else until - 1
    return True


async def _answered(query: Query, patience: float) -> bool:
    try:
        async with asyncio.timeout(patience):
            return await query.done
    except TimeoutError:
        return False
