"""Which states are active together: what a transition leaves and enters.

These are the procedures of SCXML's algorithm (W3C SCXML 1.0, appendix D), as pure functions over
the states of a flow. A configuration is given by its atomic states.
"""

from collections.abc import Iterable, Mapping, Sequence

from engine.core.nodes import StateNode

States = Mapping[str, StateNode]
History = Mapping[str, tuple[str, ...]]
"""What was active when a state was left, by the path of its history."""


def goals(states: States, history: History, target: StateNode) -> list[StateNode]:
    """The states that a target means: itself, or what its history remembers."""
    if target.kind != "history":
        return [target]
    known = [states[path] for path in history.get(target.path, ()) if path in states]
    return known or goals(states, history, states[target.initial])


def domain(source: StateNode, target: StateNode, *, inside: bool = False) -> StateNode:
    """The innermost compound state around a transition, which it does not leave.

    `inside` is SCXML's transition of type internal: it does not leave its source, if it can. A
    history counts where it stands, so that whatever it brings back is left before it is entered.
    """
    around = [outer for outer in source.ancestry if outer.kind == "compound"]
    if (inside and source.kind == "compound") or not source.path:
        around.append(source)
    return next((outer for outer in reversed(around) if target.lies_in(outer)), around[0])


def entered(
    states: States, history: History, target: StateNode, within: StateNode | None
) -> dict[str, StateNode]:
    """What is entered by path when `target` is, inside `within` (none: the root as well)."""
    found: dict[str, StateNode] = {}
    _descend(states, history, target, found)
    for end in goals(states, history, target):
        _ascend(states, history, end, within, found)
    return found


def _descend(
    states: States, history: History, node: StateNode, found: dict[str, StateNode]
) -> None:
    if node.kind == "history":
        ends = goals(states, history, node)
        for end in ends:
            _descend(states, history, end, found)
        for end in ends:
            _ascend(states, history, end, node.ancestry[-1], found)
        return
    found[node.path] = node
    if node.kind == "compound":
        _descend(states, history, states[node.initial], found)
    elif node.kind == "parallel":
        _complete(states, history, node, found)


def _ascend(
    states: States,
    history: History,
    node: StateNode,
    within: StateNode | None,
    found: dict[str, StateNode],
) -> None:
    """Add the states around `node`, and the other regions of those that are parallel."""
    for outer in reversed(node.ancestry):
        if within is not None and not outer.lies_in(within):
            return
        found[outer.path] = outer
        if outer.kind == "parallel":
            _complete(states, history, outer, found)


def _complete(
    states: States, history: History, parallel: StateNode, found: dict[str, StateNode]
) -> None:
    for path in parallel.children:
        region = states[path]
        if not any(node is region or node.lies_in(region) for node in found.values()):
            _descend(states, history, region, found)


def in_order(nodes: Iterable[StateNode]) -> list[StateNode]:
    return sorted(nodes, key=lambda node: node.order)


def remembered(
    states: States, active: Sequence[StateNode], left: Iterable[StateNode]
) -> dict[str, tuple[str, ...]]:
    """What the histories of states that are left now remember, by path of the history."""
    kept: dict[str, tuple[str, ...]] = {}
    for node in left:
        for path in node.histories:
            if states[path].deep:
                below = [one.path for one in active if one.atomic and one.lies_in(node)]
            else:
                below = [one.path for one in active if one.ancestry and one.ancestry[-1] is node]
            kept[path] = tuple(below)
    return kept


def finished(states: States, node: StateNode, leaves: Iterable[str]) -> bool:
    """Whether a compound state is in a final child, or a parallel one is that in each region."""
    leaves = list(leaves)
    if node.kind == "compound":
        return any(path in leaves and states[path].kind == "final" for path in node.children)
    if node.kind == "parallel":
        return all(finished(states, states[path], leaves) for path in node.children)
    return False


def consistent(states: States, leaves: Sequence[str]) -> bool:
    """Whether these can be the atomic states of one configuration of the flow."""
    if not all(path in states and states[path].atomic for path in leaves):
        return False
    active = {node.path: node for path in leaves for node in (*states[path].ancestry, states[path])}
    for node in active.values():
        inside = sum(path in active for path in node.children)
        if inside != (
            len(node.children) if node.kind == "parallel" else min(1, len(node.children))
        ):
            return False
    return len(set(leaves)) == len(leaves)
