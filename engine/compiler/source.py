"""YAML as flows are read: JSON's spellings, every position, and nothing that surprises.

Built on the events of libyaml, in a loop: its own loaders recurse and crash on deep nesting.
"""

import re
from collections.abc import Callable
from dataclasses import field
from typing import Any, Final, Protocol

import yaml

from engine.classes import dataclass
from engine.compiler.nodes import Entry, Fields, Items, Node, Scalar, resolve
from engine.compiler.syntax import LINE_BREAK, decode, explain, unspeakable
from engine.diagnostics import Diagnostic, Related
from engine.errors import Place

__all__ = ["Entry", "Fields", "Items", "Node", "Scalar", "load"]

# libyaml's parser, or PyYAML's own where that was built without it: only their events are used.
PARSER: Final[Callable[[str], Any]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# libyaml reads ahead, and from 0.2.6 on meets its own limit of 1,000 before we meet ours.
_TOO_DEEP: Final = "maximum nesting depth"

DEPTH_MAX: Final = 60
NODES_MAX: Final = 100_000
FOUND_MAX: Final = 100
"""Most findings that one file can give; a file with more is no flow."""

_TEXT_KEYS: Final = frozenset(
    (
        "also",
        "ask",
        "bot",
        "choices",
        "confirm",
        "contains",
        "label",
        "say",
        "text",
        "texts",
        "user",
    )
)  # fmt: skip
_ODD: Final = frozenset({"", "<<"})
"""Keys that need a closer look."""
_FEATURE: Final = re.compile(r"\s*([&!*][^\s,\[\]{}]*)")
_FEATURES: Final = {"*": "a YAML alias", "&": "a YAML anchor", "!": "a YAML tag"}


def load(raw: str | bytes, file: str) -> tuple[Node | None, list[Diagnostic]]:
    """The tree of a file and everything wrong with it, sorted.

    No tree means an error that ends the reading; a tree may still come with errors (a key twice,
    a tag), so that the next stage can add what it finds.
    """
    text, found = decode(raw, file)
    if found:
        return None, found
    builder = _Builder(text, file)
    complete = builder.run()
    found = sorted(set(builder.found), key=lambda one: one.sort_key)
    return (builder.root if complete else None), found


class _Mark(Protocol):
    """PyYAML's, which has no types of its own; counts from 0, the index in characters."""

    index: int
    line: int
    column: int


class _Event(Protocol):
    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is still open."""

    place: Place
    name: str
    mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: Scalar | None = None
    dropped: bool = False

    def node(self) -> Node:
        if self.mapping:
            return Fields(self.place, self.entries)
        return Items(self.place, tuple(self.items))


class _Stop(Exception):  # noqa: N818 - leaves the loop; what is wrong was reported already
    pass


class _Builder:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.found: list[Diagnostic] = []
        self.root: Node | None = None
        self._lines: list[str] | None = None
        self._stack: list[_Frame] = []
        self._nodes = 0

    def run(self) -> bool:
        """Whether the whole document could be read."""
        try:
            self._loop(PARSER(self.text).get_event)
        except _Stop:
            return False
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            if mark is not None and _TOO_DEEP in str(error):
                self._report_depth(self._place(mark))
            else:
                self.found.append(explain(error, self.text, self.file))
            return False
        if self.root is None:
            self._report("SC001", "the file is empty", Place(self.file, 1, 1))
            return False
        return True

    def _loop(self, next_event: Callable[[], Any]) -> None:
        scalar = yaml.ScalarEvent
        while True:
            event = next_event()
            kind = type(event)
            if kind is scalar:
                if event.anchor is None and event.tag is None and self._nodes < NODES_MAX:
                    self._nodes += 1
                else:
                    self._count(event)
                self._put(self._scalar(event))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open(event, mapping=kind is yaml.MappingStartEvent)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._put(self._stack.pop().node())
            elif kind is yaml.AliasEvent:
                self._count(event)
                place = self._place(event.start_mark)
                self._put(Scalar(place, place, None, f"*{event.anchor}", plain=True))
            elif kind is yaml.StreamEndEvent:
                return
            elif kind is yaml.DocumentStartEvent and self.root is not None:
                message, cure = "a second document", "Put it into a file of its own."
                self._report("SC003", message, self._place(event.start_mark), cure, 3)
                return

    def _count(self, event: _Event) -> None:
        self._nodes += 1
        if self._nodes > NODES_MAX:
            message = f"more than {NODES_MAX:,} values in one file"
            place = self._place(event.start_mark)
            self._report("SC004", message, place, "Split it into several flows.")
            raise _Stop
        if event.anchor is not None or getattr(event, "tag", None) is not None:
            self._refuse_features(event)

    def _refuse_features(self, event: _Event) -> None:
        """An alias, or up to one anchor and one tag before a value, in any order."""
        index = event.start_mark.index
        for _ in range(2):
            feature = _FEATURE.match(self.text, index)
            if feature is None:
                return
            spelled, index = feature[1], feature.end()
            kind = _FEATURES[spelled[0]]
            message = f"`{spelled[:40]}` is {kind}, which flows do not have"
            cure = f'Put it in quotes if it is a text: `"{spelled[:40]}"`.'
            place = self._index_place(event.start_mark, feature.start(1))
            self._report("SC003", message, place, cure, len(spelled))
            if spelled[0] == "*":
                return

    def _open(self, event: _Event, *, mapping: bool) -> None:
        self._count(event)
        place = self._place(event.start_mark)
        if len(self._stack) == DEPTH_MAX:
            self._report_depth(place)
            raise _Stop
        self._stack.append(_Frame(place, self._name(), mapping))

    def _name(self) -> str:
        """The key under which the next value stands, however deep in lists."""
        if not self._stack:
            return ""
        frame = self._stack[-1]
        return frame.key.text if frame.key is not None else frame.name

    def _put(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        key = frame.key
        if not frame.mapping:
            frame.items.append(node)
        elif key is None:
            if type(node) is Scalar and node.text not in _ODD and node.text not in frame.entries:
                frame.key = node
            else:
                self._take_key(frame, node)
        else:
            if not frame.dropped:
                frame.entries[key.text] = Entry(key, node)
            frame.key, frame.dropped = None, False

    def _take_key(self, frame: _Frame, node: Node) -> None:
        if not isinstance(node, Scalar):
            message = "a key must be a text, not a list or a mapping"
            cure = "A text that begins with `{` or `[` must stand in quotes."
            self._report("SC003", message, node.place, cure)
            frame.key, frame.dropped = Scalar(node.place, node.place, "", "", plain=False), True
            return
        frame.key = node
        first = frame.entries.get(node.text)
        if node.empty:
            frame.dropped = True
            message = "there is no key before the colon"
            self._report("SC001", message, node.place, "Put the text in quotes.")
        elif node.plain and node.text == "<<":
            frame.dropped = True
            message = "`<<` is a YAML merge key, which flows do not have"
            self._report("SC003", message, node.place, "Write the entries out.", 2)
        elif first is not None:
            frame.dropped = True
            message = f"the key `{node.text}` is here twice"
            self._report_twice(message, node, first.key)

    def _scalar(self, event: _Event) -> Scalar:
        text, style = event.value, event.style
        mark = event.start_mark
        place = Place(self.file, mark.line + 1, mark.column + 1)
        if not style:  # `''` is libyaml's, none the pure parser's mark of a plain scalar
            value = resolve(text)
            if isinstance(value, str) and self.text.startswith(" #", event.end_mark.index):
                self._check_cut(event)
            return Scalar(place, place, value, text, True)  # noqa: FBT003 - a name takes longer
        control = unspeakable(text)
        if control is not None:
            message = f"an escape for U+{ord(control):04X}, which no text may hold"
            self._report("SC001", message, place, "Remove it.")
        if style in "|>":
            content = self._block_content(event, text)
        else:
            content = Place(self.file, place.line, place.column + 1)
        return Scalar(place, content, text, text, plain=False)

    def _block_content(self, event: _Event, text: str) -> Place:
        """The header's line is followed by the first line that is not blank."""
        first = next((line for line in text.split("\n") if line.strip()), "")
        if not first:
            return self._place(event.start_mark)
        if self._lines is None:
            self._lines = LINE_BREAK.split(self.text)
        for row in range(event.start_mark.line + 1, len(self._lines)):
            line = self._lines[row]
            if line.strip():
                lead = len(line) - len(line.lstrip()) - (len(first) - len(first.lstrip()))
                return Place(self.file, row + 1, max(lead, 0) + 1)
        return self._place(event.start_mark)

    def _check_cut(self, event: _Event) -> None:
        end = event.end_mark
        word = self.text[end.index + 2 : end.index + 3].strip()
        if not word and self._name().rpartition(".")[2] not in _TEXT_KEYS:
            return
        message = "the text ends here: YAML reads `#` after a blank as a comment"
        cure = "Put the text in quotes, or set two blanks before a comment."
        place = Place(self.file, end.line + 1, end.column + 2)
        if len(self.found) < FOUND_MAX:
            self.found.append(Diagnostic("SC031", message, place, cure, "warning"))

    def _place(self, mark: _Mark) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1)

    def _index_place(self, mark: _Mark, index: int) -> Place:
        """The place of a later character, where an anchor and a tag may stand on two lines."""
        between = LINE_BREAK.split(self.text[mark.index : index])
        if len(between) == 1:
            return Place(self.file, mark.line + 1, mark.column + 1 + len(between[0]))
        return Place(self.file, mark.line + len(between), len(between[-1]) + 1)

    def _report_twice(self, message: str, node: Scalar, first: Scalar) -> None:
        related = (Related(first.place, "first here", first.width),)
        cure, width = "Remove or rename one.", node.width
        if len(self.found) < FOUND_MAX:
            found = Diagnostic("SC002", message, node.place, cure, length=width, related=related)
            self.found.append(found)

    def _report_depth(self, place: Place) -> None:
        message = f"nested deeper than {DEPTH_MAX} levels"
        self._report("SC004", message, place, "Move the inner part into a flow of its own.")

    def _report(
        self, code: str, message: str, place: Place, cure: str | None = None, length: int = 1
    ) -> None:
        if len(self.found) < FOUND_MAX:
            self.found.append(Diagnostic(code, message, place, cure, length=length))
