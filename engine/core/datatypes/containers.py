"""The types `list`, `object` and `any`."""

import re
from collections.abc import Mapping
from typing import Final

from engine.core.datatypes.kind import BOUNDED, Example, Kind, Speaker, Variable, nothing_written
from engine.core.datatypes.media import MEDIA
from engine.core.datatypes.words import BY_LENGTH
from engine.core.values import Value

TYPED_ITEMS_MAX: Final = 100
"""Most items of a list that a person types; each may take milliseconds to read."""
_COMMA: Final = re.compile(r",(?=\s)|,(?!\d)|(?<!\d),")
"""A comma that is no part of a number."""


def parts(text: str) -> list[str]:
    """The items that a person enumerates: by lines, else by semicolons, else by commas."""
    for separator in ("\n", ";"):
        if separator in text:
            found = text.split(separator)
            break
    else:
        found = _COMMA.split(text)
    return [part.strip() for part in found if part.strip()]


def read_list(variable: Variable, text: str, speaker: Speaker) -> Value:
    """The items of a list, each read by the type of `items`; none where one is not."""
    from engine.core.datatypes import TYPES  # noqa: PLC0415 - the table that this is a part of

    item = variable.items or Variable(variable.name, "text")
    read = TYPES[item.type].read
    found = parts(text)
    if read is None or not 0 < len(found) <= TYPED_ITEMS_MAX:
        return None
    values = [read(item, part, speaker) for part in found]
    return None if any(value is None for value in values) else values


def _read_any(_variable: Variable, text: str, _speaker: Speaker) -> Value:
    return text


KINDS = (
    Kind(
        "list",
        f"Several things, at most {TYPED_ITEMS_MAX}, one a line, or with semicolons or commas"
        " between them; each is read by the type of `items`, by default a text. `min` and `max`"
        " bound how many they are.",
        "list",
        lambda _, value: isinstance(value, list | tuple),
        ["milk", "bread"],
        read_list,
        order=BY_LENGTH,
        written=nothing_written,
        options=BOUNDED | {"items"},
        examples=(Example("milk, bread", ["milk", "bread"]), Example("a; b, c", ["a", "b, c"])),
    ),
    Kind(
        "object",
        "Nothing: it is assigned, or filled by a flow that is called. `fields` says what it holds.",
        "object",
        lambda _, value: isinstance(value, Mapping),
        {"street": "Ring 1", "city": "Vienna"},
        written=nothing_written,
        options=frozenset({"fields"}),
    ),
    Kind(
        "any",
        "Any text or media, as it is.",
        "value",
        lambda _variable, _value: True,
        "anything",
        _read_any,
        heard=frozenset({*MEDIA, "location", "contact"}),
        hear=lambda details: details,
        examples=(Example("007", "007"),),
    ),
)
