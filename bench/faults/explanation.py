"""Ways through the model that explain what a person said and was told.

A person's messages tell in which order things happened. On a way each thing said is applied once
and in order, each silence passes once and in its time, each action ends once, and each of their
texts is told at least once. Where there is no such way, one with the fewest faults names them: the
ways on which something is lost, applied twice or out of order are searched, too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import Final

from bench.faults.model.form import Model, State, Turn, UnknownError
from bench.faults.people import Person, Said, Told
from bench.faults.verdict import Fault, Kind

OLD_BUTTON: Final = "This button is no longer in use."
PATIENCE: Final = 3
"""An action is given up only when the process has died so often while it ran."""
DEATHS: Final = 2
"""An event is set aside only when so many deaths have followed it; another one may be before it."""
NOTHING: Final[Mapping[str, int]] = {}
MOST: Final = 20_000
"""Places on ways that are looked at, at most: a person with many faults is not worth more."""


@dataclass(frozen=True, slots=True)
class _Run:
    """The same text so many times in a row."""

    text: str
    times: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """How far an explanation has come.

    Attributes:
        said: how many things said are dealt with.
        run, used: the run of messages that is being explained, and how many of it are.
        again: how many of these came again, and were followed by one that did not.
        last: when the last thing said was said, and when it was answered at the latest.
        steps: how many the engine has taken.
        silences, results: how many of them were silences that passed, and actions that ended.
        doubled: messages that came again where they may.
        receipts: numbers that the person was told.
        perhaps: what actions may have stored that were given up.
        aside: events that were set aside.
        wrong: what must not be.
        before: the state before the last thing said was applied.
    """

    state: State
    said: int = 0
    run: int = 0
    used: int = 0
    again: int = 0
    last: tuple[int, int] = (0, 0)
    steps: int = 0
    silences: int = 0
    results: int = 0
    receipts: tuple[str, ...] = ()
    perhaps: tuple[Mapping[str, object], ...] = ()
    doubled: int = 0
    aside: int = 0
    wrong: tuple[Fault, ...] = ()
    before: State = field(default_factory=State)

    def but(self, kind: Kind, words: str) -> "Path":
        """This path with one more fault."""
        return replace(self, wrong=(*self.wrong, Fault(kind, words)))

    def over(self, run: _Run) -> "Path":
        """This path where the run has come to its end: what of it was told again."""
        again = self.again + len(run.times) - self.used
        after = replace(self, doubled=self.doubled + again, again=0) if again else self
        if again <= window(run.times):
            return after
        return after.but("message doubled", f"told again where that may not be: {run.text!r}")

    @property
    def place(self) -> tuple[object, ...]:
        """What the rest of the way depends on, and what it is judged by in the end."""
        state = self.state
        return (
            self.said, self.run, self.used, self.again, self.last, self.steps, self.aside,
            len(self.wrong),
            state.at, state.tries, state.silences, tuple(state.data.items()), len(state.back),
            len(state.kept),
        )  # fmt: skip


class Explanation:
    """The search for ways through the model that explain one person's messages.

    `aside` are things said that were set aside, and when, because the process died of them, as
    far as it could tell. They have done nothing. So many silences were set aside, too.
    """

    def __init__(
        self,
        model: Model,
        person: Person,
        deaths: Sequence[int],
        end: int,
        aside: Mapping[str, int] = NOTHING,
        silences_aside: int = 0,
    ) -> None:
        self._model = model
        self._said: Sequence[Said] = person.said
        self._runs = [_Run(text, tuple(same)) for text, same in groupby(person.told, _text)]
        self._deaths = deaths
        self._end = end
        self._aside = aside
        self._silences_aside = silences_aside
        self._allowed = 0
        self.best = Path(State())

    def ways(self, allowed: int = 0) -> Iterator[Path]:
        """The ends of all ways that explain everything with so many faults at most."""
        self._allowed = allowed
        open_ = [Path(State())]
        known: set[tuple[object, ...]] = set()
        while open_ and len(known) < MOST:
            path = open_.pop()
            if (path.said, path.run, path.used) > (self.best.said, self.best.run, self.best.used):
                self.best = path
            if self._is_whole(path):
                whole = path.over(self._runs[path.run]) if self._runs else path
                whole = self._at_the_end(whole)
                if len(whole.wrong) <= allowed:
                    yield whole
            if path.place not in known:
                known.add(path.place)
                open_.extend(each for each in self._next(path) if len(each.wrong) <= allowed)

    def faults(self, steps: int) -> tuple[Fault, ...]:
        """Where even the best way comes to its end, for a person who has so many steps."""
        best, said = self.best, [one for one in self._said if one.id not in self._aside]
        next_ = self._said[best.said].text if best.said < len(self._said) else "nothing more"
        at = best.run + (best.used > 0 and self._used_up(best))
        told = [run.text for run in self._runs[at : at + 3]]
        where = f"in `{best.state.at}` {next_!r} was said next, and then was told: {told}"
        faults = [*best.wrong, Fault("other", f"no way was found; {where}")]
        if steps < len(said):
            faults.append(Fault("event lost", f"{steps} steps for {len(said)} things said"))
        if len(self._runs) < steps - len(said):
            faults.append(Fault("applied twice", f"{steps} steps for {len(said)} things said"))
        return tuple(faults)

    def _used_up(self, path: Path) -> bool:
        return path.used >= len(self._runs[path.run].times)

    def _is_whole(self, path: Path) -> bool:
        if path.said < len(self._said):
            return False
        done = path.run + 1 if path.used else path.run
        return done == len(self._runs)

    def _at_the_end(self, path: Path) -> Path:
        """The path with what must have happened still."""
        if path.state.at in self._model.acting:
            path = path.but("event lost", f"the action of `{path.state.at}` has not ended")
        if self._overdue(path, self._end):
            path = path.but("timer lost or doubled", f"in `{path.state.at}` nothing came")
        return path

    def _next(self, path: Path) -> Iterator[Path]:
        """What may have happened next, the most ordinary last, where it is tried first."""
        if len(path.wrong) < self._allowed:
            yield from self._mistakes(path)
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
        if path.aside < self._silences_aside:
            passed = replace(state, silences=state.silences + 1)
            yield replace(path, state=passed, aside=path.aside + 1)
        due = path.last[0] + self._model.silences[state.silences].after
        passing = replace(
            path, silences=path.silences + 1, steps=path.steps + 1, perhaps=perhaps
        )  # fmt: skip
        yield from self._told(passing, turn, not_before=due)

    def _ends(self, path: Path) -> Iterator[Path]:
        """An action has ended."""
        for turn in reversed(self._model.ends(path.state)):
            ending = replace(path, results=path.results + 1, steps=path.steps + 1)
            if turn.perhaps is not None:
                ending = replace(ending, perhaps=(*path.perhaps, turn.perhaps))
            for later in self._told(ending, turn):
                if turn.perhaps is None or self._died(path, later):
                    yield later
                else:
                    yield later.but("other", f"the action of `{path.state.at}` was given up early")

    def _hears(self, path: Path, said: Said) -> Iterator[Path]:
        """The next thing that was said is applied."""
        if said.id in self._aside:
            aside = self._aside[said.id]
            if sum(said.at <= at <= aside for at in self._deaths) >= DEATHS:
                yield replace(path, said=path.said + 1, aside=path.aside + 1)
            return
        if said.pressed or not self._overdue(path, said.at):
            yield from self._applied(path, said)

    def _applied(self, path: Path, said: Said) -> Iterator[Path]:
        turn = self._heard(path.state, said)
        if turn is None:
            return
        hearing = replace(path, said=path.said + 1, steps=path.steps + 1, before=path.state)
        for later in self._told(hearing, turn):
            # A press has no date: the bot takes it for as early as it can have been.
            since = path.last[0] if said.pressed else said.at
            yield replace(later, last=(since, self._answered(later, turn, said)))

    def _heard(self, state: State, said: Said) -> Turn | None:
        """What something does that was said; none where the model does not know that."""
        if said.pressed and not state.at:
            return Turn(state, (OLD_BUTTON,))
        try:
            return self._model.hears(state, said.text)
        except UnknownError:
            return None

    def _mistakes(self, path: Path) -> Iterator[Path]:
        """What must not have happened next."""
        state = path.state
        yield from self._once_more(path)
        silence = self._model.passes(state)
        if silence is not None:
            yield from self._told(self._untimely(path, silence), silence)
        if state.silences:
            again = Turn(state, (self._model.silences[state.silences - 1].text,))
            yield from self._told(self._untimely(path, again), again)
        if path.said:
            said = self._said[path.said - 1]
            twice = replace(path, steps=path.steps + 1).but(
                "applied twice", f"in `{state.at}`: {said.text!r}"
            )
            yield replace(path, state=path.before, steps=path.steps - 1).but(
                "event lost", f"answered in `{path.before.at}`, and then forgotten: {said.text!r}"
            )
            turn = Turn(state, (OLD_BUTTON,)) if said.pressed else self._heard(state, said)
            if turn is not None:
                yield from self._told(twice, turn)
        if path.said < len(self._said):
            yield from self._unheard(path, self._said[path.said])

    def _untimely(self, path: Path, turn: Turn) -> Path:
        words = f"in `{path.state.at}` too early, or twice: {turn.texts}"
        return replace(path, steps=path.steps + 1).but("timer lost or doubled", words)

    def _once_more(self, path: Path) -> Iterator[Path]:
        """The next message is one that came before, or that nobody knows of."""
        at = path.run + (path.used > 0)
        if at >= len(self._runs):
            return
        text = self._runs[at].text
        before = any(run.text == text for run in self._runs[:at])
        kind: Kind = "message doubled" if before else "other"
        skipped = path.over(self._runs[path.run]) if path.used else path
        times = len(self._runs[at].times)
        yield replace(skipped, run=at, used=times).but(kind, f"nobody planned it: {text!r}")

    def _unheard(self, path: Path, said: Said) -> Iterator[Path]:
        """The next thing that was said was lost, or came too late."""
        at = path.state.at
        yield replace(path, said=path.said + 1).but("event lost", f"in `{at}`: {said.text!r}")
        if at in self._model.acting:
            return
        if not said.pressed and self._overdue(path, said.at):
            late = path.but("timer lost or doubled", f"in `{at}` nothing came before {said.text!r}")
            yield from self._applied(late, said)
        for earlier in self._said[path.said + 1 : path.said + 2]:
            swapped = path.but("order broken", f"{earlier.text!r} came before {said.text!r}")
            for later in self._applied(swapped, earlier):
                if later.state.at not in self._model.acting:
                    yield from self._applied(later, said)

    def _overdue(self, path: Path, now: int) -> bool:
        """Whether a silence must have passed by then."""
        if self._model.passes(path.state) is None:
            return False
        return now >= path.last[1] + self._model.silences[path.state.silences].after

    def _answered(self, path: Path, turn: Turn, said: Said) -> int:
        if not turn.texts or not path.used:
            return self._end
        return max(said.at, self._runs[path.run].times[path.used - 1].at)

    def _died(self, before: Path, after: Path) -> bool:
        began, ended = before.last[0], self._runs[after.run].times[-1].at
        return sum(began <= at <= ended for at in self._deaths) >= PATIENCE

    def _told(self, path: Path, turn: Turn, not_before: int = 0) -> Iterator[Path]:
        """The paths on which the turn's texts were told next, at that moment or later."""
        orders = [(path, turn.texts)]
        if len(turn.texts) > 1 and len(path.wrong) < self._allowed:
            swapped = path.but("order broken", f"told the other way round: {turn.texts}")
            orders.insert(0, (swapped, turn.texts[::-1]))
        for first, texts in orders:
            paths = [first]
            for text in texts:
                paths = [later for each in paths for later in self._one(each, text, not_before)]
            for each in paths:
                yield replace(each, state=turn.state)

    def _one(self, path: Path, text: str, not_before: int) -> Iterator[Path]:
        if not not_before and len(path.wrong) < self._allowed:
            yield path.but("message lost", f"in `{path.state.at}`: {text!r}")
        if path.used:
            times = self._runs[path.run].times
            late = (at for at in range(path.used, len(times)) if times[at].at >= not_before)
            at = next(late, len(times))
            again = replace(path, again=path.again + at - path.used)
            yield from self._matched(again, text, path.run, at)
            path = path.over(self._runs[path.run])
        run = path.run + (path.used > 0)
        if run < len(self._runs) and self._runs[run].times[0].at >= not_before:
            yield from self._matched(path, text, run, 0)

    def _matched(self, path: Path, text: str, run: int, at: int) -> Iterator[Path]:
        """The path on which the text is that message of that run."""
        if len(path.wrong) > self._allowed or at >= len(self._runs[run].times):
            return
        match = _pattern(text).fullmatch(self._runs[run].text)
        if match:
            receipts = (*path.receipts, *match.groups())
            yield replace(path, run=run, used=at + 1, receipts=receipts)


def window(times: Sequence[Told]) -> int:
    """How often a message may come again that came so.

    Once for each time that the bot could not know that it had arrived: its process was killed
    before it had noted that, or it was not answered.
    """
    pairs = pairwise(times)
    return sum(before.life != after.life or not before.answered for before, after in pairs)


def _text(told: Told) -> str:
    return told.text


def _pattern(text: str) -> re.Pattern[str]:
    before, mark, after = text.partition("{receipt}")
    receipt = "R([0-9A-F]{8})" if mark else ""
    return re.compile(re.escape(before) + receipt + re.escape(after))
