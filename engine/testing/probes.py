"""A copy of a program that tells what of it is used: states, transitions, choices, guards, texts.

A compiled program is data all the way down, so the copy is made by rebuilding it: what is to be
watched is put in the place of what it watches, everything else stays as it is. The program that
runs in production has no probe in it and pays for none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, fields, is_dataclass, replace
from typing import Any, Final, Literal, TypeAlias, cast

from engine.classes import dataclass
from engine.core.activation import Activation
from engine.core.blocks import Guard, Moved
from engine.core.effects import Mark
from engine.core.expr import Expression
from engine.core.faults import Fault
from engine.core.moves import Move
from engine.core.nodes import Choice, Question, StateNode
from engine.core.program import Flow, Program
from engine.core.scope import Scope
from engine.core.table import Origin, Row, Table
from engine.core.values import Value
from engine.core.wording import Wording
from engine.errors import Place

Kind = Literal["states", "transitions", "choices", "guards", "texts"]
KINDS: Final[tuple[Kind, ...]] = ("states", "transitions", "choices", "guards", "texts")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a conversation can use.

    Attributes:
        flow: its flow, empty for bot.yaml.
        name: unique among those of its kind in the flow.
        state: the path of the state that it belongs to; none for guards and texts.
        target: the path of the state that a transition leads to.
    """

    kind: Kind
    flow: str
    name: str
    state: str | None = None
    place: Place | None = None
    target: str | None = None


Tell: TypeAlias = Callable[[Item], None]


def transition(flow: str, origin: Origin) -> Item:
    """A transition as it is written: in `state`, heard also in the states inside."""
    number = f" #{origin.index + 1}" if origin.index else ""
    target = f" -> {origin.target}" if origin.target else ""
    name = f"{origin.state or '(everywhere)'}: {origin.event}{number}{target}"
    return Item("transitions", flow, name, origin.state, origin.place, origin.target)


def choice(flow: str, state: str, id_: str) -> Item:
    return Item("choices", flow, f"{state}: [{id_}]", state)


def guard(flow: str, expression: Expression, *, value: bool) -> Item:
    at = f"{expression.place.line}:{expression.place.column}"
    name = f"{expression.source} ({at}) is {'true' if value else 'false'}"
    return Item("guards", flow, name, None, expression.place)


@dataclass(frozen=True, slots=True)
class _Entered:
    """The first action of a state's entry."""

    item: Item
    tell: Tell

    def __call__(self, _: Activation) -> None:
        self.tell(self.item)


@dataclass(frozen=True, slots=True)
class _Taken:
    """The first action of a transition: tells of it, and of the choices that led there."""

    flow: str
    item: Item
    tell: Tell

    def __call__(self, moved: Moved) -> None:
        self.act(moved.model)

    def act(self, model: Activation) -> None:
        self.tell(self.item)
        question = model.node.question
        event = self.item.name.partition(": ")[2]
        if question is not None and event.startswith(("answer", "choice.")):
            for id_ in _chosen(model, question):
                self.tell(choice(self.flow, model.state, id_))


@dataclass(frozen=True, slots=True)
class _Acted:
    """As `_Taken`, among the actions of a transition of a flow with parallel states."""

    taken: _Taken

    def __call__(self, model: Activation) -> None:
        self.taken.act(model)


def _chosen(model: Activation, question: Question) -> list[str]:
    """The choices that an answer holds, as their question writes them."""
    if question.multi is not None and question.slot is not None:
        held = (model.user if question.slot.of_user else model.data).get(question.slot.name)
        answers = [str(one) for one in held] if isinstance(held, list) else []
    else:
        answers = [str(model.turn.get("choice"))]
    fixed = {one.id for one in question.choices if one.each is None}
    listed = [one.id for one in question.choices if one.each is not None]
    return [one if one in fixed else listed[0] for one in answers if one in fixed or listed]


@dataclass(frozen=True, slots=True)
class _Weighed(Expression):
    """A guard's expression that tells of its outcomes."""

    flow: str = ""
    tell: Tell | None = field(default=None, compare=False)

    def __call__(self, scope: Scope) -> Value:
        try:
            # The zero-argument form fails in a class with slots.
            value = Expression.__call__(self, scope)
        except Fault:
            self._say(value=False)
            raise
        self._say(value=bool(value))
        return value

    def _say(self, *, value: bool) -> None:
        if self.tell is not None:
            self.tell(guard(self.flow, self, value=value))


@dataclass(frozen=True, slots=True)
class _Said(Wording):
    """A text that tells in which language it was said."""

    flow: str = ""
    tell: Tell | None = field(default=None, compare=False)

    def render(self, model: Activation) -> tuple[str, tuple[Mark, ...]]:
        if self.tell is not None:
            lang = model.lang if model.lang in self.translations else ""
            self.tell(_text(self.flow, self.key, lang))
        return Wording.render(self, model)


def _text(flow: str, key: str, lang: str) -> Item:
    return Item("texts", flow, f"{key} [{lang}]" if lang else key)


def probed(program: Program, tell: Tell) -> tuple[Program, frozenset[Item]]:
    """The program with probes, and everything that they may tell of."""
    found: set[Item] = set()
    flows = {name: _Rebuilder(name, tell, found).flow(flow) for name, flow in program.flows.items()}
    root = _Rebuilder("", tell, found).flow(program.root)
    return replace(program, flows=flows, root=root), frozenset(found)


