"""Holds what people said and were told, and what is stored, against the model.

A person's messages tell in which order things happened. The judge looks for one way through the
model that explains all of them: each thing said is applied once and in order, each silence passes
once and in its time, each action ends once, and each of their texts is told at least once.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, Final, Literal, get_args

from bench.faults.model.form import Model, State, Turn
from bench.faults.people import Person, Said, Told

OLD_BUTTON: Final = "This button is no longer in use."
PATIENCE: Final = 3
"""An action is given up only when the process has died so often while it ran."""


Kind = Literal["event lost", "applied twice", "timer lost or doubled", "order broken", "other"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Fault:
    """What must not be, as far as it can be told, and in words."""

    kind: Kind
    words: str


@dataclass(slots=True)
class Verdict:
    """What was found in one season, or in many.

    Attributes:
        events, messages: how many were judged.
        doubled: messages that came again where they may.
        silences: timers that have fired.
        actions: results of actions that were applied.
        aside: events that were set aside after three deaths.
    """

    faults: list[Fault] = field(default_factory=list)
    events: int = 0
    messages: int = 0
    doubled: int = 0
    silences: int = 0
    actions: int = 0
    aside: int = 0

    def explained(self, person: Person, path: "Path") -> None:
        """Count what was found to be right."""
        self.events += len(person.said)
        self.messages += len(person.told)
        self.doubled += path.doubled
        self.silences += path.silences
        self.actions += path.results
        self.aside += path.aside

    def add(self, other: "Verdict") -> None:
        self.faults += other.faults
        self.events += other.events
        self.messages += other.messages
        self.doubled += other.doubled
        self.silences += other.silences
        self.actions += other.actions
        self.aside += other.aside


@dataclass(frozen=True, slots=True)
class _Run:
    """The same text so many times in a row."""

    text: str
    times: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """How far an explanation has come.

    Attributes:
        said: how many things said are applied.
        run, used: the run of messages that is being explained, and how many of it are.
        last: when the last thing said was said, and when it was answered at the latest.
        silences, results: how many there were; the engine counts them as steps.
        doubled: messages that came again, `unexplained` of them where they may not.
        receipts: numbers that the person was told.
        perhaps: what actions may have stored that were given up.
        aside: events that were set aside.
    """

    state: State
    said: int = 0
    run: int = 0
    used: int = 0
    last: tuple[int, int] = (0, 0)
    silences: int = 0
    results: int = 0
    receipts: tuple[str, ...] = ()
    perhaps: tuple[Mapping[str, object], ...] = ()
    doubled: int = 0
    unexplained: tuple[str, ...] = ()
    aside: int = 0

    def over(self, run: _Run) -> "Path":
        """This path where the run has come to its end: what of it was told again."""
        again = len(run.times) - self.used
        beyond = (run.text,) if again > window(run.times) else ()
        return _replaced(self, doubled=self.doubled + again, unexplained=self.unexplained + beyond)


class Explanation:
    """The search for a way through the model that explains one person's messages.

    `aside` are events that were set aside because the process died of them, as far as it could
    tell: three deaths while one was applied alone. They have done nothing.
    """

    def __init__(
        self,
        model: Model,
        person: Person,
        deaths: Sequence[int],
        end: int,
        aside: AbstractSet[str] = frozenset(),
    ) -> None:
        self._model = model
        self._said: Sequence[Said] = person.said
        self._runs = [_Run(text, tuple(same)) for text, same in groupby(person.told, _text)]
        self._deaths = deaths
        self._end = end
        self._aside = aside
        self.best = Path(State())

    def find(self) -> Path | None:
        """The end of a way that explains everything."""
        open_ = [self.best]
        known: set[tuple[object, ...]] = set()
        while open_:
            path = open_.pop()
            if (path.said, path.run, path.used) > (self.best.said, self.best.run, self.best.used):
                self.best = path
            if self._is_whole(path):
                return path.over(self._runs[path.run]) if self._runs else path
            key = (
                path.said, path.run, path.used, path.state.at, path.state.silences, path.last,
                len(path.state.kept),
            )  # fmt: skip
            if key not in known:
                known.add(key)
                open_.extend(self._next(path))
        return None

    def fault(self) -> Fault:
        """Where even the best explanation comes to its end."""
        best = self.best
        said = self._said[best.said].text if best.said < len(self._said) else "nothing more"
        at = best.run + (best.used > 0 and self._used_up(best))
        told = [run.text for run in self._runs[at : at + 3]]
        words = f"in `{best.state.at}` {said!r} was said next, and then was told: {told}"
        return Fault(self._kind(told, [run.text for run in self._runs[:at]]), words)

    def _kind(self, told: Sequence[str], before: Sequence[str]) -> Kind:
        if told and told[0] in {silence.text for silence in self._model.silences}:
            return "timer lost or doubled"
        if not told:
            waits = self.best.said < len(self._said) or self.best.state.at in self._model.acting
            return "event lost" if waits else "timer lost or doubled"
        return "applied twice" if told[0] in before[-3:] else "order broken"

    def _used_up(self, path: Path) -> bool:
        return path.used >= len(self._runs[path.run].times)

    def _is_whole(self, path: Path) -> bool:
        if path.said < len(self._said) or path.state.at in self._model.acting:
            return False
        done = path.run + 1 if path.used else path.run
        return done == len(self._runs) and not self._overdue(path, self._end)

    def _next(self, path: Path) -> Iterator[Path]:
        """What may have happened next, the most ordinary last, where it is tried first."""
        yield from self._passes(path)
        if path.state.at in self._model.acting:
            yield from self._ends(path)
        elif path.said < len(self._said):
            yield from self._hears(path, self._said[path.said])

    def _passes(self, path: Path) -> Iterator[Path]:
        """A silence has passed; what it has cut off may be stored all the same."""
        state = path.state
        turn = self._model.passes(state)
        if turn is None:
            return
        perhaps = path.perhaps
        if state.at in self._model.acting and not turn.state.at:
            cut_off = [end.perhaps for end in self._model.ends(state) if end.perhaps is not None]
            perhaps = (*perhaps, *cut_off)
        due = path.last[0] + self._model.silences[state.silences].after
        for later in self._told(path, turn, not_before=due):
            yield _replaced(later, silences=path.silences + 1, perhaps=perhaps)

    def _ends(self, path: Path) -> Iterator[Path]:
        """An action has ended."""
        for turn in reversed(self._model.ends(path.state)):
            for later in self._told(path, turn):
                if turn.perhaps is None:
                    yield _replaced(later, results=path.results + 1)
                elif self._died(path, later):
                    perhaps = (*path.perhaps, turn.perhaps)
                    yield _replaced(later, results=path.results + 1, perhaps=perhaps)

    def _hears(self, path: Path, said: Said) -> Iterator[Path]:
        """The next thing that was said is applied."""
        if said.id in self._aside:
            if sum(said.at <= at for at in self._deaths) >= PATIENCE:
                yield _replaced(path, said=path.said + 1, aside=path.aside + 1)
            return
        if not said.pressed and self._overdue(path, said.at):
            return
        turn = self._heard(path.state, said)
        for later in self._told(path, turn):
            # A press has no date: the bot takes it for as early as it can have been.
            since = path.last[0] if said.pressed else said.at
            last = (since, self._answered(later, turn, said))
            yield _replaced(later, said=path.said + 1, last=last)

    def _heard(self, state: State, said: Said) -> Turn:
        if said.pressed and not state.at:
            return Turn(state, (OLD_BUTTON,))
        return self._model.hears(state, said.text)

    def _overdue(self, path: Path, now: int) -> bool:
        """Whether a silence must have passed by then."""
        if self._model.passes(path.state) is None:
            return False
        return now >= path.last[1] + self._model.silences[path.state.silences].after

    def _answered(self, path: Path, turn: Turn, said: Said) -> int:
        if not turn.texts:
            return self._end
        return max(said.at, self._runs[path.run].times[path.used - 1].at)

    def _died(self, before: Path, after: Path) -> bool:
        began, ended = before.last[0], self._runs[after.run].times[-1].at
        return sum(began <= at <= ended for at in self._deaths) >= PATIENCE

    def _told(self, path: Path, turn: Turn, not_before: int = 0) -> Iterator[Path]:
        """The paths on which the turn's texts were told next, at that moment or later."""
        paths = [path]
        for text in turn.texts:
            paths = [later for each in paths for later in self._one(each, text, not_before)]
        for each in paths:
            yield _replaced(each, state=turn.state)

    def _one(self, path: Path, text: str, not_before: int) -> Iterator[Path]:
        for run, used in ((path.run, path.used + 1), (path.run + 1, 1)):
            if run > path.run:
                if not path.used:
                    continue
                path = path.over(self._runs[path.run])
            if run < len(self._runs) and used <= len(self._runs[run].times):
                match = _pattern(text).fullmatch(self._runs[run].text)
                if match and self._runs[run].times[used - 1].at >= not_before:
                    receipts = (*path.receipts, *match.groups())
                    yield _replaced(path, run=run, used=used, receipts=receipts)


