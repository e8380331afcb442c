"""One open connection to a relay: requests, answers, AUTH.

Source: NIP-01 (messages), NIP-42 (AUTH). A relay is not trusted: nothing that it sends ends the
reading, and what it says about events is checked by whoever asked for them.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from engine.classes import dataclass
from transports.nostr.keys import Key
from transports.nostr.messages import MalformedError, SignedEvent, Unsigned, read_frame, read_signed

AUTH_KIND: Final = 22_242

_EVENT = re.compile(r'\s*\[\s*"EVENT"\s*,\s*"([^"\\]{1,64})"')
_CREATED = re.compile(r'"created_at"\s*:\s*(\d{1,16})')
_log = logging.getLogger(__name__)

Filter: TypeAlias = Mapping[str, object]
Sink: TypeAlias = Callable[[SignedEvent], Awaitable[None]]


class Publisher(Protocol):
    """Who has published, and learns what became of it."""

    def judge(self, id_: str, reason: str, *, accepted: bool) -> None:
        """Take the relay's OK for an event."""
        ...

    async def repeat(self) -> None:
        """Publish again what has not been answered: an AUTH was accepted."""
        ...


@dataclass(slots=True, eq=False)
class Query:
    """A request: `done` is true when the stored events have come, false when it was refused.

    Attributes:
        oldest: `created_at` of the oldest stored event, unreadable ones included (seconds).
        closed: the relay has ended it; nothing more comes.
    """

    name: str
    sink: Sink
    done: asyncio.Future[bool]
    oldest: int | None = None
    closed: bool = False


class Connection:
    """Requests by their names, until the socket closes.

    `changed` is set when the relay has ended a request, or has accepted an AUTH (`authenticated`):
    then what it refused is worth repeating.
    """

    def __init__(
        self,
        socket: ClientConnection,
        url: str,
        key: Key,
        now: Callable[[], int],
        publisher: Publisher,
    ) -> None:
        """Use an open socket.

        Args:
            socket: to read from; nobody else may.
            url: as the relay knows itself, for AUTH.
            key: the one to authenticate with.
            now: milliseconds since 1970 UTC.
            publisher: is told of each OK and each AUTH.
        """
        self.url = url
        self.changed = asyncio.Event()
        self.authenticated = False
        self._socket = socket
        self._key = key
        self._now = now
        self._publisher = publisher
        self._queries: dict[str, Query] = {}
        self._serial = 0
        self._auth = ""

    async def ask(self, filter_: Filter, sink: Sink) -> Query:
        """Ask for events; each goes to `sink`, in the order in which they come."""
        self._serial += 1
        name = f"q{self._serial}"
        query = Query(name, sink, asyncio.get_running_loop().create_future())
        self._queries[name] = query
        await self.send("REQ", name, filter_)
        return query

    async def drop(self, query: Query) -> None:
        """End a request."""
        if self._queries.pop(query.name, None) and not query.closed:
            await self.send("CLOSE", query.name)

    async def publish(self, event: SignedEvent) -> None:
        await self.send("EVENT", event.as_dict())

    async def send(self, *frame: object) -> None:
        """Send a message; one that the connection is too late for is lost, as on the way."""
        try:
            await self._socket.send(json.dumps(frame, separators=(",", ":"), ensure_ascii=False))
        except ConnectionClosed:
            _log.debug("relay %s: closed before %s", self.url, frame[0])

    async def read(self) -> None:
        """Handle what comes until the connection closes."""
        try:
            async for text in self._socket:
                if isinstance(text, str):
                    await self._handle(text)
        except ConnectionClosed as closed:
            _log.info("relay %s: %s", self.url, closed)
        finally:
            for query in self._queries.values():
                self._end(query, answered=False)

    async def _handle(self, text: str) -> None:
        try:
            if head := _EVENT.match(text):
                await self._on_event(head[1], text)
                return
            match read_frame(text):
                case ["EOSE", str(name)]:
                    if query := self._queries.get(name):
                        self._end(query, answered=True)
                case ["CLOSED", str(name), *reason]:
                    self._on_closed(name, reason)
                case ["OK", str(id_), bool(accepted), *reason]:
                    await self._on_ok(id_, str(reason[0]) if reason else "", accepted=accepted)
                case ["AUTH", str(challenge)]:
                    await self._authenticate(challenge)
                case ["NOTICE", str(notice), *_]:
                    _log.info("relay %s says: %.200r", self.url, notice)
                case [kind, *_]:
                    _log.debug("relay %s: unknown message %.20r", self.url, kind)
        except MalformedError as error:
            _log.debug("relay %s: dropped a message: %s", self.url, error)

    async def _on_event(self, name: str, text: str) -> None:
        query = self._queries.get(name)
        if query is None:
            return
        # Also of an event that is dropped: or a page of garbage would hide what is older.
        if not query.done.done() and (created := _CREATED.search(text)):
            moment = int(created[1])
            query.oldest = moment if query.oldest is None else min(query.oldest, moment)
        match read_frame(text):
            case [_, _, raw]:
                await query.sink(read_signed(raw))
            case _:
                raise MalformedError("no event in EVENT")

    def _on_closed(self, name: str, reason: list[Any]) -> None:
        query = self._queries.get(name)
        if query is not None:
            _log.info("relay %s ended a request: %.200r", self.url, reason)
            query.closed = True
            self._end(query, answered=False)
            self.changed.set()

    async def _on_ok(self, id_: str, reason: str, *, accepted: bool) -> None:
        if id_ != self._auth:
            self._publisher.judge(id_, reason, accepted=accepted)
        elif accepted:
            self.authenticated = True
            self.changed.set()
            await self._publisher.repeat()
        else:
            _log.warning("relay %s refused AUTH: %.200r", self.url, reason)

    async def _authenticate(self, challenge: str) -> None:
        tags = (("relay", self.url), ("challenge", challenge))
        unsigned = Unsigned(self._key.public, self._now() // 1000, AUTH_KIND, tags, "")
        event = unsigned.signed(self._key)
        self._auth = event.id
        await self.send("AUTH", event.as_dict())

    @staticmethod
    def _end(query: Query, *, answered: bool) -> None:
        if not query.done.done():
            query.done.set_result(answered)
