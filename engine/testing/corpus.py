"""What people have thought of in a bot's own tests: a search for conversations tries it too."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Final, TypeVar

from engine.classes import dataclass
from engine.core.values import Value
from engine.testing.inputs import Input, Sent, Typed
from engine.testing.script import START, Person, Script, Seed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Each thing once, in the order of the tests.

    Attributes:
        inputs: what persons type and send; presses depend on what was shown before.
        results: what actions have returned, by their names.
        records: what was there when a test began.
        now: the latest clock that a test sets: what actions return may speak of its days.
    """

    inputs: tuple[Input, ...] = ()
    results: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    records: tuple[tuple[Seed, ...], ...] = ()
    now: int | None = None

    @property
    def quotes(self) -> frozenset[str]:
        """The parts of the bot's messages that somebody replies to."""
        return frozenset(
            one.reply_to
            for one in self.inputs
            if isinstance(one, Typed | Sent) and one.reply_to is not None
        )


_START: Final = round(START.timestamp() * 1000)
NO_CORPUS: Final = Corpus()


def gathered(scripts: Iterable[Script]) -> Corpus:
    """The corpus of a bot's tests."""
    told = list(scripts)
    results: dict[str, list[Value]] = {}
    for script in told:
        for action, attempts in script.actions.items():
            found = (one.value for one in attempts if one.failure is None)
            results.setdefault(action, []).extend(found)
    return Corpus(
        tuple(_distinct(one for script in told for one in _inputs(script))),
        {action: tuple(_distinct(found)) for action, found in results.items()},
        tuple(_distinct((script.records for script in told if script.records), _values)),
        max((script.now for script in told if script.now != _START), default=None),
    )


def _inputs(script: Script) -> Iterator[Input]:
    for line in script.lines:
        if isinstance(line, Person):
            yield from (one for one in line.inputs if isinstance(one, Typed | Sent))


def _values(records: tuple[Seed, ...]) -> object:
    return [(seed.collection, seed.values) for seed in records]


def _distinct(found: Iterable[T], told: Callable[[T], object] = lambda one: one) -> list[T]:
    """Each once, by what it says: media and values are mappings, which have no hash."""
    return list({repr(told(one)): one for one in reversed(list(found))}.values())[::-1]
