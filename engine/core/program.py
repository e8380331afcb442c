"""A compiled bot: immutable, shared by every session, made by `engine.compiler`.

A flow's states are flattened into one machine whose states are the paths of atomic states and
whose events are the names of `engine.core.signals`; what a state does beside moving stands in its
`StateNode`.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from engine.core.access import Access, Limits
from engine.core.draw import draw
from engine.core.effects import Mark
from engine.core.expr import Expression, Scope
from engine.core.faults import Fault
from engine.core.inputs import Variable
from engine.core.manner import PLAINLY, Manner
from engine.core.patterns import Pattern
from engine.core.services import Services
from engine.core.table import Table
from engine.core.texts import Text
from engine.core.triggers import TimedTrigger
from engine.core.values import TEXT_MAX, Value
from engine.errors import Place

if TYPE_CHECKING:
    from engine.core.activation import Activation
    from engine.core.options import Option

EVERYBODY: Final = Access()
UNLIMITED: Final = Limits()
START: Final = ".start"
"""In place of a state's path, before a run has entered its initial state."""
BACK: Final = ".back"

StateKind = Literal["atomic", "compound", "parallel", "final", "history"]
Busy = Literal["digress", "replace", "ignore"]
Per = Literal["user", "chat"]


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in the bot's languages; the base language stands in for a missing translation.

    `others` are further variations by language, of the base language by none: one is drawn.
    """

    key: str
    base: Text
    translations: Mapping[str, Text] = field(default_factory=dict)
    others: Mapping[str | None, tuple[Text, ...]] = field(default_factory=dict)

    def render(self, model: "Activation") -> tuple[str, tuple[Mark, ...]]:
        if self.others:
            return self._drawn(model)
        return self.translations.get(model.lang, self.base).text(model)

    def constant(self, lang: str) -> str | None:
        """The words in a language, where they are the same for everyone; without their marks."""
        words = self.translations.get(lang, self.base).constant
        return None if self.others or words is None else words[0]

    def in_all_languages(self, scope: Scope) -> set[str]:
        texts = (self.base, *self.translations.values())
        return {text.text(scope)[0] for text in texts}

    def _drawn(self, model: "Activation") -> tuple[str, tuple[Mark, ...]]:
        """The variation of this visit; outside of runs, which have none, of this step."""
        lang = model.lang if model.lang in self.translations else None
        first = self.base if lang is None else self.translations[lang]
        texts = (first, *self.others.get(lang, ()))
        key = self.key if model.run else f"{self.key}\0{model.macrostep.steps}"
        chosen = texts[draw(model, key, [1] * len(texts))].text(model)
        model.macrostep.alternatives[chosen[0].rstrip()] = frozenset(self._all(model, texts))
        return chosen

    @staticmethod
    def _all(model: "Activation", texts: tuple[Text, ...]) -> Iterator[str]:
        for text in texts:
            with contextlib.suppress(Fault):
                yield text.text(model)[0].rstrip()


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


@dataclass(frozen=True, slots=True)
class Renamed:
    """Old paths of states, and old names of variables, with those of now."""

    states: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """One compiled flow.

    Attributes:
        states: every state by path.
        start: what a run enters first, outermost first.
        fixed: whether each transition leaves and enters the same states whenever it is taken from
            the same state: there is no parallel state and no history.
        idle: the idle timers, by key, of each atomic state and those around it, by its path;
            empty if no state has any.
        calls: the flows that it calls, with the content hash of the version that it was made for.
        renamed: what states and variables were called in earlier versions.
        migrate: variables that a run of an earlier version gets, from its own variables.
        goes_back: whether a transition of it leads to `.back`.
        live: by the path of an atomic state, the variables that may be read from there on before
            they are written; known only where there are earlier versions.
        per: with whom a run talks in a group: one person, or all.
        overhears: whether it hears there what is not addressed to the bot.
        lookup: arguments of `records.find`, asked before a trigger begins it.
    """

    name: str
    version: int
    hash: str
    machine: Table
    states: Mapping[str, StateNode]
    variables: Mapping[str, Variable]
    inputs: frozenset[str] = frozenset()
    labels: Mapping[tuple[str, ...], tuple[Choice, ...]] = field(default_factory=dict)
    when_busy: Busy = "digress"
    description: str = ""
    idle: Mapping[str, Mapping[str, TimerSpec]] = field(default_factory=dict)
    start: tuple[StateNode, ...] = ()
    fixed: bool = True
    calls: Mapping[str, str] = field(default_factory=dict)
    renamed: Renamed = field(default_factory=Renamed)
    migrate: Mapping[str, Evaluate] = field(default_factory=dict)
    live: Mapping[str, frozenset[str]] = field(default_factory=dict)
    goes_back: bool = True
    per: Per = "user"
    overhears: bool = False
    lookup: Mapping[str, Evaluate] | None = None

    @property
    def private(self) -> tuple[str, ...]:
        """Variables of a run that say something about a person."""
        return tuple(each.name for each in self.variables.values() if each.pii)


@dataclass(frozen=True, slots=True)
class BotTexts:
    """The bot's own texts; `busy` and `wrong` are silent unless the author writes them.

    `buttons` are the labels of the engine's own: `done`, `skip`, `next`, `previous`, `yes`, `no`.
    """

    fallback: Wording
    error: Wording
    old_button: Wording
    not_yours: Wording
    refused: Wording
    too_fast: Wording
    too_long: Wording
    busy: Wording | None = None
    wrong: Wording | None = None
    buttons: Mapping[str, Wording] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """A whole bot. `root` is a flow of one state that hears what is valid everywhere.

    `triggers` maps an event's name, `patterns` what is searched in a text, to the flow that it
    begins; `timed` are triggers by the clock, by key; `sources` keeps each flow's source by content
    hash; `actions` names what is invoked; `earlier` has, by content hash, versions of flows that
    are not in `flows` any more; without `goes_back` no transition of any flow leads to `.back`, and
    nothing is kept for it.
    """

    bot: str
    languages: tuple[str, ...]
    flows: Mapping[str, Flow]
    root: Flow
    texts: BotTexts
    triggers: Mapping[str, str]
    patterns: tuple[tuple[Pattern, str], ...] = ()
    timed: Mapping[str, TimedTrigger] = field(default_factory=dict)
    commands: tuple[tuple[str, str], ...] = ()
    sources: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    actions: frozenset[str] = frozenset()
    tz: str | None = None
    earlier: Mapping[str, Flow] = field(default_factory=dict)
    access: Access = EVERYBODY
    limits: Limits = UNLIMITED
    goes_back: bool = True

    @property
    def gated(self) -> bool:
        """Whether some of what people send may not be heard."""
        limits = self.limits
        return self.access.closed or limits.rate is not None or limits.text < TEXT_MAX

    @property
    def shares(self) -> bool:
        """Whether some of its flows talk with all in a group together."""
        return any(flow.per == "chat" for flow in self.flows.values())

    @property
    def private_of_user(self) -> frozenset[str]:
        """The person's own variables that say something about them."""
        flows = (*self.flows.values(), *self.earlier.values())
        known = (each for flow in flows for each in flow.variables.values())
        return frozenset(each.name for each in known if each.pii and each.scope == "user")

    @property
    def private(self) -> bool:
        """Whether any variable says something about a person."""
        return any(flow.private for flow in (*self.flows.values(), *self.earlier.values()))

    services: Services = field(default_factory=Services)
