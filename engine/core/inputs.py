"""Typed variables: reading what a person writes, and judging what a flow assigns.

A person's answer is read by the type of the variable in the person's language; what is not fully
understood is not accepted. `fits` judges values that come from `set`, `with`, `into` and defaults.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.core.display import show_number
from engine.core.numerals import decimal_sign, read_number
from engine.core.patterns import Pattern
from engine.core.phrases import NO, YES, languages, phrase
from engine.core.values import DEPTH_MAX, INT_MAX, LIST_MAX, TEXT_MAX, VALUE_MAX, Value

READABLE: Final = frozenset({"text", "int", "number", "bool", "enum", "email", "url"})
"""Types that a question can ask for."""
HELD: Final = frozenset({"list", "object", "any", "location", "contact"})
"""Types that can be declared and assigned, and not yet asked for."""
LATER: Final = frozenset(
    {
        "date", "time", "datetime", "duration", "phone", "photo", "audio", "voice", "video",
        "document", "sticker",
    }
)  # fmt: skip
"""Types of the language that are not accepted yet."""

TYPED_MAX: Final = 4_096
"""Longest text that a person can answer with, unless the variable has a `max`."""
URL_MAX: Final = 2_048


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable.

    `min` and `max` bound numbers, or the length of texts and lists; `values` are those of an enum.
    """

    name: str
    type: str
    optional: bool = False
    default: Value = None
    scope: Literal["run", "user"] = "run"
    pii: bool = False
    min: int | float | None = None
    max: int | float | None = None
    match: Pattern | None = None
    values: tuple[str, ...] | None = None


