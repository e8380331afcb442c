"""What goes wrong inside of a life: the point at which it dies, and a store that fails."""

import asyncio
import inspect
import os
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import StatechatError
from engine.runtime import dispatcher, invokes, outbox, sessions
from engine.stores import sqlite
from engine.stores.protocol import Record, Store
from transports.nostr.connection import Connection
from transports.nostr.cursor import Cursor
from transports.nostr.inbound import Inbox
from transports.nostr.relays import Relay
from transports.telegram.api import Api

OURS: Final = (
    "after-step-before-commit",
    "after-commit-before-send",
    "after-commit-before-ack",
    "after-send-before-mark",
)
"""The points that the engine names itself: `engine.runtime.points`."""
STORE: Final = (
    "before-load", "after-load", "before-commit", "in-transaction", "after-commit",
    "before-write", "after-write",
)  # fmt: skip
"""Around the store's calls; `write` is any that is no commit of records."""
ACTION: Final = ("before-action", "after-action")
TELEGRAM: Final = (
    "before-getUpdates", "after-getUpdates", "before-sendMessage", "after-sendMessage",
    "before-answerCallbackQuery",
)  # fmt: skip
"""Around calls of the Bot API. `before-getUpdates` is where the offset is about to be told."""
NOSTR: Final = (
    "before-receive", "before-publish", "after-publish", "before-ok", "before-cursor",
    "after-cursor",
)  # fmt: skip
"""Around what comes from and goes to relays; `after-publish` is before a relay has answered."""
_WRITES: Final = frozenset(
    {"remember", "forget", "keep_program", "set_aside", "discard", "put", "add", "remove"}
)


class Fuse:
    """Kills this process the `count`-th time that it comes by a point."""

    def __init__(self, point: str, count: int) -> None:
        self._point = point
        self._left = count

    def reach(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a call of the store fails, each from 0 to 1.

    Attributes:
        slow: it takes 5 to 60 ms longer.
        away: it is refused before anything is done.
        unwritten, written: its outcome is unknown, and it was not done, or was.
        raced: a commit loses its race for a record, as if another worker had won it.
    """

    slow: float = 0.0
    away: float = 0.0
    unwritten: float = 0.0
    written: float = 0.0
    raced: float = 0.0


class FaultyStore:
    """A store that fails as stores do, and passes the points of a fuse.

    Attributes:
        rates: how often it fails; never before the bot is ready, which would refuse to start.
    """

    def __init__(self, store: Store, seed: int, fuse: Fuse) -> None:
        self._store = store
        self.rates = Rates()
        self._random = random.Random(seed)
        self._fuse = fuse
        self.record_store = store.record_store

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of the store
        method = getattr(self._store, name)
        if name in {"open", "close", "scrub"} or not inspect.iscoroutinefunction(method):
            return method

        async def call(*given: Any) -> Any:  # noqa: ANN401 - as above
            return await self._call(method, *given, wrote=name in _WRITES)

        return call

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        self._fuse.reach("before-load")
        found: dict[str, Record] = await self._call(self._store.load, ids)
        self._fuse.reach("after-load")
        return found

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        self._fuse.reach("before-commit")
        kept = [record for record in records if not self._happens(self.rates.raced)]
        written = await self._call(self._store.commit, kept, wrote=True)
        self._fuse.reach("after-commit")
        won = dict(zip([record.session.id for record in kept], written, strict=True))
        return [won.get(record.session.id, False) for record in records]

    async def _call(
        self, method: Callable[..., Awaitable[Any]], *given: object, wrote: bool = False
    ) -> Any:  # noqa: ANN401 - what the method gives
        if self._happens(self.rates.slow):
            await asyncio.sleep(self._random.uniform(0.005, 0.06))
        if self._happens(self.rates.away):
            raise StatechatError("store:unreachable", "the harness has cut the connection")
        if wrote and self._happens(self.rates.unwritten):
            raise StatechatError("store:unknown", "the harness has lost the request")
        if wrote:
            self._fuse.reach("before-write")
        answer = await method(*given)
        if wrote:
            self._fuse.reach("after-write")
        if wrote and self._happens(self.rates.written):
            raise StatechatError("store:unknown", "the harness has lost the answer")
        return answer

    def _happens(self, rate: float) -> bool:
        return self._random.random() < rate


def wire(fuse: Fuse) -> None:
    """Let this process pass the fuse at every point; it is about to be killed, so for good."""
    for module in (dispatcher, outbox, sessions):
        _replace(module, "reach", fuse.reach)
    _wire_transactions(fuse)
    _wire_actions(fuse)
    _wire_telegram(fuse)
    _wire_nostr(fuse)


def _wire_transactions(fuse: Fuse) -> None:
    transact = vars(sqlite)["transact"]

    def fused(connection: Any, work: Any) -> Any:  # noqa: ANN401 - handed on
        def written(connection: Any) -> Any:  # noqa: ANN401 - as above
            result = work(connection)
            fuse.reach("in-transaction")
            return result

        return transact(connection, written)

    _replace(sqlite, "transact", fused)


def _wire_actions(fuse: Fuse) -> None:
    attempt = vars(invokes)["attempt"]

    async def fused(*given: Any) -> Any:  # noqa: ANN401 - handed on
        fuse.reach("before-action")
        result = await attempt(*given)
        fuse.reach("after-action")
        return result

    _replace(invokes, "attempt", fused)


def _wire_telegram(fuse: Fuse) -> None:
    call = vars(Api)["_call"]

    async def fused(self: Api, method: Any, seconds: int | None = None) -> Any:  # noqa: ANN401 - JSON
        fuse.reach(f"before-{method.__api_method__}")
        result = await call(self, method, seconds)
        fuse.reach(f"after-{method.__api_method__}")
        return result

    _replace(Api, "_call", fused)


def _wire_nostr(fuse: Fuse) -> None:
    publish, judge = vars(Connection)["publish"], vars(Relay)["judge"]
    received, advance = vars(Inbox)["received"], vars(Cursor)["advance"]

    async def fused_publish(self: Connection, event: Any) -> None:  # noqa: ANN401 - handed on
        fuse.reach("before-publish")
        await publish(self, event)
        fuse.reach("after-publish")

    def fused_judge(self: Relay, id_: str, reason: str, *, accepted: bool) -> None:
        fuse.reach("before-ok")
        judge(self, id_, reason, accepted=accepted)

    async def fused_received(self: Inbox, url: str, event: Any) -> None:  # noqa: ANN401 - handed on
        fuse.reach("before-receive")
        await received(self, url, event)

    async def fused_advance(self: Cursor, urls: Sequence[str], moment: int) -> None:
        fuse.reach("before-cursor")
        await advance(self, urls, moment)
        fuse.reach("after-cursor")

    _replace(Connection, "publish", fused_publish)
    _replace(Relay, "judge", fused_judge)
    _replace(Inbox, "received", fused_received)
    _replace(Cursor, "advance", fused_advance)


def _replace(holder: object, name: str, fused: object) -> None:
    setattr(holder, name, fused)
