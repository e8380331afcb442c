"""The transport of this test: a line to the world, with every bad manner that a server can have."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from engine.core.events import Event
from engine.runtime.outbox import FAULTS_MAX
from engine.runtime.ports import Delivery, Host, PostponedError, RefusedError
from tests.property.delivery.script import LINE

if TYPE_CHECKING:
    from tests.property.delivery.life import Life


class Line:
    """One process's end of the line; `backlog` is what is delivered to it first."""

    name = LINE
    trouble: str | None = None

    def __init__(self, life: "Life", backlog: list[Event]) -> None:
        self._life = life
        self._world = life.world
        self._host: Host | None = None
        self._backlog = backlog
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self._not_before: dict[str, int] = {}
        self.caught_up = asyncio.Event()
        self.under_way: Counter[int] = Counter()
        """Orders of events that were handed to the engine, which has not answered yet."""

    async def open(self, host: Host) -> None:
        self._host = host

    async def close(self) -> None: ...

    def deliver(self, events: list[Event]) -> None:
        for event in events:
            self._queue.put_nowait(event)

    def held(self) -> list[Event]:
        """What the source has for this process, but could not hand on yet."""
        return [*self._backlog, *vars(self._queue)["_queue"]]

    async def feed(self) -> None:
        while self._backlog:
            await self._hand_on(self._backlog[0])
            self._backlog.pop(0)
        self.caught_up.set()
        while True:
            await self._hand_on(await self._queue.get())

    async def _hand_on(self, event: Event) -> None:
        assert self._host is not None
        self._life.reach("before accept")
        self.under_way[event.order] += 1
        future = await self._host.accept(event)
        future.add_done_callback(lambda done: self._answered(event, done))

    def _answered(self, event: Event, done: "asyncio.Future[None]") -> None:
        self.under_way[event.order] -= 1
        if done.cancelled() or done.exception() is not None:
            return
        try:
            self._life.reach("before acknowledge")
        except asyncio.CancelledError:
            return
        self._world.acknowledge(event)

    async def send(self, delivery: Delivery) -> None:
        world, text, now = self._world, delivery.message.text, self._life.clock.now()
        self._life.reach("before send")
        if now < self._not_before.pop(text, 0):
            world.complaints.append(f"{text} was tried before the server wanted it")
        if text in world.refused:
            raise RefusedError("never")
        manner, amount = world.manners.popleft() if world.manners else (None, 0)
        match manner:
            case "refuse" if not any(one.text == text for one in world.arrivals[delivery.owner]):
                world.refused.add(text)
                raise RefusedError("never")
            case "wait":
                self._not_before[text] = now + amount
                raise PostponedError("not now", amount)
            case "later":
                raise PostponedError("not now")
            case "break":
                world.faults[text] += 1
                if world.faults[text] >= FAULTS_MAX:
                    world.broken.add(text)
                raise RuntimeError("a bug of the transport")
        arrival = world.arrive(delivery.owner, text, self._life, now)
        self._life.reach("after send")
        if manner == "slow":
            await self._life.clock.sleep(amount)
            self._life.reach("after a slow send")
        if manner == "late":
            arrival.how = "late"
            raise PostponedError("no answer")
        arrival.how = "answered"

    def horizon(self, prefix: str) -> int:
        return self._life.horizon()
