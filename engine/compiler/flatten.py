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
from engine.core.table import Callback, Origin, Row, Table

States = Mapping[str, StateNode]


def flatten(name: str, compiled: Mapping[str, Compiled]) -> Table:
    """The flow's machine; its states are the paths of atomic and final states."""
    states = {path: found.node for path, found in compiled.items()}
    leaves = [found for found in compiled.values() if found.node.atomic]
    table = Table(name, [found.node.path for found in leaves])
    fixed = is_fixed(states)
    moves: dict[tuple[int, str], Move] = {}
    for leaf in leaves:
        for event, at, way, origin in _heard(compiled, leaf):
            if fixed:
                row = _row(states, leaf.node, at, event, way, origin)
            else:
                move = moves.setdefault((id(way), event), _move(states, at, event, way))
                row = Row(None, tuple(way.conditions), (move,), (), origin)
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
    rows = (
        row
        for heard in table.events.values()
        for found in heard.transitions.values()
        for row in found
    )
    return any(
        want_back in row.after or any(isinstance(each, Move) and each.back for each in row.before)
        for row in rows
    )


def _move(states: States, at: StateNode, event: str, way: Way) -> Move:
    back = way.target == BACK
    target = None if back or way.target is None else states[way.target]
    return Move(event, at, target, way.actions, way.inside, way.reprompt, back)


def _row(
    states: States, leaf: StateNode, at: StateNode, event: str, way: Way, origin: Origin
) -> Row:
    before: list[Callback] = []
    after: list[Callback] = []
    dest: str | None = None
    if way.target is None:
        after.append(Stay(event, way.reprompt))
    elif way.target == BACK:
        after.append(want_back)
    else:
        target = states[way.target]
        within = domain(at, target, inside=way.inside)
        active = (*leaf.ancestry, leaf)
        before.append(Leave(tuple(node for node in reversed(active) if node.lies_in(within))))
        enter = tuple(in_order(entered(states, {}, target, within).values()))
        dest = enter[-1].path
        after.append(Enter(enter, event))
    if way.actions:
        before.append(Do(way.actions))
    return Row(dest, tuple(way.conditions), tuple(before), tuple(after), origin)
