"""To whom a state hands a person over, and what they read of them."""

from engine.classes import dataclass
from engine.core.texts import Text
from engine.errors import Place


@dataclass(frozen=True, slots=True)
class Handoff:
    """`handoff`: what the person writes goes to the operators' chat `to`, and back.

    `who` and `intro` are what operators read of the person, and first of all.
    """

    to: str
    who: Text | None
    intro: Text | None
    place: Place
