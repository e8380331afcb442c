"""Expressions: Python's operators over the values of a session, compiled once to a function.

The source is parsed by Python's own parser, checked node by node against an allow-list, and
generated anew into a lambda that calls nothing but `engine.core.operators` and the functions of
`engine.core.functions`. It is compiled when it is first called. What an
expression can do is in section 5 of the language's reference.
"""

from collections.abc import Callable
from dataclasses import field, replace

from engine.classes import dataclass
from engine.core.display import show_plain
from engine.core.emit import Later, build, fault_offset
from engine.core.faults import Fault
from engine.core.generate import NOTHING_COMPUTED, Computed, Generator
from engine.core.parse import Part
from engine.core.scan import NESTING_MAX, SOURCE_MAX
from engine.core.scope import RESERVED, Name, Scope, place_at
from engine.core.values import Value
from engine.errors import Place

__all__ = [
    "NESTING_MAX",
    "RESERVED",
    "SOURCE_MAX",
    "Expression",
    "Name",
    "Scope",
    "compile_expression",
    "compile_literal",
]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: call it with a scope.

    Attributes:
        names: every name that it reads, in the order of the source.
        calls: the functions that it calls.
        states: the paths that it gives to `in_state`.
        locals: further names that its place provides.
    """

    source: str
    place: Place
    names: tuple[Name, ...]
    calls: tuple[str, ...]
    states: tuple[Name, ...]
    _run: Callable[[Scope], Value] = field(repr=False, compare=False)
    locals: frozenset[str] = frozenset()

    def __call__(self, scope: Scope) -> Value:
        """The value in this scope.

        Raises:
            Fault: `expr:type`, `expr:limit`, `expr:divide`, `time:zone`, …, with the place of the
                part that failed.
        """
        try:
            return self._run(scope)
        except Fault as fault:
            # What is computed has a place of its own.
            place = fault.place or place_at(self.place, self.source, fault_offset(fault))
            raise Fault(fault.code, fault.message, place) from None
        except RecursionError:
            raise Fault("expr:limit", "The stack is exhausted.", self.place) from None

    def at(self, place: Place) -> "Expression":
        """The same expression where its first character stands elsewhere."""
        names, states = (
            tuple(Name(one.path, _moved(one.place, self.place, place)) for one in each)
            for each in (self.names, self.states)
        )
        moved = replace(self, place=place, names=names, states=states)
        Later.settle(moved, "_run")
        return moved


def compile_expression(
    source: str,
    place: Place,
    *,
    locals: frozenset[str] = frozenset(),  # noqa: A002 - the language's word
    computed: Computed = NOTHING_COMPUTED,
) -> Expression:
    """Check and compile an expression.

    Args:
        source: the expression as the author wrote it.
        place: where its first character stands.
        locals: further names that this place provides, such as `error` or `item`.
        computed: what gives the values of computed variables.

    Raises:
        StatechatError: `expr:syntax`, `expr:function`, at the place of the part that is wrong.
    """
    part = Part(source, 0, len(source), place)
    generator = Generator(locals, computed)
    generator.expression(part)

    def make() -> Callable[[Scope], Value]:
        again = Generator(locals, computed)
        body = again.expression(part)
        return build(body, again.found)

    expression = Expression(
        source,
        place,
        tuple(generator.names),
        tuple(dict.fromkeys(generator.calls)),
        tuple(generator.states),
        Later(make),
        locals,
    )
    Later.settle(expression, "_run")
    return expression


def _moved(inside: Place, start: Place, end: Place) -> Place:
    """Where a part stands of something that stood at `start`, and stands at `end` now."""
    line, column = end.line - start.line, end.column - start.column
    return Place(end.file, inside.line + line, inside.column + column)


def compile_literal(value: Value, place: Place | None = None) -> Expression:
    """An expression that always gives this value."""
    where = place or Place("", 1, 1)
    return Expression(show_plain(value), where, (), (), (), lambda _: value)
