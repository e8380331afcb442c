"""The relays of the bot: each is kept connected by itself; together they take what is published."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from random import SystemRandom
from typing import Final, TypeVar

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from engine.classes import dataclass
from engine.runtime.ports import Clock, PostponedError, RefusedError
from transports.nostr.connection import Connection, Filter
from transports.nostr.keys import Key
from transports.nostr.messages import SignedEvent
from transports.nostr.subscription import DELAY_FIRST, DELAY_MAX, Listener, follow

SOCKET_MAX: Final = 16 * 1024 * 1024
"""Largest frame, in bytes. One above it ends the connection, so anybody who could store one at a
relay would cut the bot off: this is far above what relays store."""
STABLE: Final = 30.0
"""A connection that lasted so long (seconds) is followed by the shortest delay again."""

_PERMANENT: Final = ("blocked", "invalid", "pow", "restricted", "auth-required")
Result = TypeVar("Result")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A relay's answer to an event. `final` is a refusal that will be the same next time."""

    accepted: bool
    final: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Pending:
    event: SignedEvent
    verdict: asyncio.Future[Verdict]


class Relay:
    """One relay. `patience` bounds each wait for its answer, in seconds."""

    def __init__(self, url: str, key: Key, clock: Clock, patience: float) -> None:
        self.url = url
        self.connected = asyncio.Event()
        self._key = key
        self._clock = clock
        self._patience = patience
        self._connection: Connection | None = None
        self._listener: Listener | None = None
        self._listening = asyncio.Event()
        self._pending: dict[str, _Pending] = {}

    def listen(self, listener: Listener) -> None:
        """Subscribe, now and after each reconnection."""
        self._listener = listener
        self._listening.set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        loop = asyncio.get_running_loop()
        # At random, so that many bots do not come back to a relay in step.
        first = SystemRandom().uniform(DELAY_FIRST / 2, DELAY_FIRST)
        delay = first
        while True:
            began = loop.time()
            try:
                async with connect(self.url, max_size=SOCKET_MAX, close_timeout=1) as socket:
                    _log.info("relay %s: connected", self.url)
                    await self._serve(
                        Connection(socket, self.url, self._key, self._clock.now, self)
                    )
            except (OSError, WebSocketException) as error:
                _log.warning("relay %s: %s", self.url, str(error) or type(error).__name__)
            except Exception:  # noqa: BLE001 - a relay stays connected whatever happens
                _log.exception("relay %s: a fault of ours; connecting again", self.url)
            if loop.time() - began > STABLE:
                delay = first
            await self._clock.sleep(int(delay * 1000))
            delay = min(2 * delay, DELAY_MAX)

    async def publish(self, event: SignedEvent) -> Verdict:
        """Publish and wait for the answer; repeated by itself after AUTH and reconnection."""
        pending = _Pending(event, asyncio.get_running_loop().create_future())
        self._pending[event.id] = pending
        try:
            async with asyncio.timeout(self._patience):
                if self._connection is not None:
                    await self._connection.publish(event)
                return await pending.verdict
        except TimeoutError:
            return Verdict(accepted=False, reason=f"no answer from {self.url}")
        finally:
            if self._pending.get(event.id) is pending:
                del self._pending[event.id]

    async def fetch(self, filter_: Filter) -> list[SignedEvent]:
        """Genuine stored events of one page; none where the relay does not answer."""
        found: list[SignedEvent] = []

        async def keep(event: SignedEvent) -> None:
            if event.genuine:
                found.append(event)

        if (connection := self._connection) is not None:
            query = await connection.ask(filter_, keep)
            await asyncio.wait({query.done}, timeout=self._patience)
            await connection.drop(query)
        return found

    async def _serve(self, connection: Connection) -> None:
        self._connection = connection
        self.connected.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                subscription = tasks.create_task(self._subscribe(connection))
                await self.repeat()
                await connection.read()
                subscription.cancel()
        finally:
            self._connection = None
            self.connected.clear()
        if self._listener is not None:
            await self._listener.lost(self.url)

    async def _subscribe(self, connection: Connection) -> None:
        await self._listening.wait()
        assert self._listener is not None
        await follow(connection, self._listener, self._patience)

    async def repeat(self) -> None:
        """Publish again what waits for an answer."""
        if self._connection is not None:
            for pending in list(self._pending.values()):
                await self._connection.publish(pending.event)

    def judge(self, id_: str, reason: str, *, accepted: bool) -> None:
        """Take the relay's answer to an event."""
        pending = self._pending.get(id_)
        if pending is None or pending.verdict.done():
            return
        prefix = reason.partition(":")[0].strip().lower()
        if accepted or prefix == "duplicate":
            pending.verdict.set_result(Verdict(accepted=True))
        # Before an AUTH this is no answer yet: it is repeated after it.
        elif prefix != "auth-required" or (self._connection and self._connection.authenticated):
            final = prefix in _PERMANENT
            pending.verdict.set_result(Verdict(accepted=False, final=final, reason=reason[:200]))


class Relays:
    """Every relay of the bot, by its URL."""

    def __init__(self, urls: Sequence[str], key: Key, clock: Clock, patience: float) -> None:
        self._relays = [Relay(url, key, clock, patience) for url in urls]
        self._patience = patience
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def connected(self) -> bool:
        """Whether one of them is."""
        return any(relay.connected.is_set() for relay in self._relays)

    async def open(self) -> bool:
        """Begin to connect; whether one relay was reached in time."""
        for relay in self._relays:
            self._start(relay.run())
        reached = [asyncio.create_task(relay.connected.wait()) for relay in self._relays]
        done, late = await asyncio.wait(
            reached, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED
        )
        for task in late:
            task.cancel()
        return bool(done)

    def listen(self, listener: Listener) -> None:
        for relay in self._relays:
            relay.listen(listener)

    async def publish(self, event: SignedEvent) -> None:
        """Publish to every relay and return when the first has taken it.

        Raises:
            RefusedError: every relay has refused it for good.
            PostponedError: it may be taken later.
        """
        if not self.connected:
            raise PostponedError("no relay is connected")
        waiting = {self._start(relay.publish(event)) for relay in self._relays}
        verdicts: list[Verdict] = []
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            verdicts += [task.result() for task in done]
            if any(verdict.accepted for verdict in verdicts):
                return
        reasons = "; ".join(verdict.reason for verdict in verdicts)
        if all(verdict.final for verdict in verdicts):
            raise RefusedError(reasons)
        raise PostponedError(reasons)

    async def fetch(self, filter_: Filter) -> list[SignedEvent]:
        """Genuine stored events of one page of each relay."""
        pages = await asyncio.gather(*(relay.fetch(filter_) for relay in self._relays))
        return [event for page in pages for event in page]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[object, object, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
