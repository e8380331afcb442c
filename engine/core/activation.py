"""A run of a flow while a step works on it: the machine's model, the scope of expressions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from engine.core.faults import Fault
from engine.core.inputs import Variable, fits
from engine.core.program import Flow, StateNode
from engine.core.session import Frame, Link, Pending
from engine.core.values import VALUE_MAX, Data, Value, weigh
from engine.errors import Place

if TYPE_CHECKING:
    from engine.core.macrostep import Macrostep

NOTHING: Final[Mapping[str, Value]] = {}


class Activation:
    """A thawed frame: thrown away when its step ends.

    `local` holds the names that only some places know (`error`); `to_begin` says that the entered
    state's subflow or invoke has still to be begun.
    """

    __slots__ = (
        "data", "entered", "flow", "hash", "late", "link", "local", "macrostep", "owned",
        "pending", "run", "state", "to_begin", "tries", "visit",
    )  # fmt: skip

    def __init__(self, macrostep: "Macrostep", flow: Flow, frame: Frame) -> None:
        self.macrostep = macrostep
        self.flow = flow
        self.hash = frame.hash
        self.run = frame.run
        self.link: Link = frame.link
        self.state = frame.state
        self.data: Data = frame.data
        self.owned: dict[str, Value] | None = None
        self.visit = frame.visit
        self.tries = frame.tries
        self.entered = frame.entered
        self.pending: Pending | None = frame.pending
        self.late = frame.late
        self.local: Mapping[str, Value] = NOTHING
        self.to_begin = False

    def freeze(self) -> Frame:
        return Frame(
            self.flow.name, self.hash, self.run, self.link, self.state, self.data, self.visit,
            self.tries, self.entered, self.pending, self.late,
        )  # fmt: skip

    @property
    def node(self) -> StateNode:
        """The active atomic state."""
        return self.flow.states[self.state]

    @property
    def user(self) -> Data:
        return self.macrostep.user

    @property
    def turn(self) -> Data:
        return self.macrostep.turn

    @property
    def session(self) -> Data:
        return self.macrostep.view

    @property
    def now(self) -> str:
        return self.macrostep.moment

    @property
    def lang(self) -> str:
        return self.macrostep.lang

    @property
    def tz(self) -> str | None:
        return self.macrostep.tz

    def in_state(self, path: str) -> bool:
        return self.state == path or self.state.startswith(path + ".")

    def label(self, path: tuple[str, ...], value: Value) -> str:
        """The label of a choice in the person's language; a value without one as it is."""
        labels = self.flow.labels.get(path)
        wording = labels.get(value) if labels and isinstance(value, str) else None
        if wording is None:
            return "" if value is None else str(value)
        return wording.render(self)[0]

    def store(self, variable: Variable, value: Value, place: Place | None) -> None:
        """Give a declared variable a value.

        Raises:
            Fault: `data:type` where the value does not fit, `data:size` where it is too heavy.
        """
        checked(variable, value, place)
        if variable.scope == "user":
            self.macrostep.own_user()[variable.name] = value
            return
        if self.owned is None:
            self.data = self.owned = dict(self.data)
        self.owned[variable.name] = value


def checked(variable: Variable, value: Value, place: Place | None) -> Value:
    """A value that a variable may hold.

    Raises:
        Fault: `data:type` where the value does not fit, `data:size` where it is too heavy.
    """
    reason = fits(variable, value)
    if reason is not None:
        raise Fault("data:type", f"`{variable.name}`: {reason}", place)
    if weigh(value) > VALUE_MAX:
        raise Fault("data:size", f"the value of `{variable.name}` is too big", place)
    return value
