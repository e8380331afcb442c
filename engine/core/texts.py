"""Texts of authors: values and marks in plain words, compiled once."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import NoReturn
from urllib.parse import quote

from engine.core.display import Show, display
from engine.core.effects import Mark, MarkKind
from engine.core.emit import at, build, call, fault_offset
from engine.core.faults import Fault
from engine.core.generate import Generator
from engine.core.marks import URL_MAX, Hole, Piece, read_markup
from engine.core.parse import Part
from engine.core.phrases import phrase
from engine.core.pipes import Pipes
from engine.core.scope import Name, Scope, place_at
from engine.core.values import TEXT_MAX
from engine.errors import Place

Pieces = Callable[[Scope], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Span:
    kind: MarkKind
    first: int
    last: int
    url: Pieces | None


@dataclass(frozen=True, slots=True)
class Text:
    """A compiled text.

    Attributes:
        names: every name that it reads, in the order of the source.
        labels: the variables whose value goes through `| label`.
        calls: the functions that it calls.
        states: the paths that it gives to `in_state`.
    """

    source: str
    place: Place
    names: tuple[Name, ...]
    labels: tuple[Name, ...]
    calls: tuple[str, ...]
    states: tuple[Name, ...]
    _run: Pieces = field(repr=False, compare=False)
    _spans: tuple[_Span, ...] = field(repr=False, compare=False)

    def text(self, scope: Scope) -> tuple[str, tuple[Mark, ...]]:
        """The words and their marks; offsets count code points. An empty mark is left out.

        Raises:
            Fault: `text:limit`, `text:type`, and those of expressions, with the place.
        """
        try:
            pieces = self._run(scope)
            text = "".join(pieces)
            if len(text) > TEXT_MAX:
                _refuse_length("text", TEXT_MAX)
            return text, self._marks(scope, pieces) if self._spans else ()
        except Fault as fault:
            place = place_at(self.place, self.source, fault_offset(fault))
            raise Fault(fault.code, fault.message, place) from None
        except RecursionError:
            raise Fault("text:limit", "The stack is exhausted.", self.place) from None

    def _marks(self, scope: Scope, pieces: Sequence[str]) -> tuple[Mark, ...]:
        starts = [0, *accumulate(map(len, pieces))]
        marks: list[Mark] = []
        for span in self._spans:
            start, end = starts[span.first], starts[span.last]
            if start == end:
                continue
            url = "".join(span.url(scope)) if span.url else None
            if url is not None and len(url) > URL_MAX:
                _refuse_length("link", URL_MAX)
            marks.append(Mark(span.kind, start, end - start, url))
        return tuple(marks)


def compile_text(
    source: str,
    place: Place,
    *,
    lang: str,
    locals: frozenset[str] = frozenset(),  # noqa: A002 - the language's word
) -> Text:
    """Check and compile a text.

    Args:
        source: the text as the author wrote it.
        place: where its first character stands.
        lang: the language that it is written in: its plurals, and its words for yes and no.
        locals: further names that this place provides, such as `error` or `item`.

    Raises:
        StatechatError: `text:syntax`, `text:filter`, `expr:syntax`, `expr:function`.
    """
    markup = read_markup(source, place)
    writer = _Writer(source, place, lang, locals)
    run = writer.compile(markup.pieces, "show")
    spans = tuple(
        _Span(each.kind, each.first, each.last, writer.address(each.url)) for each in markup.spans
    )
    generator = writer.generator
    return Text(
        source,
        place,
        tuple(sorted(generator.names, key=lambda name: (name.place.line, name.place.column))),
        tuple(writer.pipes.labels),
        tuple(dict.fromkeys(generator.calls)),
        tuple(generator.states),
        run,
        spans,
    )


def plain(text: str, place: Place | None = None) -> Text:
    """A text without markup and values: every character is itself."""
    where = place or Place("", 1, 1)
    return Text(text, where, (), (), (), (), lambda _: (text,), ())


def _refuse_length(what: str, most: int) -> NoReturn:
    raise Fault("text:limit", f"The {what} is longer than {most} characters.")


class _Writer:
    """Compiles the pieces of one text."""

    __slots__ = ("_place", "_source", "generator", "pipes")

    def __init__(self, source: str, place: Place, lang: str, locals_: frozenset[str]) -> None:
        self.generator = Generator(locals_)
        self.pipes = Pipes(self.generator, lang)
        self._source = source
        self._place = place
        show, show_in_url = _shows(lang)
        self.pipes.found |= {"show": show, "show_in_url": show_in_url}

    def compile(self, pieces: Sequence[Piece], show: str) -> Pieces:
        constants = tuple(piece for piece in pieces if isinstance(piece, str))
        if len(constants) == len(pieces):
            return lambda _: constants
        built = [
            ast.Constant(piece) if isinstance(piece, str) else self._hole(piece, show)
            for piece in pieces
        ]
        return build(ast.Tuple(built, ast.Load()), self.pipes.found)

    def address(self, pieces: Sequence[Piece] | None) -> Pieces | None:
        return self.compile(pieces, "show_in_url") if pieces else None

    def _hole(self, hole: Hole, show: str) -> ast.expr:
        ends = (*hole.pipes, hole.end)
        part = Part(self._source, hole.start, ends[0], self._place)
        filters = [
            Part(self._source, start + 1, end, self._place)
            for start, end in zip(hole.pipes, ends[1:], strict=True)
        ]
        return at(call(show, self.pipes.value(part, filters)), hole.start)


@lru_cache(maxsize=64)
def _shows(lang: str) -> tuple[Show, Show]:
    show = display(phrase("yes", lang), phrase("no", lang))
    # What a person typed must not end the path that the author wrote.
    return show, lambda value: quote(show(value), safe="", errors="replace")
