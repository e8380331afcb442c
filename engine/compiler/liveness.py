"""Which variables a conversation may still read, from each of its states on.

A backward analysis of live variables over the compiled machine: a variable is live at a state if
some way on from there reads it before it is written.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, fields, is_dataclass
from functools import cached_property
from operator import attrgetter
from types import UnionType
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin

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
_HOLDERS: Final = frozenset({tuple, frozenset, dict, Mapping, Union, UnionType})


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a way: what it reads, and then surely writes."""

    reads: Reads = field(default_factory=dict)
    writes: Names = frozenset()


@dataclass(frozen=True, slots=True)
class _Way:
    """A way on as a whole: what it reads before it writes it, what it surely writes, its ends."""

    reads: Reads
    writes: Names
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
    live = _live(analysis)
    found: dict[str, Name] = {}
    for node in flow.start:
        found |= live[node.path] if node.atomic else {}
    _precede(found, analysis.entries(flow.start))
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
    edges = {leaf.path: list(analysis.ways(leaf)) for leaf in leaves}
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


def _befores(edges: Mapping[str, Sequence[_Way]]) -> dict[str, set[str]]:
    """The states from which each state can be reached at once."""
    found: dict[str, set[str]] = {}
    for path, ways in edges.items():
        for way in ways:
            for end in way.ends:
                found.setdefault(end, set()).add(path)
    return found


def _grows(found: Mapping[str, dict[str, Name]], path: str, ways: Sequence[_Way]) -> bool:
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


def _precede(wanted: dict[str, Name], parts: Sequence[_Part]) -> None:
    """Turn what is wanted behind some parts into what is wanted before them."""
    for part in reversed(parts):
        for name in part.writes:
            wanted.pop(name, None)
        wanted |= part.reads


