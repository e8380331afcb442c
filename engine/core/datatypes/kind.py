"""What a type of variable is, and a variable that has one."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal, Protocol, TypeAlias

from engine.classes import dataclass
from engine.core.patterns import Pattern
from engine.core.scope import Scope
from engine.core.values import Value

Evaluate: TypeAlias = Callable[[Scope], Value]
Limit: TypeAlias = "int | float | str | Evaluate | None"
"""A value of the type as it stands in the file, or an expression that gives one."""

TYPED_MAX = 4_096
"""Longest text that a person can answer with, unless the variable has a `max`."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable.

    Attributes:
        initial: an expression that gives its value when a run begins, in place of `default`.
        computed: an expression that gives its value whenever it is read; it is never stored.
        min: like `max`, bounds a value that has an order, or the length of a text or list.
        values: what an enum can be.
        items: what each item of a list must be.
        fields: what an object holds, and nothing else.
        region: the territory (ISO 3166) whose phone numbers need no country code.
        currency: what money may be in, the one first that an amount without currency is in.
    """

    name: str
    type: str
    optional: bool = False
    default: Value = None
    scope: Literal["run", "user"] = "run"
    pii: bool = False
    min: Limit = None
    max: Limit = None
    match: Pattern | None = None
    values: tuple[str, ...] | None = None
    items: "Variable | None" = None
    fields: "Mapping[str, Variable] | None" = None
    region: str | None = None
    currency: tuple[str, ...] = ()
    initial: Evaluate | None = field(default=None, repr=False, compare=False)
    computed: Evaluate | None = field(default=None, repr=False, compare=False)


class Speaker(Protocol):
    """By what a person's words are read: the part of a scope that is about the person."""

    @property
    def lang(self) -> str: ...

    @property
    def tz(self) -> str | None: ...

    @property
    def now(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Person:
    """A speaker without a conversation: nothing is computed for one."""

    lang: str = "en"
    tz: str | None = None
    now: str = "2026-01-05T12:00:00Z"


class WrongAnswer(Exception):  # noqa: N818 - the language calls it a wrong answer
    """What was sent is no answer; `hint` tells the person what would be one, if that is special."""

    def __init__(self, hint: str = "") -> None:
        super().__init__(hint)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Example:
    """What a person writes, and what it is read as in a language; none where it is refused."""

    text: str
    value: Value
    lang: str = "en"


Reader: TypeAlias = Callable[[Variable, str, Speaker], Value]
"""The value that a text means, or none; it may raise `WrongAnswer` to give a hint of its own.

What could mean several things it narrows down by `Variable.min` and `max`.
"""


@dataclass(frozen=True, slots=True)
class Order:
    """How `min` and `max` bound a type.

    Attributes:
        measure: what is compared, of a value that the type holds.
        bound: what it is compared with, of a limit; the third argument tells `min` from `max`.
            It raises `Fault` for a limit that is none.
        show: a limit as a person reads it.
    """

    measure: Callable[[Value], object]
    bound: Callable[[Value, Speaker, bool], object]
    show: Callable[[Value, Speaker], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of variables.

    Attributes:
        doc: what a person can answer with, for the page of types.
        wanted: its name in "it is no …".
        holds: whether a variable of the type can hold a value; `min`, `max` and `match` aside.
        stored: a value as it is stored.
        read: reads a text; none where nothing can be typed.
        heard: kinds of events that are answers.
        hear: the value of such an event's details, or none.
        written: the value that a text in the file means as a default or a limit, or none where
            it is an expression. Without it the text itself is the value.
        options: keys of a declaration that mean something for this type.
        example: what a hint gives as an example, in a language.
    """

    name: str
    doc: str
    wanted: str
    holds: Callable[[Variable, Value], bool]
    stored: Value
    read: Reader | None = None
    heard: frozenset[str] = frozenset()
    hear: Callable[[Mapping[str, Value]], Value] | None = None
    order: Order | None = None
    written: Callable[[str], Value] | None = None
    options: frozenset[str] = frozenset()
    example: Callable[[Speaker], str] | None = None
    examples: tuple[Example, ...] = ()

    @property
    def askable(self) -> bool:
        return self.read is not None or self.hear is not None


BOUNDED = frozenset({"min", "max"})


def nothing_written(_: str) -> Value:
    """For types of which no text in the file is a value."""
    return None
