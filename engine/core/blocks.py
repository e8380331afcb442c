"""Actions and conditions: what stands in a transition or an entry, compiled.

Actions are called with the activation by `run`, conditions by the flow's machine with the library's
`EventData`, whose `model` is the activation. They only record what is to be done.
"""

from typing import Literal, Protocol

from engine.classes import dataclass
from engine.core.activation import Activation
from engine.core.draw import draw
from engine.core.expr import Expression
from engine.core.faults import Fault
from engine.core.inputs import Variable
from engine.core.macrostep import Raised
from engine.core.menus import Row, buttons, menu
from engine.core.moments import zone
from engine.core.nodes import Block, Evaluate, Question
from engine.core.options import holds
from engine.core.patterns import Pattern
from engine.errors import Place


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
class Ask:
    """Send the question of the active state, with the buttons of this visit."""

    question: Question

    def __call__(self, model: Activation) -> None:
        question = self.question
        text, marks = question.text.render(model)
        rows: tuple[Row, ...] = ()
        if question.choices or question.skip:
            rows = buttons(model, question, menu(model, question))
        macrostep = model.macrostep
        message = question.manner.message(model, text, marks, rows)
        macrostep.plan(message, model.visit, question.manner.named(model))
        macrostep.asked = (model.visit, len(macrostep.effects))
        macrostep.engage()


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise an internal event, heard before the step ends."""

    event: str

    def __call__(self, model: Activation) -> None:
        model.macrostep.raised.append(Raised(self.event, model.run))


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
class Drawn:
    """A condition of `split`: this way of several is the one that is drawn for the visit."""

    key: str
    weights: tuple[float, ...]
    index: int

    def __call__(self, moved: Moved) -> bool:
        return draw(moved.model, self.key, self.weights) == self.index
