"""What happens when a transition is taken: its actions, and the leaving and entering of states.

Everything here is called by the flow's machine with the library's `EventData`, whose `model` is an
`Activation`; or by `run`, with the activation itself. It only records what is to be done.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from engine.core.activation import Activation
from engine.core.effects import Button, Drop
from engine.core.expr import Expression
from engine.core.faults import Fault
from engine.core.inputs import Variable
from engine.core.macrostep import Raised
from engine.core.moments import zone
from engine.core.patterns import Pattern
from engine.core.program import Block, Choice, Evaluate, Question, StateNode, TimerSpec, Wording
from engine.core.values import Value
from engine.errors import Place

DELAY_MAX: Final = 10 * 366 * 24 * 3600
"""Longest computed delay, in seconds."""


class Moved(Protocol):
    """The part of the library's `EventData` that we use."""

    model: Activation


def run(model: Activation, block: Block) -> None:
    """Run actions in order; a fault skips the rest of the block and becomes an `error` event."""
    try:
        for action in block:
            action(model)
    except Fault as fault:
        model.macrostep.fault(fault, model.run)


@dataclass(frozen=True, slots=True)
class Assign:
    """`set` of a declared variable."""

    variable: Variable
    value: Evaluate
    place: Place

    def __call__(self, model: Activation) -> None:
        model.store(self.variable, self.value(model), self.place)


@dataclass(frozen=True, slots=True)
class AssignTurn:
    """`set` of `turn.<name>`, which lives for one event."""

    name: str
    value: Evaluate

    def __call__(self, model: Activation) -> None:
        model.macrostep.own_turn()[self.name] = self.value(model)


@dataclass(frozen=True, slots=True)
class AssignSession:
    """`set` of `session.lang` or `session.tz`."""

    name: Literal["lang", "tz"]
    value: Evaluate
    place: Place

    def __call__(self, model: Activation) -> None:
        macrostep = model.macrostep
        value = self.value(model)
        if not isinstance(value, str):
            raise Fault("data:type", f"`session.{self.name}` takes a text", self.place)
        if self.name == "tz":
            try:
                zone(value)
            except Fault as fault:
                raise Fault(fault.code, fault.message, self.place) from None
            macrostep.speak(None, value)
        elif value in macrostep.program.languages:
            macrostep.speak(value, None)
        else:
            raise Fault("data:type", f"the bot does not speak `{value}`", self.place)


@dataclass(frozen=True, slots=True)
class Say:
    text: Wording

    def __call__(self, model: Activation) -> None:
        model.macrostep.send(*self.text.render(model))


@dataclass(frozen=True, slots=True)
class Ask:
    """Send the question of the active state, with the buttons of this visit."""

    question: Question

    def __call__(self, model: Activation) -> None:
        question = self.question
        text, marks = question.text.render(model)
        buttons = [
            Button(choice.label.render(model)[0], model.visit, choice.id)
            for choice in offered(model, question)
        ]
        columns = question.columns
        rows = [tuple(buttons[at : at + columns]) for at in range(0, len(buttons), columns)]
        macrostep = model.macrostep
        macrostep.send(text, marks, tuple(rows), asks=model.visit)
        macrostep.asked = (model.visit, len(macrostep.effects))


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise an internal event, heard before the step ends."""

    event: str

    def __call__(self, model: Activation) -> None:
        model.macrostep.raised.append(Raised(self.event, model.run))


def offered(model: Activation, question: Question) -> list[Choice]:
    """The choices whose guards hold, in the author's order."""
    return [
        choice for choice in question.choices if choice.guard is None or holds(model, choice.guard)
    ]


