"""Variables, and reading what a person wrote as a value of their type.

What is not fully understood is refused with a hint, never guessed.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from engine.core.display import show_number
from engine.core.operators import kind
from engine.core.patterns import Pattern
from engine.core.phrases import NO, YES, languages, phrase
from engine.core.values import INT_MAX, Value

READABLE: Final = frozenset({"text", "int", "number", "bool", "enum", "email", "url"})
"""Types that can be asked for."""
HELD: Final = frozenset({"list", "object", "any", "location", "contact"})
"""Types that can be declared and set, but not yet asked for."""
LATER: Final = frozenset(
    {"date", "time", "datetime", "duration", "phone", "photo", "audio", "voice", "video"}
    | {"document", "sticker"}
)
"""Types of the language that are not supported yet."""
TEXT_LIMIT: Final = 4_096
"""Longest answer where the author sets no limit, in characters."""
COMMA: Final = frozenset({"de", "fr", "es", "it", "pt", "nl", "pl", "ru", "sv", "da", "nb", "fi"})
"""Languages that write 3,5 where English writes 3.5."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable. `min` and `max` bound a number, or the length of a text."""

    name: str
    type: str
    optional: bool = False
    default: Value = None
    scope: Literal["run", "user"] = "run"
    pii: bool = False
    min: float | None = None
    max: float | None = None
    match: Pattern | None = None
    values: tuple[str, ...] | None = None


class WrongAnswer(Exception):  # noqa: N818 - the language's word: it gets a hint, and is no error
    """What the person wrote is no value of the type; `hint` says what would be one."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


def read(variable: Variable, text: str, lang: str) -> Value:
    """The value that a person's text means for a variable of a readable type.

    Raises:
        WrongAnswer: it means none, or one beyond the limits.
    """
    value = _READERS[variable.type](text.strip(), lang, variable)
    if value is None or _beyond(variable, value):
        raise WrongAnswer(hint(variable, lang))
    return value


def hint(variable: Variable, lang: str) -> str:
    """What a variable takes, in the person's language."""
    if variable.type == "enum":
        return phrase("choice", lang, choices=", ".join(variable.values or ()))
    if variable.type == "text" and variable.match is not None:
        return phrase("text_form", lang)
    if variable.type not in ("text", "int", "number"):
        key = variable.type if variable.type in READABLE else "other"
        return phrase(key, lang)
    least, most = variable.min, variable.max
    bounds = "between" if least is not None and most is not None else "from"
    if least is None:
        bounds = "to" if most is not None else ""
    key = f"{variable.type}_{bounds}" if bounds else variable.type
    shown = {
        name: _localized(bound, lang)
        for name, bound in (("min", least), ("max", most))
        if bound is not None
    }
    return phrase(key, lang, example=_localized(3.5, lang), **shown)


def fits(variable: Variable, value: Value) -> str | None:
    """Why a value does not fit the variable's type, or none where it does.

    Null fits every variable: it means that there is no value.
    """
    if value is None or variable.type == "any":
        return None
    if not _HOLDS[variable.type](value):
        return f"{kind(value)} is no value of type {variable.type}"
    if variable.values is not None and value not in variable.values:
        return f"{value!r} is none of its values"
    if _beyond(variable, value):
        return "the value is beyond its limits"
    return None


def _beyond(variable: Variable, value: Value) -> bool:
    if isinstance(value, str):
        if variable.match is not None and not variable.match.fits(value):
            return True
        size: float = len(value)
        most = TEXT_LIMIT if variable.max is None else variable.max
    elif isinstance(value, int | float) and not isinstance(value, bool):
        size = value
        most = INT_MAX if variable.max is None else variable.max
    else:
        return False
    return size > most or (variable.min is not None and size < variable.min)


def _text(text: str, _lang: str, _variable: Variable) -> Value:
    return text or None


_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f']\d{3})+\Z")
_WHOLE = re.compile(r"[+-]?\d{1,19}\Z")
_DECIMAL = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})\Z")


def _digits(text: str) -> str:
    """ASCII digits and signs for those of any script; blanks between groups of three are left out."""
    plain = "".join(
        str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text
    ).replace("\u2212", "-")
    return re.sub(r"[ \u00a0\u202f']", "", plain) if _GROUPED.match(plain) else plain


def _int(text: str, lang: str, _variable: Variable) -> Value:
    digits = _digits(text)
    mark = "." if _comma(lang) else ","
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+", digits):
        digits = digits.replace(mark, "")
    if not _WHOLE.match(digits):
        return None
    value = int(digits)
    return value if abs(value) <= INT_MAX else None


def _number(text: str, lang: str, variable: Variable) -> Value:
    """A decimal mark of the language; the other one too, where it cannot group thousands."""
    whole = _int(text, lang, variable)
    if whole is not None:
        return whole
    digits = _digits(text)
    mark, other = (",", ".") if _comma(lang) else (".", ",")
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(other)}\d{{3}})+{re.escape(mark)}\d+", digits):
        digits = digits.replace(other, "")
    if mark in digits and other in digits:
        return None
    digits = digits.replace(mark, ".").replace(other, ".")
    return float(digits) if _DECIMAL.match(digits) else None


def _comma(lang: str) -> bool:
    return lang.partition("-")[0] in COMMA


def _localized(number: float, lang: str) -> str:
    shown = show_number(number)
    return shown.replace(".", ",") if _comma(lang) else shown


def _bool(text: str, lang: str, _variable: Variable) -> Value:
    folded = text.casefold().rstrip(".!")
    for known in languages(lang):
        if folded in YES[known]:
            return True
        if folded in NO[known]:
            return False
    return None


def _enum(text: str, _lang: str, variable: Variable) -> Value:
    folded = text.casefold()
    return next((value for value in variable.values or () if value.casefold() == folded), None)


def _email(text: str, _lang: str, _variable: Variable) -> Value:
    # Imported late: few flows ask for an address, and it takes 40 ms to load.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - see above

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def _url(text: str, _lang: str, _variable: Variable) -> Value:
    if re.search(r"\s", text) or len(text) > 2_048:
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return text if parts.scheme.lower() in ("http", "https") and host and "." in host else None


_READERS: Final[Mapping[str, Callable[[str, str, Variable], Value]]] = {
    "text": _text,
    "int": _int,
    "number": _number,
    "bool": _bool,
    "enum": _enum,
    "email": _email,
    "url": _url,
}


def _is_int(value: Value) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _is_object(value: Value) -> bool:
    return isinstance(value, Mapping)


_HOLDS: Final[Mapping[str, Callable[[Value], bool]]] = {
    "text": _is_text,
    "enum": _is_text,
    "email": _is_text,
    "url": _is_text,
    "int": _is_int,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, Sequence) and not isinstance(value, str),
    "object": _is_object,
    "location": _is_object,
    "contact": _is_object,
}
