"""A statechart in a neutral form: what SCXML's core and our language both can say.

Names of states are unique in a chart, so that a dotted path means one state everywhere. Events are
known to both sides by the same names; variables are whole numbers below `MODULUS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

MODULUS: Final = 4
"""Variables count modulo this number, so that a chart comes back to what its guards ask for."""

Kind = Literal["atomic", "compound", "parallel", "final", "shallow", "deep"]


@dataclass(frozen=True, slots=True)
class In:
    """A guard: the state is active."""

    state: str


@dataclass(frozen=True, slots=True)
class Equals:
    """A guard: the variable has this value."""

    variable: str
    value: int


@dataclass(frozen=True, slots=True)
class Not:
    guard: "Guard"


@dataclass(frozen=True, slots=True)
class Both:
    left: "Guard"
    right: "Guard"


Guard: TypeAlias = In | Equals | Not | Both


@dataclass(frozen=True, slots=True)
class Add:
    """An action: add to a variable."""

    variable: str
    amount: int


@dataclass(frozen=True, slots=True)
class Probe:
    """An action: set a variable to 1 if the state is active, else to 0."""

    variable: str
    state: str


@dataclass(frozen=True, slots=True)
class Raise:
    """An action: raise an internal event."""

    event: str


Action: TypeAlias = Add | Probe | Raise
Block: TypeAlias = tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """On an event, or eventless; `done` is the end of the state that it is written in."""

    event: str | None
    target: str | None
    guard: Guard | None = None
    actions: Block = ()
    internal: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A state; `target` is the default of a history state."""

    name: str
    kind: Kind
    children: tuple["State", ...] = ()
    initial: str | None = None
    target: str | None = None
    entry: Block = ()
    exit: Block = ()
    transitions: tuple[Transition, ...] = ()

    @property
    def history(self) -> bool:
        return self.kind in {"shallow", "deep"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A machine: its root is compound, has no name and is never left before the end."""

    root: State
    variables: tuple[str, ...]
    events: tuple[str, ...]
    seed: int = 0


@dataclass(slots=True)
class Place:
    """A state where it stands."""

    state: State
    path: str
    parent: "Place | None" = None
    children: list["Place"] = field(default_factory=list)

    def ancestors(self) -> "Iterator[Place]":
        outer = self.parent
        while outer is not None:
            yield outer
            outer = outer.parent


def places(chart: Chart) -> dict[str, Place]:
    """Every state but the root by its path, in document order."""
    return {place.path: place for place in walk(survey(chart)) if place.path}


def survey(chart: Chart) -> Place:
    return _place(chart.root, "", None)


def walk(place: Place) -> Iterator[Place]:
    yield place
    for child in place.children:
        yield from walk(child)


def _place(state: State, path: str, parent: Place | None) -> Place:
    place = Place(state, path, parent)
    for child in state.children:
        inner = f"{path}.{child.name}" if path else child.name
        place.children.append(_place(child, inner, place))
    return place


def all_transitions(chart: Chart) -> Iterator[tuple[Place, Transition]]:
    for place in walk(survey(chart)):
        for transition in place.state.transitions:
            yield place, transition


def blocks(state: State) -> Iterator[Block]:
    yield state.entry
    yield state.exit
    for transition in state.transitions:
        yield transition.actions
