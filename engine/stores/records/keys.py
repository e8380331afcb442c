"""Keys of indexes: texts that compare as the values do, in Python, SQLite and MongoDB alike."""

import json
import struct
import unicodedata
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from engine.core.values import Value

LONGEST: Final = 200
"""Most characters of a text that its key keeps; of longer ones it holds a digest besides."""
GRAMS_MAX: Final = 256
"""Most groups of letters of one record."""
_LAST: Final = "\U0010ffff"
_TYPES: Final = {"none": "0", "false": "1", "true": "2", "number": "3", "text": "4"}


def fold(text: str) -> str:
    """A text without what letter case, accents, width and blanks tell."""
    if text.isascii():  # most are, and there is nothing to take apart
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(bare.casefold().split())


def key_of(value: Value, *, folded: bool = False) -> str | None:
    """The key of a value; none for lists and objects, which no index takes."""
    if value is None:
        return _TYPES["none"]
    if isinstance(value, bool):
        return _TYPES["true" if value else "false"]
    if isinstance(value, int | float):
        return f"{_TYPES['number']}{_number(value)}"
    if not isinstance(value, str):
        return None
    text = fold(value) if folded else value
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\0{sha256(text.encode('utf-8', 'replace')).hexdigest()}"
    return f"{_TYPES['text']}{text}"


def _number(value: float) -> str:
    """Sixteen digits that sort as doubles do, and four for what a double loses of an integer."""
    real = float(value) + 0.0  # minus zero is zero
    (bits,) = struct.unpack(">Q", struct.pack(">d", real))
    bits ^= 0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else 1 << 63
    lost = value - int(real) if isinstance(value, int) else 0
    return f"{bits:016x}{lost + 0x8000:04x}"


def calls_of(owner: str) -> list[str]:
    """How the keys of a session's invokes begin, as they can stand within keys of notes."""
    plain = f"{owner}#"
    once = json.dumps(plain, ensure_ascii=False)[1:-1]
    twice = json.dumps(once, ensure_ascii=False)[1:-1]
    return list(dict.fromkeys((plain, once, twice)))


def bounds(operator: str, value: Value, *, folded: bool) -> tuple[str, str | None] | None:
    """The span of keys in which a comparison can hold: from, and up to without.

    It may hold more than that, as keys of long texts are cut, and never less.
    """
    key = key_of(value, folded=folded)
    if key is None:
        return None
    kind, cut = key[0], key[: LONGEST + 1]
    next_kind = chr(ord(kind) + 1)
    if operator == "eq":
        return key, f"{key}\0"
    if operator in ("gt", "gte"):
        return cut, next_kind
    if operator in ("lt", "lte"):
        return kind, f"{cut}{_LAST}"
    if operator == "begins" and isinstance(value, str):
        return cut, f"{cut}{_LAST}"
    return None


def joined(keys: Sequence[str]) -> str:
    """One key for several values."""
    return keys[0] if len(keys) == 1 else json.dumps(list(keys), ensure_ascii=False)


def grams_of(text: str) -> set[str]:
    """The groups of three letters of each word, with blanks around it."""
    return {
        padded[at : at + 3]
        for word in fold(text).split()
        for padded in (f"  {word} ",)
        for at in range(len(padded) - 2)
    }
