"""A smaller chart that shows the same: parts are left out while the two engines still differ."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from tests.oracle.chart import (
    Block,
    Both,
    Chart,
    Guard,
    In,
    Not,
    Probe,
    State,
    Transition,
    places,
)

Case: TypeAlias = tuple[Chart, tuple[str, ...]]


def shrink(case: Case, differs: Callable[[Case], bool], tries: int) -> Case:
    """The smallest case that is found by leaving out one part after the other."""
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for candidate in _candidates(case):
            tries -= 1
            if differs(candidate):
                case, smaller = candidate, True
                break
            if tries <= 0:
                break
    return case


def _candidates(case: Case) -> Iterator[Case]:
    chart, events = case
    half = len(events) // 2
    if half > 1:
        yield chart, events[:half]
    for index in range(len(events)):
        yield chart, (*events[:index], *events[index + 1 :])
    for path in places(chart):
        left = without(chart, path)
        if left.root.initial is not None:
            yield left, events
    for root in _lighter(chart.root):
        yield replace(chart, root=root), events


def without(chart: Chart, path: str) -> Chart:
    """The chart without a state, all in it, and all that names them."""
    root = _cut(chart.root, "", path)
    while True:
        known = frozenset(places(replace(chart, root=root)))
        tidy = _tidy(root, known, "")
        if tidy == root:
            return replace(chart, root=root)
        root = tidy


def _cut(state: State, at: str, gone: str) -> State:
    inside = [(f"{at}.{child.name}" if at else child.name, child) for child in state.children]
    children = tuple(_cut(child, path, gone) for path, child in inside if path != gone)
    return replace(state, children=children)


def _tidy(state: State, known: frozenset[str], at: str) -> State:
    """Without what names states that are not known, and whole again."""
    children = tuple(
        _tidy(child, known, f"{at}.{child.name}" if at else child.name)
        for child in state.children
        if not child.history or child.target in known
    )
    entered = [child.name for child in children if not child.history]
    kind, initial = state.kind, state.initial
    if kind in {"compound", "parallel"} and not entered and at:
        kind, children, initial = "atomic", (), None
    elif initial is not None and initial not in [child.name for child in children]:
        initial = entered[0] if entered else None
    ways = tuple(
        replace(
            way,
            guard=None if way.guard and not _knows(way.guard, known) else way.guard,
            actions=_tidied(way.actions, known),
        )
        for way in state.transitions
        if (way.target is None or way.target in known)
        and not (kind == "atomic" and (way.event == "done" or way.internal))
    )
    return replace(
        state, kind=kind, children=children, initial=initial, transitions=ways,
        entry=_tidied(state.entry, known), exit=_tidied(state.exit, known),
    )  # fmt: skip


def _tidied(block: Block, known: frozenset[str]) -> Block:
    return tuple(
        action for action in block if not isinstance(action, Probe) or action.state in known
    )


def _knows(guard: Guard, known: frozenset[str]) -> bool:
    match guard:
        case In(state):
            return state in known
        case Not(inner):
            return _knows(inner, known)
        case Both(left, right):
            return _knows(left, known) and _knows(right, known)
    return True


def _lighter(state: State) -> Iterator[State]:
    """The state with one transition, guard or action less."""
    for index, way in enumerate(state.transitions):
        for ways in _less(state.transitions, index, way):
            yield replace(state, transitions=ways)
    for index in range(len(state.entry)):
        yield replace(state, entry=(*state.entry[:index], *state.entry[index + 1 :]))
    for index in range(len(state.exit)):
        yield replace(state, exit=(*state.exit[:index], *state.exit[index + 1 :]))
    for index, child in enumerate(state.children):
        for lighter in _lighter(child):
            children = (*state.children[:index], lighter, *state.children[index + 1 :])
            yield replace(state, children=children)


def _less(
    ways: Sequence[Transition], index: int, way: Transition
) -> Iterator[tuple[Transition, ...]]:
    before, after = tuple(ways[:index]), tuple(ways[index + 1 :])
    yield before + after
    if way.guard is not None and way.event is not None:
        yield (*before, replace(way, guard=None), *after)
    for at in range(len(way.actions)):
        actions = (*way.actions[:at], *way.actions[at + 1 :])
        yield (*before, replace(way, actions=actions), *after)
