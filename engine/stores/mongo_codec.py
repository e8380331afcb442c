"""Between the stored form of records and what a MongoDB server takes.

Names of fields with a dot, a dollar sign or a NUL are refused by some servers and in some places;
names of our own making have none, but the keys of a person's data may be anything.
"""

from typing import Any, Final

import bson
from bson.errors import BSONError

from engine.errors import StatechatError

DOCUMENT_MAX: Final = 16 * 1024 * 1024
"""What a server takes, in bytes of BSON."""

_ESCAPES: Final = {ord(character): f"%{ord(character):02X}" for character in "%.$\0"}
_UNESCAPES: Final = tuple((escape, chr(code)) for code, escape in reversed(_ESCAPES.items()))


def pack(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A copy with keys that every server takes."""
    if isinstance(value, dict):
        return {
            # most keys are words, and this is the quickest way to know it
            key if key.isidentifier() else key.translate(_ESCAPES): pack(inner)
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [pack(inner) for inner in value]
    return value


def safe_name(text: str) -> str:
    """A text as it can stand in the name of a collection."""
    return text.translate(_ESCAPES)


def unpack(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """What `pack` was given; the driver's own kind of integers becomes Python's."""
    kind = value.__class__
    if kind is str or kind is int or kind is bool or value is None or kind is float:
        return value
    if kind is dict:
        return {
            _unescape(key) if "%" in key else key: unpack(inner) for key, inner in value.items()
        }
    if kind is list:
        return [unpack(inner) for inner in value]
    return int(value) if isinstance(value, int) else value


def checked(document: dict[str, Any]) -> dict[str, Any]:
    """The document, if it can be sent: whatever is wrong with it is told before anything is sent.

    Raises:
        StatechatError: `store:value`, `store:too_big`.
    """
    try:
        size = len(bson.encode(document))
    except (BSONError, OverflowError, TypeError, ValueError) as error:
        raise StatechatError(
            "store:value",
            f"A value of `{document.get('_id')}` cannot be stored: {error}.",
            cure="Values are those of JSON; whole numbers fit 64 bits, texts are valid Unicode.",
        ) from error
    if size > DOCUMENT_MAX:
        raise StatechatError(
            "store:too_big",
            f"The document `{document.get('_id')}` has {size} bytes; MongoDB takes {DOCUMENT_MAX}.",
            cure="Keep large values outside of the conversation and store a reference.",
        )
    return document


def _unescape(key: str) -> str:
    for escape, character in _UNESCAPES:
        key = key.replace(escape, character)
    return key
