"""The people's side of a season: what it asks of them and of the way between them and the bot."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Protocol, Self

from bench.faults.people import Person, Said
from bench.faults.stored import Document

OPEN: Final = ("unmarked", "unsent", "in action", "uncommitted")
"""What a death may interrupt, in the order in which it hurts."""


class Crowd(Protocol):
    """People on one network, and what fails between it and the bot's workers.

    Attributes:
        transport: as sessions name it.
        points: within the process, at which lives end.
        people: everybody.
    """

    transport: str
    points: tuple[str, ...]
    people: list[Person]

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    @property
    def failures(self) -> Counter[str]:
        """What was injected, by kind."""
        ...

    @property
    def troubles(self) -> Sequence[str]:
        """What the bot has done on the way that it must not do."""
        ...

    def variables(self, slot: int) -> Mapping[str, str]:
        """What the worker at this place finds in its environment."""
        ...

    def born(self, slot: int, life: int, rate: float) -> None:
        """A life begins, in which so many of the calls fail."""
        ...

    def died(self, slot: int) -> None:
        """A life has ended."""
        ...

    async def before_leap(self, milliseconds: int) -> None:
        """So much time is about to pass at once."""
        ...

    async def say(self, person: Person, text: str) -> None:
        """Say something to the bot, in the way in which people do it there."""
        ...

    def awaits(self, slot: int, said: Said) -> bool:
        """Whether the worker may have had this in hand, as far as its source knows."""
        ...

    def has(self, person: Person, item: Document, life: int) -> bool:
        """Whether a message that is still in the outbox has reached its person in this life."""
        ...


def open_work(
    crowd: Crowd, sessions: Mapping[str, Document], slot: int, life: int, worker: str = ""
) -> str:
    """What a death has interrupted that hurts most; empty if nothing that counts.

    Of several workers only what the one that died held counts: `worker` is its name then.
    """
    found: set[str] = set()
    for person in crowd.people:
        session = sessions.get(f"{crowd.transport}:{person.name}", {})
        if _uncommitted(crowd, slot, person, session.get("seen", {}).keys()):
            found.add("uncommitted")
        for item in session.get("outbox", ()):
            if worker in {"", item.get("worker")}:
                found.add(_unfinished(crowd, item, person, life))
    return next((kind for kind in OPEN if kind in found), "")


def _uncommitted(crowd: Crowd, slot: int, person: Person, seen: AbstractSet[str]) -> bool:
    """Whether the last thing that was said is not applied: they are applied in their order."""
    last = next((said for said in reversed(person.said) if said.id), None)
    return last is not None and last.id not in seen and crowd.awaits(slot, last)


def _unfinished(crowd: Crowd, item: Document, person: Person, life: int) -> str:
    if "invoke" in item:
        return "in action"
    return "unmarked" if crowd.has(person, item, life) else "unsent"
