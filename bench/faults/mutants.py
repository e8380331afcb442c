"""Mistakes that are seeded into the runtime, to see that the judge finds each of them.

They are patched into the process of a life; nothing of the engine knows of them. Each has a kind
of fault as which it has to be found, and the points at which a death shows it soonest.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest import mock

from bench.faults.faults import FaultyStore
from bench.faults.verdict import Kind
from engine.errors import StatechatError
from engine.runtime import caution, dispatcher, outbox
from engine.runtime.bus import MemoryBus
from engine.runtime.claims import Claims
from engine.runtime.dispatcher import Dispatcher
from engine.runtime.host import EngineHost
from engine.runtime.outbox import Outbox
from engine.runtime.records.database import Database
from engine.runtime.scheduler import Scheduler
from engine.runtime.sessions import Sessions
from engine.stores.batch import Batched

Wrap = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake.

    Attributes:
        owner, name: whose method, or which name of a module, is replaced.
        wrap: makes the mistaken one of the right one.
        kinds: it has to be found as one of these; anything else does not count.
        points: where to kill; empty: at all of them.
        bot: which one shows it; empty: each.
        of_two: it takes two workers that share a store.
    """

    owner: object
    name: str
    wrap: Wrap
    kinds: frozenset[Kind]
    points: tuple[str, ...] = ()
    bot: str = ""
    of_two: bool = False


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
        outcome = await steps(self, session, event, *more)
        left = [timer for timer in session.timers if timer.id == event.timer]
        after = replace(outcome.session, timers=(*outcome.session.timers, *left))
        return replace(outcome, session=after)

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


def _written_over(commit: Any) -> Any:  # noqa: ANN401 - as above
    async def forced(self: Batched, records: Any) -> Any:  # noqa: ANN401 - as above
        won = await commit(self, records)
        for record in [one for one, written in zip(records, won, strict=True) if not written]:
            stored = (await self.load([record.session.id])).get(record.session.id)
            rev = stored.session.rev + 1 if stored else 1
            await commit(self, [replace(record, session=replace(record.session, rev=rev))])
        return [True] * len(won)

    return forced


def _new_key(bound: Any) -> Any:  # noqa: ANN401 - as above
    def rekeyed(self: Database, holder: Any, _key: str) -> Any:  # noqa: ANN401 - as above
        return bound(self, holder, secrets.token_hex(8))

    return rekeyed


def _answers_before_it_writes(_: Any) -> Any:  # noqa: ANN401 - as above
    writing: set[asyncio.Task[Any]] = set()

    async def promised(self: Batched, records: Any) -> Any:  # noqa: ANN401 - as above
        async def later() -> None:
            await asyncio.sleep(0.02)
            await vars(self)["_commits"].ask(records)

        task = asyncio.create_task(later())
        writing.add(task)
        task.add_done_callback(writing.discard)
        return [True] * len(records)

    return promised


def _outbox_written_apart(commit: Any) -> Any:  # noqa: ANN401 - as above
    async def in_two(self: FaultyStore, records: Any) -> Any:  # noqa: ANN401 - as above
        done = await commit(self, [replace(record, outbox=()) for record in records])
        later = [
            replace(record, session=replace(record.session, rev=record.session.rev + 1))
            for record, written in zip(records, done, strict=True)
            if written and record.outbox
        ]
        if later:
            await commit(self, later)
        return done

    return in_two


def _only_what_it_remembers(serves: Any) -> Any:  # noqa: ANN401 - as above
    def remembers(self: Any, owner: str) -> bool:  # noqa: ANN401 - as above
        known: Sessions = vars(self)["_worker"].sessions
        return bool(serves(self, owner)) and known.recent(owner) is not None

    return remembers


def _passed_over(_: Any) -> Any:  # noqa: ANN401 - as above
    def none(*_given: Any) -> Any:  # noqa: ANN401 - as above
        return iter(())

    return none


def _sent_twice(send: Any) -> Any:  # noqa: ANN401 - as above
    async def twice(self: Outbox, record: Any, item: Any) -> Any:  # noqa: ANN401 - as above
        await send(self, record, item)
        return await send(self, record, item)

    return twice


