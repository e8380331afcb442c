"""What happens when a transition is taken: states are left, actions run, states are entered.

In a flow without parallel states and history it is known when the flow is compiled what a
transition leaves and enters: `Leave`, `Do` and `Enter` stand in the machine, and the machine moves
the state. Elsewhere that depends on what is active: there the machine only chooses, and `take`
carries out what was chosen, by SCXML's algorithm.
"""

from collections.abc import Iterable, Mapping, Sequence

from engine.classes import dataclass
from engine.core.activation import NOTHING, Activation, ActiveLeaf
from engine.core.blocks import Moved, run
from engine.core.configuration import domain, entered, finished, in_order, remembered
from engine.core.effects import Drop
from engine.core.macrostep import Raised
from engine.core.nodes import Block, StateNode
from engine.core.timers import arm
from engine.core.values import Value


@dataclass(frozen=True, slots=True)
class Do:
    """The actions of a transition."""

    block: Block

    def __call__(self, moved: Moved) -> None:
        run(moved.model, self.block)


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave states, innermost first; whatever was called from here is ended before."""

    nodes: tuple[StateNode, ...]

    def __call__(self, moved: Moved) -> None:
        model = moved.model
        end_above(model)
        release(model, model.leaf)
        for node in self.nodes:
            leave(model, node)


@dataclass(frozen=True, slots=True)
class Enter:
    """Enter states, outermost first, down to an atomic one."""

    nodes: tuple[StateNode, ...]
    event: str

    def __call__(self, moved: Moved) -> None:
        moved.model.macrostep.note("step:transition", self.event)
        enter(moved.model, self.nodes)


@dataclass(frozen=True, slots=True)
class Stay:
    """An internal transition: the open question is asked again, if a person caused it."""

    event: str
    reprompt: bool

    def __call__(self, moved: Moved) -> None:
        stay(moved.model, self.event, reprompt=self.reprompt)


def stay(model: Activation, event: str, *, reprompt: bool) -> None:
    macrostep = model.macrostep
    macrostep.note("step:internal", event)
    if reprompt and macrostep.event.by_person:
        macrostep.reprompt = True


def want_back(moved: Moved) -> None:
    """A transition to `.back`: carried out when its actions have run."""
    moved.model.macrostep.wants_back = True


@dataclass(frozen=True, slots=True)
class Move:
    """A transition of a flow with parallel states or history; the same object wherever it is heard.

    Attributes:
        source: the state that it is written in.
        target: the state that it leads to; none if it stays, or goes `back`.
        inside: whether it leads into its source without leaving it.
    """

    event: str
    source: StateNode
    target: StateNode | None = None
    actions: Block = ()
    inside: bool = False
    reprompt: bool = True
    back: bool = False

    def __call__(self, moved: Moved) -> None:
        take(moved.model, [(moved.model.leaf, self)])

    @property
    def within(self) -> StateNode | None:
        """The state around all that it leaves and enters; none if it leaves nothing."""
        return self.target and domain(self.source, self.target, inside=self.inside)


def fire(
    model: Activation,
    event: str,
    local: Mapping[str, Value] = NOTHING,
    *,
    leaf: ActiveLeaf | None = None,
) -> bool:
    """Let one run hear an event; true if a transition was taken.

    Every active state hears it, or only what is active at `leaf`. Guards and actions see the names
    in `local`.
    """
    model.local = local
    machine = model.flow.machine
    taken = machine.fire(model, event) if model.flow.fixed else _fire(model, event, leaf)
    model.local = NOTHING
    return taken


def _fire(model: Activation, event: str, only: ActiveLeaf | None) -> bool:
    machine = model.flow.machine
    calling = model.macrostep.calling(model)
    focus = model.leaf
    chosen: list[tuple[ActiveLeaf, Move]] = []
    for leaf in [only] if only else list(model.leaves):
        if event == "always" and leaf is calling:
            continue
        model.leaf = leaf
        transition = machine.select(model, event)
        move = transition.before[0] if transition is not None else None
        if isinstance(move, Move) and all(move is not other for _, other in chosen):
            chosen.append((leaf, move))
    if not chosen:
        model.leaf = focus
        return False
    take(model, chosen)
    model.leaf = model.leaves[0]
    return True


def take(model: Activation, chosen: Sequence[tuple[ActiveLeaf, Move]]) -> None:
    """Carry out transitions of one microstep: all exits, all actions, all entries."""
    macrostep = model.macrostep
    states = model.flow.states
    active = model.active()
    kept: list[tuple[ActiveLeaf, Move, StateNode | None, set[str]]] = []
    for leaf, move in chosen:
        within = move.within
        left = {node.path for node in active if within is not None and node.lies_in(within)}
        clashing = [other for other in kept if other[3] & left]
        if all(move.source.lies_in(other[1].source) for other in clashing):
            kept = [other for other in kept if other not in clashing]
            kept.append((leaf, move, within, left))
    gone = {path for *_, left in kept for path in left}
    exits = [node for node in active if node.path in gone]
    model.history = {**model.history, **remembered(states, active, exits)}
    _exit(model, exits)
    before = model.leaves
    for leaf, move, _, _ in kept:
        model.leaf = leaf
        run(model, move.actions)
        if move.back:
            macrostep.wants_back = True
        elif move.target is None:
            stay(model, move.event, reprompt=move.reprompt)
        else:
            macrostep.note("step:transition", move.event)
    found: dict[str, StateNode] = {}
    for _, move, within, _ in kept:
        if move.target is not None:
            found |= entered(states, model.history, move.target, within)
    if found:
        remaining = [leaf for leaf in before if leaf.state not in gone]
        enter(model, in_order(found.values()), remaining)


def _exit(model: Activation, exits: Sequence[StateNode]) -> None:
    """Leave states, in the reverse order of the document; what was called from them ends before."""
    gone = {node.path for node in exits}
    calling = model.macrostep.calling(model)
    if calling is not None and calling.state in gone:
        end_above(model)
    for node in reversed(exits):
        if node.atomic:
            model.leaf = next(leaf for leaf in model.leaves if leaf.state == node.path)
            release(model, model.leaf)
        leave(model, node)


def enter(model: Activation, nodes: Sequence[StateNode], beside: Iterable[ActiveLeaf] = ()) -> None:
    """Enter states in the order of the document; `beside` are the leaves that stay active."""
    stand(model, nodes, beside)
    leaves = model.leaves
    model.absent = {node.path for node in nodes}
    for node in nodes:
        if len(leaves) > 1:
            model.leaf = _leaf_in(model.flow.states, node, leaves)
        model.absent.discard(node.path)
        if node.timers:
            arm(model, node)
        if node.entry:
            run(model, node.entry)
        if node.kind == "final":
            _done(model, node)


def stand(model: Activation, nodes: Iterable[StateNode], beside: Iterable[ActiveLeaf] = ()) -> None:
    """Make states active, without their entry."""
    macrostep = model.macrostep
    leaves = [*beside]
    for node in nodes:
        if node.atomic:
            macrostep.visits += 1
            waits = node.call is not None or node.work is not None
            leaves.append(
                ActiveLeaf(node.path, macrostep.visits, entered=macrostep.now, waits=waits)
            )
    if len(leaves) > 1:
        states = model.flow.states
        leaves.sort(key=lambda leaf: states[leaf.state].order)
    model.leaves = leaves
    model.leaf = leaves[0]


def _leaf_in(
    states: Mapping[str, StateNode], node: StateNode, leaves: Sequence[ActiveLeaf]
) -> ActiveLeaf:
    """The first leaf that is a state, or lies in it."""
    return next(
        leaf for leaf in leaves if leaf.state == node.path or states[leaf.state].lies_in(node)
    )


def _done(model: Activation, final: StateNode) -> None:
    """Tell the state around a nested final one, and each parallel state that it completes."""
    if final.ends_run:
        return
    raised = model.macrostep.raised
    *_, around = final.ancestry
    raised.append(Raised(f"done:{around.path}", model.run))
    leaves = [leaf.state for leaf in model.leaves if leaf.state not in model.absent]
    for outer in reversed(around.ancestry):
        if outer.kind != "parallel" or not finished(model.flow.states, outer, leaves):
            return
        raised.append(Raised(f"done:{outer.path}", model.run))


def release(model: Activation, leaf: ActiveLeaf) -> None:
    """Forget the invoke that a state waits for."""
    if leaf.pending is not None:
        model.macrostep.effects.append(Drop(leaf.pending.id))
        leaf.pending = None


def leave(model: Activation, node: StateNode) -> None:
    macrostep = model.macrostep
    if node.timers:
        keys = frozenset(spec.key for spec in node.timers)
        macrostep.disarm(model.run, keys)
        model.late = tuple(key for key in model.late if key not in keys)
    if node.exit:
        run(model, node.exit)
    model.absent.add(node.path)


def end(model: Activation) -> None:
    """Leave every state of a run that does not go on, and forget it."""
    if model.flow.fixed:
        release(model, model.leaf)
        for left in (model.node, *reversed(model.node.ancestry)):
            leave(model, left)
    else:
        _exit(model, model.active())
    model.macrostep.forget_run(model)


def end_above(model: Activation) -> None:
    """End the runs that lie on this one, the uppermost first."""
    stack = model.macrostep.stack
    while stack[-1] is not model:
        end(stack[-1])
        stack.pop()
