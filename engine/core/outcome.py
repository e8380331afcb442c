"""What one step gives back."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from engine.classes import dataclass
from engine.core.effects import Effect
from engine.core.events import Event
from engine.core.session import Session
from engine.core.values import Data
from engine.errors import Place


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that happened, without what the person wrote.

    `code` is stable: `step:transition`, `step:fault`, `step:ignored`, …; `detail` is a short text
    for the reader of a log.
    """

    code: str
    detail: str = ""
    level: Literal["debug", "info", "warning", "error"] = "debug"
    chat: str = ""
    flow: str = ""
    state: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a step has to know of the records: the arguments of `records.find`.

    `key` is where `Event.found` is to hold the answer; `person` and `chat` are whose records.
    """

    key: str
    args: Data
    person: str
    chat: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The session after the event, what the shell must do (in this order), and what happened.

    `alternatives` are, for a text of which one variation was drawn, all that could have been.
    `heard` is false where nobody took the event: the session is as it was, and need not be written.
    `onward` is the event as it is offered to another session then. With `wants` nothing was done:
    the same event is to be applied again with what was found. `owes` says that the open question is
    to be asked again when the events that were kept have been applied.
    """

    session: Session
    effects: tuple[Effect, ...] = ()
    log: tuple[LogEntry, ...] = ()
    alternatives: Mapping[str, frozenset[str]] = field(default_factory=dict)
    heard: bool = True
    onward: Event | None = None
    wants: Wanted | None = None
    owes: bool = False
