"""Which variables a conversation may still read, from each of its states on.

A backward analysis of live variables over the compiled machine: a variable is live at a state if
some way on from there reads it before it is written.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, fields, is_dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, TypeAlias

from engine.classes import dataclass
from engine.core.blocks import Assign
from engine.core.configuration import entered, in_order
from engine.core.expr import Expression
from engine.core.moves import Do, Enter, Leave, Move
from engine.core.nodes import Slot, StateNode
from engine.core.program import Flow
from engine.core.scope import Name
from engine.core.texts import Text
from engine.errors import Place

Names = frozenset[str]
Reads = Mapping[str, Name]
"""Variables that are read, each with one of the places where that happens."""
NOTHING: Reads = {}
_Kind: TypeAlias = tuple[Callable[[Any], Sequence[Any]], bool]
_KINDS: Final[dict[type, _Kind]] = {}
"""How each kind of piece that was met is taken apart, and whether one is known by its identity."""
_ATOMS: Final = frozenset({str, int, float, bool, type(None), Place})
"""What holds no name, and makes up most of a flow."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a way: what it reads, and then surely writes."""

    reads: Reads = field(default_factory=dict)
    writes: Names = frozenset()


@dataclass(frozen=True, slots=True)
class _Edge:
    """One way on: its parts in order, and the atomic states in which it ends."""

    parts: tuple[_Part, ...]
    ends: tuple[str, ...]


def live(flow: Flow) -> dict[str, Names]:
    """The live variables at rest in each atomic state, by its path."""
    return {path: frozenset(reads) for path, reads in _live(_Analysis(flow)).items()}


def unwritten(flow: Flow) -> list[Name]:
    """Reads of variables that have no value yet on some way from the start of the flow.

    Those that may be empty are left out, and so is what is asked whether it is there. What states
    that are active at once write is taken as written: their order is not known.
    """
    analysis = _Analysis(flow, demanding=True)
    start = _Edge(
        tuple(analysis.entries(flow.start)),
        tuple(node.path for node in flow.start if node.atomic),
    )
    found = _before(start, _live(analysis))
    empty = [
        name
        for name, variable in flow.variables.items()
        if variable.optional
        or variable.scope == "user"
        or variable.type == "any"
        or variable.default is not None
        or variable.initial is not None
        or name in flow.inputs
        or name in analysis.written_at_once
    ]
    reads = [read for name, read in found.items() if name not in empty]
    return sorted(reads, key=lambda read: (read.place.line, read.place.column))


def read_anywhere(flow: Flow) -> set[str]:
    """The variables that anything in a flow reads, those of the person as `user.x`."""
    analysis = _Analysis(flow)
    # The states that a transition leaves and enters are looked at as states.
    rows = [
        part
        for heard in flow.machine.events.values()
        for rows in heard.transitions.values()
        for row in rows
        for part in (*row.conditions, *row.before, *row.after)
        if not isinstance(part, Leave | Enter)
    ]
    return analysis.names([rows, list(flow.states.values()), list(flow.variables.values())])


def _live(analysis: "_Analysis") -> Mapping[str, Reads]:
    leaves = [node for node in analysis.flow.states.values() if node.atomic]
    edges = {leaf.path: list(map(_summed, analysis.edges(leaf))) for leaf in leaves}
    found: dict[str, dict[str, Name]] = {leaf.path: dict(analysis.at_rest(leaf)) for leaf in leaves}
    after = _befores(edges)
    # What one state wants its predecessors may want as well: only those are looked at again.
    rest = deque(reversed(edges))
    waiting = set(rest)
    while rest:
        path = rest.popleft()
        waiting.discard(path)
        if _grows(found, path, edges[path]):
            more = after.get(path, set()) - waiting
            rest += sorted(more)  # what is found must not differ from run to run
            waiting |= more
    return found


def _befores(edges: Mapping[str, Sequence["_Summed"]]) -> dict[str, set[str]]:
    """The states from which each state can be reached at once."""
    found: dict[str, set[str]] = {}
    for path, ways in edges.items():
        for way in ways:
            for end in way.ends:
                found.setdefault(end, set()).add(path)
    return found


