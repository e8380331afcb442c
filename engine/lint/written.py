"""The transitions of a flow as they stand in its file."""

from collections.abc import Iterator
from typing import Final

from engine.classes import dataclass
from engine.compiler.nodes import Entry, Fields, Items, Node, Scalar
from engine.compiler.symbols import FlowSource, StateSource

_LISTED: Final = ("next", "always", "skip", "yes", "no")
_KEYED: Final = ("on", "after", "idle")
_OF_INVOKE: Final = ("done", "error")


@dataclass(frozen=True, slots=True)
class Written:
    """What one state does when something happens: a transition, or a list of them.

    Attributes:
        group: the key of the state that it stands under, such as `on` or `next`.
        key: what happens, such as `/cancel` or `10m`.
    """

    state: StateSource
    group: str
    key: Scalar
    node: Node

    @property
    def ways(self) -> tuple[Node, ...]:
        """The transitions, in the order of trial."""
        return self.node.items if isinstance(self.node, Items) else (self.node,)

    @property
    def sure(self) -> bool:
        """Whether one of them has no guard."""
        return any(guard_of(way) is None for way in self.ways)


def written(source: FlowSource) -> Iterator[Written]:
    """Everything that the states of a flow do, those of the root first."""
    for state in source.root.walk():
        for key in _LISTED:
            yield from _one(state, key, state.node.entries.get(key))
        for group in _KEYED:
            for entry in _entries(state.node.get(group)):
                yield from _one(state, group, entry)
        invoke = state.node.get("invoke")
        if isinstance(invoke, Fields):
            for key in _OF_INVOKE:
                yield from _one(state, "invoke", invoke.entries.get(key))


def handlers(state: StateSource) -> dict[str, Written]:
    """What a state hears by `on`, by the names of the events."""
    found = (_one(state, "on", entry) for entry in _entries(state.node.get("on")))
    return {one.key.text: one for each in found for one in each}


def guard_of(way: Node) -> Scalar | None:
    """The guard of a transition, if it has one."""
    guard = way.get("guard") if isinstance(way, Fields) else None
    return guard if isinstance(guard, Scalar) else None


def target_of(way: Node) -> Scalar | None:
    """Where a transition leads; none if it stays where it is."""
    target = way.get("target") if isinstance(way, Fields) else way
    return target if isinstance(target, Scalar) else None


def _entries(node: Node | None) -> tuple[Entry, ...]:
    return tuple(node.entries.values()) if isinstance(node, Fields) else ()


def _one(state: StateSource, group: str, entry: Entry | None) -> Iterator[Written]:
    if entry is not None:
        yield Written(state, group, entry.key, entry.value)
