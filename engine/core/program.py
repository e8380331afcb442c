"""A compiled bot: immutable, shared by every session, made by `engine.compiler`.

A flow's states are flattened into one machine whose states are the paths of atomic states and
whose events are the names of `engine.core.signals`; what a state does beside moving stands in its
`StateNode`.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Final, Literal

from engine.classes import dataclass
from engine.core.access import Access, Limits
from engine.core.inputs import Variable
from engine.core.nodes import Choice, Evaluate, StateNode, TimerSpec
from engine.core.patterns import Pattern
from engine.core.services import Services
from engine.core.table import Table
from engine.core.triggers import TimedTrigger
from engine.core.values import TEXT_MAX, Value
from engine.core.wording import BotTexts

EVERYBODY: Final = Access()
UNLIMITED: Final = Limits()
Busy = Literal["digress", "replace", "ignore"]
Per = Literal["user", "chat"]


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
    services: Services = field(default_factory=Services)

    @property
    def gated(self) -> bool:
        """Whether some of what people send may not be heard."""
        limits = self.limits
        return self.access.closed or limits.rate is not None or limits.text < TEXT_MAX

    @property
    def shares(self) -> bool:
        """Whether some of its flows talk with all in a group together."""
        return any(flow.per == "chat" for flow in self.flows.values())

    def hears_in(self, session: str) -> bool:
        """Whether what is said in a group is first offered to the session that all there share."""
        address = session.partition("/")[2]
        return self.shares or any(
            one.partition("/")[0] == address for one in self.services.chats.values() if one
        )

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