def _mark_not_waited_for(settled: Any) -> Any:  # noqa: ANN401 - as above
    async def hasty(self: Sessions, owner: str) -> bool:
        await asyncio.sleep(0)
        return bool(await settled(self, owner)) if not owner else False

    return hasty


def _last_first(_: Any) -> Any:  # noqa: ANN401 - as above
    def last(record: Any, chat: str) -> Any:  # noqa: ANN401 - as above
        items = [
            item for item in (record.outbox if record else ())
            if getattr(item.effect, "message", None) and item.effect.chat == chat
        ]  # fmt: skip
        return items[-1] if items else None

    return last


def _one(_: Any) -> Any:  # noqa: ANN401 - as above
    return 1


BEFORE_COMMIT: Final = ("before-load", "after-step-before-commit", "before-commit")
AFTER_COMMIT: Final = ("after-commit", "after-commit-before-ack", "after-commit-before-send")
LOST: Final[frozenset[Kind]] = frozenset({"event lost"})
TWICE: Final[frozenset[Kind]] = frozenset({"applied twice"})
TIMER: Final[frozenset[Kind]] = frozenset({"timer lost or doubled"})
ORDER: Final[frozenset[Kind]] = frozenset({"order broken"})
UNSENT: Final[frozenset[Kind]] = frozenset({"message lost"})
REPEATED: Final[frozenset[Kind]] = frozenset({"message doubled"})

MUTANTS: Final[Mapping[str, Mutant]] = {
    "acknowledge before commit":
        Mutant(EngineHost, "accept", _acknowledged_at_once, LOST, BEFORE_COMMIT),
    "answer before it is written":
        Mutant(Batched, "commit", _answers_before_it_writes, LOST, BEFORE_COMMIT),
    "`seen` unwritten":
        Mutant(Dispatcher, "_with_seen", _never_seen, TWICE, AFTER_COMMIT),
    "mark before send":
        Mutant(Outbox, "_send", _marked_first, UNSENT, ("before-sendMessage",)),
    "outbox item dropped on error":
        Mutant(Outbox, "_send", _dropped_on_error, UNSENT),
    "outbox written apart":
        Mutant(FaultyStore, "commit", _outbox_written_apart, UNSENT, ("after-write",)),
    "mark not waited for":
        Mutant(Sessions, "settled", _mark_not_waited_for, REPEATED | ORDER,
               ("after-send-before-mark", "after-sendMessage")),
    "message sent twice":
        Mutant(Outbox, "_send", _sent_twice, REPEATED),
    "messages out of order":
        Mutant(outbox, "_first", _last_first, ORDER),
    "timer kept after firing":
        Mutant(Dispatcher, "_steps", _timer_kept, TIMER),
    "timer forgotten by a restart":
        Mutant(Scheduler, "_serves", _only_what_it_remembers, TIMER),
    "timer passed over by an answer":
        Mutant(dispatcher, "due_timers", _passed_over, TIMER, BEFORE_COMMIT),
    "event set aside at the first death":
        Mutant(caution, "DEATHS_MAX", _one, LOST, BEFORE_COMMIT),
    "order by arrival broken":
        Mutant(MemoryBus, "publish", _out_of_order, ORDER, bot="registration"),
    "unknown outcome trusted":
        Mutant(Batched, "commit", _unknown_is_written, LOST),
    "lost race trusted":
        Mutant(Batched, "commit", _lost_is_won, LOST),
    "stale cache trusted":
        Mutant(Batched, "commit", _written_over, LOST | TIMER | TWICE | REPEATED | UNSENT,
               of_two=True),
    "action repeated with another key":
        Mutant(Database, "bound", _new_key, TWICE, ("after-action",), bot="order"),
    "action forgotten by a restart":
        Mutant(Claims, "_serves", _only_what_it_remembers, LOST | UNSENT, ("before-action",)),
}  # fmt: skip
"""By name."""


@contextlib.contextmanager
def seeded(name: str) -> Iterator[None]:
    """The runtime with the mistake of this name; none where it is empty."""
    if not name:
        yield
        return
    mutant = MUTANTS[name]
    right = vars(mutant.owner)[mutant.name]
    with mock.patch.object(mutant.owner, mutant.name, mutant.wrap(right)):
        yield
