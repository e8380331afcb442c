"""Mistakes that are seeded into the runtime, to see that the judge finds each of them.

They are patched into the process of a life; nothing of the engine knows of them.
"""

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from unittest import mock

from engine.errors import StatechatError
from engine.runtime.bus import MemoryBus
from engine.runtime.dispatcher import Dispatcher
from engine.runtime.host import EngineHost
from engine.runtime.outbox import Outbox
from engine.runtime.records.database import Database
from engine.stores.batch import Batched

Wrap = Callable[[Any], Any]


def _acknowledged_at_once(accept: Any) -> Any:  # noqa: ANN401 - any method of the engine
    async def accepted(self: EngineHost, event: Any) -> Any:  # noqa: ANN401 - as above
        real = await accept(self, event)
        done = real.get_loop().create_future()
        done.set_result(None)
        return done

    return accepted


def _never_seen(_: Any) -> Any:  # noqa: ANN401 - as above
    async def with_seen(_self: Dispatcher, record: Any, _event: Any) -> Any:  # noqa: ANN401 - as above
        return record

    return with_seen


def _marked_first(send: Any) -> Any:  # noqa: ANN401 - as above
    async def marked(self: Outbox, record: Any, item: Any) -> Any:  # noqa: ANN401 - as above
        sessions = vars(self)["_worker"].sessions
        sessions.mark(record.session.id, record.session.incarnation, item.id)
        await sessions.flush()
        return await send(self, record, item)

    return marked


def _dropped_on_error(send: Any) -> Any:  # noqa: ANN401 - as above
    async def dropped(self: Outbox, record: Any, item: Any) -> int:  # noqa: ANN401 - as above
        if await send(self, record, item) != 0:
            sessions = vars(self)["_worker"].sessions
            sessions.mark(record.session.id, record.session.incarnation, item.id)
        return 0

    return dropped


def _timer_kept(steps: Any) -> Any:  # noqa: ANN401 - as above
    async def kept(self: Dispatcher, session: Any, event: Any, *more: Any) -> Any:  # noqa: ANN401 - as above
        after, effects, entries = await steps(self, session, event, *more)
        left = [timer for timer in session.timers if timer.id == event.timer]
        return replace(after, timers=(*after.timers, *left)), effects, entries

    return kept


def _out_of_order(publish: Any) -> Any:  # noqa: ANN401 - as above
    async def published(self: MemoryBus, event: Any) -> Any:  # noqa: ANN401 - as above
        future = await publish(self, event)
        line = vars(self)["_lines"].get(event.owner)
        if line is not None and len(line.queue) > 2:
            line.queue[-1], line.queue[-2] = line.queue[-2], line.queue[-1]
        return future

    return published


def _unknown_is_written(commit: Any) -> Any:  # noqa: ANN401 - as above
    async def trusting(self: Batched, records: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return await commit(self, records)
        except StatechatError as error:
            if error.code != "store:unknown":
                raise
            return [True] * len(records)

    return trusting


def _lost_is_won(commit: Any) -> Any:  # noqa: ANN401 - as above
    async def winning(self: Batched, records: Any) -> Any:  # noqa: ANN401 - as above
        return [True] * len(await commit(self, records))

    return winning


def _new_key(bound: Any) -> Any:  # noqa: ANN401 - as above
    def rekeyed(self: Database, holder: Any, _key: str) -> Any:  # noqa: ANN401 - as above
        return bound(self, holder, secrets.token_hex(8))

    return rekeyed


MUTANTS: Final[Mapping[str, tuple[type, str, Wrap]]] = {
    "acknowledge before commit": (EngineHost, "accept", _acknowledged_at_once),
    "`seen` unwritten": (Dispatcher, "_with_seen", _never_seen),
    "mark before send": (Outbox, "_send", _marked_first),
    "outbox item dropped on error": (Outbox, "_send", _dropped_on_error),
    "timer kept after firing": (Dispatcher, "_steps", _timer_kept),
    "order by arrival broken": (MemoryBus, "publish", _out_of_order),
    "unknown outcome trusted": (Batched, "commit", _unknown_is_written),
    "lost race trusted": (Batched, "commit", _lost_is_won),
    "action repeated with another key": (Database, "bound", _new_key),
}
"""By name: whose method is replaced, and how."""


@contextlib.contextmanager
def seeded(name: str) -> Iterator[None]:
    """The runtime with the mistake of this name; none where it is empty."""
    if not name:
        yield
        return
    owner, method, wrap = MUTANTS[name]
    with mock.patch.object(owner, method, wrap(vars(owner)[method])):
        yield
