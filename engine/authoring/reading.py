"""Reads the layout of a file from the parser's events and the text between them."""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from engine.authoring.layout import Comment, Group, Item, Layout, Word
from engine.classes import dataclass
from engine.compiler.source import PARSER
from engine.compiler.syntax import LINE_BREAK

_COMMENT: Final = re.compile(r"#[^\r\n]*")
_HEADER: Final = re.compile(r"[|>]([0-9+-]*)(?:[ \t]+(#[^\r\n]*))?")


def read(text: str) -> Layout:
    """The layout of a file that the loader finds nothing wrong with."""
    events = list(_events(text))
    builder = _Builder(text, _comments(text, events))
    for event in events:
        builder.take(event)
    return builder.end()


def _events(text: str) -> Iterator[Any]:
    parser = PARSER(text)
    while True:
        event = parser.get_event()
        if event is None or isinstance(event, yaml.StreamEndEvent):
            return
        yield event


def _comments(text: str, events: list[Any]) -> list[Comment]:
    """Between the scalars a `#` can only begin a comment."""
    lines = LINE_BREAK.split(text)
    starts = [0, *(found.end() for found in LINE_BREAK.finditer(text))]
    comments: list[Comment] = []
    line = 0
    before = 0
    scalars: list[Any] = [event for event in events if isinstance(event, yaml.ScalarEvent)]
    spans = [(event.start_mark.index, event.end_mark.index) for event in scalars]
    for start, end in [*spans, (len(text), len(text))]:
        for match in _COMMENT.finditer(text, before, start):
            while line + 1 < len(starts) and starts[line + 1] <= match.start():
                line += 1
            column = match.start() - starts[line]
            own = not lines[line][:column].strip(" \t\ufeff")
            gap = line > 0 and not lines[line - 1].strip()
            said = match[0].rstrip()
            comments.append(Comment(said, line, column, match.start(), own, gap))
        before = end
    return comments


@dataclass(slots=True)
class _Open:
    """A group that is still open; `column` is where its items begin, if it is no flow."""

    item: Item
    group: Group
    column: int
    key: Item | None = None


@dataclass(slots=True)
class _Last:
    """What the event before has made: a comment on its last line belongs to it."""

    item: Item
    line: int
    done: bool


class _Builder:
    def __init__(self, text: str, comments: list[Comment]) -> None:
        self.lines = LINE_BREAK.split(text)
        self.text = text
        self.comments = comments
        self.next = 0
        self.pending: list[Comment] = []
        self.stack: list[_Open] = []
        self.root = Item()
        self.last: _Last | None = None

    def take(self, event: Any) -> None:  # noqa: ANN401 - PyYAML has no types
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)

    def end(self) -> Layout:
        self._flush(len(self.text))
        group = self.root.value
        if isinstance(group, Group) and not group.flow:
            group.tail += self.pending
            return Layout(self.root)
        return Layout(self.root, self.pending)

    def _flush(self, index: int) -> None:
        """Give every comment before an index to what ends on its line, or keep it for later."""
        while self.next < len(self.comments) and self.comments[self.next].index < index:
            comment = self.comments[self.next]
            self.next += 1
            last = self.last
            if comment.own or last is None or last.line != comment.line:
                self.pending.append(comment)
            elif last.done:
                last.item.trailing = comment
            elif last.item.key is None or last.item.head is not None:
                last.item.before.append(comment)
            else:
                last.item.head = comment

    def _begin(self, event: Any) -> Item:  # noqa: ANN401 - as above
        """The item that a value belongs to: a new one in a list."""
        self._flush(event.start_mark.index)
        if not self.stack:
            self.root.before += self._taken()
            return self.root
        top = self.stack[-1]
        if top.group.mapping:
            assert top.key is not None
            item, top.key = top.key, None
            return item
        return self._item(top, event)

    def _item(self, top: _Open, event: Any) -> Item:  # noqa: ANN401 - as above
        mark = event.start_mark
        lead = self.lines[mark.line][: mark.column]
        gap = not lead.strip(" -?") and mark.line > 0 and not self.lines[mark.line - 1].strip()
        item = Item(before=self._taken(), gap=gap)
        top.group.items.append(item)
        return item

    def _taken(self) -> list[Comment]:
        taken, self.pending = self.pending, []
        return taken

    def _scalar(self, event: Any) -> None:  # noqa: ANN401 - as above
        top = self.stack[-1] if self.stack else None
        start, end = event.start_mark, event.end_mark
        word = self._word(event)
        if top and top.group.mapping and top.key is None:
            self._flush(start.index)
            top.key = self._item(top, event)
            top.key.key = word
            self.last = _Last(top.key, end.line, done=False)
            return
        item = self._begin(event)
        item.before += self._taken()
        item.value = word
        _settle(item)
        # What follows a `|` or `>` begins on the line that the parser says it ends on.
        line = end.line if word.style not in ("|", ">") else start.line
        self.last = _Last(item, line, done=True)

    def _open(self, event: Any) -> None:  # noqa: ANN401 - as above
        item = self._begin(event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        group = Group(mapping, bool(event.flow_style))
        if group.flow:
            item.before += self._taken()
        item.value = group
        self.stack.append(_Open(item, group, event.start_mark.column))
        self.last = _Last(item, event.start_mark.line, done=False)

    def _close(self, event: Any) -> None:  # noqa: ANN401 - as above
        self._flush(event.start_mark.index)
        closed = self.stack.pop()
        group, item = closed.group, closed.item
        if group.flow:
            group.tail += self._taken()
            self.last = _Last(item, event.end_mark.line, done=True)
        else:
            least = closed.column + self._level(closed)
            while self.pending and self.pending[0].column >= least:
                group.tail.append(self.pending.pop(0))
        if not group.items:
            _settle(item)
            item.before += group.tail
            group.tail = []
        first = group.items[0] if group.items else None
        if item.key is None and first is not None:
            item.before += first.before
            first.before = []

    def _level(self, closed: _Open) -> int:
        """1 for a list that stands below the key it belongs to: a comment there may be the next's.

        Otherwise a comment at the column of a group's items is the group's.
        """
        above = self.stack[-1] if self.stack else None
        level = above is not None and above.group.mapping and above.column == closed.column
        return int(level and not closed.group.mapping)

    def _word(self, event: Any) -> Word:  # noqa: ANN401 - as above
        start, end = event.start_mark, event.end_mark
        style = event.style or ""
        if style not in ("|", ">"):
            return Word(event.value, style, broken=start.line != end.line)
        header = _HEADER.match(self.text, start.index)
        assert header is not None
        explicit = any(sign.isdigit() for sign in header[1])
        lines = () if style == "|" or explicit else self._folded(start.line + 1)
        comment = header[2].rstrip() if header[2] else None
        return Word(event.value, style, lines=lines, comment=comment)

    def _folded(self, row: int) -> tuple[str, ...]:
        """The lines of a `>`; none if they cannot be moved without care."""
        found: list[str] = []
        indent = None
        for line in self.lines[row:]:
            content = line.lstrip(" ")
            lead = len(line) - len(content)
            if indent is None and content:
                indent = lead
            if content and indent is not None and lead < indent:
                break
            if not content and indent is not None and lead > indent:
                return ()
            found.append(line[indent:] if indent is not None else "")
        while found and not found[-1]:
            found.pop()
        return tuple(found)


def _settle(item: Item) -> None:
    """A comment between a key and what is on its line goes above it."""
    if item.head is not None:
        item.before.append(item.head)
        item.head = None
