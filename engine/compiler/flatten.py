"""States and their transitions, flattened into one machine of atomic states.

For each atomic state, what it and the states around it hear becomes transitions of that state, the
innermost first. Where a flow has neither parallel states nor history, the states that a transition
leaves and enters are worked out here, once: exits from the inside, the actions, entries from the
outside (SCXML 3.13). Elsewhere a transition is a `Move`, which works that out when it is taken.
"""

from collections.abc import Iterator, Mapping

from engine.compiler.states import Compiled
from engine.compiler.transitions import Way
from engine.core.configuration import domain, entered, in_order
from engine.core.moves import Do, Enter, Leave, Move, Stay, want_back
from engine.core.nodes import BACK, StateNode
from engine.core.table import Origin, Row, Table

States = Mapping[str, StateNode]


def flatten(name: str, compiled: Mapping[str, Compiled]) -> Table:
    """The flow's machine; its states are the paths of atomic and final states."""
    states = {path: found.node for path, found in compiled.items()}
    leaves = [found for found in compiled.values() if found.node.atomic]
    table = Table(name, [found.node.path for found in leaves])
    fixed = _Fixed(states) if is_fixed(states) else None
    moves: dict[tuple[int, str], Move] = {}
    for leaf in leaves:
        for event, at, way, origin in _heard(compiled, leaf):
            if fixed is not None:
                row = fixed.row(leaf.node, at, event, way, origin)
            else:
                move = moves.setdefault((id(way), event), _move(states, at, event, way))
                row = Row(None, way.conditions, (move,), (), origin)
            table.add(event, leaf.node.path, row)
    return table


def is_fixed(states: States) -> bool:
    """Whether transitions always leave and enter the same: no parallel state, no history."""
    return all(node.kind not in ("parallel", "history") for node in states.values())


def start(states: States) -> tuple[StateNode, ...]:
    """What a run enters first, outermost first."""
    root = states[""]
    if not root.initial:
        return ()
    return tuple(in_order(entered(states, {}, root, None).values()))


def _heard(
    compiled: Mapping[str, Compiled], leaf: Compiled
) -> Iterator[tuple[str, StateNode, Way, Origin]]:
    """What is heard in an atomic state, from the inside outwards, in the order of trial."""
    for source in leaf.source.chain():
        found = compiled[source.path]
        for event, ways in (*found.own.items(), *found.hears.items()):
            for index, way in enumerate(ways):
                yield event, found.node, way, _origin(found.node, event, index, way)
        # What a person says is offered to `text` and to `*` of one state before those around it.
        for index, way in enumerate(found.hears.get("*", ())):
            yield "text", found.node, way, _origin(found.node, "*", index, way)


def _origin(at: StateNode, event: str, index: int, way: Way) -> Origin:
    return Origin(at.path, event, index, way.target, way.place)


def goes_back(table: Table) -> bool:
    """Whether one of its transitions leads to `.back`."""
    done = (
        one
        for heard in table.events.values()
        for found in heard.transitions.values()
        for row in found
        for one in (*row.before, *row.after)
    )
    return any(one is want_back or (isinstance(one, Move) and one.back) for one in done)


def _move(states: States, at: StateNode, event: str, way: Way) -> Move:
    back = way.target == BACK
    target = None if back or way.target is None else states[way.target]
    return Move(event, at, target, way.actions, way.inside, way.reprompt, back)


class _Fixed:
    """The rows of a flow in which transitions always leave and enter the same.

    Those that leave or enter the same share what they do.
    """

    def __init__(self, states: States) -> None:
        self._states = states
        self._left: dict[tuple[str, str], Leave] = {}
        self._entered: dict[tuple[str, str, bool], tuple[StateNode, tuple[StateNode, ...]]] = {}

    def row(self, leaf: StateNode, at: StateNode, event: str, way: Way, origin: Origin) -> Row:
        acted = (Do(way.actions),) if way.actions else ()
        conditions = way.conditions
        if way.target is None:
            return Row(None, conditions, acted, (Stay(event, way.reprompt),), origin)
        if way.target == BACK:
            return Row(None, conditions, acted, (want_back,), origin)
        within, enter = self._enter(at, way.target, inside=way.inside)
        before = (self._leave(leaf, within), *acted)
        return Row(enter[-1].path, conditions, before, (Enter(enter, event),), origin)

    def _enter(
        self, at: StateNode, path: str, *, inside: bool
    ) -> tuple[StateNode, tuple[StateNode, ...]]:
        """The state that a transition stays within, and those that it enters."""
        key = (at.path, path, inside)
        known = self._entered.get(key)
        if known is None:
            target = self._states[path]
            within = domain(at, target, inside=inside)
            found = in_order(entered(self._states, {}, target, within).values())
            known = self._entered[key] = within, tuple(found)
        return known

    def _leave(self, leaf: StateNode, within: StateNode) -> Leave:
        key = (leaf.path, within.path)
        if key not in self._left:
            active = (*leaf.ancestry, leaf)
            self._left[key] = Leave(
                tuple(node for node in reversed(active) if node.lies_in(within))
            )
        return self._left[key]
