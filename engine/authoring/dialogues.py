"""Writes test files: conversations as their authors would lay them out."""

from collections.abc import Iterable, Mapping
from typing import Final

from engine.authoring.layout import Comment, Group, Item, Layout, Word, from_value
from engine.authoring.printing import write
from engine.authoring.reading import read
from engine.core.values import Value
from engine.errors import StatechatError

_BLOCKS: Final = ("chat", "actions")
"""Keys of a test whose entries stand on lines of their own."""


def written(tests: Iterable[Mapping[str, Value]], comment: str | None = None) -> str:
    """The text of a test file; `comment` stands above the first test."""
    items = [Item(None, _test(one), gap=number > 0) for number, one in enumerate(tests)]
    if comment is not None and items:
        items[0].before = [Comment(f"# {comment}", 0, 0, 0, own=True, gap=False)]
    return write(Layout(Item(None, Group(mapping=False, items=items))))


def appended(text: str, test: Mapping[str, Value]) -> str:
    """The text of a test file with one more test at its end; its comments stay.

    Raises:
        StatechatError: `cli:test_file`, where it holds no list of tests.
    """
    layout = read(text)
    tests = layout.root.value
    if not isinstance(tests, Group) or tests.mapping or tests.flow:
        message = "the file holds something else than a list of tests"
        raise StatechatError("cli:test_file", message, cure="Name another file.")
    tests.items.append(Item(None, _test(test), gap=True))
    return write(layout)


def _test(test: Mapping[str, Value]) -> Group:
    return Group(mapping=True, items=[_entry(key, value) for key, value in test.items()])


def _entry(key: str, value: Value) -> Item:
    found = from_value(value)
    if key in _BLOCKS and isinstance(found, Group):
        found.flow = False
        for item in found.items:
            if key == "chat" and isinstance(item.value, Group):
                item.value.flow = len(item.value.items) > 1
    return Item(Word(key), found)
