"""What a bot's files declare, before anything refers to it: flows, states, variables, inputs."""

from collections.abc import Iterator, Mapping
from dataclasses import field

from engine.classes import dataclass
from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.core.datatypes.kind import Evaluate, Variable
from engine.core.nodes import StateKind


@dataclass(frozen=True, slots=True)
class StateSource:
    """A state as it stands in the file; the root has an empty path and no key."""

    path: str
    node: Fields
    parent: "StateSource | None" = None
    key: Scalar | None = None
    children: dict[str, "StateSource"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def kind(self) -> StateKind:
        match text_of(self.node.get("type")):
            case "final":
                return "final"
            case "history":
                return "history"
            case "parallel":
                return "parallel"
            case _:
                return "compound" if self.children or not self.path else "atomic"

    @property
    def final(self) -> bool:
        return self.kind == "final"

    @property
    def inside(self) -> "list[StateSource]":
        """The states inside, without those that only remember."""
        return [child for child in self.children.values() if child.kind != "history"]

    @property
    def asks(self) -> bool:
        return self.node.get("ask") is not None or self.node.get("confirm") is not None

    @property
    def prefix(self) -> str:
        """What a translation key of this state begins with."""
        return f"{self.path}." if self.path else ""

    def walk(self) -> "Iterator[StateSource]":
        yield self
        for child in self.children.values():
            yield from child.walk()

    def chain(self) -> "tuple[StateSource, ...]":
        """From this state outwards to the root."""
        return (self, *(self.parent.chain() if self.parent else ()))


@dataclass(slots=True)
class FlowSource:
    """One flow file that its schema has accepted, with its translations by language and key.

    `texts` are those that can be translated, by key; the compiler fills it as it meets them.
    """

    name: str
    file: str
    node: Fields
    hash: str
    root: StateSource
    translations: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    inputs: frozenset[str] = frozenset()
    computed: dict[tuple[str, ...], Evaluate] = field(default_factory=dict)
    texts: dict[str, Scalar] = field(default_factory=dict)
    states: dict[str, StateSource] = field(init=False)
    """Every state but the root, by path."""

    def __post_init__(self) -> None:
        self.states = {state.path: state for state in self.root.walk() if state.path}

    @property
    def finals(self) -> list[str]:
        """Names of the top-level final states: what a caller must handle."""
        return [state.path for state in self.root.children.values() if state.final]

    def raised(self) -> set[str]:
        """Names of the events that the flow raises itself."""
        return set(_raised(self.node))


def _raised(node: Node) -> Iterator[str]:
    if isinstance(node, Items):
        for item in node.items:
            yield from _raised(item)
    elif isinstance(node, Fields):
        for key, entry in node.entries.items():
            if key == "raise" and isinstance(entry.value, Scalar):
                yield entry.value.text
            else:
                yield from _raised(entry.value)


def text_of(node: Node | None) -> str | None:
    """A scalar's spelling, or none."""
    return node.text if isinstance(node, Scalar) else None


def choice_ids(state: StateSource) -> list[str]:
    """The ids of the choices that are written in a state, and those of `confirm`."""
    choices = state.node.get("choices")
    ids = list(choices.entries) if isinstance(choices, Fields) else []
    return ids if state.node.get("confirm") is None else ["yes", "no"]


RESERVED = frozenset({"on", "idle", "after", "states", "entry", "exit", "always", "data", "texts"})
"""State names that a translation key could not be told from."""


def state_tree(node: Fields, findings: Findings) -> StateSource:
    """The tree of a flow's states; a name that cannot be addressed is reported."""
    root = StateSource("", node)
    _add_children(root, findings)
    return root


def _add_children(parent: StateSource, findings: Findings) -> None:
    states = parent.node.get("states")
    if not isinstance(states, Fields):
        return
    for name, entry in states.entries.items():
        if name in RESERVED or "." in name:
            cure = "Choose another name; letters, digits, `_` and `-` are fine."
            findings.add("SC040", f"a state cannot be called `{name}`", entry.key, cure)
        if isinstance(entry.value, Fields):
            child = StateSource(f"{parent.prefix}{name}", entry.value, parent, entry.key)
            parent.children[name] = child
            _add_children(child, findings)
