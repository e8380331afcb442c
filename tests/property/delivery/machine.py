"""The rules: what persons, the clock, the store, the network and the operating system do."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any, ClassVar
from unittest import mock

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from engine.stores.protocol import Dead, Record
from tests.property.delivery.homes import Home, MemoryHome
from tests.property.delivery.life import DRAIN, Life, owned_task
from tests.property.delivery.model import Model
from tests.property.delivery.script import BOT, LINE
from tests.property.delivery.trouble import Kind, Trouble
from tests.property.delivery.virtual import VirtualLoop
from tests.property.delivery.world import Manner, World

PERSONS = tuple(f"{BOT}/{LINE}:{name}" for name in ("ann", "bob", "cy"))
EVENTS_MAX = 120
HEALED = 5_000
"""How long the end waits at a time (ms), and how often."""
ROUNDS = 80
milliseconds = st.sampled_from([1, 40, 200, 1_000, 5_000, 16_000, 31_000, 61_000])
turns = st.integers(0, 30)


class DeliveryMachine(RuleBasedStateMachine):
    """Persons and a bot, with everything that may go wrong in between."""

    home: ClassVar[Callable[[], Home]] = MemoryHome
    tally: ClassVar[Counter[str]] = Counter()
    """Where processes were killed, over all examples."""
    examples: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        DeliveryMachine.examples += 1
        self._stack = ExitStack()
        numbers = itertools.count(1)
        token = lambda size=8: f"{next(numbers):0{2 * size}x}"  # noqa: E731 - as of `secrets`
        self._stack.enter_context(mock.patch("secrets.token_hex", token))
        self._loop = VirtualLoop()
        self._loop.set_task_factory(owned_task)
        asyncio.set_event_loop(self._loop)
        self._store = type(self).home()
        self._world = World()
        self._model = Model(self._world)
        self._trouble = Trouble(self._touched, self._troubled)
        self._lives: list[Life] = []
        self._sole = True
        self._both = False
        self._failed = False

    def _touched(self, owner: str) -> None:
        self._model.touched[owner] += 1

    def _troubled(self, pause: int) -> None:
        self._world.troubled = max(self._world.troubled, self._loop.moment + pause)

    @initialize(sole=st.booleans(), both=st.booleans())
    def begin(self, *, sole: bool, both: bool) -> None:
        """One process that owns the store, or workers that share it; who of them hears what."""
        self._sole = sole or not self._store.shared
        self._both = both
        self._play(self._loop.rest())

    @rule(
        person=st.sampled_from(PERSONS),
        text=st.one_of(
            st.integers(0, 3).map(lambda count: f"say {count}"),
            milliseconds.map(lambda pause: f"wait {pause}"),
            st.just("boom 0"),
        ),
        turns=turns,
    )
    def say(self, person: str, text: str, turns: int) -> None:
        self._say(person, text)
        self._play(self._loop.turns(turns))

    @precondition(lambda self: len(self._world.events) < EVENTS_MAX)
    @rule(person=st.sampled_from(PERSONS), count=st.integers(18, 28))
    def flood(self, person: str, count: int) -> None:
        for number in range(count):
            self._say(person, f"say {number % 2}")
        self._play(self._loop.turns(1))

    def _say(self, person: str, text: str) -> None:
        said = self._world.write(person, text, self._loop.moment)
        self._model.said[person].append(said)
        for life in self._lives if self._both else self._lives[:1]:
            life.line.deliver([said])

    @rule(order=st.integers(1, EVENTS_MAX), worker=st.integers(0, 1), turns=turns)
    def deliver_again(self, order: int, worker: int, turns: int) -> None:
        """The source begins again at some event, or at the first that it still may."""
        worker = worker if self._both else 0  # only one of them asks such a source
        if worker < len(self._lives):
            self._lives[worker].line.deliver(self._world.from_(order))
        self._play(self._loop.turns(turns))

    @rule()
    def confirm(self) -> None:
        self._world.confirm()

    @rule(pause=milliseconds)
    def advance(self, pause: int) -> None:
        self._play(self._loop.advance(pause))

    @rule()
    def rest(self) -> None:
        self._play(self._loop.rest())

    @rule(
        kind=st.sampled_from(
            ["unreachable", "lost", "written", "slow-before", "slow-after", "race"]
        ),
        count=st.integers(1, 3),
        pause=milliseconds,
    )
    def store_fails(self, kind: Kind, count: int, pause: int) -> None:
        if kind == "race" and self._sole:
            return  # nobody else writes
        self._trouble.coming.extend([(kind, pause)] * count)

    @rule(away=st.booleans())
    def store_away(self, *, away: bool) -> None:
        self._trouble.away = away

    @rule(
        manner=st.sampled_from(["refuse", "late", "wait", "later", "break", "slow"]),
        pause=milliseconds,
    )
    def network_fails(self, manner: Manner, pause: int) -> None:
        self._world.manners.append((manner, pause))

    @rule(worker=st.integers(0, 1), after=st.integers(0, 40))
    def kill(self, worker: int, after: int) -> None:
        """At a boundary that it reaches soon, or at once."""
        if worker < len(self._lives):
            life = self._lives[worker]
            life.countdown = after
            life.killed = life.killed or after == 0
        self._play(self._loop.turns(0))

    @rule(worker=st.integers(0, 1))
    def stop(self, worker: int) -> None:
        """In good order, as a supervisor does: it does not wait for ever."""
        if worker < len(self._lives):
            life = self._lives[worker]
            life.stop.set()
            self._play(self._loop.advance(2 * DRAIN))

    @precondition(lambda self: not self._sole and len(self._lives) == 1)
    @rule()
    def join(self) -> None:
        """A second worker begins."""
        self._lives.append(self._born())
        self._play(self._loop.rest())

    def teardown(self) -> None:
        try:
            if not self._failed:
                self._play(self._heal())
                self._judge(end=True)
        finally:
            self._close()

    def _play(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something happen, bury the dead, let heirs begin, and look whether all is well."""
        try:
            if not self._lives:
                self._lives.append(self._born())
            self._loop.play(work)
            self._loop.play(self._replace_the_dead())
            self._judge()
        except BaseException:
            self._failed = True
            raise

    def _born(self) -> Life:
        life = Life(self._loop, self._world, self._store, self._trouble, sole=self._sole)
        life.fellows = lambda: [one for one in self._lives if not one.killed] or [life]
        backlog = self._world.from_(0) if self._both or not self._lives else []
        life.begin(backlog)
        return life

    async def _replace_the_dead(self) -> None:
        for life in [life for life in self._lives if life.ended]:
            if life.killed:
                self._model.kills += 1
                last = next(reversed(life.passed), "at once")
                self.tally[last] += 1
            if not self._sole:
                self._stored()
                self._model.overtaken |= {one for one, ids in self._world.stored.items() if ids}
            self._lives.remove(life)
            await life.bury()
            if not self._lives:
                self._store.reopen()
                self._lives.append(self._born())
            elif not self._both:
                # The source goes on with whoever is left, and begins at what it has not confirmed.
                self._lives[0].line.deliver(self._world.from_(0))
            await self._loop.turns(1)

    async def _heal(self) -> None:
        """Everything is well again; give the engine the time that it may need."""
        self._trouble.coming.clear()
        self._trouble.away = False
        self._world.manners.clear()
        for life in self._lives:
            life.countdown = None
        for _ in range(ROUNDS):
            await self._replace_the_dead()
            await self._loop.advance(HEALED)
            records, _ = self._stored()
            idle = all(not one.outbox and not one.session.timers for one in records.values())
            if (
                idle
                and not self._world.waiting_in_store()
                and self._world.safe >= {one.id for one in self._world.events}
            ):
                return

    def _judge(self, *, end: bool = False) -> None:
        records, letters = self._stored()
        (self._model.judge_end if end else self._model.judge)(records, letters)

    def _stored(self) -> tuple[dict[str, Record], list[Dead]]:
        """What is in the store, without any trouble."""
        records = self._store.look("", "load", list(PERSONS))
        for owner in PERSONS:
            waiting = self._store.look("inbox", "first", owner, EVENTS_MAX)
            self._world.stored[owner] = {one.id for one in waiting}
        return records, self._store.look("", "dead")

    def _close(self) -> None:
        try:
            for life in self._lives:
                life.killed = True
                self._loop.play(life.bury())
        finally:
            self._store.close()
            self._loop.close()
            asyncio.set_event_loop(None)
            self._stack.close()
