"""A step, a store, a transport and a clock that the tests of the shell can look into."""

import asyncio
import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from engine.core.access import Access
from engine.core.collections import Collection, Field
from engine.core.effects import Drop, Effect, Invoke, Message, Send
from engine.core.events import Event, read_text
from engine.core.inputs import Variable
from engine.core.outcome import Outcome
from engine.core.services import Services
from engine.core.session import Session, Timer
from engine.core.triggers import TimedTrigger
from engine.core.values import Value
from engine.errors import StatechatError
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.broadcasts import Concerns, nobody
from engine.runtime.clock import SystemClock
from engine.runtime.delays import LateText, silent
from engine.runtime.meter import Meter
from engine.runtime.outage import Outage
from engine.runtime.ports import Clock, Delivery, Host, PostponedError
from engine.runtime.release import Release
from engine.runtime.sessions import Sessions
from engine.runtime.worker import Worker
from engine.stores.document import encode
from engine.stores.inbox.protocol import InboxStore, Line, Waiting
from engine.stores.protocol import Dead, Record, Store
from engine.stores.records.memory import MemoryRecords
from engine.stores.records.protocol import RecordStore

OWNER = "demo/fake:ann"
NOW = 1_800_000_000_000
START: Mapping[str, Value] = {}
COLLECTIONS = {
    name: Collection(name, {"n": Field(Variable("n", "int"))}) for name in ("things", "calls")
}


@dataclass(frozen=True, slots=True)
class Program:
    bot: str = "demo"
    languages: tuple[str, ...] = ("en",)
    commands: tuple[tuple[str, str], ...] = ()
    access: Access = field(default_factory=Access)
    timed: Mapping[str, TimedTrigger] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    services: Services = field(default_factory=lambda: Services(COLLECTIONS))

    def hears_in(self, _session: str) -> bool:
        return False


def said(number: int, text: str, owner: str = OWNER, at: int = NOW, chat: str = "c") -> Event:
    """What a person writes, as update `number` of the source."""
    name, text, args = read_text(text)
    return Event(f"fake:{number}", name, owner, chat, at, order=number, text=text, args=args)


def step(  # noqa: C901, PLR0912 - a script, one branch a word
    session: Session, event: Event, now: int
) -> Outcome:
    """A scripted flow, which notes what it applied in `user.log`.

    `boom` breaks the step, `wait <ms>` arms a timer, `do <action> <pause>` invokes an action that
    is tried three times, `leave <id>` leaves an invoke, `say <n>` sends n messages; other texts
    are echoed. `fail` as the key of a timer breaks the step.
    """
    steps = session.steps + 1
    log = session.user.get("log", ())
    assert isinstance(log, Sequence)
    effects: list[Effect] = []
    timers = session.timers
    note = event.text or event.name

    def send(text: str) -> None:
        effects.append(Send(f"{steps}.{len(effects) + 1}", event.chat, Message(text)))

    words = (event.text or "").split()
    match words:
        case ["boom"]:
            raise LookupError("a bug")
        case ["wait", pause, *name]:
            due = now + int(pause)
            timers = (*timers, Timer(f"{steps}.9", due, event.chat, 1, "".join(name) or "tick"))
        case ["do", action, *pause]:
            key = f"{session.id}#{session.incarnation}:{steps}.8"
            at = now + int("".join(pause) or 0)
            args = {"n": 1}
            effects.append(Invoke(f"{steps}.8", event.chat, action, args, key, 2_000, at, 1))
        case ["leave", id_]:
            effects.append(Drop(id_))
        case ["say", count]:
            for number in range(int(count)):
                send(str(number))
        case [_, *_]:
            send(f"echo {event.text}")
        case []:
            pass
    if event.timer is not None:
        (timer,) = [timer for timer in timers if timer.id == event.timer]
        if timer.key == "fail":
            raise LookupError("a bug in a timer")
        note = f"timer {timer.key}"
        timers = tuple(kept for kept in timers if kept is not timer)
        send(note)
    if event.result is not None:
        result = event.result
        note = f"result {result.failure.code if result.failure else result.value}"
        if result.failure and result.failure.transient and result.attempt < 3:
            key = f"{session.id}#{session.incarnation}:{result.invoke}"
            args = {"n": 1}
            effects.append(
                Invoke(
                    result.invoke, event.chat, "flaky", args, key, 2_000, now, result.attempt + 1
                )
            )
        else:
            effects.append(Drop(result.invoke))
            send(note)
    return Outcome(
        replace(session, steps=steps, user={"log": [*log, note]}, timers=timers), tuple(effects)
    )


