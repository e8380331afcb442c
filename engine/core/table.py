"""The transitions of a flow as data, and the machine that is made of them when the first is taken.

Checking a bot moves nothing: it does not load the library that a machine is made with.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from engine.classes import dataclass
from engine.errors import Place

if TYPE_CHECKING:
    from engine.core.machine import LeanMachine, LeanTransition, Model

Callback = Callable[[Any], object]
"""Takes the library's `EventData`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a transition is written: number `index` of those of an event, in a state's path.

    What is written once, in a state around others, is heard in each of them.
    """

    state: str
    event: str
    index: int
    target: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One transition; without `target` the machine stays where it is."""

    target: str | None
    conditions: tuple[Callback, ...] = ()
    before: tuple[Callback, ...] = ()
    after: tuple[Callback, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What an event does, by the state that hears it, in the order of trial."""

    transitions: dict[str, list[Row]] = field(default_factory=dict)


class Table:
    """Filled by the compiler, and shared by every session from then on.

    Attributes:
        states: the atomic states.
        events: what each event does.
    """

    __slots__ = ("_machine", "events", "name", "states")

    def __init__(self, name: str, states: Sequence[str]) -> None:
        self.name = name
        self.states = tuple(states)
        self.events: dict[str, Heard] = {}
        self._machine: LeanMachine | None = None

    def add(self, event: str, source: str, row: Row) -> None:
        """Add a transition behind those that the state has for the event."""
        assert self._machine is None, "the flow runs already"
        heard = self.events.get(event)
        if heard is None:
            heard = self.events[event] = Heard()
        heard.transitions.setdefault(source, []).append(row)

    def fire(self, model: "Model", event: str) -> bool:
        """Trigger an event if the model's state has transitions for it; true if one was taken."""
        heard = self.events.get(event)
        if heard is None or model.state not in heard.transitions:
            return False
        return bool(self.machine.events[event].trigger(model))

    def select(self, model: "Model", event: str) -> "LeanTransition | None":
        """The transition that the model's state would take for an event; nothing is done."""
        return self.machine.select(model, event) if event in self.events else None

    @property
    def machine(self) -> "LeanMachine":
        """What carries transitions out; made once."""
        if self._machine is None:
            self._machine = self._made()
        return self._machine

    def _made(self) -> "LeanMachine":
        from engine.core.machine import LeanMachine  # noqa: PLC0415 - 10 ms that `check` need not pay

        machine = LeanMachine(name=self.name, states=list(self.states))
        for event, heard in self.events.items():
            for source, rows in heard.transitions.items():
                for row in rows:
                    machine.add_transition(
                        event, source, row.target, conditions=list(row.conditions),
                        before=list(row.before), after=list(row.after),
                    )  # fmt: skip
        return machine
