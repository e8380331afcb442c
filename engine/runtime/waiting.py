"""What a session waits for: timers that come due, and results of actions."""

from collections.abc import Iterator

from engine.core.away import waking
from engine.core.effects import Drop, Effect
from engine.core.events import TIMER, Event
from engine.core.schedules import without_timer
from engine.core.session import Session
from engine.stores.protocol import Record


def due_timers(session: Session, now: int, but: set[str]) -> Iterator[Event]:
    """The events of timers that are due, in order, but for those whose ids are given."""
    for timer in sorted(waking(session), key=lambda timer: timer.due):
        if timer.due <= now and timer.id not in but:
            yield Event(
                f"timer:{timer.id}", TIMER, session.id, timer.chat, timer.due, timer=timer.id
            )


def consumed(session: Session, event: Event, now: int) -> tuple[Session, tuple[Effect, ...]]:
    """The session after an event that did nothing: its timer or its invoke is gone."""
    effects = (Drop(event.result.invoke),) if event.result else ()
    return without_timer(session, event.timer, now, None), effects


def awaited(event: Event, record: Record) -> bool:
    """Whether the record still waits for a timer's event, or for that result."""
    if event.result is None:
        return any(timer.id == event.timer for timer in record.session.timers)
    invoke, attempt = event.result.invoke, event.result.attempt
    return any(
        item.id == invoke and getattr(item.effect, "attempt", None) == attempt
        for item in record.outbox
    )


def cause(event: Event, record: Record) -> str:
    """The event that the log knows this one by: for a result, the one that asked for the action."""
    if event.result is not None:
        for item in record.outbox:
            if item.id == event.result.invoke and item.cause:
                return item.cause
    return event.id
