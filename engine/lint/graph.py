"""A flow as a graph of atomic states: what can happen in each, and where it leads.

Guards are taken as open, both outcomes possible, unless `engine.lint.cases` decides them; a state
that a parallel state or a history may enter counts as entered. So the graph has every way that a
conversation can take, and maybe more: what cannot be reached in it cannot be reached at all.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

from engine.classes import dataclass
from engine.core.blocks import Guard
from engine.core.configuration import entered
from engine.core.expr import Expression
from engine.core.moves import Move, want_back
from engine.core.nodes import BACK, StateNode
from engine.core.program import Flow
from engine.core.table import Row
from engine.lint.cases import outcome

Cause = Literal["answer", "person", "command", "timer", "work", "call", "inner"]


@dataclass(frozen=True, slots=True)
class Edge:
    """One transition as one atomic state hears it.

    Attributes:
        target: the atomic state in which it ends, or `.back`; the source itself if it stays.
        sure: whether nothing can keep it from being taken when its event comes.
        guard: its guard, if it has one.
    """

    source: str
    event: str
    cause: Cause
    target: str
    sure: bool
    guard: Expression | None = None


class Graph:
    """The transitions of one flow.

    Attributes:
        start: the atomic states in which a run begins.
        ends: the states that end a run.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._outcomes: dict[tuple[str, frozenset[str]], bool | None] = {}
        self.leaves = {path: node for path, node in flow.states.items() if node.atomic}
        self.start = [node.path for node in flow.start if node.atomic]
        self.ends = {path for path, node in self.leaves.items() if node.ends_run}

    @cached_property
    def edges(self) -> Mapping[str, tuple[Edge, ...]]:
        """What can happen, by state; of a state that never rests, only what leads on at once."""
        return {path: tuple(self._edges(node)) for path, node in self.leaves.items()}

    @cached_property
    def paths(self) -> Mapping[str, tuple[Edge, ...]]:
        """A shortest way from the start to each state that can be reached, by state."""
        found: dict[str, tuple[Edge, ...]] = dict.fromkeys(self.start, ())
        rest = deque(self.start)
        while rest:
            path = rest.popleft()
            for edge in self.edges[path]:
                for target in self.targets(edge):
                    if target not in found:
                        found[target] = (*found[path], edge)
                        rest.append(target)
        return found

    @cached_property
    def _asked(self) -> Sequence[str]:
        return [path for path, node in self.leaves.items() if node.question is not None]

    def targets(self, edge: Edge) -> Iterable[str]:
        """Where an edge ends; going back may end in every question that was asked before."""
        if edge.target != BACK:
            return (edge.target,)
        return self._asked

    def leading_to(
        self, goals: Iterable[str], through: Callable[[Edge], bool] | None = None
    ) -> set[str]:
        """The states from which a goal can be reached over edges that `through` lets pass."""
        before = self._before if through is None else self._befores(through)
        found = set(goals)
        rest = list(found)
        while rest:
            for path in before.get(rest.pop(), ()):
                if path not in found:
                    found.add(path)
                    rest.append(path)
        return found

    @cached_property
    def _before(self) -> Mapping[str, set[str]]:
        return self._befores(lambda _: True)

    def _befores(self, through: Callable[[Edge], bool]) -> Mapping[str, set[str]]:
        """The states from which each state can be reached at once."""
        before: dict[str, set[str]] = {}
        for path, edges in self.edges.items():
            for target in {one for edge in edges if through(edge) for one in self.targets(edge)}:
                before.setdefault(target, set()).add(path)
        return before

    def at_once(self, path: str) -> Edge | None:
        """The edge that a state surely takes by itself, without waiting for anything.

        Where going back leads depends on the conversation.
        """
        return self._at_once.get(path)

    @cached_property
    def _at_once(self) -> dict[str, Edge]:
        found: dict[str, Edge] = {}
        for path, edges in self.edges.items():
            for one in edges:
                if one.event == "always" and one.sure and one.target != BACK:
                    found.setdefault(path, one)
        return found

    def circle(self, path: str) -> list[str]:
        """The states that lead from this one to itself, each at once and surely, if it is so."""
        walked = [path]
        while (edge := self.at_once(walked[-1])) is not None:
            if edge.target == path:
                return walked
            if edge.target in walked:
                return []
            walked.append(edge.target)
        return []

    def outcome(self, guard: Expression) -> bool | None:
        """What a guard of the flow always gives, if it does: see `engine.lint.cases`."""
        key = (guard.source, guard.locals)
        if key not in self._outcomes:
            self._outcomes[key] = outcome(self.flow, guard)
        return self._outcomes[key]

    def _edges(self, leaf: StateNode) -> Iterator[Edge]:
        table = self.flow.machine.events
        always = list(self._rows(leaf, "always", table["always"].transitions.get(leaf.path, ()))
                      if "always" in table else ())  # fmt: skip
        yield from always
        if any(edge.sure for edge in always):
            # A state that never rests hears only that the loop it is in has become too long.
            if "error" in table:
                yield from self._rows(leaf, "error", table["error"].transitions.get(leaf.path, ()))
            return
        for event, heard in table.items():
            ended = event.startswith("done:") and leaf.kind != "final"
            if event != "always" and not ended:
                yield from self._rows(leaf, event, heard.transitions.get(leaf.path, ()))

    def _rows(self, leaf: StateNode, event: str, rows: Iterable[Row]) -> Iterator[Edge]:
        by = cause(event)
        for row in rows:
            if not row.conditions:
                for target in _targets(self.flow, leaf, row):
                    yield Edge(leaf.path, event, by, target, sure=True)
                return
            guards = [one.expression for one in row.conditions if isinstance(one, Guard)]
            known = [self.outcome(guard) for guard in guards]
            if False in known:
                continue
            sure = len(guards) == len(row.conditions) and all(value is True for value in known)
            guard = guards[0] if guards else None
            for target in _targets(self.flow, leaf, row):
                yield Edge(leaf.path, event, by, target, sure, guard)
            if sure:
                return


def _targets(flow: Flow, leaf: StateNode, row: Row) -> Iterable[str]:
    if any(one is want_back for one in row.after):
        return (BACK,)
    move = row.before[0] if row.before else None
    if not isinstance(move, Move):
        return (row.target or leaf.path,)
    if move.back:
        return (BACK,)
    if move.target is None:
        return (leaf.path,)
    around = move.target
    found = entered(flow.states, {}, around, None)
    if move.target.kind == "history":
        around = move.target.ancestry[-1]
        found |= {path: node for path, node in flow.states.items() if node.lies_in(around)}
    return [path for path, node in found.items() if node.atomic]


def cause(event: str) -> Cause:
    """Who or what makes an event of the machine happen."""
    kind = event.partition(":")[0]
    if kind in ("after", "idle"):
        return "timer"
    if kind == "final":
        return "call"
    if event.startswith("invoke."):
        return "work"
    if event.startswith("/"):
        return "command"
    if event.partition(".")[0] in ("answer", "wrong", "skip", "choice"):
        return "answer"
    if event in PERSON or event.startswith("handoff."):
        return "person"
    return "inner"


PERSON = frozenset(
    {
        "text", "*", "~", "photo", "audio", "voice", "video", "animation", "document", "sticker",
        "location", "contact", "edited", "reaction", "joined", "left", "blocked",
    }
)  # fmt: skip
