"""What a picture of a flow shows: boxes within boxes, and the arrows between them.

It is made of the core form, so a picture has the states and transitions of `statechat expand`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, Literal

from engine.classes import dataclass
from engine.core.nodes import BACK
from engine.core.values import Value

Kind = Literal["state", "question", "work", "call", "final", "compound", "parallel", "history"]
Core = Mapping[str, Value]

LONGEST: Final = 44
"""Longest line of a box or an arrow, in characters; the whole text is told on pointing at it."""
_WORK: Final = {"invoke.done": "done", "invoke.error": "error"}


@dataclass(frozen=True, slots=True)
class Box:
    """A state.

    Attributes:
        id: its path in the flow.
        lines: what it says, asks, calls and does, and what it hears without leaving.
        first: whether its parent begins with it.
    """

    id: str
    title: str
    kind: Kind
    lines: tuple[str, ...] = ()
    children: "tuple[Box, ...]" = ()
    first: bool = False

    def walk(self) -> "Iterator[Box]":
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Arrow:
    """The transitions from one state to another, a label each; an empty one is taken at once."""

    source: str
    target: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One flow. `everywhere` is what its root hears: that is valid in every state."""

    name: str
    description: str = ""
    triggers: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    calls: tuple[str, ...] = ()

    def walk(self) -> Iterator[Box]:
        for box in self.boxes:
            yield from box.walk()


@dataclass(slots=True)
class _Reading:
    """Transitions as they are found: by source and target, in the order of the file."""

    arrows: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)


def chart(core: Core) -> Chart:
    """The picture's content of a flow in core form."""
    reading = _Reading()
    first = str(core.get("initial", ""))
    boxes = tuple(
        _box(name, "", _mapping(state), reading, first=name == first)
        for name, state in _mapping(core.get("states")).items()
    )
    everywhere = [
        f"{label} → {target}" if target else label for label, target in _transitions(core, {})
    ]
    return Chart(
        str(core["flow"]),
        str(core.get("description") or ""),
        tuple(map(_trigger, _items(core.get("triggers")))),
        tuple(map(short, everywhere)),
        boxes,
        tuple(
            Arrow(source, target, tuple(labels))
            for (source, target), labels in reading.arrows.items()
        ),
        tuple(dict.fromkeys(reading.calls)),
    )


def _box(name: str, around: str, state: Core, reading: _Reading, *, first: bool) -> Box:
    path = f"{around}.{name}" if around else name
    labels = _labels(state)
    lines = [short(line) for line in _contents(state)]
    for label, target in _transitions(state, labels):
        if target and target != BACK:
            reading.arrows.setdefault((path, target), []).append(label)
        else:
            lines.append(short(f"{label} → {BACK}" if target else f"{label} ⟲"))
    begins = str(state.get("initial", "")).rpartition(".")[2]
    inner = tuple(
        _box(child, path, _mapping(value), reading, first=child == begins)
        for child, value in _mapping(state.get("states")).items()
    )
    called = _mapping(state.get("call")).get("call")
    if called is not None:
        reading.calls.append(str(called))
    return Box(path, name, _kind(state, has_children=bool(inner)), tuple(lines), inner, first)


def _kind(state: Core, *, has_children: bool) -> Kind:
    match state.get("type"):
        case "final":
            return "final"
        case "history":
            return "history"
        case "parallel":
            return "parallel"
    if has_children:
        return "compound"
    if "call" in state:
        return "call"
    if "invoke" in state or "handoff" in state:
        return "work"
    asks = any("ask" in _mapping(action) for action in _items(state.get("entry")))
    return "question" if asks else "state"


def _contents(state: Core) -> Iterator[str]:
    """What happens in a state, a line each."""
    for action in map(_mapping, _items(state.get("entry"))):
        if "ask" in action:
            yield f"? {_said(action['ask'])}"
        elif "say" in action:
            yield _said(action["say"])
    if "call" in state:
        yield f"call {_mapping(state['call'])['call']}"
    if "invoke" in state:
        yield f"do {_mapping(state['invoke'])['action']}"
    if "handoff" in state:
        yield f"hand over to {_mapping(state['handoff'])['to']}"


def _labels(state: Core) -> dict[str, str]:
    """The labels of the choices of a state, by id."""
    found: dict[str, str] = {}
    for action in map(_mapping, _items(state.get("entry"))):
        for id_, choice in _mapping(action.get("choices")).items():
            label = _mapping(choice).get("label") if isinstance(choice, Mapping) else choice
            found[id_] = _said(label)
    return found


def _transitions(state: Core, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The label and the target of each transition; an empty target stays."""
    for event, ways in _mapping(state.get("on")).items():
        yield from _ways(_event(event, labels), ways)
    yield from _ways("", state.get("always"))
    for key, word in (("after", "after"), ("idle", "silent for")):
        timers = state.get(key)
        if isinstance(timers, Mapping):
            for pause, ways in timers.items():
                yield from _ways(f"{word} {pause}", ways)
        else:
            for way in _items(timers):
                yield from _ways(f"{word} {_mapping(way).get(key)}", way)
    if state.get("type") == "history" and state.get("target") is not None:
        yield "else", str(state["target"])


def _ways(event: str, ways: Value) -> Iterator[tuple[str, str]]:
    for way in map(_mapping, _items(ways)):
        guard = way.get("guard")
        share = way.get("share")
        parts = [event, f"[{guard}]" if guard is not None else "", f"{share} %" if share else ""]
        yield " ".join(filter(None, parts)), str(way.get("target") or "")


def _event(event: str, labels: Mapping[str, str]) -> str:
    kind, _, rest = event.partition(".")
    if event in _WORK:
        return _WORK[event]
    if kind == "answer" and rest:
        return f"“{labels[rest]}”" if rest in labels else rest
    return rest if kind in ("final", "handoff") else event


def _said(text: Value) -> str:
    """The first words of a text, also of a variation and of a message with media."""
    if isinstance(text, Mapping):
        kinds = ", ".join(key for key in text if key != "text")
        return _said(text["text"]) if "text" in text else f"({kinds})"
    if isinstance(text, Sequence) and not isinstance(text, str):
        return _said(text[0]) if text else ""
    return " ".join(str(text).split())


def _trigger(trigger: Value) -> str:
    if isinstance(trigger, Mapping):
        return ", ".join(f"{key}: {value}" for key, value in trigger.items())
    return str(trigger)


def short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Value) -> Sequence[Value]:
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    return (value,)
