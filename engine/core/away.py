"""A person who has blocked the bot: until they return, nothing is sent to them and no timer fires.

What was planned for them is dropped, as it would be refused. Their timers wait: those that have
come due meanwhile fire when they are back, after what they say.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeGuard

from engine.core.effects import Effect, Send
from engine.core.events import BLOCKED, Event
from engine.core.outcome import Outcome
from engine.core.session import Session, Timer


def concerns(session: Session, event: Event) -> bool:
    """Whether the event lets a person go away, or meets one who has."""
    return event.name == BLOCKED or session.away != 0


def noted(outcome: Outcome, event: Event) -> Outcome:
    """The outcome of an event for whoever goes away, is away, or has come back by it."""
    session = outcome.session
    if event.name == BLOCKED:
        session = replace(session, away=max(event.at, 1))
    elif event.by_person:
        session = replace(session, away=0)
    effects = outcome.effects if not session.away else tuple(spared(session, outcome.effects))
    return replace(outcome, session=session, effects=effects)


def spared(session: Session, effects: Iterable[Effect]) -> Iterable[Effect]:
    """The effects without messages to a person who is away."""
    return (one for one in effects if not silenced(session, one))


def silenced(session: Session, effect: Effect) -> TypeGuard[Send]:
    return isinstance(effect, Send) and session.away != 0 and session.is_own(effect.chat)


def waking(session: Session) -> tuple[Timer, ...]:
    """The timers that fire when they are due."""
    if not session.away:
        return session.timers
    return tuple([timer for timer in session.timers if not session.is_own(timer.chat)])
