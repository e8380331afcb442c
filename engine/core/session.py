"""One person's whole state, as `step` takes it and gives it back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.core.events import Event
from engine.core.values import Data

Link = Literal["root", "call", "digress"]


@dataclass(frozen=True, slots=True)
class Timer:
    """A durable timer: event `key` of the flow run `run` in `chat`, due at `due` (milliseconds)."""

    id: str
    due: int
    chat: str
    run: int
    key: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The invoke that a state waits for: the id of its item, and the attempt that is under way."""

    id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One run of a flow on a chat's stack.

    Attributes:
        hash: content hash of the flow's version that it began with.
        run: number of this run, never used again in the chat.
        link: why it lies on the frame below: called by it, or suspending it.
        state: path of the active atomic state.
        visit: number of the visit of that state, never used again in the chat.
        tries: wrong answers during this visit.
        entered: when the state was entered, in milliseconds.
        late: keys of timers that fell due while the frame was suspended, in order.
    """

    flow: str
    hash: str
    run: int
    link: Link
    state: str
    data: Data
    visit: int
    tries: int = 0
    entered: int = 0
    pending: Pending | None = None
    late: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The frames above and including run `base`, as they were before a question was answered."""

    base: int
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Chat:
    """The conversation of a person in one chat; the last frame of the stack is the active one.

    `questions` are the messages that asked last, by the transport's reference: the visit of each.
    """

    stack: tuple[Frame, ...] = ()
    back: tuple[Snapshot, ...] = ()
    last_input: int = 0
    visits: int = 0
    runs: int = 0
    held: tuple[Event, ...] = ()
    via: str | None = None
    questions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """One person with one bot.

    `rev` counts commits and belongs to the shell; `steps` counts steps and makes ids unique within
    an `incarnation`, which tells lives apart that a restored backup began.
    """

    id: str
    rev: int = 0
    steps: int = 0
    incarnation: str = ""
    lang: str | None = None
    tz: str | None = None
    started: int = 0
    user: Data = field(default_factory=dict)
    chats: Mapping[str, Chat] = field(default_factory=dict)
    timers: tuple[Timer, ...] = ()