class WrongAnswer(Exception):  # noqa: N818 - the language calls it a wrong answer
    """The text is no answer; `hint` tells the person what would be one."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


def read(variable: Variable, text: str, lang: str) -> Value:
    """The value that a person's text means.

    Raises:
        WrongAnswer: it means none, or one beyond the variable's limits.
    """
    text = text.strip()
    value = _READERS[variable.type](variable, text, lang) if text else None
    if value is None:
        raise WrongAnswer(hint(variable, lang))
    if not _in_bounds(variable, value):
        raise WrongAnswer(hint(variable, lang))
    if variable.match is not None and isinstance(value, str) and not variable.match.fits(value):
        raise WrongAnswer(phrase("text_form", lang))
    return value


def hint(variable: Variable, lang: str) -> str:
    """What to send for this variable, with its limits, in a language."""
    kind = variable.type
    if kind == "enum":
        return phrase("choice", lang, choices=", ".join(variable.values or ()))
    if kind in ("text", "int", "number"):
        return _bounds_hint(variable, lang)
    return phrase(kind if kind in READABLE else "other", lang)


def _bounds_hint(variable: Variable, lang: str) -> str:
    def shown(number: float | None) -> str:
        return "" if number is None else show_number(number).replace(".", decimal_sign(lang))

    low, high = variable.min, variable.max
    sides = {(True, True): "", (False, True): "_from", (True, False): "_to"}
    key = variable.type + sides.get((low is None, high is None), "_between")
    example = f"3{decimal_sign(lang)}5" if variable.type == "number" else ""
    return phrase(key, lang, min=shown(low), max=shown(high), example=example)


def _read_text(variable: Variable, text: str, _lang: str) -> Value:
    longest = TYPED_MAX if variable.max is None else TEXT_MAX
    return text if len(text) <= longest else None


def _read_int(_variable: Variable, text: str, lang: str) -> Value:
    return read_number(text, lang, whole=True)


def _read_number(_variable: Variable, text: str, lang: str) -> Value:
    return read_number(text, lang, whole=False)


def _read_bool(_variable: Variable, text: str, lang: str) -> Value:
    word = text.rstrip(".!").casefold()
    known = (*languages(lang), "en")
    if any(word in YES[each] for each in known):
        return True
    return False if any(word in NO[each] for each in known) else None


def _read_enum(variable: Variable, text: str, _lang: str) -> Value:
    values = variable.values or ()
    if text in values:
        return text
    alike = [value for value in values if value.casefold() == text.casefold()]
    return alike[0] if len(alike) == 1 else None


def _read_email(_variable: Variable, text: str, _lang: str) -> Value:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - few bots ask

    if len(text) > TYPED_MAX:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def _read_url(_variable: Variable, text: str, _lang: str) -> Value:
    from urllib.parse import urlsplit  # noqa: PLC0415 - few bots ask

    if len(text) > URL_MAX or not text.isprintable() or any(sign in text for sign in ' \\<>"'):
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    named = host and host.strip(".-") == host.rstrip(".") and ".." not in host
    return text if parts.scheme in ("http", "https") and named else None


_READERS: Final[Mapping[str, Callable[[Variable, str, str], Value]]] = {
    "text": _read_text,
    "int": _read_int,
    "number": _read_number,
    "bool": _read_bool,
    "enum": _read_enum,
    "email": _read_email,
    "url": _read_url,
}


def _in_bounds(variable: Variable, value: Value) -> bool:
    if isinstance(value, bool) or value is None or isinstance(value, Mapping):
        return True
    size = value if isinstance(value, int | float) else len(value)
    low = -math.inf if variable.min is None else variable.min
    high = math.inf if variable.max is None else variable.max
    return low <= size <= high


def fits(variable: Variable, value: Value) -> str | None:
    """Why a value cannot be assigned to a variable, or none.

    Null fits a variable that is optional, or of the type `any`. A whole number fits `number`, but
    `3.0` does not fit `int`: it came from a division, whose rest the author has not thought of.
    """
    if value is None:
        return None if variable.optional or variable.type == "any" else "it is not optional"
    reason = _too_large(value) or _of_type(variable, value)
    if reason is not None:
        return reason
    if not _in_bounds(variable, value):
        return "it is beyond `min` or `max`"
    if variable.match is not None and isinstance(value, str) and not variable.match.fits(value):
        return "it does not fit `match`"
    return None


def _of_type(variable: Variable, value: Value) -> str | None:
    test, wanted = _TESTS[variable.type]
    if not test(value):
        return f"it is no {wanted}"
    if variable.type == "enum" and variable.values is not None and value not in variable.values:
        return f"it is none of {', '.join(variable.values)}"
    if variable.type in ("email", "url"):
        read_again = _READERS[variable.type](variable, str(value), "en")
        return f"it is no {wanted}" if read_again is None else None
    return None


_TESTS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "text": (lambda value: isinstance(value, str), "text"),
    "int": (lambda value: isinstance(value, int) and not isinstance(value, bool), "whole number"),
    "number": (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "number",
    ),
    "bool": (lambda value: isinstance(value, bool), "bool"),
    "enum": (lambda value: isinstance(value, str), "text"),
    "email": (lambda value: isinstance(value, str), "email address"),
    "url": (lambda value: isinstance(value, str), "link"),
    "list": (lambda value: isinstance(value, list | tuple), "list"),
    "object": (lambda value: isinstance(value, Mapping), "object"),
    "location": (lambda value: isinstance(value, Mapping), "location"),
    "contact": (lambda value: isinstance(value, Mapping), "contact"),
    "any": (lambda _: True, "value"),
}


def _too_large(value: Value) -> str | None:
    """Why no session can hold the value, in work that is bounded even if it shares its parts."""
    rest: list[tuple[Value, int]] = [(value, 1)]
    seen = 0
    while rest:
        item, depth = rest.pop()
        seen += 1
        if seen > VALUE_MAX or depth > DEPTH_MAX:
            return "it is too large or nested too deeply"
        reason = _odd(item)
        if reason is not None:
            return reason
        if isinstance(item, Mapping):
            rest.extend((each, depth + 1) for each in item.values())
        elif isinstance(item, list | tuple):
            rest.extend((each, depth + 1) for each in item)
    return None


def _odd(item: object) -> str | None:
    if isinstance(item, str):
        return f"a text is longer than {TEXT_MAX} characters" if len(item) > TEXT_MAX else None
    if isinstance(item, int):
        return None if -INT_MAX <= item <= INT_MAX else "a number is too large"
    if isinstance(item, float):
        return None if math.isfinite(item) else "a number is not finite"
    if isinstance(item, Mapping):
        return None if all(isinstance(key, str) for key in item) else "a key is no text"
    if isinstance(item, list | tuple):
        return f"a list is longer than {LIST_MAX} items" if len(item) > LIST_MAX else None
    return None if item is None else "it is no value of JSON"
