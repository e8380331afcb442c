"""What an expression can see, and where the parts of a source stand."""

import keyword
from collections.abc import Mapping
from typing import Final, Protocol

from engine.classes import dataclass
from engine.core.values import Data, Value
from engine.errors import Place

ROOTS: Final = frozenset({"user", "turn", "session"})
"""Names that hold a scope of their own; every other bare name is a variable of the run."""

RESERVED: Final = ROOTS | {"now", "true", "false", "null"} | frozenset(keyword.kwlist)
"""Words that cannot be the name of a variable, because an expression could not read it."""


class Scope(Protocol):
    """What one evaluation reads.

    Attributes:
        data: the variables of this run of the flow, by bare name.
        now: the moment of the step, ISO 8601 in UTC (`2026-11-23T21:18:16Z`).
        local: what only this place provides, such as `error` or `item`.
        lang: the session's language (`de`, `pt-br`).
        tz: the session's time zone (`Europe/Vienna`), UTC where it is not known.
    """

    @property
    def data(self) -> Data: ...

    @property
    def user(self) -> Data: ...

    @property
    def turn(self) -> Data: ...

    @property
    def session(self) -> Data: ...

    @property
    def now(self) -> str: ...

    @property
    def local(self) -> Mapping[str, Value]: ...

    @property
    def lang(self) -> str: ...

    @property
    def tz(self) -> str | None: ...

    def in_state(self, path: str) -> bool:
        """Whether the state of this dotted path, or one inside it, is active."""
        ...

    def label(self, path: tuple[str, ...], value: Value) -> str:
        """What the person reads for a choice that the variable `path` holds."""
        ...


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a source reads: `("age",)`, `("user", "name")`."""

    path: tuple[str, ...]
    place: Place


def place_at(place: Place, source: str, offset: int) -> Place:
    """Where character `offset` of `source` stands, if `place` is that of its first one.

    Later lines are taken to be indented like the first one, as in a block of YAML.
    """
    before = source[:offset]
    column = offset - (before.rfind("\n") + 1)
    return Place(place.file, place.line + before.count("\n"), place.column + column)
