"""From Nostr's events to those of the engine: what is believed, once, and in which order."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from engine.runtime.ports import Host
from transports.nostr.keys import Key
from transports.nostr.letters import Incoming, read
from transports.nostr.messages import MalformedError, SignedEvent
from transports.nostr.wraps import PLAIN, WRAP

KNOWN_MAX: Final = 50_000
"""How many ids are kept to recognise what another relay delivers again."""
HELD_MAX: Final = 10_000
"""How many stored events of a relay are sorted together."""
FUTURE_MAX: Final = 24 * 3600
"""How far ahead of our clock an event may be dated, in seconds."""

_log = logging.getLogger(__name__)


class Inbox:
    """Takes the relays' events, and queues each message once.

    What relays have stored comes newest first and, being dated at random, in no order: it is held
    back until a relay has given all of it (at the start: until each has, or `open_gate` is called),
    then queued by the authors' moments. What is new is queued as it arrives.
    """

    def __init__(
        self,
        key: Key,
        host: Host,
        urls: list[str],
        since: Callable[[str], int],
        horizon: Callable[[], int],
        is_bot: Callable[[str], bool],
    ) -> None:
        """Feed a host.

        Args:
            key: whose messages these are.
            host: takes the events.
            urls: the relays that the start waits for.
            since: from which moment on a relay is asked (seconds).
            horizon: below which order nothing may be delivered again (seconds).
            is_bot: whose messages are ignored.
        """
        self.all_stored = asyncio.Event()
        self._key = key
        self._host = host
        self._since = since
        self._horizon = horizon
        self._is_bot = is_bot
        self._awaited = set(urls)
        self._gate = False
        self._stopped = False
        self._held: dict[str, dict[str, Incoming]] = {url: {} for url in urls}
        """By relay, and by the id of the event that holds the message."""
        self._current: set[str] = set()
        self._busy: set[str] = set()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._order = asyncio.Lock()
        self._uncommitted: set[asyncio.Future[None]] = set()

    @property
    def current(self) -> list[str]:
        """Relays of which everything up to now has been taken."""
        return sorted(self._current - self._busy)

    def filter(self, url: str) -> dict[str, object]:
        """Direct messages to the bot; wraps are dated back, for which `since` allows."""
        return {"kinds": [WRAP, PLAIN], "#p": [self._key.public], "since": self._since(url)}

    def began(self, url: str) -> None:
        """Hold back what a relay delivers."""
        self._current.discard(url)
        self._held.setdefault(url, {})

    async def received(self, url: str, event: SignedEvent) -> None:
        """Take an event, if it is a message to the bot that is not known yet.

        What is new here may be known from another relay that is still at what it has stored: it has
        arrived now, and what follows it here must not overtake it.
        """
        if self._stopped:
            return
        if event.id in self._known:
            if url not in self._held:
                await self._queue_now(url, self._taken_up(event.id))
            return
        try:
            message = self._read(event)
        except ValueError as error:
            # Anybody can send garbage: it is worth no more than this line.
            _log.debug("relay %s: dropped %s: %s", url, event.id, error)
            return
        self._know(event.id)
        known = message.id != event.id and not self._is_new(message.id)
        if url not in self._held:
            await self._queue_now(url, self._unwrapped(message.id) if known else [message])
            return
        if known:
            return
        self._held[url][event.id] = message
        if len(self._held[url]) >= HELD_MAX:
            held, self._held[url] = self._held[url], {}
            await self._queue(held.values())

    async def stored(self, url: str, *, complete: bool) -> None:
        """Queue what was held back; from now on a relay's events are new."""
        if self._gate:
            await self._queue(self._held.pop(url, {}).values())
        if complete:
            self._current.add(url)
            self._awaited.discard(url)
            if not self._awaited:
                self.all_stored.set()

    async def lost(self, url: str) -> None:
        """Queue what was held back: the rest may come much later."""
        self._current.discard(url)
        if self._gate:
            await self._queue(self._held.pop(url, {}).values())

    async def open_gate(self) -> None:
        """End the start: queue what all relays had stored, in one order."""
        self._gate = True
        held = [message for messages in self._held.values() for message in messages.values()]
        # The relays that are still at it go on holding back, each by itself.
        self._held = {url: {} for url in self._held if url not in self._current}
        await self._queue(held)

    async def settled(self) -> bool:
        """Wait until every event that was queued before is committed; false if the engine stops."""
        if waiting := set(self._uncommitted):
            await asyncio.wait(waiting)
        return not self._stopped

    def stop(self) -> None:
        """Take nothing any more."""
        self._stopped = True

    def _read(self, event: SignedEvent) -> Incoming:
        if event.created_at < self._horizon():
            raise MalformedError("older than what is remembered")
        if event.created_at > self._host.clock.now() // 1000 + FUTURE_MAX:
            raise MalformedError("dated far ahead")
        message = read(self._key, event)
        if self._is_bot(message.author):
            raise MalformedError("a message of another bot")
        return message

    def _is_new(self, id_: str) -> bool:
        if id_ in self._known:
            return False
        self._know(id_)
        return True

    def _know(self, id_: str) -> None:
        self._known[id_] = None
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def _taken_up(self, event: str) -> list[Incoming]:
        """The message of this event, if it is held back; it is no more."""
        return [held.pop(event) for held in self._held.values() if event in held]

    def _unwrapped(self, id_: str) -> list[Incoming]:
        """The same for a message that has come in another wrap, too."""
        wraps = [
            event
            for held in self._held.values()
            for event, message in held.items()
            if message.id == id_
        ]
        return [message for event in wraps for message in self._taken_up(event)]

    async def _queue_now(self, url: str, messages: list[Incoming]) -> None:
        """Queue what has arrived; until that is done the relay has delivered more than is safe."""
        self._busy.add(url)
        try:
            await self._queue(messages)
        finally:
            self._busy.discard(url)

    async def _queue(self, messages: Iterable[Incoming]) -> None:
        # Fair and first come, first served: relays that deliver at once do not mix their orders.
        async with self._order:
            for message in sorted(messages, key=lambda message: (message.at, message.id)):
                event = message.as_event(self._host.bot, self._host.clock.now())
                future = await self._host.accept(event)
                self._uncommitted.add(future)
                future.add_done_callback(self._committed)

    def _committed(self, future: "asyncio.Future[None]") -> None:
        self._uncommitted.discard(future)
        # A future that fails means that the engine stops; reading it here keeps the loop quiet.
        if future.cancelled() or future.exception() is not None:
            self._stopped = True
