"""States and their transitions, flattened into one machine of atomic states.

For each atomic state, what it and the states around it hear becomes transitions of that state, the
innermost first; the states that a transition leaves and enters are worked out here, once, as SCXML
3.13 orders them: exits from the inside, the actions, entries from the outside.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.compiler.states import Compiled, initial_of
from engine.compiler.transitions import Way
from engine.core.blocks import Do, Enter, Guard, Leave, Matches, Moved, Stay, want_back
from engine.core.machine import LeanMachine
from engine.core.program import BACK, START, StateNode

Callback = Callable[[Moved], object]


def flatten(name: str, states: dict[str, Compiled]) -> LeanMachine:
    """The flow's machine; its states are the paths of atomic and final states, and `.start`."""
    leaves = [found for found in states.values() if found.node.kind != "compound"]
    machine = LeanMachine(name=name, states=[START, *(found.node.path for found in leaves)])
    root = states[""]
    first = initial_of(root.source)
    if first and first in states:
        entered = Enter((root.node, *_between(states, first, "")), "init")
        machine.add_transition("init", START, first, after=[entered])
    for leaf in leaves:
        for event, found, way in _heard(states, leaf):
            _add(machine, states, leaf, found, event, way)
    return machine


def _heard(states: dict[str, Compiled], leaf: Compiled) -> Iterator[tuple[str, Compiled, Way]]:
    """What is heard in an atomic state, from the inside outwards, in the order of trial."""
    for event, ways in leaf.own.items():
        for way in ways:
            yield event, leaf, way
    for source in leaf.source.chain():
        found = states[source.path]
        if found is not leaf:
            for event, ways in found.own.items():
                for way in ways:
                    yield event, found, way
        for event, ways in found.hears.items():
            for way in ways:
                yield event, found, way
        # What a person says is offered to `text` and to `*` of one state before those around it.
        for way in found.hears.get("*", ()):
            yield "text", found, way


@dataclass(frozen=True, slots=True)
class _Route:
    leave: tuple[StateNode, ...]
    enter: tuple[StateNode, ...]


def _add(
    machine: LeanMachine, states: dict[str, Compiled], leaf: Compiled, at: Compiled,
    event: str, way: Way,
) -> None:  # fmt: skip
    conditions: list[Callback] = []
    if way.pattern is not None:
        conditions.append(Matches(way.pattern))
    if way.guard is not None:
        conditions.append(Guard(way.guard))
    before: list[Callback] = []
    after: list[Callback] = []
    target: str | None = None
    if way.target is None:
        after.append(Stay(event, way.reprompt))
    elif way.target == BACK:
        after.append(want_back)
    else:
        route = _route(states, leaf, at, way.target)
        before.append(Leave(route.leave))
        target = route.enter[-1].path
        after.append(Enter(route.enter, event))
    if way.actions:
        before.append(Do(way.actions))
    machine.add_transition(
        event, leaf.node.path, target, conditions=conditions, before=before, after=after
    )


def _route(states: dict[str, Compiled], leaf: Compiled, at: Compiled, target: str) -> _Route:
    """What is left and entered; an external transition leaves the state that it is written in."""
    source = at.source.path
    domain = ""
    for outer in reversed(states[target].node.ancestry):
        inside = not outer.path or source.startswith(f"{outer.path}.")
        if inside:
            domain = outer.path
            break
    left = _between(states, leaf.node.path, domain)
    down_to = initial_of(states[target].source)
    return _Route(tuple(reversed(left)), _between(states, down_to, domain))


def _between(states: dict[str, Compiled], path: str, domain: str) -> tuple[StateNode, ...]:
    """The states from inside `domain` down to `path`, outermost first."""
    node = states[path].node
    chain = (*node.ancestry, node)
    depth = 1 + (domain.count(".") + 1 if domain else 0)
    return chain[depth:]
