"""Carrying what one session tells another: each a `told` event there, applied once.

The one that tells keeps it in its outbox until the other has applied it, and the other knows its
id. Both cannot be written at once, so after a crash it may be told again; for as long as that may
happen the id is known.
"""

from typing import Final

from engine.core import of_person
from engine.core.effects import Tell
from engine.core.events import TOLD, Event
from engine.core.handoff import part
from engine.runtime.bus import Bus
from engine.runtime.ports import RefusedError
from engine.stores.protocol import Item, Record

SOURCE: Final = "tell"
"""What the ids of such events begin with: `tell:<incarnation of who tells>:<item>`."""
OLDEST: Final = 30 * 86_400_000
"""How late something is told at most (ms): beyond it is set aside, for a human to judge."""
KNOWN: Final = 2 * OLDEST
"""How long the ids of what was told are known (ms): longer than that, by any two clocks."""


def horizon(now: int) -> int:
    """Nothing is told again that was planned before this moment (ms)."""
    return max(0, now - KNOWN)


def event_of(record: Record, item: Item) -> Event:
    """What the other session hears."""
    effect = item.effect
    assert isinstance(effect, Tell)
    # The id names nobody: it is known, and logged, in the other session.
    id_ = f"{SOURCE}:{record.session.incarnation}:{effect.id}"
    return Event(
        id_, TOLD, effect.to, effect.at_chat, item.planned, item.planned,
        text=effect.text, extra=effect.what,
    )  # fmt: skip


def expected(event: Event, record: Record | None) -> bool:
    """Whether it tells what a session may hear: operators all, a person who was not erased.

    In a chat of several persons somebody may have acted whom the bot did not know alone.
    """
    if event.name != TOLD:
        return False
    if of_person.told(event) is not None:
        return record is None or bool(record.session.started)
    return part(event.extra, "desk") is None or bool(record and record.session.started)


async def carry(bus: Bus, record: Record, item: Item, now: int) -> None:
    """Let the other session hear it, and wait until it has.

    Raises:
        RefusedError: it is too old.
        StoppedError: the engine stops.
    """
    if item.planned < now - OLDEST:
        raise RefusedError("it comes too late")
    await (await bus.publish(event_of(record, item)))