def _idle_answers(flow: Flow) -> Iterator[Origin]:
    """The ways on of questions whose choices all have ways of their own: the compiler's leftovers.

    What skips such a question, or answers it with several choices, has none of its own.
    """
    answers = flow.machine.events.get("answer")
    for path, rows in answers.transitions.items() if answers else ():
        question = flow.states[path].question
        if question is None or not question.choices or question.multi is not None:
            continue
        events = [one.event for one in question.choices if one.url is None]
        if all(event and _sure(flow, path, event) for event in events):
            yield from (row.origin for row in rows if row.origin and row.origin.state == path)


def _relays(flow: Flow) -> Iterator[Origin]:
    """What takes messages to operators: nobody has written it, and it does the same for all."""
    for heard in flow.machine.events.values():
        for path, rows in heard.transitions.items():
            handoff = flow.states[path].handoff
            if handoff is not None:
                origins = (row.origin for row in rows)
                yield from (one for one in origins if one and one.place == handoff.place)


def _sure(flow: Flow, path: str, event: str) -> bool:
    heard = flow.machine.events.get(event)
    rows = heard.transitions.get(path, ()) if heard else ()
    return any(not row.conditions for row in rows)


class _Rebuilder:
    """Rebuilds one flow; what several places share stays shared."""

    def __init__(self, flow: str, tell: Tell, found: set[Item]) -> None:
        self._flow = flow
        self._tell = tell
        self._found = found
        self._made: dict[int, tuple[object, object]] = {}
        self._makers: dict[type, Callable[[Any], object]] = {
            StateNode: self._state, Row: self._row, Table: self._table, Guard: self._guard,
            Choice: self._choice, Question: self._question, Wording: self._wording,
            Expression: lambda one: one, tuple: self._tuple, Mapping: self._mapping,
        }  # fmt: skip

    def flow(self, flow: Flow) -> Flow:
        made = cast("Flow", self._of(flow))
        self._found.difference_update(map(self._item, _idle_answers(flow)))
        self._found.difference_update(map(self._item, _relays(flow)))
        return made

    def _item(self, origin: Origin) -> Item:
        return transition(self._flow, origin)

    def _of(self, old: object) -> object:
        known = self._made.get(id(old))
        if known is not None:
            return known[1]
        new = self._rebuilt(old)
        # The old one is kept, or its id might become that of another.
        self._made[id(old)] = (old, new)
        return new

    def _rebuilt(self, old: object) -> object:
        if isinstance(old, Place | str | int | float | None):
            return old
        for kind, rebuild in self._makers.items():
            if isinstance(old, kind):
                return rebuild(old)
        return self._fields(old) if is_dataclass(old) and not isinstance(old, type) else old

    def _guard(self, old: Guard) -> Guard:
        return Guard(self._weighed(old.expression))

    def _question(self, old: Question) -> Question:
        # What is offered to everyone alike would be made without asking its texts.
        return cast("Question", self._fields(replace(old, settled={})))

    def _choice(self, old: Choice) -> Choice:
        made = cast("Choice", self._fields(old))
        return made if old.guard is None else replace(made, guard=self._weighed(old.guard))

    def _tuple(self, old: tuple[object, ...]) -> tuple[object, ...]:
        new = tuple(map(self._of, old))
        return new if any(one is not other for one, other in zip(old, new, strict=True)) else old

    def _mapping(self, old: Mapping[object, object]) -> Mapping[object, object]:
        new = {key: self._of(value) for key, value in old.items()}
        return new if any(new[key] is not value for key, value in old.items()) else old

    def _fields(self, old: Any) -> Any:  # noqa: ANN401 - any dataclass
        values = {one.name: getattr(old, one.name) for one in fields(old) if one.init}
        new = {name: self._of(value) for name, value in values.items()}
        changed = {name: value for name, value in new.items() if value is not values[name]}
        return replace(old, **changed) if changed else old

    def _state(self, old: StateNode) -> StateNode:
        node = cast("StateNode", self._fields(old))
        if node.question is not None:
            self._found.update(
                choice(self._flow, node.path, one.id)
                for one in node.question.choices
                if one.url is None
            )
        if not node.path or node.kind == "history" or not self._flow:
            return node
        item = Item("states", self._flow, node.path, node.path, node.place)
        self._found.add(item)
        return replace(node, entry=(_Entered(item, self._tell), *node.entry))

    def _table(self, old: Table) -> Table:
        new = Table(old.name, old.states)
        for event, heard in old.events.items():
            for source, rows in heard.transitions.items():
                for row in rows:
                    new.add(event, source, cast("Row", self._of(row)))
        return new

    def _row(self, old: Row) -> Row:
        row = cast("Row", self._fields(replace(old, origin=None)))
        assert old.origin is not None
        item = self._item(old.origin)
        self._found.add(item)
        taken = _Taken(self._flow, item, self._tell)
        move = row.before[0] if row.before else None
        if not isinstance(move, Move):
            return replace(row, before=(taken, *row.before), origin=old.origin)
        # One transition is one object wherever it is heard, which tells it from the others.
        written = old.before[0]
        key = -id(written)
        if key not in self._made:
            acted = replace(move, actions=(_Acted(taken), *move.actions))
            self._made[key] = (written, acted)
        acted = cast("Move", self._made[key][1])
        return replace(row, before=(acted, *row.before[1:]), origin=old.origin)

    def _weighed(self, old: Expression) -> Expression:
        self._found |= {guard(self._flow, old, value=value) for value in (True, False)}
        values = {one.name: getattr(old, one.name) for one in fields(Expression)}
        return _Weighed(**values, flow=self._flow, tell=self._tell)

    def _wording(self, old: Wording) -> Wording:
        self._found |= {_text(self._flow, old.key, lang) for lang in ("", *old.translations)}
        return _Said(
            old.key, old.base, old.translations, old.others, self._flow, self._tell
        )  # fmt: skip