def _grows(found: Mapping[str, dict[str, Name]], path: str, ways: Sequence["_Summed"]) -> bool:
    """Add what the ways of a state want to what is wanted in it; true if that is more."""
    wanted = found[path]
    count = len(wanted)
    for way in ways:
        for name, read in way.reads.items():
            wanted.setdefault(name, read)
        for end in way.ends:
            for name, read in found[end].items():
                if name not in wanted and name not in way.writes:
                    wanted[name] = read
    return len(wanted) > count


@dataclass(frozen=True, slots=True)
class _Summed:
    """A way on as a whole: what it reads before it writes it, and what it surely writes."""

    reads: Reads
    writes: Names
    ends: tuple[str, ...]


def _summed(edge: _Edge) -> _Summed:
    parts = [part for part in edge.parts if part.reads or part.writes]
    if not parts:
        return _Summed(NOTHING, frozenset(), edge.ends)
    reads = _before(_Edge(tuple(parts), ()), {})
    return _Summed(reads, frozenset().union(*(part.writes for part in parts)), edge.ends)


def _before(edge: _Edge, after: Mapping[str, Reads]) -> Reads:
    wanted: dict[str, Name] = {}
    for end in edge.ends:
        wanted |= after[end]
    for part in reversed(edge.parts):
        for name in part.writes:
            wanted.pop(name, None)
        wanted |= part.reads
    return wanted


class _Analysis:
    """What the parts of one flow read and write.

    `demanding` leaves out what can take a value that is not there.
    """

    def __init__(self, flow: Flow, *, demanding: bool = False) -> None:
        self.flow = flow
        self._demanding = demanding
        self._entries: dict[str, list[_Part]] = {}

    @cached_property
    def written_at_once(self) -> Names:
        """The variables that something writes in the regions of a parallel state."""
        leaves = [
            node
            for node in self.flow.states.values()
            if node.atomic and any(outer.kind == "parallel" for outer in node.ancestry)
        ]
        edges = [edge for leaf in leaves for edge in self.edges(leaf)]
        return frozenset[str]().union(*(part.writes for edge in edges for part in edge.parts))

    def at_rest(self, leaf: StateNode) -> Reads:
        """What is read while a state is active: its question, its arguments, its output."""
        around = (*leaf.ancestry, leaf)
        calling = leaf.call.arguments if leaf.call else None
        working = (leaf.work.arguments, leaf.work.again) if leaf.work else None
        exits = [node.exit for node in around]
        return self.reads([leaf.question, calling, working, leaf.output, exits])

    def edges(self, leaf: StateNode) -> Iterator[_Edge]:
        for name, event in self.flow.machine.events.items():
            if name.startswith("done:") and leaf.kind != "final":
                continue
            for row in event.transitions.get(leaf.path, ()):
                parts = [_Part(NOTHING, _given(leaf, name)), _Part(self.reads(row.conditions))]
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
                    parts += self.entries(nodes)
                    ends = (nodes[-1].path,)
                case Move(actions=actions, target=target):
                    parts += self._blocks([actions])
                    if target is not None:
                        inside = _all_inside(self.flow, target)
                        parts += [_Part(part.reads) for part in self.entries(inside)]
                        ends = tuple(node.path for node in inside if node.atomic)
                case _:
                    pass
        return _Edge(tuple(parts), ends)

    def entries(self, nodes: Sequence[StateNode]) -> Iterator[_Part]:
        for node in nodes:
            if node.path not in self._entries:
                timers = _Part(self.reads([spec.delay for spec in node.timers]))
                parts = [timers, *self._blocks([node.entry])]
                self._entries[node.path] = [one for one in parts if one.reads or one.writes]
            yield from self._entries[node.path]

    def _blocks(self, blocks: Iterable[Sequence[object]]) -> Iterator[_Part]:
        for block in blocks:
            for action in block:
                written: Names = frozenset()
                if isinstance(action, Assign) and action.variable.scope == "run":
                    written = frozenset({action.variable.name})
                yield _Part(self.reads(action), written)

    def reads(self, part: Any) -> Reads:  # noqa: ANN401 - any piece of a compiled flow
        """The stored variables of a run that a piece reads, wherever they stand in it."""
        found: dict[str, Name] = {}
        for name in self._walk(part) if part else ():
            root = name.path[0] if name.path else ""
            variable = self.flow.variables.get(root)
            if variable is not None and variable.computed is None:
                found.setdefault(root, name)
        return found

    def names(self, part: Any) -> set[str]:  # noqa: ANN401 - as above
        """Every variable that a piece reads: `x`, and `user.x` for what stays with the person."""
        paths = [name.path for name in self._walk(part)]
        person = {f"user.{path[1]}" for path in paths if path[0] == "user" and len(path) > 1}
        return person | {path[0] for path in paths if path and path[0] != "user"}

    def _walk(self, part: Any) -> Iterator[Name]:  # noqa: ANN401 - as above
        """The names in a piece; what stands in several places of it counts where it is first."""
        seen: set[str] = set()
        met: set[int] = set()
        rest: list[Any] = [part]
        while rest:
            one = rest.pop()
            kind = type(one)
            if kind is Name:
                yield one
                variable = self.flow.variables.get(one.path[0]) if one.path else None
                if variable is not None and variable.name not in seen:
                    seen.add(variable.name)
                    rest.append(variable.computed)
                continue
            if isinstance(one, (Expression, Text)):
                if not (self._demanding and _takes_null(one)):
                    rest.extend(reversed(one.names))
                continue
            pieces, lasting = _KINDS.get(kind) or _kind(kind)
            if lasting:
                if id(one) in met:
                    continue
                met.add(id(one))
            rest += [each for each in reversed(pieces(one)) if type(each) not in _ATOMS]


