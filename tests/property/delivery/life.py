"""One process of the bot: the real engine between the world and the store, until it is killed."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from contextvars import ContextVar
from typing import Any

from engine.core.events import Event
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.outage import is_outage
from engine.runtime.release import Release
from engine.stores.batch import Batched
from tests.property.delivery.homes import Home
from tests.property.delivery.line import Line
from tests.property.delivery.script import PROGRAM, step
from tests.property.delivery.trouble import Gate, Trouble
from tests.property.delivery.virtual import VirtualClock, VirtualLoop
from tests.property.delivery.world import World

_LIFE: ContextVar["Life | None"] = ContextVar("_LIFE", default=None)
DRAIN = 4_000


def owned_task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Any],
    **options: Any,  # noqa: ANN401 - as asyncio has it
) -> "asyncio.Task[Any]":
    """A task that is known to the process that began it: it dies with that."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    life = _LIFE.get()
    if life is not None:
        life.tasks.add(task)
        task.add_done_callback(life.tasks.discard)
    return task


class Life:
    """A process, from its start to its end.

    Attributes:
        killed: it died at a boundary; nothing that it still does reaches anybody.
        gone: it was buried, whatever it ended of.
        countdown: boundaries that it passes before it is killed; none where it lives on.
    """

    def __init__(
        self, loop: VirtualLoop, world: World, home: Home, trouble: Trouble, *, sole: bool
    ) -> None:
        self._loop = loop
        self.world = world
        self.clock = VirtualClock(loop)
        self.tasks: set[asyncio.Task[Any]] = set()
        self.killed = False
        self.gone = False
        self.countdown: int | None = None
        self.passed: Counter[str] = Counter()
        self.fellows: Callable[[], Iterable[Life]] = lambda: (self,)
        self.stop = asyncio.Event()
        self.ready = asyncio.Event()
        self._sole = sole
        self._store = Batched(Gate(self, home, trouble))  # type: ignore[arg-type]  # any call
        self.line: Line
        self.task: asyncio.Task[None]

    def begin(self, backlog: list[Event]) -> None:
        token = _LIFE.set(self)
        self.line = Line(self, backlog)
        app = App(
            Release(PROGRAM, step, Actions()), self._store, [self.line], clock=self.clock,
            sole=self._sole, drain=DRAIN,
        )  # fmt: skip
        self.task = self._loop.create_task(app.run(self.stop, self.ready.set))
        _LIFE.reset(token)

    def reach(self, point: str) -> None:
        """Pass a boundary, or die there: who is dead gets no further at any of them."""
        if self.countdown == 0:
            self.killed = True
        if self.killed or self.gone:
            raise asyncio.CancelledError
        self.passed[point] += 1
        if self.countdown is not None:
            self.countdown -= 1

    def horizon(self) -> int:
        """Below this the source delivers nothing again, and nothing of it is on its way."""
        orders = [
            order
            for life in self.fellows()
            for order, count in life.line.under_way.items()
            if count > 0
        ]
        held = [event.order for life in self.fellows() for event in life.line.held()]
        return min([self.world.offset, *orders, *held])

    @property
    def ended(self) -> bool:
        return self.killed or self.task.done()

    async def bury(self) -> None:
        """Take away what is left of a process, or of one that ended by itself."""
        if not self.killed:
            self._told_why()
        self.gone = True
        for _ in range(50):
            for task in list(self.tasks):
                task.cancel()
            await self._loop.rest()
            if not self.tasks:
                break
        assert not self.tasks, f"it does not die: {self.tasks}"
        if not self.task.cancelled():
            self.task.exception()

    def _told_why(self) -> None:
        """A process may give up before it is ready; later it lives through everything."""
        error = None if self.task.cancelled() else self.task.exception()
        if error is not None and (self.ready.is_set() or not is_outage(error)):
            raise AssertionError("the engine died") from error
        assert self.stop.is_set() or error is not None or not self.ready.is_set()
