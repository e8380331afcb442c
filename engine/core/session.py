"""One person's whole state, as `step` takes it and gives it back."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final, Literal

from engine.classes import dataclass
from engine.core.events import Event
from engine.core.values import Data, Value

Link = Literal["root", "call", "digress"]

ANSWER: Final = "answer"
"""The machine's event of an answer that has no transition of its own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a timer begins that belongs to no run: a flow with its inputs.

    Attributes:
        name: by which the flows know it; there is one of a name in a chat.
        every: the rule by which it comes again, or none.
    """

    name: str
    flow: str
    given: Data = field(default_factory=dict)
    every: Value = None


@dataclass(frozen=True, slots=True)
class Timer:
    """A durable timer: event `key` of the flow run `run` in `chat`, due at `due` (milliseconds).

    One with a `plan` is of no run (0).
    """

    id: str
    due: int
    chat: str
    run: int
    key: str
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What a person means by an answer.

    Attributes:
        value: for the variable.
        event: the machine's event that is tried first, before `answer`.
        local: what only its transition sees: the row of a list, by its name.
    """

    value: Value
    event: str = ANSWER
    local: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """What a state waits for: the id of its invoke's item, and the attempt that is under way.

    `given` is the answer that a check judges, where the state asks.
    """

    id: str
    attempt: int
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """An active atomic state of a run; a run has several where parallel states are active.

    Attributes:
        state: its path.
        visit: number of its visit, never used again in the chat.
        tries: wrong answers during this visit.
        entered: when it was entered, in milliseconds.
        pending: the invoke that it waits for.
        waits: whether its subflow or invoke has still to be begun.
        marked: ids of the choices that are marked so far, where several can be chosen.
        page: the page of its choices that is shown, from 0.
    """

    state: str
    visit: int
    tries: int = 0
    entered: int = 0
    pending: Pending | None = None
    waits: bool = False
    marked: tuple[str, ...] = ()
    page: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One run of a flow on a chat's stack.

    Attributes:
        hash: content hash of the flow's version that it began with.
        run: number of this run, never used again in the chat.
        link: why it lies on the frame below: called by it, or suspending it.
        leaves: the active atomic states, in the order of the document.
        late: keys of timers that fell due while the frame was suspended, in order.
        history: what was active when a state with history was left, by the history's path.
        caller: visit of the state below that called it.
        aside: whether nobody in the chat was meant by what it began with, and it has asked nothing.
    """

    flow: str
    hash: str
    run: int
    link: Link
    leaves: tuple[Leaf, ...]
    data: Data
    late: tuple[str, ...] = ()
    history: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caller: int = 0
    aside: bool = False

    @property
    def leaf(self) -> Leaf:
        """The first active state: the only one, where no parallel state is active."""
        return self.leaves[0]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The frames above and including run `base`, as they were before a question was answered."""

    base: int
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """A button that begins a flow with inputs; `label` is what the person read."""

    id: str
    label: str
    flow: str
    given: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """The buttons of a message that begin flows; `visit` is the number that tells the message.

    `once` says that the first press uses all of them up.
    """

    visit: int
    buttons: tuple[Offered, ...]
    once: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """A person's conversation with the operators of a chat, as that chat's session knows it.

    Attributes:
        number: by which operators know it; the chat never uses it again.
        owner: the person's session, with its `life` (incarnation), `chat` and `visit` of the state
            that hands over.
        who: what the operators read of the person.
        over: whether either side has ended it.
    """

    number: int
    owner: str
    life: str
    chat: str
    visit: int
    who: str
    over: bool = False


@dataclass(frozen=True, slots=True)
class Chat:
    """The conversation of a person in one chat; the last frame of the stack is the active one.

    `questions` are the messages that asked last, by the transport's reference: the visit of each.
    `named` are the references of messages that flows have given names, the latest last. `offers`
    are the messages whose buttons begin flows, the latest last. `talks` are the conversations that
    operators have here, the one with the latest message last, and `parts` the numbers of those that
    messages belong to, by the messages' references.
    """

    stack: tuple[Frame, ...] = ()
    back: tuple[Snapshot, ...] = ()
    last_input: int = 0
    visits: int = 0
    runs: int = 0
    held: tuple[Event, ...] = ()
    via: str | None = None
    questions: Mapping[str, int] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    talks: tuple[Talk, ...] = ()
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """One person with one bot; if it is `shared`, all who talk in one chat.

    `rev` counts commits and belongs to the shell; `steps` counts steps and makes ids unique within
    an `incarnation`, which tells lives apart that a restored backup began. `paced` is until when
    what the person has sent uses up the bot's rate, `told` when they were told last that they are
    refused or too fast, `away` since when they have blocked the bot (milliseconds, 0 where there is
    nothing to remember).
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
    paced: int = 0
    told: int = 0
    shared: bool = False
    away: int = 0

    def is_own(self, chat: str) -> bool:
        """Whether a chat is the session's own, or a topic of it."""
        return chat.partition("/")[0] == self.own_chat

    @property
    def own_chat(self) -> str:
        """The chat in which nobody but the person talks with the bot."""
        return self.id.partition(":")[2]
