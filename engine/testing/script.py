"""Conversation tests as they stand in a file, with the place of every line."""

from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from engine.classes import dataclass
from engine.compiler.context import duration
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.symbols import text_of
from engine.core.events import Failure
from engine.core.values import Value
from engine.errors import Place
from engine.testing.inputs import Input, read_input
from engine.testing.rights import Rights
from engine.testing.said import Said, read_said

CHAT: Final = "1"
"""The chat that a person has with the bot alone."""
HTTP: Final = "http.request"
HTTP_FAILED: Final = "http:"
REFUSED: Final = 400
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
"""Monday noon: when a test begins that does not say `now`."""


@dataclass(frozen=True, slots=True)
class Who:
    """Of whom, in which chat and over which transport a line speaks; none: as the test says."""

    person: str | None = None
    chat: str | None = None
    via: str | None = None


NOBODY_ELSE: Final = Who()


@dataclass(frozen=True, slots=True)
class Person:
    place: Place
    inputs: tuple[Input, ...]
    who: Who = NOBODY_ELSE


@dataclass(frozen=True, slots=True)
class Wait:
    place: Place
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Bot:
    """What the bot says; `number` is the line's index in its chat."""

    place: Place
    messages: tuple[Said, ...]
    who: Who = NOBODY_ELSE
    number: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """`state`, `end`, `data` or `records`; the last two compare what they name."""

    place: Place
    kind: Literal["state", "end", "data", "records"]
    expected: Value
    who: Who = NOBODY_ELSE


@dataclass(frozen=True, slots=True)
class Property:
    """An expression that is never, or always, true from this line on, after every step."""

    place: Place
    never: bool
    source: str


Line: TypeAlias = Person | Wait | Bot | Check | Property
CONTENT: Final = ("user", "bot", "wait", "end", "state", "data", "records", "never", "always")
"""What a line can say: one of these."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The state in which a test begins; `stack` are the runs below, the first at the bottom."""

    place: Place
    flow: str | None
    state: str
    data: dict[str, Value]
    user: dict[str, Value]
    stack: "tuple[Begin, ...]" = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt of an action ends with; `run`: what it really does, to records."""

    value: Value = None
    failure: Failure | None = None
    run: bool = False


@dataclass(frozen=True, slots=True)
class Seed:
    """A record that is there when a test begins."""

    place: Place
    collection: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person before anything is said."""

    lang: str | None = None
    tz: str | None = None
    transport: str | None = None
    rights: Rights = field(default_factory=Rights)


@dataclass(frozen=True, slots=True)
class Script:
    """One test; `persons` are those beside its own, `groups` the chats of several, by name."""

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
    tz: str | None = None
    transport: str | None = None
    persons: dict[str, Known] = field(default_factory=dict)
    index: int = 0
    groups: frozenset[str] = frozenset()

    @property
    def own(self) -> Known:
        """What is known of the test's own person."""
        return Known(self.lang, self.tz, self.transport, self.rights)


def read_scripts(node: Node, flow: str) -> list[Script]:
    """The tests of a file that its schema has accepted, which is named after `flow`."""
    items = node.items if isinstance(node, Items) else ()
    return [
        _script(item, flow, index) for index, item in enumerate(items) if isinstance(item, Fields)
    ]


def _script(node: Fields, flow: str, index: int) -> Script:
    chat = node.get("chat")
    persons = node.get("persons")
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
        tuple(_line(item, at) for at, item in enumerate(_items(chat)) if isinstance(item, Fields)),
        _results(node),
        tuple(_seeds(node.get("records"))),
        _rights(node.get("rights")),
        text_of(node.get("tz")),
        text_of(node.get("transport")),
        {
            name: _known(entry.value)
            for name, entry in (persons.entries.items() if isinstance(persons, Fields) else ())
        },
        index,
        frozenset(text_of(item) or "" for item in _items(node.get("groups"))),
    )


def _results(node: Fields) -> dict[str, tuple[Attempt, ...]]:
    """What actions end with, and hosts answer."""
    actions = node.get("actions")
    found = {
        name: tuple(end for item in _items(entry.value) for end in _attempts(item))
        for name, entry in (actions.entries.items() if isinstance(actions, Fields) else ())
    }
    http = _items(node.get("http"))
    return found | {HTTP: tuple(map(_answer, http))} if http else found


def _known(node: Node | None) -> Known:
    if not isinstance(node, Fields):
        return Known()
    return Known(
        text_of(node.get("lang")),
        text_of(node.get("tz")),
        text_of(node.get("transport")),
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
        tuple(_begin(item) for item in _items(node.get("stack")) if isinstance(item, Fields)),
    )


def _attempts(node: Node) -> tuple[Attempt, ...]:
    """What one line of `actions` tells: one end, or as many alike as it says."""
    times = node.get("times") if isinstance(node, Fields) else None
    count = times.value if isinstance(times, Scalar) and isinstance(times.value, int) else 1
    return (_attempt(node),) * count


def _attempt(node: Node) -> Attempt:
    if not isinstance(node, Fields):
        return Attempt()
    code = text_of(node.get("error"))
    if code is None:
        value = node.get("return")
        if _flag(node.get("run")):
            return Attempt(run=True)
        return Attempt(None if value is None else value.plain_data())
    transient = node.get("transient")
    known = transient.value is True if isinstance(transient, Scalar) else code == "timeout"
    return Attempt(failure=Failure(code, text_of(node.get("message")) or "", known))


def _answer(node: Node) -> Attempt:
    """What `http.request` gives for an answer, or fails with."""
    if not isinstance(node, Fields):
        return Attempt()
    code = text_of(node.get("error"))
    if code is not None:
        return Attempt(failure=Failure(code, "", code == "timeout"))
    from engine.runtime.http.client import AGAIN  # noqa: PLC0415 - few tests have answers of hosts

    named, body = node.get("status"), node.get("json")
    status = named.value if isinstance(named, Scalar) and isinstance(named.value, int) else 200
    if status >= REFUSED:
        return Attempt(failure=Failure(f"{HTTP_FAILED}{status}", "", status in AGAIN))
    text = text_of(node.get("text"))
    json = None if body is None else body.plain_data()
    return Attempt({
        "status": status, "headers": _values(node.get("headers")), "json": json, "text": text,
    })  # fmt: skip


def _line(node: Fields, number: int) -> Line:
    key, entry = next((key, one) for key, one in node.entries.items() if key in CONTENT)
    value = entry.value
    place = entry.key.place
    names = (text_of(node.get(name)) for name in ("as", "in", "via"))
    who = Who(*names)
    if key == "user":
        inputs = value.items if isinstance(value, Items) else (value,)
        return Person(place, tuple(read_input(item) for item in inputs), who)
    if key == "wait":
        return Wait(place, duration(text_of(value) or "") or 0)
    if key == "bot":
        messages = value.items if isinstance(value, Items) else (value,)
        return Bot(place, tuple(read_said(item) for item in messages), who, number)
    if key in ("never", "always"):
        return Property(value.place, key == "never", text_of(value) or "")
    if key in ("data", "records"):
        return Check(place, "data" if key == "data" else "records", value.plain_data(), who)
    return Check(place, "end" if key == "end" else "state", text_of(value), who)