def _kind(kind: type) -> _Kind:
    """What pieces of a kind are made of, in the order in which it is at work.

    Those of a class of ours live as long as their flow, so they are known by their identity.
    """
    pieces: Callable[[Any], Sequence[Any]]
    if issubclass(kind, Mapping):
        pieces, lasting = (lambda one: tuple(one.values())), False
    elif issubclass(kind, list | tuple | set | frozenset):
        pieces, lasting = tuple, False
    elif kind is StateNode:
        pieces, lasting = _of_state, True
    elif is_dataclass(kind):
        pieces, lasting = _getter([each.name for each in fields(kind)]), True
    else:
        pieces, lasting = (lambda _: ()), False
    _KINDS[kind] = pieces, lasting
    return _KINDS[kind]


def _of_state(one: StateNode) -> Sequence[Any]:
    return (one.entry, one.exit, one.timers, one.question, one.call, one.work, one.output)


def _getter(names: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """As `attrgetter`, which gives a tuple only for two names or more."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: [getattr(one, name) for name in names]


def _takes_null(part: Expression | Text) -> bool:
    """Whether an author has thought of a value that is not there."""
    return any(word in part.source for word in ("null", "default", "{if", "has(", "not ", " else "))


def _given(leaf: StateNode, event: str) -> Names:
    """The variable that an event has filled before its ways are looked at."""
    slot: Slot | None = None
    if leaf.question is not None and event.partition(".")[0] == "answer":
        slot = leaf.question.slot
    elif leaf.work is not None and event == "invoke.done":
        slot = leaf.work.into
    elif leaf.call is not None and event.startswith("final:"):
        slot = leaf.call.into
    return frozenset() if slot is None or slot.of_user else frozenset({slot.name})


def _all_inside(flow: Flow, target: StateNode) -> Sequence[StateNode]:
    """What a transition of a flow with parallel states or history may enter."""
    around = target.ancestry[-1] if target.kind == "history" else target
    found = entered(flow.states, {}, around, None)
    if target.kind == "history":
        found |= {node.path: node for node in flow.states.values() if node.lies_in(around)}
    return in_order(found.values())