def holds(model: Activation, guard: Expression) -> bool:
    """Whether a guard is true; one that fails is false, and logged."""
    try:
        return bool(guard(model))
    except Fault as fault:
        model.macrostep.log_fault(fault, level="warning")
        return False


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of the machine."""

    expression: Expression

    def __call__(self, moved: Moved) -> bool:
        return holds(moved.model, self.expression)


@dataclass(frozen=True, slots=True)
class Matches:
    """A condition: the pattern is found in the text; its named groups land in `turn.match`."""

    pattern: Pattern

    def __call__(self, moved: Moved) -> bool:
        macrostep = moved.model.macrostep
        groups = self.pattern.search(macrostep.event.text or "")
        if groups is None:
            return False
        macrostep.own_turn()["match"] = groups
        return True


@dataclass(frozen=True, slots=True)
class Do:
    """The actions of a transition."""

    block: Block

    def __call__(self, moved: Moved) -> None:
        run(moved.model, self.block)


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave states, innermost first; whatever was called from here is ended before."""

    nodes: tuple[StateNode, ...]

    def __call__(self, moved: Moved) -> None:
        model = moved.model
        end_above(model)
        for node in self.nodes:
            leave(model, node)


@dataclass(frozen=True, slots=True)
class Enter:
    """Enter states, outermost first, down to an atomic one."""

    nodes: tuple[StateNode, ...]
    event: str

    def __call__(self, moved: Moved) -> None:
        model = moved.model
        macrostep = model.macrostep
        macrostep.note("step:transition", self.event)
        macrostep.visits += 1
        model.visit = macrostep.visits
        model.tries = 0
        model.entered = macrostep.now
        for node in self.nodes:
            if node.timers:
                arm(model, node)
            if node.entry:
                run(model, node.entry)
        leaf = self.nodes[-1]
        if leaf.kind == "final" and not leaf.ends_run:
            macrostep.raised.append(Raised(f"done:{leaf.ancestry[-1].path}", model.run))
        model.to_begin = leaf.call is not None or leaf.work is not None


@dataclass(frozen=True, slots=True)
class Stay:
    """An internal transition: the open question is asked again, if a person caused it."""

    event: str
    reprompt: bool

    def __call__(self, moved: Moved) -> None:
        macrostep = moved.model.macrostep
        macrostep.note("step:internal", self.event)
        if self.reprompt and macrostep.event.by_person:
            macrostep.reprompt = True


def want_back(moved: Moved) -> None:
    """A transition to `.back`: carried out when its actions have run."""
    moved.model.macrostep.wants_back = True


def leave(model: Activation, node: StateNode) -> None:
    macrostep = model.macrostep
    if model.pending is not None:
        macrostep.effects.append(Drop(model.pending.id))
        model.pending = None
    if node.timers:
        keys = frozenset(spec.key for spec in node.timers)
        macrostep.disarm(model.run, keys)
        model.late = tuple(key for key in model.late if key not in keys)
    if node.exit:
        run(model, node.exit)


def end(model: Activation) -> None:
    """Leave every state of a run that does not go on, and forget it."""
    node = model.node
    for left in (node, *reversed(node.ancestry)):
        leave(model, left)
    model.macrostep.forget_run(model)


def end_above(model: Activation) -> None:
    """End the runs that lie on this one, the uppermost first."""
    stack = model.macrostep.stack
    while stack[-1] is not model:
        end(stack[-1])
        stack.pop()


def arm(model: Activation, node: StateNode) -> None:
    """Arm the timers of a state that is entered; a delay that fails is a fault of the flow."""
    try:
        for spec in node.timers:
            model.macrostep.arm(model.run, spec, due(model, spec))
    except Fault as fault:
        model.macrostep.fault(fault, model.run)


def due(model: Activation, spec: TimerSpec) -> int:
    """When a timer that is armed now falls due (ms).

    An idle timer counts from the person's last input, but never from before its state was entered.
    """
    macrostep = model.macrostep
    if isinstance(spec.delay, int):
        return macrostep.now + spec.delay
    return moment(spec.delay(model), macrostep.now, spec.delay.place)


def moment(value: Value, now: int, place: Place) -> int:
    """Seconds from now, or an ISO 8601 moment, as milliseconds since 1970.

    Raises:
        Fault: `timer:moment` for anything else.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value <= DELAY_MAX:
        return now + round(max(0, value) * 1000)
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            parsed = None
        if parsed is not None and parsed.tzinfo is not None:
            return round(parsed.timestamp() * 1000)
    raise Fault("timer:moment", "neither seconds (10 years at most) nor a moment in time", place)
