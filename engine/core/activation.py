"""A run of a flow while a step works on it: the machine's model, the scope of expressions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from engine.core.faults import Fault
from engine.core.inputs import NOBODY, Speaker, Variable, fits
from engine.core.nodes import StateNode, Work
from engine.core.options import label_of
from engine.core.program import Flow
from engine.core.session import Frame, Leaf, Link, Pending
from engine.core.sizes import too_heavy
from engine.core.values import Data, Value
from engine.errors import Place

if TYPE_CHECKING:
    from engine.core.macrostep import Macrostep

NOTHING: Final[Mapping[str, Value]] = {}


class ActiveLeaf:
    """A thawed `Leaf`: one active atomic state, and what belongs to its visit."""

    __slots__ = ("entered", "marked", "page", "pending", "state", "tries", "visit", "waits")

    def __init__(
        self,
        state: str,
        visit: int,
        tries: int = 0,
        entered: int = 0,
        pending: Pending | None = None,
        waits: bool = False,  # noqa: FBT001, FBT002 - the fields of a leaf, in their order
        marked: tuple[str, ...] = (),
        page: int = 0,
    ) -> None:
        self.state = state
        self.visit = visit
        self.tries = tries
        self.entered = entered
        self.pending = pending
        self.waits = waits
        self.marked = marked
        self.page = page

    @staticmethod
    def thaw(leaf: Leaf) -> "ActiveLeaf":
        return ActiveLeaf(
            leaf.state, leaf.visit, leaf.tries, leaf.entered, leaf.pending, leaf.waits,
            leaf.marked, leaf.page,
        )  # fmt: skip

    def freeze(self) -> Leaf:
        return Leaf(
            self.state, self.visit, self.tries, self.entered, self.pending, self.waits,
            self.marked, self.page,
        )  # fmt: skip


class Activation:
    """A thawed frame: thrown away when its step ends.

    `leaf` is the active state that is at work: whose transition is taken, whose question is read;
    `state`, `visit`, `tries` and the like are its own. `absent` holds the states that have been
    left already, or are not yet entered, while a transition is carried out. `local` holds the names
    that only some places know (`error`).
    """

    __slots__ = (
        "absent", "aside", "caller", "data", "flow", "hash", "history", "late", "leaf", "leaves",
        "link", "local", "macrostep", "owned", "run",
    )  # fmt: skip

    def __init__(self, macrostep: "Macrostep", flow: Flow, frame: Frame) -> None:
        self.macrostep = macrostep
        self.flow = flow
        self.hash = frame.hash
        self.run = frame.run
        self.link: Link = frame.link
        self.leaves = list(map(ActiveLeaf.thaw, frame.leaves))
        self.leaf = self.leaves[0]
        self.data: Data = frame.data
        self.owned: dict[str, Value] | None = None
        self.late = frame.late
        self.history = frame.history
        self.caller = frame.caller
        self.aside = frame.aside
        self.absent: set[str] = set()
        self.local: Mapping[str, Value] = NOTHING

    def freeze(self) -> Frame:
        return Frame(
            self.flow.name, self.hash, self.run, self.link,
            tuple(map(ActiveLeaf.freeze, self.leaves)), self.data, self.late, self.history,
            self.caller, self.aside,
        )  # fmt: skip

    @property
    def node(self) -> StateNode:
        """The atomic state at work."""
        return self.flow.states[self.leaf.state]

    @property
    def state(self) -> str:
        return self.leaf.state

    @state.setter
    def state(self, path: str) -> None:
        self.leaf.state = path

    @property
    def visit(self) -> int:
        return self.leaf.visit

    @property
    def tries(self) -> int:
        return self.leaf.tries

    @property
    def pending(self) -> Pending | None:
        return self.leaf.pending

    def active(self) -> "list[StateNode]":
        """Every active state, each once, in the order of the document."""
        states = self.flow.states
        nodes = {
            node.path: node
            for leaf in self.leaves
            for node in (*states[leaf.state].ancestry, states[leaf.state])
        }
        return sorted(nodes.values(), key=lambda node: node.order)

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
        if path in self.absent:
            return False
        inside = path + "."
        return any(leaf.state == path or leaf.state.startswith(inside) for leaf in self.leaves)

    def label(self, path: tuple[str, ...], value: Value) -> str:
        """The label of a choice in the person's language; a value without one as it is."""
        if value is None:
            return ""
        found = label_of(self, self.flow.labels.get(path, ()), value)
        return str(value) if found is None else found

    def store(self, variable: Variable, value: Value, place: Place | None) -> None:
        """Give a declared variable a value.

        Raises:
            Fault: `data:type` where the value does not fit, `data:size` where it is too heavy,
                `user:shared` where it belongs to one person and nobody acts.
        """
        checked(variable, value, place, self)
        if variable.scope == "user":
            if not self.macrostep.set_user(variable.name, value):
                message = f"`user.{variable.name}` belongs to one person, and nobody has done this"
                raise Fault("user:shared", message, place)
            return
        if self.owned is None:
            self.data = self.owned = dict(self.data)
        self.owned[variable.name] = value


def work_of(node: StateNode, pending: Pending) -> Work | None:
    """The work that a state waits for: its invoke, or the check of its question."""
    if pending.given is None:
        return node.work
    return node.question.check if node.question else None


def checked(
    variable: Variable, value: Value, place: Place | None, speaker: Speaker = NOBODY
) -> Value:
    """A value that a variable may hold; limits that are expressions are judged in a scope.

    Raises:
        Fault: `data:type` where the value does not fit, `data:size` where it is too heavy.
    """
    reason = fits(variable, value, speaker)
    if reason is not None:
        raise Fault("data:type", f"`{variable.name}`: {reason}", place)
    if too_heavy(value):
        raise Fault("data:size", f"the value of `{variable.name}` is too big", place)
    return value
