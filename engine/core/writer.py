"""From a text's markup to a function that writes it."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache, partial
from urllib.parse import quote

from engine.classes import dataclass
from engine.core.display import Show, display
from engine.core.emit import SCOPE, Later, at, build, call
from engine.core.filters import Filter
from engine.core.fragments import LOOP, Body, Pieces, Repeat, Styled
from engine.core.generate import Computed, Generator, static_path
from engine.core.markup import Hole, Loop, Markup, Option, Piece
from engine.core.parse import Part
from engine.core.phrases import phrase
from engine.core.pipes import Pipes
from engine.core.scope import RESERVED, Name, place_at
from engine.errors import Place, StatechatError

Aliases = Mapping[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a text, or a part of it, is compiled with: its source, and what can stand in it."""

    source: str
    place: Place
    lang: str
    locals: frozenset[str]
    computed: Computed
    filters: Mapping[str, Filter]
    aliases: Aliases = field(default_factory=dict)


class Writer:
    """Compiles one text, or the body of a loop or an option in it.

    Attributes:
        names: every name that it reads, but those of its own loops.
        labels: the variables whose value goes through `| label`.
        calls: the functions that it calls.
        states: the paths that it gives to `in_state`.
    """

    __slots__ = ("_generator", "_given", "_pipes", "calls", "labels", "names", "states")

    def __init__(self, given: Given) -> None:
        self._given = given
        self._generator = Generator(given.locals, given.computed)
        self._pipes = Pipes(self._generator, given.lang, given.aliases, given.filters)
        show, show_in_url = _shows(given.lang)
        self._pipes.found |= {"show": show, "show_in_url": show_in_url}
        self.names: list[Name] = []
        self.labels: list[Name] = []
        self.calls: list[str] = []
        self.states: list[Name] = []

    def body(self, markup: Markup) -> Body:
        """Compile a markup; call it once.

        Raises:
            StatechatError: `text:syntax`, `text:filter`, `expr:syntax`, `expr:function`.
        """
        run = self._compile(markup.pieces, "show")
        spans = tuple(
            Styled(
                each.kind, each.first, each.last,
                self._compile(each.url, "show_in_url") if each.url else None, each.language,
            )
            for each in markup.spans
        )  # fmt: skip
        for span in spans:
            Later.settle(span, "url")
        self.names += self._generator.names
        self.labels += self._pipes.labels
        self.calls += self._generator.calls
        self.states += self._generator.states
        parts = any(isinstance(one, Loop | Option) for one in markup.pieces)
        written = (markup.pieces, *(each.url for each in markup.spans if each.url))
        fixed = all(isinstance(piece, str) for pieces in written for piece in pieces)
        body = Body(run, spans, parts, fixed)
        Later.settle(body, "run")
        return body

    def _compile(self, pieces: Sequence[Piece], show: str) -> Pieces:
        constants = tuple(piece for piece in pieces if isinstance(piece, str))
        if len(constants) == len(pieces):
            return lambda _: constants
        self._tuple(pieces, show)  # refuses what is wrong, and notes what is read
        return Later(partial(self._compiled, self._given, pieces, show))

    @classmethod
    def _compiled(cls, given: Given, pieces: Sequence[Piece], show: str) -> Pieces:
        again = cls(given)
        return build(again._tuple(pieces, show), again._pipes.found)

    def _tuple(self, pieces: Sequence[Piece], show: str) -> ast.expr:
        return ast.Tuple([self._piece(piece, show) for piece in pieces], ast.Load())

    def _piece(self, piece: Piece, show: str) -> ast.expr:
        if isinstance(piece, str):
            return ast.Constant(piece)
        if isinstance(piece, Loop):
            return at(self._loop(piece), piece.over.start)
        if isinstance(piece, Option):
            return at(self._option(piece), piece.test.start)
        ends = (*piece.pipes, piece.end)
        part = Part(self._given.source, piece.start, ends[0], self._given.place)
        filters = [
            Part(self._given.source, start + 1, end, self._given.place)
            for start, end in zip(piece.pipes, ends[1:], strict=True)
        ]
        return at(call(show, self._pipes.value(part, filters)), piece.start)

    def _loop(self, loop: Loop) -> ast.expr:
        part = self._part(loop.over)
        tree = part.parse()
        for name in loop.names:
            if name in RESERVED or loop.names.count(name) > 1:
                place = place_at(self._given.place, self._given.source, loop.over.start)
                message = f"`{name}` cannot be the name of an item here."
                raise StatechatError("text:syntax", message, place=place, cure="Choose another.")
        outer = self._given.aliases
        aliases = {path: to for path, to in outer.items() if path[0] not in loop.names}
        path = static_path(tree)
        if path is not None and len(loop.names) == 1:
            aliases[(loop.names[0],)] = outer.get(path, path)
        own = frozenset({*loop.names, LOOP})
        known = self._given.locals | own
        inner = Writer(replace(self._given, locals=known, aliases=aliases))
        body = inner.body(loop.body)
        tells = any(name.path[0] == LOOP for name in inner.names)
        self._take(inner, own)
        return self._call(Repeat(loop.names, body, tells), self._generator.tree(part, tree))

    def _option(self, option: Option) -> ast.expr:
        test = self._generator.expression(self._part(option.test))
        otherwise: ast.expr = ast.Constant("")
        if option.otherwise is not None:
            otherwise = self._branch(option.otherwise)
        return ast.IfExp(test, self._branch(option.body), otherwise)

    def _branch(self, markup: Markup) -> ast.expr:
        inner = Writer(self._given)
        body = inner.body(markup)
        self._take(inner, frozenset())
        return self._call(body.fragment)

    def _take(self, inner: "Writer", own: frozenset[str]) -> None:
        self.names += [name for name in inner.names if name.path[0] not in own]
        self.labels += inner.labels
        self.calls += inner.calls
        self.states += inner.states

    def _part(self, hole: Hole) -> Part:
        return Part(self._given.source, hole.start, hole.end, self._given.place)

    def _call(self, run: object, *arguments: ast.expr) -> ast.expr:
        key = f"f{len(self._pipes.found)}"
        self._pipes.found[key] = run
        return call(key, ast.Name(SCOPE, ast.Load()), *arguments)


@lru_cache(maxsize=64)
def _shows(lang: str) -> tuple[Show, Show]:
    show = display(phrase("yes", lang), phrase("no", lang))
    # What a person typed must not end the path that the author wrote.
    return show, lambda value: quote(show(value), safe="", errors="replace")
