"""A YAML file as its author laid it out: words, groups, and the comments beside them.

It is what the printer writes from. The loader has accepted the file before: there are no anchors,
tags or second documents here, and every key is a scalar.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Final, TypeAlias

from engine.classes import dataclass
from engine.compiler.nodes import resolve
from engine.core.values import Value as JsonValue

PLAIN: Final = re.compile(r"[\w/.~(](?:[^#:\[\]{},\s]| (?=\S))*\Z")
"""Texts that may stand without quotes anywhere, brackets too, if no tool reads a value in them."""


@dataclass(frozen=True, slots=True)
class Comment:
    """From its `#` to the end of its line; `own` if it has the line to itself.

    `line`, `column` and `index` count from 0; `gap` tells that a blank line stands above.
    """

    text: str
    line: int
    column: int
    index: int
    own: bool
    gap: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A scalar. `style` is that of its source: `''` for plain, a quote, `|` or `>`.

    Attributes:
        broken: whether it took several lines, other than as `|` or `>`.
        lines: of `>` alone: the lines as the author broke them, without indentation.
        comment: what stands behind a `|` or `>`.
    """

    text: str
    style: str = ""
    broken: bool = False
    lines: tuple[str, ...] = ()
    comment: str | None = None

    @property
    def value(self) -> str | int | float | bool | None:
        return self.text if self.style else resolve(self.text)


@dataclass(slots=True, eq=False)
class Group:
    """A list or mapping; `flow` if it is written in brackets, `tail` are comments at its end."""

    mapping: bool
    flow: bool = False
    items: "list[Item]" = field(default_factory=list)
    tail: list[Comment] = field(default_factory=list)


Value: TypeAlias = Word | Group


@dataclass(slots=True, eq=False)
class Item:
    """An entry of a mapping, or an item of a list (without `key`).

    Attributes:
        before: comments on the lines above it.
        head: the comment behind the colon of its key, where a group follows.
        trailing: the comment behind its end.
        gap: whether a blank line stands above it.
    """

    key: Word | None = None
    value: Value = field(default_factory=lambda: Word(""))
    before: list[Comment] = field(default_factory=list)
    head: Comment | None = None
    trailing: Comment | None = None
    gap: bool = False

    @property
    def commented(self) -> bool:
        """Whether any comment belongs to it or to what is in it."""
        if self.before or self.head or self.trailing:
            return True
        return isinstance(self.value, Group) and inside(self.value)


@dataclass(slots=True)
class Layout:
    """A whole file; `after` are comments behind a document that cannot take them."""

    root: Item
    after: list[Comment] = field(default_factory=list)


def from_value(value: JsonValue) -> Value:
    """Data laid out in brackets, each text in the spelling that reads as it."""
    if isinstance(value, dict):
        entries = [Item(Word(key), from_value(one)) for key, one in value.items()]
        return Group(mapping=True, flow=True, items=entries)
    if isinstance(value, list):
        return Group(mapping=False, flow=True, items=[Item(None, from_value(one)) for one in value])
    if isinstance(value, str):
        return Word(value, "" if PLAIN.match(value) and resolve(value) == value else '"')
    return Word(json.dumps(value))


def inside(group: Group) -> bool:
    """Whether a comment stands within a group."""
    return bool(group.tail) or any(item.commented for item in group.items)


def comments(layout: Layout) -> Iterator[str]:
    """The words of all comments, in order."""
    yield from _of(layout.root)
    yield from _texts(layout.after)


def _of(item: Item) -> Iterator[str]:
    yield from _texts(item.before)
    if item.head:
        yield item.head.text
    if isinstance(item.value, Group):
        for inner in item.value.items:
            yield from _of(inner)
        yield from _texts(item.value.tail)
    elif item.value.comment is not None:
        yield item.value.comment
    if item.trailing:
        yield item.trailing.text


def _texts(found: Iterable[Comment]) -> Iterator[str]:
    return (comment.text for comment in found)
