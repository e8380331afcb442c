"""Which variables a conversation may still read, from each of its states on.

A backward analysis of live variables over the compiled machine: a variable is live at a state if
some way on from there reads it before it is written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from engine.core.blocks import Assign
from engine.core.configuration import entered, in_order
from engine.core.moves import Do, Enter, Leave, Move
from engine.core.program import Flow, Slot, StateNode
from engine.core.scope import Name

Names = frozenset[str]
NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a way: what it reads, and then surely writes."""

    reads: Names = NONE
    writes: Names = NONE


@dataclass(frozen=True, slots=True)
class _Edge:
    """One way on: its parts in order, and the atomic states in which it ends."""

    parts: tuple[_Part, ...]
    ends: tuple[str, ...]


def live(flow: Flow) -> dict[str, Names]:
    """The live variables at rest in each atomic state, by its path."""
    analysis = _Analysis(flow)
    leaves = [node for node in flow.states.values() if node.atomic]
    edges = {leaf.path: list(analysis.edges(leaf)) for leaf in leaves}
    rest = {leaf.path: analysis.at_rest(leaf) for leaf in leaves}
    found = dict(rest)
    changed = True
    while changed:
        changed = False
        for leaf in leaves:
            wanted = rest[leaf.path].union(*(_before(edge, found) for edge in edges[leaf.path]))
            if wanted != found[leaf.path]:
                found[leaf.path] = wanted
                changed = True
    return found


def _before(edge: _Edge, after: Mapping[str, Names]) -> Names:
    wanted = NONE.union(*(after[end] for end in edge.ends))
    for part in reversed(edge.parts):
        wanted = (wanted - part.writes) | part.reads
    return wanted


class _Analysis:
    """What the parts of one flow read and write."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def at_rest(self, leaf: StateNode) -> Names:
        """What is read while a state is active: its question, its arguments, its output."""
        around = (*leaf.ancestry, leaf)
        calling = leaf.call.arguments if leaf.call else None
        working = (leaf.work.arguments, leaf.work.again) if leaf.work else None
        exits = [node.exit for node in around]
        return self.reads([leaf.question, calling, working, leaf.output, exits])

    def edges(self, leaf: StateNode) -> Iterator[_Edge]:
        for name, event in self._flow.machine.events.items():
            for row in event.transitions.get(leaf.path, ()):
                parts = [_Part(NONE, _given(leaf, name)), _Part(self.reads(row.conditions))]
                yield self._edge(leaf, parts, [*row.before, *row.after])

    def _edge(self, leaf: StateNode, parts: list[_Part], callbacks: Iterable[object]) -> _Edge:
        ends: tuple[str, ...] = (leaf.path,)
        for callback in callbacks:
            match callback:
                case Leave(nodes):
                    parts += self._blocks(node.exit for node in nodes)
                case Do(block):
                    parts += self._blocks([block])
                case Enter(nodes):
                    parts += self._entries(nodes)
                    ends = (nodes[-1].path,)
                case Move(actions=actions, target=target):
                    parts += self._blocks([actions])
                    if target is not None:
                        inside = _all_inside(self._flow, target)
                        parts += [_Part(part.reads) for part in self._entries(inside)]
                        ends = tuple(node.path for node in inside if node.atomic)
                case _:
                    pass
        return _Edge(tuple(parts), ends)

    def _entries(self, nodes: Sequence[StateNode]) -> Iterator[_Part]:
        for node in nodes:
            yield _Part(self.reads([spec.delay for spec in node.timers]))
            yield from self._blocks([node.entry])

    def _blocks(self, blocks: Iterable[Sequence[object]]) -> Iterator[_Part]:
        for block in blocks:
            for action in block:
                written: Names = NONE
                if isinstance(action, Assign) and action.variable.scope == "run":
                    written = frozenset({action.variable.name})
                yield _Part(self.reads(action), written)

    def reads(self, part: Any) -> Names:  # noqa: ANN401 - any piece of a compiled flow
        """The stored variables of a run that a piece reads, wherever they stand in it."""
        seen: set[str] = set()
        rest: list[Any] = [part]
        while rest:
            one = rest.pop()
            if isinstance(one, Name):
                name = one.path[0] if one.path else ""
                variable = self._flow.variables.get(name)
                if variable is not None and name not in seen:
                    seen.add(name)
                    rest.append(variable.computed)
            elif isinstance(one, Mapping):
                rest.extend(one.values())
            elif isinstance(one, (list, tuple, set, frozenset)):
                rest.extend(one)
            elif is_dataclass(one) and not isinstance(one, type):
                rest.extend(getattr(one, each.name) for each in fields(one))
        return frozenset(name for name in seen if self._flow.variables[name].computed is None)


def _given(leaf: StateNode, event: str) -> Names:
    """The variable that an event has filled before its ways are looked at."""
    slot: Slot | None = None
    if leaf.question is not None and event.partition(".")[0] == "answer":
        slot = leaf.question.slot
    elif leaf.work is not None and event == "invoke.done":
        slot = leaf.work.into
    elif leaf.call is not None and event.startswith("final:"):
        slot = leaf.call.into
    return NONE if slot is None or slot.of_user else frozenset({slot.name})


def _all_inside(flow: Flow, target: StateNode) -> Sequence[StateNode]:
    """What a transition of a flow with parallel states or history may enter."""
    around = target.ancestry[-1] if target.kind == "history" else target
    found = entered(flow.states, {}, around, None)
    if target.kind == "history":
        found |= {node.path: node for node in flow.states.values() if node.lies_in(around)}
    return in_order(found.values())
