"""The bot of this test: a step that does what the words of an event say, and notes what it applied.

`say <n>` sends n messages, `wait <ms>` arms a timer that sends one, `boom` breaks the step.
Each note holds the event and the moment: the test reads from them what was applied, and when.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.core.effects import Effect, Message, Send
from engine.core.events import Event
from engine.core.outcome import Outcome
from engine.core.services import Services
from engine.core.session import Session, Timer
from engine.stores.protocol import Record
from tests.unit.runtime.fakes import Program

BOT, LINE = "demo", "line"
Note = tuple[str, int]


PROGRAM = Program(services=Services())


def step(session: Session, event: Event, now: int) -> Outcome:
    steps = session.steps + 1
    timers = session.timers
    if event.timer is not None:
        (fired,) = [timer for timer in timers if timer.id == event.timer]
        timers = tuple([timer for timer in timers if timer is not fired])
        note, count = f"timer {fired.key}", 1
    else:
        word, amount = (event.text or "").split()
        note, count = event.id, int(amount) if word == "say" else 0
        if word == "boom":
            raise LookupError("a bug")
        if word == "wait":
            due = now + int(amount)
            timers = (*timers, Timer(f"{steps}.9", due, event.chat, 1, event.id))
    effects: list[Effect] = [
        Send(f"{steps}.{number}", event.chat, Message(text))
        for number, text in enumerate(texts(note, count), 1)
    ]
    log: list[Any] = [*_log(session), [note, now]]
    return Outcome(
        replace(session, steps=steps, user={**session.user, "log": log}, timers=timers),
        tuple(effects),
    )


def texts(note: str, count: int) -> list[str]:
    """The messages that were planned with a note."""
    return [f"{note}/{number}" for number in range(1, count + 1)]


def notes(record: Record | None) -> list[Note]:
    """What was applied to a person, in order."""
    return [(str(note), int(at)) for note, at in _log(record.session)] if record else []


def _log(session: Session) -> Sequence[Any]:
    log = session.user.get("log", ())
    assert isinstance(log, Sequence)
    return log