def story(person: Person) -> str:
    """What was said and told, as it happened, a line each."""
    lines = [(said.at, 0, f"> {said.text}{' (pressed)' * said.pressed}") for said in person.said]
    lines += [(told.at, 1, f"{told.text}  ({told.life}{'' if told.answered else ', unanswered'})")
              for told in person.told]  # fmt: skip
    return "\n".join(f"{at / 60_000:.2f} {words}" for at, _, words in sorted(lines))


def window(times: Sequence[Told]) -> int:
    """How often a message may come again that came so.

    Once for each time that the bot could not know that it had arrived: its process was killed
    before it had noted that, or it was not answered.
    """
    pairs = pairwise(times)
    return sum(before.life != after.life or not before.answered for before, after in pairs)


def _replaced(path: Path, **changes: object) -> Path:
    values = {name: getattr(path, name) for name in Path.__slots__}
    return Path(**{**values, **changes})


def _text(told: Told) -> str:
    return told.text


def _pattern(text: str) -> re.Pattern[str]:
    before, mark, after = text.partition("{receipt}")
    receipt = "R([0-9A-F]{8})" if mark else ""
    return re.compile(re.escape(before) + receipt + re.escape(after))


def compare(
    paths: Sequence[Path], records: Mapping[str, Mapping[str, object]], log: str
) -> Iterator[Fault]:
    """What is wrong with what all have stored together, and with the log of events."""
    left = [dict(record) for record in records.values()]
    for kept in [kept for path in paths for kept in path.state.kept]:
        if kept in left:
            left.remove(dict(kept))
        else:
            yield Fault("event lost", f"not stored, or not so: {kept}")
    for perhaps in [one for path in paths for one in path.perhaps]:
        if perhaps in left:
            left.remove(dict(perhaps))
    for record in left:
        yield Fault("applied twice", f"stored twice, or never asked for: {record}")
    known = {id_[:8].upper() for id_ in records}
    for number in [number for path in paths for number in path.receipts]:
        if number not in known:
            yield Fault("event lost", f"the receipt {number} is not stored")
    applied = Counter(re.findall(r"event (telegram:\d+|nostr:\w+) is applied", log))
    for event, times in applied.items():
        if times > 1:
            yield Fault("applied twice", f"the log has {event} applied {times} times")


def differences(person: Person, path: Path, session: Mapping[str, Any]) -> Iterator[Fault]:
    """What of a person's document is not as the explanation says; conversations are over."""
    for text in path.unexplained:
        yield Fault("applied twice", f"told again where that may not be: {text}")
    if path.aside:  # their person waits in the midst of a conversation
        return
    steps, found = len(person.said) + path.silences + path.results, session.get("steps", 0)
    if found != steps:
        kind: Kind = "event lost" if found < steps else "applied twice"
        yield Fault(kind, f"{found} steps instead of {steps}")
    left = [name for name in ("outbox", "timers") if session.get(name)]
    if any(chat.get("stack") for chat in session.get("chats", {}).values()):
        left.append("a conversation")
    for name in left:
        yield Fault("timer lost or doubled" if name == "timers" else "other", f"{name} is left")
