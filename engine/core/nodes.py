"""A state of a compiled flow: what it asks, calls, does and waits for, beside where it leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Final, Literal

from engine.classes import dataclass
from engine.core.expr import Expression, Scope
from engine.core.handing import Handoff
from engine.core.inputs import Variable
from engine.core.manner import PLAINLY, Manner
from engine.core.values import Value
from engine.core.wording import Wording
from engine.errors import Place

if TYPE_CHECKING:
    from engine.core.activation import Activation
    from engine.core.options import Option

START: Final = ".start"
"""In place of a state's path, before a run has entered its initial state."""
BACK: Final = ".back"
StateKind = Literal["atomic", "compound", "parallel", "final", "history"]
Evaluate = Callable[[Scope], Value]
"""A value of the author's: an expression, a constant, or a list or mapping that holds some."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value is kept: in this run of the flow, or with the person."""

    variable: Variable

    @property
    def name(self) -> str:
        return self.variable.name

    @property
    def of_user(self) -> bool:
        return self.variable.scope == "user"


@dataclass(frozen=True, slots=True)
class Each:
    """A choice for each row of a list, which its texts and expressions see as `name`.

    Without `id` a row is a text, a number, or an object with an `id`.
    """

    rows: Evaluate
    name: str
    id: Evaluate | None
    place: Place


@dataclass(frozen=True, slots=True)
class Choice:
    """One button, or one for each row of a list.

    Attributes:
        id: what a press brings back and, unless there is a `value`, what is stored.
        label: none for yes and no in the bot's own words, and for rows whose label is their
            `label`, or their id.
        also: further spellings, folded.
        event: the machine's event that is tried before `answer`, or none.
        url: a link that the button opens instead of answering.
    """

    id: str
    label: Wording | None
    also: frozenset[str] = frozenset()
    guard: Expression | None = None
    event: str | None = None
    value: Value = None
    url: Wording | None = None
    each: Each | None = None


@dataclass(frozen=True, slots=True)
class Multi:
    """How many choices one answer holds; `max` is none where all may be chosen."""

    min: int
    max: int | None


@dataclass(frozen=True, slots=True)
class Retry:
    """What wrong answers get, in turn, the last text repeatedly.

    Answer number `max` takes the transition `wrong` instead.
    """

    say: tuple[Wording, ...] = ()
    max: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """An `ask`: open as long as its state is active and not suspended.

    Attributes:
        listed: whether some of its choices come from a list.
        page: how many choices are shown at once, if the author says so.
        skip: whether it can be left out, by the machine's event `skip`.
        check: the work that accepts or refuses what was read.
        settled: what can be chosen, by language, where that is the same for everyone.
    """

    text: Wording
    slot: Slot | None
    choices: tuple[Choice, ...] = ()
    columns: int = 1
    retry: Retry | None = None
    multi: Multi | None = None
    page: int | None = None
    skip: bool = False
    check: "Work | None" = None
    listed: bool = False
    manner: Manner = PLAINLY
    settled: Mapping[str, Sequence["Option"]] = field(default_factory=dict)

    @property
    def chosen(self) -> bool:
        """Whether the answer is one of the choices, and not only beside links."""
        return any(choice.url is None for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Call:
    """A subflow, begun when the state has been entered; `into` takes its output."""

    flow: str
    arguments: Mapping[str, Evaluate]
    into: Slot | None
    place: Place


@dataclass(frozen=True, slots=True)
class Work:
    """An invoke. Times are milliseconds; attempt n is followed by a pause of delay * factor^(n-1).

    `again` decides whether a failed attempt is repeated (default: transient failures are);
    `private` names the arguments that say something about a person.
    """

    action: str
    arguments: Mapping[str, Evaluate]
    into: Slot | None
    timeout: int
    attempts: int
    delay: int
    factor: float
    again: Expression | None
    safe: bool
    place: Place
    private: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TimerSpec:
    """A timer that a state arms: `key` is its event, `delay` milliseconds or an expression.

    An expression gives seconds from now or a moment (ISO 8601).
    """

    key: str
    delay: int | Expression
    idle: bool = False


Block = tuple[Callable[["Activation"], None], ...]
"""Actions in order; each only records what is to be done, and raises `Fault` where it fails."""


@dataclass(frozen=True, slots=True)
class StateNode:
    """A state of the flow.

    Attributes:
        path: dotted, empty for the root.
        ancestry: the states around it, root first.
        order: its position in the document.
        children: paths of the states inside, without those of kind `history`.
        histories: paths of those.
        initial: path of the child that is entered by default; of a `history`, of what is entered
            where nothing is remembered.
        deep: whether a `history` remembers atomic states, or only the children of its parent.
    """

    path: str
    kind: StateKind
    ancestry: tuple["StateNode", ...]
    order: int = 0
    children: tuple[str, ...] = ()
    histories: tuple[str, ...] = ()
    initial: str = ""
    deep: bool = False
    entry: Block = ()
    exit: Block = ()
    timers: tuple[TimerSpec, ...] = ()
    question: Question | None = None
    call: Call | None = None
    work: Work | None = None
    handoff: Handoff | None = None
    output: Evaluate | None = None
    place: Place | None = None

    @property
    def ends_run(self) -> bool:
        """Whether it is a top-level final state."""
        return self.kind == "final" and len(self.ancestry) == 1

    @property
    def atomic(self) -> bool:
        """Whether it can be a leaf of a configuration."""
        return self.kind in ("atomic", "final")

    def lies_in(self, outer: "StateNode") -> bool:
        """Whether it is a proper descendant of another state."""
        return bool(self.path) and (not outer.path or self.path.startswith(f"{outer.path}."))
