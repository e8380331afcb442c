"""What outlives every process: who writes to the bot, and what they get to read.

The source delivers an event again until it is told not to, and as often as it likes above the
offset that it has confirmed; it delivers in order.
"""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.core.events import Event
from engine.runtime.items import LEASE
from tests.property.delivery.script import LINE

if TYPE_CHECKING:
    from tests.property.delivery.life import Life

How = Literal["unanswered", "answered", "late"]
Manner = Literal["refuse", "late", "wait", "later", "break", "slow"]


@dataclass(slots=True)
class Arrival:
    """A message that a person got."""

    text: str
    life: "Life"
    at: int
    how: How = "unanswered"


@dataclass
class World:
    """What everybody said and got.

    Attributes:
        manners: how the next messages are taken, each with a number of milliseconds.
        refused: texts that are never taken.
        broken: texts on which the transport has failed more often than the engine bears.
        complaints: what a person or the source could complain of.
        troubled: until when the store was in trouble last (ms).
    """

    events: list[Event] = field(default_factory=list)
    offset: int = 1
    manners: deque[tuple[Manner, int]] = field(default_factory=deque)
    refused: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    arrivals: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    troubled: int = 0
    safe: set[str] = field(default_factory=set)
    stored: dict[str, set[str]] = field(default_factory=dict)
    """Ids that wait in the store's inbox, by person, as of the last look."""

    def write(self, owner: str, text: str, at: int) -> Event:
        number = len(self.events) + 1
        event = Event(f"{LINE}:{number}", "text", owner, "c", at, order=number, text=text)
        self.events.append(event)
        return event

    def from_(self, order: int) -> list[Event]:
        """What the source delivers, if it begins there."""
        return self.events[max(order, self.offset) - 1 :]

    def acknowledge(self, event: Event) -> None:
        self.safe.add(event.id)

    def is_acknowledged(self, event: Event) -> bool:
        return event.id in self.safe

    def waiting_in_store(self) -> set[str]:
        return {id_ for ids in self.stored.values() for id_ in ids}

    def confirm(self) -> None:
        """Let the source forget what it need not deliver again."""
        while self.offset <= len(self.events) and self.events[self.offset - 1].id in self.safe:
            self.offset += 1

    def firsts(self, owner: str) -> list[str]:
        """What a person got, without repeats."""
        return list(dict.fromkeys(arrival.text for arrival in self.arrivals[owner]))

    def arrive(self, owner: str, text: str, life: "Life", now: int) -> Arrival:
        """A person gets a message; one that comes again must have a reason that is documented."""
        arrivals = self.arrivals[owner]
        before = next((one for one in reversed(arrivals) if one.text == text), None)
        if before is not None:
            if arrivals[-1].text != text:
                self.complaints.append(f"{text} came again after a later one")
            elif not self._excused(before, life):
                self.complaints.append(f"{text} came twice without need")
        arrival = Arrival(text, life, now)
        arrivals.append(arrival)
        return arrival

    def _excused(self, before: Arrival, life: "Life") -> bool:
        """A crash, a send that a stop broke off or that had no answer, or a lease that was lost."""
        sender = before.life
        if sender.killed or before.how == "late":
            return True
        if before.how == "unanswered" and sender.stop.is_set():
            return True
        in_trouble = self.troubled >= before.at - LEASE
        return sender is not life and in_trouble
