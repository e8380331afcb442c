"""What a person could say: concrete answers and texts, tried by the readers that bots read with."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from engine.core import inputs
from engine.core.activation import Activation
from engine.core.datatypes import TYPES
from engine.core.datatypes.kind import Variable, WrongAnswer
from engine.core.display import display
from engine.core.faults import Fault
from engine.core.menus import menu
from engine.core.nodes import Question
from engine.core.values import Value
from engine.testing.constants import Constants
from engine.testing.fitting import fitting
from engine.testing.inputs import TRANSPORT, Input, Pressed, Sent, Typed

ANSWERS_MAX: Final = 12
"""Most values that one question is answered with."""
_TEXTS: Final = ("Ann", "Ring 1", "hello", "x", "a longer text than that", "12", "ab12", "7")
_WRONG: Final = ("?", "no such thing", "-99999999999", "x")
_SHOW: Final = display()
_PLACES: Final[dict[str, dict[str, Value]]] = {
    "location": {"latitude": 48.2, "longitude": 16.37},
    "contact": {"phone": "+43123456789"},
}


def media(kind: str) -> Sent:
    """Something of a kind, as a test would send it."""
    if kind in _PLACES:
        return Sent(kind, {"kind": kind, **_PLACES[kind]})
    return Sent(kind, {"kind": kind, "id": f"{TRANSPORT}:{kind}", "transport": TRANSPORT})


def answers(model: Activation, question: Question, constants: Constants) -> Iterator[Input]:
    """What answers the open question of the state at work, one of each kind that guards tell apart.

    Raises:
        Fault: a label, a list of choices or a limit fails.
    """
    if question.choices or question.skip:
        shown = menu(model, question)
        multi = question.multi
        if multi is None or len(shown.marked) < max(multi.min, 1):
            for option in shown.shown:
                if option.url is None and option.id not in shown.marked:
                    yield Pressed(option.id)
        controls = [one.word for row in shown.controls for one in row]
        yield from (Pressed(word) for word in controls if word != "previous")
    if question.chosen or question.slot is None:
        return
    variable = question.slot.variable
    kind = TYPES[variable.type]
    for heard in sorted(kind.heard):
        yield media(heard)
    if kind.read is not None:
        yield from map(Typed, _typed(model, variable, constants))


def wrong(model: Activation, question: Question) -> Input | None:
    """What is no answer to it, if there is such a thing."""
    if question.slot is None or question.chosen:
        return Typed("no such thing")
    variable = question.slot.variable
    for text in _WRONG:
        try:
            inputs.read(variable, text, model)
        except WrongAnswer:
            return Typed(text)
    return None if "sticker" in TYPES[variable.type].heard else media("sticker")


def _typed(model: Activation, variable: Variable, constants: Constants) -> list[str]:
    """Texts that are read as different values, those that the type gives as examples last."""
    found: dict[str, str] = {}
    plain = None
    kind = TYPES[variable.type]
    readable = (one for one in kind.examples if one.value is not None)
    examples = [one.text for one in readable if one.lang == model.lang]
    if variable.match is not None and (text := fitting(variable.match)) is not None:
        examples.insert(0, text)
    if kind.example is not None:
        examples.append(kind.example(model))
    telling = constants.tells(variable.name)
    plainest = _TEXTS if variable.type == "text" and not telling else ()
    limits = _interesting(model, variable, constants)
    for text in (*plainest, *limits, *_TEXTS, *examples):
        try:
            value = inputs.read(variable, text, model)
        except (WrongAnswer, Fault):
            continue
        if plain is not None and not telling:
            break
        plain = text
        found.setdefault(repr(value), text)
    return list(found.values())[:ANSWERS_MAX]


def _interesting(model: Activation, variable: Variable, constants: Constants) -> Iterator[str]:
    """Values around those that guards compare with, and the limits of the variable."""
    for value in constants.around(variable.name):
        yield value if isinstance(value, str) else _SHOW(value)
    for limit in (variable.min, variable.max):
        value = limit(model) if callable(limit) else limit
        if isinstance(value, int | float) and TYPES[variable.type].order is not None:
            yield _SHOW(value)
            yield "a" * int(value) if 0 < value < 100 else ""


def values(
    variable: Variable | None, constants: Constants, told: Sequence[Value] = ()
) -> list[Value]:
    """What an action may return for a variable, which takes it; first what tests tell of it."""
    if variable is None:
        return [None, *constants.of_results()]
    candidates: list[Value] = [*told, *constants.around(variable.name)]
    candidates += [variable.values[0]] if variable.values else []
    candidates += [TYPES[variable.type].stored, True, False, 1, "R1", [], {}, None]
    found: list[Value] = []
    for value in candidates:
        fitting_ = inputs.fits(variable, value) is None
        if fitting_ and not any(type(one) is type(value) and one == value for one in found):
            found.append(value)
    telling = constants.tells(variable.name)
    return found[:ANSWERS_MAX] if telling else found[:1]


def unheard(names: Iterable[str]) -> str:
    """A command that nothing listens to."""
    taken = set(names)
    return next(name for name in ("/unknown", "/nothing", "/unheard") if name not in taken)