def log_of(record: Record | None) -> list[Value]:
    log = record.session.user.get("log", ()) if record else ()
    assert isinstance(log, Sequence)
    return list(log)


class FakeClock:
    """Time that passes only by `advance`; sleepers wake in order."""

    def __init__(self, now: int = NOW) -> None:
        self._now = now
        self._skew = 0
        self._number = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now(self) -> int:
        return self._now + self._skew

    def jump(self, milliseconds: int) -> None:
        """Set the clock to another time, as an administrator does: who sleeps does not notice."""
        self._skew += milliseconds

    async def sleep(self, milliseconds: int) -> None:
        future = asyncio.get_running_loop().create_future()
        entry = (self._now + milliseconds, next(self._number), future)
        heapq.heappush(self._sleepers, entry)
        await future

    async def advance(self, milliseconds: int) -> None:
        """Let time pass, and everyone who wakes do what he wants to do meanwhile."""
        end = self._now + milliseconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
                await settle()
        self._now = end
        await settle()


async def settle() -> None:
    """Let every task run until all of them wait; enough turns for the longest chain of them."""
    for _ in range(60):
        await asyncio.sleep(0)


class MemoryInbox:
    """The inbox of a store in memory; every call first makes the `trip` to it."""

    def __init__(self, trip: Callable[[], Awaitable[None]]) -> None:
        self._trip = trip
        self.waiting: dict[tuple[str, str], Waiting] = {}

    async def put(self, events: Sequence[Waiting]) -> None:
        await self._trip()
        for one in events:
            self.waiting.setdefault((one.owner, one.id), one)

    async def first(self, owner: str, limit: int) -> list[Waiting]:
        await self._trip()
        return self._of(owner)[:limit]

    async def holds(self, owner: str, id_: str) -> bool:
        await self._trip()
        return (owner, id_) in self.waiting

    async def remove(self, owner: str, ids: Sequence[str]) -> None:
        await self._trip()
        for id_ in ids:
            self.waiting.pop((owner, id_), None)

    async def lines(self) -> dict[str, Line]:
        await self._trip()
        lines = {owner: self._of(owner) for owner in {owner for owner, _ in self.waiting}}
        return {owner: Line(len(line), line[-1].place) for owner, line in lines.items()}

    async def clear(self, owner: str) -> None:
        await self._trip()
        self.waiting = {key: one for key, one in self.waiting.items() if key[0] != owner}

    def _of(self, owner: str) -> list[Waiting]:
        found = [one for one in self.waiting.values() if one.owner == owner]
        return sorted(found, key=lambda one: one.place)


