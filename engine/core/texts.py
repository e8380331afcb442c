"""Texts of authors: values and marks in plain words, compiled once."""

from collections.abc import Mapping
from dataclasses import field
from typing import cast

from engine.classes import dataclass
from engine.core.effects import Mark
from engine.core.emit import fault_offset
from engine.core.faults import Fault
from engine.core.filters import FILTERS, Filter
from engine.core.fragments import Body, Inner, Words
from engine.core.generate import NOTHING_COMPUTED, Computed
from engine.core.marks import is_plain, read_markup
from engine.core.scope import Name, Scope, place_at
from engine.core.writer import Given, Writer
from engine.errors import Place


@dataclass(frozen=True, slots=True)
class Text:
    """A compiled text.

    Attributes:
        names: every name that it reads, in the order of the source, but those of its own loops.
        labels: the variables whose value goes through `| label`.
        calls: the functions that it calls.
        states: the paths that it gives to `in_state`.
        constant: its words, where they are the same for everyone.
    """

    source: str
    place: Place
    names: tuple[Name, ...]
    labels: tuple[Name, ...]
    calls: tuple[str, ...]
    states: tuple[Name, ...]
    _body: Body = field(repr=False, compare=False)
    constant: Words | None = field(default=None, repr=False, compare=False)

    def text(self, scope: Scope) -> tuple[str, tuple[Mark, ...]]:
        """The words and their marks; offsets count code points. An empty mark is left out.

        Raises:
            Fault: `text:limit`, `text:type`, and those of expressions, with the place.
        """
        if self.constant is not None:
            return self.constant
        body = self._body
        try:
            # The loops of one text share one bound.
            return body.words(Inner(scope) if body.parts else scope)
        except Fault as fault:
            # What is computed has a place of its own.
            place = fault.place or place_at(self.place, self.source, fault_offset(fault))
            raise Fault(fault.code, fault.message, place) from None
        except RecursionError:
            raise Fault("text:limit", "The stack is exhausted.", self.place) from None


def compile_text(
    source: str,
    place: Place,
    *,
    lang: str,
    locals: frozenset[str] = frozenset(),  # noqa: A002 - the language's word
    computed: Computed = NOTHING_COMPUTED,
    filters: Mapping[str, Filter] = FILTERS,
) -> Text:
    """Check and compile a text.

    Args:
        source: the text as the author wrote it.
        place: where its first character stands.
        lang: the language that it is written in: its plurals, and its words for yes and no.
        locals: further names that this place provides, such as `error` or `item`.
        computed: what gives the values of computed variables.
        filters: those that it can use.

    Raises:
        StatechatError: `text:syntax`, `text:filter`, `expr:syntax`, `expr:function`.
    """
    if is_plain(source):
        return plain(source, place)
    writer = Writer(Given(source, place, lang, locals, computed, filters))
    body = writer.body(read_markup(source, place))
    return Text(
        source,
        place,
        tuple(sorted(writer.names, key=lambda name: (name.place.line, name.place.column))),
        tuple(writer.labels),
        tuple(dict.fromkeys(writer.calls)),
        tuple(writer.states),
        body,
        _constant(body),
    )


def _constant(body: Body) -> Words | None:
    """The words of a text without values; none where there are some, or too many words."""
    if not body.fixed:
        return None
    try:
        return body.words(cast("Scope", None))  # which it does not read
    except Fault:
        return None


def plain(text: str, place: Place | None = None) -> Text:
    """A text without markup and values: every character is itself."""
    where = place or Place("", 1, 1)
    body = Body(lambda _: (text,), fixed=True)
    return Text(text, where, (), (), (), (), body, _constant(body))
