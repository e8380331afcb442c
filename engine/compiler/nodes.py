"""What a YAML file says, each part with its place."""

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from engine.classes import dataclass
from engine.core.values import INT_MAX, Value
from engine.errors import Place

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "": None}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text, number, `true`, `false` or `null`.

    Attributes:
        place: where the token starts, with its quote or `|`.
        content: where its first character of content stands.
        value: what it resolves to; only JSON's spellings are more than texts.
        text: what the author wrote, without quotes: where a text is expected this counts.
        plain: whether it stands without quotes.
    """

    place: Place
    content: Place
    value: str | int | float | bool | None
    text: str
    plain: bool

    @property
    def empty(self) -> bool:
        return self.plain and not self.text

    @property
    def width(self) -> int:
        """Columns of the token on its first line; at least 1."""
        if self.content.line != self.place.line or "\n" in self.text:
            return 1
        return max(1, len(self.text) + 2 * (not self.plain))

    def at(self, offset: int) -> Place:
        """Where the character at `offset` of `text` stands, as near as escapes and folds allow."""
        before = self.text[:offset].split("\n")
        if len(before) == 1 or self.content.line == self.place.line:
            return Place(self.content.file, self.content.line, self.content.column + offset)
        line = self.content.line + len(before) - 1
        return Place(self.content.file, line, self.content.column + len(before[-1]))

    def plain_data(self) -> Value:
        return self.value


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: "tuple[Node, ...]"

    def plain_data(self) -> list[Value]:
        return [item.plain_data() for item in self.items]


@dataclass(frozen=True, slots=True)
class Entry:
    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping in the author's order; its keys are texts, as they are spelled."""

    place: Place
    entries: Mapping[str, Entry]

    def get(self, key: str) -> "Node | None":
        entry = self.entries.get(key)
        return None if entry is None else entry.value

    def plain_data(self) -> dict[str, Value]:
        return {key: entry.value.plain_data() for key, entry in self.entries.items()}


Node: TypeAlias = Scalar | Items | Fields


def resolve(text: str) -> str | int | float | bool | None:
    """What a plain scalar means; a number that the engine could not hold exactly stays a text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":
        return text
    number = _NUMBER.match(text)
    if number is None:
        return text
    if number[1] or number[2]:
        real = float(text)
        return text if real in (float("inf"), float("-inf")) else real
    if len(text) > len(str(INT_MAX)) + 1:
        return text
    whole = int(text)
    return whole if abs(whole) <= INT_MAX else text
