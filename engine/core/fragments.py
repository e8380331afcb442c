"""Parts of a text at work: what a loop or an option writes, with marks of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final, NoReturn

from engine.classes import dataclass
from engine.core.effects import Mark, MarkKind
from engine.core.faults import Fault
from engine.core.links import URL_MAX
from engine.core.operators import kind
from engine.core.scope import Scope
from engine.core.values import TEXT_MAX, Data, Value

ROUNDS_MAX: Final = 2_000
"""Most rounds that the loops of one text take together."""
LOOP: Final = "loop"
"""The name under which a loop tells about itself."""

Pieces = Callable[[Scope], tuple[str, ...]]
Words = tuple[str, tuple[Mark, ...]]


class Fragment(str):
    """A piece of a text with marks, whose offsets count from its beginning."""

    __slots__ = ("marks",)
    marks: tuple[Mark, ...]

    @classmethod
    def of(cls, text: str, marks: tuple[Mark, ...]) -> str:
        if not marks:
            return text
        made = cls(text)
        made.marks = marks
        return made


@dataclass(frozen=True, slots=True)
class Styled:
    """A mark over the pieces `first` to `last`; `url` gives the pieces of a link's address."""

    kind: MarkKind
    first: int
    last: int
    url: Pieces | None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """Compiled pieces and their marks.

    Attributes:
        parts: whether there are loops or options among the pieces.
        fixed: whether nothing in it depends on the scope.
    """

    run: Pieces
    spans: tuple[Styled, ...] = ()
    parts: bool = False
    fixed: bool = False

    def words(self, scope: Scope) -> Words:
        """The words and their marks, in the order of their beginnings. An empty mark is left out.

        Raises:
            Fault: `text:limit`, `text:type`, and those of expressions.
        """
        pieces = self.run(scope)
        text = "".join(pieces)
        if len(text) > TEXT_MAX:
            refuse_length("text", TEXT_MAX)
        return text, self._marks(scope, pieces) if self.spans or self.parts else ()

    def fragment(self, scope: Scope) -> str:
        return Fragment.of(*self.words(scope))

    def _marks(self, scope: Scope, pieces: Sequence[str]) -> tuple[Mark, ...]:
        starts = [0, *accumulate(map(len, pieces))]
        marks: list[Mark] = []
        for span in self.spans:
            start, end = starts[span.first], starts[span.last]
            if start == end:
                continue
            url = "".join(span.url(scope)) if span.url else None
            if url is not None and len(url) > URL_MAX:
                refuse_length("link", URL_MAX)
            marks.append(Mark(span.kind, start, end - start, url, span.language))
        if self.parts:
            for piece, start in zip(pieces, starts, strict=False):
                if isinstance(piece, Fragment):
                    marks += shifted(piece.marks, start)
            # Stable: a mark around a part stays before one of the same extent inside.
            marks.sort(key=lambda mark: (mark.offset, -mark.length))
        return tuple(marks)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A loop over the items of a list, or, with one or two names, the keys of an object."""

    names: tuple[str, ...]
    body: Body
    tells: bool
    """Whether the body reads `loop`: `number` from 1, `count`, `first`, `last`."""

    def __call__(self, scope: Scope, over: Value) -> str:
        items = self._items(over)
        inner = Inner(scope)
        count = len(items)
        texts: list[str] = []
        marks: list[Mark] = []
        length = 0
        for number, item in enumerate(items, start=1):
            inner.count()
            inner.local = {**scope.local, **dict(zip(self.names, item, strict=True))}
            if self.tells:
                inner.local[LOOP] = {
                    "number": number, "count": count, "first": number == 1, "last": number == count,
                }  # fmt: skip
            text, found = self.body.words(inner)
            texts.append(text)
            marks += shifted(found, length)
            length += len(text)
            if length > TEXT_MAX:
                refuse_length("text", TEXT_MAX)
        return Fragment.of("".join(texts), tuple(marks))

    def _items(self, over: Value) -> Sequence[tuple[Value, ...]]:
        if over is None:
            return ()
        if isinstance(over, Mapping):
            return list(over.items()) if len(self.names) > 1 else [(key,) for key in over]
        if isinstance(over, list | tuple) and len(self.names) == 1:
            return [(item,) for item in over]
        wanted = "an object" if len(self.names) > 1 else "a list or an object"
        raise Fault("text:type", f"This loop goes over {wanted}, not {kind(over)}.")


class Inner:
    """The scope of a part: that of the text, with names of its own.

    `rounds` holds how many rounds its loops have taken, those around it included.
    """

    __slots__ = ("_outer", "local", "rounds")

    def __init__(self, outer: Scope) -> None:
        self._outer = outer
        self.rounds: list[int] = outer.rounds if isinstance(outer, Inner) else [0]
        self.local: dict[str, Value] = dict(outer.local)

    def count(self) -> None:
        """Count a round of a loop.

        Raises:
            Fault: `text:limit`.
        """
        self.rounds[0] += 1
        if self.rounds[0] > ROUNDS_MAX:
            raise Fault("text:limit", f"The loops of a text take {ROUNDS_MAX} rounds at most.")

    @property
    def data(self) -> Data:
        return self._outer.data

    @property
    def user(self) -> Data:
        return self._outer.user

    @property
    def turn(self) -> Data:
        return self._outer.turn

    @property
    def session(self) -> Data:
        return self._outer.session

    @property
    def now(self) -> str:
        return self._outer.now

    @property
    def lang(self) -> str:
        return self._outer.lang

    @property
    def tz(self) -> str | None:
        return self._outer.tz

    def in_state(self, path: str) -> bool:
        return self._outer.in_state(path)

    def label(self, path: tuple[str, ...], value: Value) -> str:
        return self._outer.label(path, value)


def trimmed(text: str, marks: tuple[Mark, ...]) -> Words:
    """The words without the blanks at their end, such as the line break of a block of YAML."""
    if not text or not text[-1].isspace():
        return text, marks
    text = text.rstrip()
    return text, tuple(
        replace(mark, length=min(mark.length, len(text) - mark.offset))
        for mark in marks
        if mark.offset < len(text)
    )


def shifted(marks: Sequence[Mark], by: int) -> list[Mark]:
    return [replace(mark, offset=mark.offset + by) for mark in marks] if by else list(marks)


def refuse_length(what: str, most: int) -> NoReturn:
    raise Fault("text:limit", f"The {what} is longer than {most} characters.")
