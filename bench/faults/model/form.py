"""What both models have in common: a conversation with open questions, a silence, and an action."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE


class UnknownError(Exception):
    """The crowd does not say this in this state, so a model knows nothing of it."""


@dataclass(frozen=True, slots=True)
class Silence:
    """What happens when nothing was heard for so long (ms); `ends`: also to the conversation."""

    after: int
    text: str
    ends: bool


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation is.

    Attributes:
        at: the name of the state; empty where no conversation is held.
        data: what was answered so far.
        tries: wrong answers to the open question.
        back: earlier questions with what was answered then, the last one last.
        silences: how many silences of this one have passed.
        kept: what actions have stored for this person, the last one last.
    """

    at: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    tries: int = 0
    back: tuple["State", ...] = ()
    silences: int = 0
    kept: tuple[Mapping[str, object], ...] = ()

    def answered(self, at: str, **data: object) -> "State":
        """The next question, from which `/back` leads here."""
        here = replace(self, tries=0, back=(), silences=0)
        return replace(
            self, at=at, data={**self.data, **data}, tries=0, back=(*self.back, here), silences=0
        )

    def to(self, at: str, **data: object) -> "State":
        """Another state of the same conversation."""
        return replace(self, at=at, data={**self.data, **data}, tries=0, silences=0)

    def over(self) -> "State":
        """The end of the conversation."""
        return State(kept=self.kept)


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that may happen: the state after it, and what the person is told.

    Attributes:
        texts: a `{receipt}` in them stands for a receipt's number.
        perhaps: what the action may have stored although it was given up, because the process
            died too often while it ran; none for any other turn.
    """

    state: State
    texts: tuple[str, ...]
    perhaps: Mapping[str, object] | None = None


class Model(Protocol):
    """One bot."""

    @property
    def silences(self) -> tuple[Silence, ...]: ...

    @property
    def acting(self) -> frozenset[str]:
        """States in which an action runs: what is said is heard when it has ended."""
        ...

    def hears(self, state: State, text: str) -> Turn:
        """What a person's text (or the label of a button) does.

        Raises:
            UnknownError: nobody says that here.
        """
        ...

    def ends(self, state: State) -> tuple[Turn, ...]:
        """How an action may end."""
        ...

    def passes(self, state: State) -> Turn | None:
        """What the next silence does; none where nothing waits for one."""
        ...


def passes(state: State, silences: tuple[Silence, ...]) -> Turn | None:
    """What the next silence does."""
    if not state.at or state.silences >= len(silences):
        return None
    due = silences[state.silences]
    after = state.over() if due.ends else replace(state, silences=state.silences + 1)
    return Turn(after, (due.text,))
