"""Typed variables: reading what a person sends, and judging what a flow assigns.

A person's answer is read by the type of the variable in the person's language and time zone; what
is not fully understood is not accepted. `fits` judges values that come from `set`, `with`, `into`
and defaults. What a type is stands in `engine.core.datatypes`.
"""

from collections.abc import Mapping
from typing import Final

from engine.core.datatypes import TYPES
from engine.core.datatypes.kind import (
    TYPED_MAX,
    Kind,
    Person,
    Speaker,
    Variable,
    WrongAnswer,
)
from engine.core.datatypes.limits import limit, within
from engine.core.phrases import PHRASES, phrase
from engine.core.sizes import SCALARS, odd, too_large
from engine.core.values import LISTS, Value

__all__ = [
    "NOBODY",
    "TYPED_MAX",
    "TYPES",
    "Person",
    "Speaker",
    "Variable",
    "WrongAnswer",
    "fits",
    "hint",
    "read",
    "read_media",
    "readable",
]

NOBODY: Final = Person()


def readable() -> list[str]:
    """Types that a question can ask for, in the order of their names."""
    return sorted(name for name, kind in TYPES.items() if kind.askable)


def read(variable: Variable, text: str, speaker: Speaker) -> Value:
    """The value that a person's text means.

    Raises:
        WrongAnswer: it means none, or one beyond the variable's limits.
        Fault: a limit is an expression that fails.
    """
    kind = TYPES[variable.type]
    text = text.strip()
    try:
        value = kind.read(variable, text, speaker) if text and kind.read else None
    except WrongAnswer as wrong:
        raise WrongAnswer(wrong.hint or hint(variable, speaker)) from None
    return _accepted(variable, kind, value, speaker)


def read_media(variable: Variable, event: str, details: Value, speaker: Speaker) -> Value:
    """The value of an event without words, such as `photo`; `details` are its reference.

    Raises:
        WrongAnswer: the variable takes something else.
    """
    kind = TYPES[variable.type]
    heard = event in kind.heard and kind.hear is not None and isinstance(details, Mapping)
    value = kind.hear(details) if heard and kind.hear and isinstance(details, Mapping) else None
    if value is not None and not kind.holds(variable, value):
        value = None
    return _accepted(variable, kind, value, speaker)


def _accepted(variable: Variable, kind: Kind, value: Value, speaker: Speaker) -> Value:
    if value is None or _inside(variable, value, speaker) is not None:
        raise WrongAnswer(hint(variable, speaker))
    bounded = variable.min is not None or variable.max is not None
    if bounded and kind.order is not None and not within(variable, kind.order, value, speaker):
        raise WrongAnswer(hint(variable, speaker))
    if variable.match is not None and isinstance(value, str) and not variable.match.fits(value):
        raise WrongAnswer(phrase("text_form", speaker.lang))
    return value


def hint(variable: Variable, speaker: Speaker) -> str:
    """What to send for this variable, with its limits, in the person's language."""
    kind = TYPES[variable.type]
    lang = speaker.lang
    if variable.type == "enum":
        return phrase("choice", lang, choices=", ".join(variable.values or ()))
    if f"{variable.type}_between" not in PHRASES["en"]:
        return phrase(variable.type if variable.type in PHRASES["en"] else "other", lang)
    assert kind.order is not None
    low, high = limit(variable, "min", speaker), limit(variable, "max", speaker)
    show = kind.order.show
    sides = {(True, True): "", (False, True): "_from", (True, False): "_to"}
    key = variable.type + sides.get((low is None, high is None), "_between")
    bare = low is None and high is None and kind.example is not None
    return phrase(
        key,
        lang,
        min="" if low is None else show(low, speaker),
        max="" if high is None else show(high, speaker),
        example=kind.example(speaker) if bare and kind.example else "",
    )


def fits(variable: Variable, value: Value, speaker: Speaker = NOBODY) -> str | None:
    """Why a value cannot be assigned to a variable, or none.

    Null fits a variable that is optional, or of the type `any`. A whole number fits `number`, but
    `3.0` does not fit `int`: it came from a division, whose rest the author has not thought of.
    Limits that are expressions are judged where the speaker is a scope.

    Raises:
        Fault: a limit is an expression that fails.
    """
    reason = odd(value) if isinstance(value, SCALARS) else too_large(value)
    return reason or _fits(variable, value, speaker)


def _fits(variable: Variable, value: Value, speaker: Speaker) -> str | None:
    if value is None:
        return None if variable.optional or variable.type == "any" else "it is not optional"
    kind = TYPES[variable.type]
    if not kind.holds(variable, value):
        if variable.values is not None and isinstance(value, str):
            return f"it is none of {', '.join(variable.values)}"
        return f"it is no {kind.wanted}"
    bounded = variable.min is not None or variable.max is not None
    if bounded and kind.order is not None and not within(variable, kind.order, value, speaker):
        return "it is beyond `min` or `max`"
    if variable.match is not None and isinstance(value, str) and not variable.match.fits(value):
        return "it does not fit `match`"
    holder = variable.items is not None or variable.fields is not None
    return _inside(variable, value, speaker) if holder else None


def _inside(variable: Variable, value: Value, speaker: Speaker) -> str | None:
    """Why a list or an object cannot hold what it holds, or none."""
    if variable.items is not None and isinstance(value, LISTS):
        for count, item in enumerate(value, 1):
            if reason := _fits(variable.items, item, speaker):
                return f"item {count}: {reason}"
    if variable.fields is not None and isinstance(value, Mapping):
        for key in value:
            if key not in variable.fields:
                return "it has a field that `fields` does not name"
        for name, field in variable.fields.items():
            if reason := _fits(field, value.get(name), speaker):
                return f"`{name}`: {reason}"
    return None