class MemoryStore:
    """A store in memory, which survives the apps of a test.

    Attributes:
        away: while set, every call fails as an unreachable database does.
        unknown: so many of the next commits are written, but report an unknown outcome.
        lost: so many of the next commits report an unknown outcome and are not written.
        commits: the size of each commit.
    """

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.ledgers: dict[tuple[str, str], int] = {}
        self.letters: dict[str, Dead] = {}
        self.kept: dict[str, dict[str, Value]] = {}
        self.documents: dict[tuple[str, str], dict[str, Value]] = {}
        self.record_store: RecordStore = MemoryRecords()
        self.inbox: InboxStore = MemoryInbox(self._trip)
        self.away = False
        self.unknown = 0
        self.lost = 0
        self.commits: list[int] = []
        self.loads = 0
        self.opened = 0

    async def _trip(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise StatechatError("store:unreachable", "nobody is there")

    async def open(self) -> None:
        await self._trip()
        self.opened += 1

    async def close(self) -> None:
        self.opened -= 1

    async def load(self, ids: Sequence[str]) -> dict[str, Record]:
        await self._trip()
        self.loads += 1
        return {id_: self.records[id_] for id_ in ids if id_ in self.records}

    async def owners(self, prefix: str, after: str, limit: int) -> list[str]:
        await self._trip()
        found = (id_ for id_ in self.records if id_.startswith(prefix) and id_ > after)
        return sorted(found)[:limit]

    async def raw(self, id_: str) -> tuple[int, str] | None:
        await self._trip()
        record = self.records.get(id_)
        return record and (record.session.rev, json.dumps(encode(record)))

    async def commit(self, records: Sequence[Record]) -> list[bool]:
        await self._trip()
        if self.lost:
            self.lost -= 1
            raise StatechatError("store:unknown", "no answer")
        self.commits.append(len(records))
        won = []
        for record in records:
            session = record.session
            assert not any(isinstance(value, set) for value in session.user.values())
            if session.user.get("log", [""])[-1:] == ["unstorable"]:  # type: ignore[index]  # the scripted step's
                raise StatechatError("store:value", "no value of JSON")
            old = self.records.get(session.id)
            won.append(session.rev == (old.session.rev if old else 0) + 1)
            if won[-1]:
                self.records[session.id] = record
        if self.unknown:
            self.unknown -= 1
            raise StatechatError("store:unknown", "no answer")
        await asyncio.sleep(0)
        return won

    async def due(self, now: int, limit: int) -> list[str]:
        await self._trip()
        found = [(r.wake_at, o) for o, r in self.records.items() if r.wake_at is not None]
        return [owner for at, owner in sorted(found) if at <= now][:limit]

    async def outgoing(self, now: int, limit: int) -> list[str]:
        await self._trip()
        found = [(r.out_at, o) for o, r in self.records.items() if r.out_at is not None]
        return [owner for at, owner in sorted(found) if at <= now][:limit]

    async def next_due(self) -> int | None:
        await self._trip()
        moments = [record.wake_at for record in self.records.values()]
        return min((at for at in moments if at is not None), default=None)

    async def next_outgoing(self) -> int | None:
        await self._trip()
        moments = [record.out_at for record in self.records.values()]
        return min((at for at in moments if at is not None), default=None)

    async def remember(self, owner: str, ids: Mapping[str, int]) -> None:
        await self._trip()
        self.ledgers |= {(owner, id_): order for id_, order in ids.items()}

    async def received(self, owner: str, id_: str) -> bool:
        await self._trip()
        return (owner, id_) in self.ledgers

    async def forget(self, source: str, below: int) -> None:
        await self._trip()
        self.ledgers = {
            key: order
            for key, order in self.ledgers.items()
            if order >= below or not key[1].startswith(f"{source}:")
        }

    async def ledger(self, owner: str) -> dict[str, int]:
        await self._trip()
        return {id_: order for (whose, id_), order in self.ledgers.items() if whose == owner}

    async def named(self, id_: str) -> dict[str, dict[str, Value]]:
        await self._trip()
        return {name: one for (name, each), one in self.documents.items() if each == id_}

    async def scrub(self) -> None:
        await self._trip()

    async def keep_program(self, hash_: str, source: Mapping[str, Value]) -> None:
        self.kept[hash_] = dict(source)

    async def programs(self) -> set[str]:
        return set(self.kept)

    async def versions(self) -> set[str]:
        await self._trip()
        chats = [chat for one in self.records.values() for chat in one.session.chats.values()]
        return {frame.hash for chat in chats for frame in chat.stack}

    async def program(self, hash_: str) -> dict[str, Value] | None:
        return self.kept.get(hash_)

    async def set_aside(self, dead: Dead) -> None:
        await self._trip()
        self.letters.setdefault(dead.id, dead)

    async def dead(self) -> list[Dead]:
        return list(self.letters.values())

    async def discard(self, id_: str, at: int) -> bool:
        await self._trip()
        found = self.letters.get(id_)
        return found is not None and found.at == at and bool(self.letters.pop(id_))

    async def get(self, collection: str, id_: str) -> dict[str, Value] | None:
        return self.documents.get((collection, id_))

    async def put(self, collection: str, id_: str, document: Mapping[str, Value]) -> None:
        self.documents[collection, id_] = dict(document)

    async def add(self, collection: str, id_: str, document: Mapping[str, Value]) -> bool:
        if (collection, id_) in self.documents:
            return False
        await self.put(collection, id_, document)
        return True

    async def remove(self, collection: str, id_: str) -> bool:
        return self.documents.pop((collection, id_), None) is not None

    async def all(self, collection: str) -> dict[str, dict[str, Value]]:
        return {
            id_: one for (name, id_), one in sorted(self.documents.items()) if name == collection
        }


Sender = Callable[[Delivery], Awaitable[None]]


class FakeTransport:
    """Feeds what the test says, and keeps what it is given to send.

    Attributes:
        sent: deliveries that went through, in order.
        errors: what the next sends of a chat raise instead.
        gates: sends of a chat wait for its gate, where there is one.
    """

    def __init__(self, name: str = "fake", *, caught_up: bool = True) -> None:
        self.name = name
        self.caught_up = asyncio.Event()
        if caught_up:
            self.caught_up.set()
        self.host: Host | None = None
        self.opened = asyncio.Event()
        self.backlog: list[Event] = []
        self.sent: list[Delivery] = []
        self.tried: list[Delivery] = []
        self.errors: dict[str, list[Exception]] = defaultdict(list)
        self.gates: dict[str, asyncio.Event] = {}
        self.confirmed = 0
        self.closed = False
        self.ends = False
        self.trouble: str | None = None

    @property
    def texts(self) -> list[str]:
        return [delivery.message.text for delivery in self.sent]

    async def open(self, host: Host) -> None:
        self.host = host
        self.opened.set()

    async def feed(self) -> None:
        for event in self.backlog:
            await self.accept(event)
        self.caught_up.set()
        if not self.ends:
            await asyncio.Event().wait()

    async def accept(self, event: Event) -> asyncio.Future[None]:
        assert self.host is not None
        return await self.host.accept(event)

    async def apply(self, *events: Event) -> None:
        """Feed events and wait until each is committed."""
        for future in [await self.accept(event) for event in events]:
            await future

    async def send(self, delivery: Delivery) -> None:
        self.tried.append(delivery)
        gate = self.gates.get(delivery.chat)
        if gate is not None:
            await gate.wait()
        await asyncio.sleep(0)
        if self.errors[delivery.chat]:
            raise self.errors[delivery.chat].pop(0)
        self.sent.append(delivery)

    def horizon(self, prefix: str) -> int:
        return self.confirmed

    async def close(self) -> None:
        self.closed = True


class Running:
    """An app under test. `kill` ends it as abruptly as the loop allows."""

    def __init__(
        self,
        store: Store,
        transport: FakeTransport,
        *,
        actions: Actions | None = None,
        clock: Clock | None = None,
        sole: bool = True,
        drain: int = 4_000,
        meter: Meter | None = None,
        timed: Mapping[str, TimedTrigger] | None = None,
        concerns: Concerns = nobody,
        late: LateText = silent,
    ) -> None:
        self.transport = transport
        self.clock = clock
        self.stop = asyncio.Event()
        program = Program(timed=timed or {})
        release = Release(program, step, actions or Actions(), concerns=concerns, late=late)
        self.app = App(
            release, store, [transport], clock=clock, sole=sole, drain=drain, meter=meter
        )
        self.ready = asyncio.Event()
        self.task = asyncio.create_task(self.app.run(self.stop, self.ready.set))

    async def started(self) -> "Running":
        waiting = asyncio.ensure_future(self.ready.wait())
        await asyncio.wait({self.task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.task.done():
            self.task.result()
        return self

    async def end(self) -> None:
        self.stop.set()
        await self.task

    async def kill(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@asynccontextmanager
async def running(
    store: Store,
    transport: FakeTransport,
    *,
    actions: Actions | None = None,
    clock: Clock | None = None,
    sole: bool = True,
    drain: int = 4_000,
) -> AsyncIterator[Running]:
    """An app that is ready, and is stopped in the end."""
    app = Running(store, transport, actions=actions, clock=clock, sole=sole, drain=drain)
    try:
        yield await app.started()
        await app.end()
    finally:
        await app.kill()


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - any condition, whoever changes it
            await asyncio.sleep(0.002)


def worker(
    store: Store, clock: Clock | None = None, *, sole: bool = True, id_: str = "w"
) -> Worker:
    clock = clock or SystemClock()
    outage = Outage(clock)
    sessions = Sessions(store, clock, outage, sole=sole)
    return Worker(id_, sole, frozenset({"fake"}), "en", store, sessions, clock, outage)


def postponed(milliseconds: int | None = None) -> PostponedError:
    return PostponedError("not now", milliseconds)
