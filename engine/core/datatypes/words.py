"""Types of words: `text`, `enum`, `email`, `url`, and `bool`."""

import re
from typing import Final

from engine.core.datatypes.kind import (
    BOUNDED,
    TYPED_MAX,
    Example,
    Kind,
    Order,
    Speaker,
    Variable,
    nothing_written,
)
from engine.core.display import show_number
from engine.core.operators import number
from engine.core.phrases import NO, YES, languages
from engine.core.values import TEXT_MAX, Value

URL_MAX = 2_048
ADDRESS_MAX: Final = 64
"""Longest e-mail address that may be known without the library, in characters."""
_PART: Final = "[a-z0-9]+(?:-[a-z0-9]+)*"
_ADDRESS: Final = re.compile(rf"[a-z0-9]+(?:[._+-][a-z0-9]+)*@(?:{_PART}\.)+([a-z]{{2,}})\Z")
"""E-mail addresses that are surely valid, and spelled as they are kept."""
_SPECIAL: Final = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
"""Ends of names that are none of the internet's."""


def length(value: Value) -> object:
    assert isinstance(value, str | list | tuple)
    return len(value)


def count_bound(limit: Value, _speaker: Speaker, _least: bool) -> object:  # noqa: FBT001 - see Order
    return number(limit, "a limit")


def show_count(limit: Value, _speaker: Speaker) -> str:
    return show_number(limit) if isinstance(limit, int | float) else ""


BY_LENGTH = Order(length, count_bound, show_count)


def is_text(_variable: Variable, value: Value) -> bool:
    return isinstance(value, str)


def _read_text(variable: Variable, text: str, _speaker: Speaker) -> Value:
    longest = TYPED_MAX if variable.max is None else TEXT_MAX
    return text if len(text) <= longest else None


def _read_bool(_variable: Variable, text: str, speaker: Speaker) -> Value:
    word = text.rstrip(".!").casefold()
    known = (*languages(speaker.lang), "en")
    if any(word in YES[each] for each in known):
        return True
    return False if any(word in NO[each] for each in known) else None


def _read_enum(variable: Variable, text: str, _speaker: Speaker) -> Value:
    values = variable.values or ()
    if text in values:
        return text
    alike = [value for value in values if value.casefold() == text.casefold()]
    return alike[0] if len(alike) == 1 else None


def _is_enum(variable: Variable, value: Value) -> bool:
    return isinstance(value, str) and (variable.values is None or value in variable.values)


def _email(text: str) -> str | None:
    if len(text) <= ADDRESS_MAX and (sure := _ADDRESS.match(text)) and sure[1] not in _SPECIAL:
        return text
    if len(text) > TYPED_MAX:
        return None
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - 20 ms

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def _url(text: str) -> str | None:
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


KINDS = (
    Kind(
        "text",
        f"Any text of at most {TYPED_MAX:,} characters, unless `max` says more; `min` and `max`"
        " bound its length.",
        "text",
        is_text,
        "Ann",
        _read_text,
        order=BY_LENGTH,
        options=BOUNDED | {"match"},
        examples=(Example("  Ann  ", "Ann"),),
    ),
    Kind(
        "bool",
        "Yes or no, in the person's language or in English.",
        "bool",
        lambda _, value: isinstance(value, bool),
        stored=True,
        read=_read_bool,
        written=nothing_written,
        examples=(
            Example("Yes", value=True),
            Example("nein", value=False, lang="de"),
            Example("maybe", None),
        ),
    ),
    Kind(
        "enum",
        "One of its values. Where choices fill it, their labels are what a person writes.",
        "text",
        _is_enum,
        "berlin",
        _read_enum,
        options=frozenset({"values"}),
    ),
    Kind(
        "email",
        "An e-mail address. It is normalised; nobody is asked whether it exists.",
        "email address",
        lambda _, value: isinstance(value, str) and _email(value) is not None,
        "ann@example.org",
        lambda _variable, text, _speaker: _email(text),
        order=BY_LENGTH,
        options=BOUNDED | {"match"},
        examples=(Example("Ann@EXAMPLE.org", "Ann@example.org"), Example("ann@", None)),
    ),
    Kind(
        "url",
        "A link that begins with `https://` or `http://`.",
        "link",
        lambda _, value: isinstance(value, str) and _url(value) is not None,
        "https://example.org/a",
        lambda _variable, text, _speaker: _url(text),
        order=BY_LENGTH,
        options=BOUNDED | {"match"},
        examples=(
            Example("https://example.org/a", "https://example.org/a"),
            Example("example.org", None),
        ),
    ),
)
