"""What a function of the expression language is, and how one is entered in a table."""

from collections.abc import Callable, Sequence
from typing import Final

from engine.classes import dataclass
from engine.core.faults import Fault
from engine.core.operators import kind
from engine.core.values import Value

ARGUMENTS_MAX: Final = 20
DIGITS_MAX: Final = 12
"""Most digits after the point that `round` and the number filters keep."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that expressions can call.

    Attributes:
        params: names of the parameters; `x?` may be left out, `x...` may be repeated.
        example: an expression, and the value that it gives.
        scoped: whether `run` takes the scope before the arguments.
    """

    name: str
    run: Callable[..., Value]
    params: tuple[str, ...]
    doc: str
    example: tuple[str, Value]
    scoped: bool = False

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join(self.params)})"

    @property
    def least(self) -> int:
        return sum(not each.endswith("?") for each in self.params)

    @property
    def most(self) -> int:
        repeated = bool(self.params) and self.params[-1].endswith("...")
        return ARGUMENTS_MAX if repeated else len(self.params)


_Run = Callable[..., Value]


def function(
    table: dict[str, Function],
    signature: str,
    doc: str,
    example: tuple[str, Value],
    *,
    scoped: bool = False,
) -> Callable[[_Run], _Run]:
    """Enter the decorated function in a table; `signature` is `name(param, optional?, many...)`."""
    name, _, params = signature.rstrip(")").partition("(")

    def enter(run: _Run) -> _Run:
        taken = tuple(params.split(", ")) if params else ()
        table[name] = Function(name, run, taken, doc, example, scoped)
        return run

    return enter


def text_argument(value: Value, user: str) -> str:
    if isinstance(value, str):
        return value
    raise Fault("expr:type", f"{user} needs a text, not {kind(value)}.")


def list_argument(value: Value, user: str) -> Sequence[Value]:
    if isinstance(value, list | tuple):
        return value
    raise Fault("expr:type", f"{user} needs a list, not {kind(value)}.")