class _Analysis:
    """What the parts of one flow read and write.

    `demanding` leaves out what can take a value that is not there.
    """

    def __init__(self, flow: Flow, *, demanding: bool = False) -> None:
        self.flow = flow
        self._demanding = demanding
        self._entries: dict[str, list[_Part]] = {}
        self._inside: dict[str, Sequence[StateNode]] = {}
        self._silent: dict[tuple[str, ...], _Way] = {}
        self._names: dict[int, Sequence[Name]] = {}

    @cached_property
    def written_at_once(self) -> Names:
        """The variables that something writes in the regions of a parallel state."""
        leaves = [
            node
            for node in self.flow.states.values()
            if node.atomic and any(outer.kind == "parallel" for outer in node.ancestry)
        ]
        return frozenset[str]().union(*(way.writes for leaf in leaves for way in self.ways(leaf)))

    def at_rest(self, leaf: StateNode) -> Reads:
        """What is read while a state is active: its question, its arguments, its output."""
        around = (*leaf.ancestry, leaf)
        calling = leaf.call.arguments if leaf.call else None
        working = (leaf.work.arguments, leaf.work.again) if leaf.work else None
        exits = [node.exit for node in around]
        return self.reads([leaf.question, calling, working, leaf.output, exits])

    def ways(self, leaf: StateNode) -> Iterator[_Way]:
        for name, event in self.flow.machine.events.items():
            rows = event.transitions.get(leaf.path)
            if rows is None or (name.startswith("done:") and leaf.kind != "final"):
                continue
            given = _Part(NOTHING, _given(leaf, name))
            for row in rows:
                first = [given, _Part(self.reads(row.conditions))] if row.conditions else [given]
                yield self._way(leaf, first, (*row.before, *row.after))

    def _way(self, leaf: StateNode, parts: list[_Part], callbacks: Iterable[object]) -> _Way:
        ends: tuple[str, ...] = (leaf.path,)
        for callback in callbacks:
            match callback:
                case Leave(nodes):
                    parts += self._blocks(node.exit for node in nodes)
                case Enter(nodes):
                    parts += self.entries(nodes)
                    ends = (nodes[-1].path,)
                case Do(block):
                    parts += self._blocks([block])
                case Move(actions=actions, target=target):
                    parts += self._blocks([actions])
                    if target is not None:
                        inside = self._all_inside(target)
                        parts += [_Part(part.reads) for part in self.entries(inside)]
                        ends = tuple(node.path for node in inside if node.atomic)
                case _:
                    pass
        parts = [part for part in parts if part.reads or part.writes]
        return self._sum(parts, ends) if parts else self._silent_way(ends)

    def _sum(self, parts: Sequence[_Part], ends: tuple[str, ...]) -> _Way:
        wanted: dict[str, Name] = {}
        _precede(wanted, parts)
        return _Way(wanted, frozenset[str]().union(*(part.writes for part in parts)), ends)

    def _silent_way(self, ends: tuple[str, ...]) -> _Way:
        """One that reads and writes nothing, as most do."""
        if ends not in self._silent:
            self._silent[ends] = _Way(NOTHING, frozenset(), ends)
        return self._silent[ends]

    def _all_inside(self, target: StateNode) -> Sequence[StateNode]:
        if target.path not in self._inside:
            self._inside[target.path] = _all_inside(self.flow, target)
        return self._inside[target.path]

    def entries(self, nodes: Sequence[StateNode]) -> list[_Part]:
        found: list[_Part] = []
        for node in nodes:
            if node.path not in self._entries:
                timers = _Part(self.reads([spec.delay for spec in node.timers]))
                parts = [timers, *self._blocks([node.entry])]
                self._entries[node.path] = [one for one in parts if one.reads or one.writes]
            found += self._entries[node.path]
        return found

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
        for name in self._names_in(part) if part else ():
            root = name.path[0] if name.path else ""
            variable = self.flow.variables.get(root)
            if variable is not None and variable.computed is None:
                found.setdefault(root, name)
        return found

    def names(self, part: Any) -> set[str]:  # noqa: ANN401 - as above
        """Every variable that a piece reads: `x`, and `user.x` for what stays with the person."""
        paths = [name.path for name in self._names_in(part)]
        person = {f"user.{path[1]}" for path in paths if path[0] == "user" and len(path) > 1}
        return person | {path[0] for path in paths if path and path[0] != "user"}

    def _names_in(self, one: Any) -> Sequence[Name]:  # noqa: ANN401 - as above
        """The names in a piece, in the order in which it is at work; of a circle, once."""
        kind = type(one)
        if kind is Name:
            variable = self.flow.variables.get(one.path[0]) if one.path else None
            if variable is None or variable.computed is None:
                return (one,)
            return (one, *self._names_in(variable.computed))
        pieces, lasting = _KINDS.get(kind) or _kind(kind)
        if not lasting:
            return self._joined(pieces(one))
        known = self._names.get(id(one))
        if known is None:
            self._names[id(one)] = ()
            if self._demanding and isinstance(one, (Expression, Text)) and _takes_null(one):
                return ()
            known = self._names[id(one)] = self._joined(pieces(one))
        return known

    def _joined(self, pieces: Iterable[Any]) -> Sequence[Name]:
        found: list[Name] = []
        for each in pieces:
            if each and type(each) not in _ATOMS:
                found += self._names_in(each)
        return found or ()


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
    elif issubclass(kind, Expression | Text):
        pieces, lasting = attrgetter("names"), True
    elif is_dataclass(kind):
        named = [each.name for each in fields(kind) if not _is_atom(each.type)]
        pieces, lasting = _getter(named), True
    else:
        pieces, lasting = (lambda _: ()), False
    _KINDS[kind] = pieces, lasting
    return _KINDS[kind]


def _is_atom(kind: Any) -> bool:  # noqa: ANN401 - what stands behind a field's name
    """Whether a field of this type holds no name for sure."""
    origin = get_origin(kind)
    if origin is None or origin is Literal:
        return origin is Literal or (isinstance(kind, type) and kind in _ATOMS)
    parts = [part for part in get_args(kind) if part is not ...]
    return origin in _HOLDERS and all(map(_is_atom, parts))


def _of_state(one: StateNode) -> Sequence[Any]:
    return (one.entry, one.exit, one.timers, one.question, one.call, one.work, one.output)


def _getter(names: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """As `attrgetter`, which gives a tuple only for two names or more."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
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
