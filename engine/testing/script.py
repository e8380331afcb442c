"""Conversation tests as they stand in a file, with the place of every line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from engine.compiler.context import duration
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import text_of
from engine.core.events import Failure
from engine.core.values import Value
from engine.errors import Place
from engine.testing.inputs import Input, read_input
from engine.testing.rights import Rights
from engine.testing.said import Said, read_said

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
"""Monday noon: when a test begins that does not say `now`."""


@dataclass(frozen=True, slots=True)
class Person:
    place: Place
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    place: Place
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Bot:
    place: Place
    messages: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """`state`, `end`, `data` or `records`; the last two compare what they name."""

    place: Place
    kind: Literal["state", "end", "data", "records"]
    expected: Value


Line: TypeAlias = Person | Wait | Bot | Check


@dataclass(frozen=True, slots=True)
class Begin:
    """The state in which a test begins."""

    place: Place
    flow: str | None
    state: str
    data: dict[str, Value]
    user: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt of an action ends with."""

    value: Value = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """A record that is there when a test begins."""

    place: Place
    collection: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Script:
    """One test."""

    name: str
    place: Place
    flow: str
    lang: str | None
    now: int
    begin: Begin | None
    lines: tuple[Line, ...]
    actions: dict[str, tuple[Attempt, ...]] = field(default_factory=dict)
    records: tuple[Seed, ...] = ()
    rights: Rights = field(default_factory=Rights)


def read_scripts(node: Node, flow: str) -> list[Script]:
    """The tests of a file that its schema has accepted, which is named after `flow`."""
    items = node.items if isinstance(node, Items) else ()
    return [_script(item, flow) for item in items if isinstance(item, Fields)]


def _script(node: Fields, flow: str) -> Script:
    chat = node.get("chat")
    actions = node.get("actions")
    begin = node.get("from")
    moment = text_of(node.get("now"))
    named = node.get("test")
    flow = text_of(node.get("flow")) or flow
    return Script(
        text_of(named) or "",
        (named or node).place,
        flow,
        text_of(node.get("lang")),
        _moment(moment),
        _begin(begin) if isinstance(begin, Fields) else None,
        tuple(_line(item) for item in _items(chat) if isinstance(item, Fields)),
        {
            name: tuple(_attempt(item) for item in _items(entry.value))
            for name, entry in (actions.entries.items() if isinstance(actions, Fields) else ())
        },
        tuple(_seeds(node.get("records"))),
        _rights(node.get("rights")),
    )


def _seeds(node: Node | None) -> Iterator[Seed]:
    for name, entry in node.entries.items() if isinstance(node, Fields) else ():
        for item in _items(entry.value):
            yield Seed(item.place, name, _values(item))


def _rights(node: Node | None) -> Rights:
    if not isinstance(node, Fields):
        return Rights()
    roles = tuple(text_of(item) or "" for item in _items(node.get("roles")))
    return Rights(_flag(node.get("admin")), roles, _flag(node.get("refused")))


def _flag(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True


def _moment(text: str | None) -> int:
    moment = START if text is None else datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Items) else ()


def _values(node: Node | None) -> dict[str, Value]:
    return node.plain_data() if isinstance(node, Fields) else {}


def _begin(node: Fields) -> Begin:
    return Begin(
        node.place,
        text_of(node.get("flow")),
        text_of(node.get("state")) or "",
        _values(node.get("data")),
        _values(node.get("user")),
    )


def _attempt(node: Node) -> Attempt:
    if not isinstance(node, Fields):
        return Attempt()
    code = text_of(node.get("error"))
    if code is None:
        value = node.get("return")
        return Attempt(None if value is None else value.plain_data())
    transient = node.get("transient")
    known = transient.value is True if isinstance(transient, Scalar) else code == "timeout"
    return Attempt(failure=Failure(code, text_of(node.get("message")) or "", known))


def _line(node: Fields) -> Line:
    (key, entry), *_ = node.entries.items()
    value = entry.value
    place = entry.key.place
    if key == "user":
        inputs = value.items if isinstance(value, Items) else (value,)
        return Person(place, tuple(read_input(item) for item in inputs))
    if key == "wait":
        return Wait(place, duration(text_of(value) or "") or 0)
    if key == "bot":
        messages = value.items if isinstance(value, Items) else (value,)
        return Bot(place, tuple(read_said(item) for item in messages))
    if key in ("data", "records"):
        return Check(place, "data" if key == "data" else "records", value.plain_data())
    return Check(place, "end" if key == "end" else "state", text_of(value))
