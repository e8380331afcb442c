"""Judges small bots by playing everything: each input in each situation, until nothing is new.

It knows `step` and what flows mean, and nothing of the checker. Situations are told apart by the
stack: flows, states and data. Bots are taken to have few of them.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from engine.core import blocks
from engine.core.effects import Send
from engine.core.events import TIMER, Event, read_text
from engine.core.expr import Expression
from engine.core.options import holds as decided
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from tests.unit.core.flow_fixture import NOW

OWNER: Final = "bot/test:1"
SITUATIONS_MAX: Final = 400
"""A bot with more is not judged."""

Situation = tuple[Any, ...]


@dataclass
class Played:
    """What happened while everything was played.

    Attributes:
        states: the states that were come to, each with its flow.
        ways: the situations that follow each one, with whether a command or a timer led there.
        outcomes: what each guard gave, by its place.
        empty: whether something was read that had no value.
        shown: the variables that were read with a value.
        stuck: whether a right answer was taken, and led nowhere.
        timers: the keys of timers that fired and led on, each with its flow.
        whole: whether there were few enough situations to play them all.
    """

    states: set[tuple[str, str]] = field(default_factory=set)
    ways: dict[Situation, set[tuple[Situation, bool]]] = field(default_factory=dict)
    outcomes: dict[str, set[bool]] = field(default_factory=dict)
    empty: bool = False
    shown: set[tuple[str, str]] = field(default_factory=set)
    stuck: bool = False
    faults: bool = False
    timers: set[tuple[str, str]] = field(default_factory=set)
    whole: bool = True

    def ends_from_everywhere(self, *, uninterrupted: bool) -> bool:
        """Whether some way leads from each situation to the end of the conversation."""
        before: dict[Situation, set[Situation]] = {}
        for here, ways in self.ways.items():
            for there, interrupts in ways:
                if not (uninterrupted and interrupts):
                    before.setdefault(there, set()).add(here)
        found: set[Situation] = {()}
        rest: list[Situation] = [()]
        while rest:
            more = before.get(rest.pop(), set()) - found
            found |= more
            rest += more
        return set(self.ways) <= found


def situation(session: Session) -> Situation:
    """What a conversation depends on from here on: nothing where no flow runs."""
    return tuple(
        (frame.flow, frame.link, tuple(leaf.state for leaf in frame.leaves),
         tuple(sorted((key, repr(value)) for key, value in frame.data.items())))
        for chat in session.chats.values()
        for frame in chat.stack
    )  # fmt: skip


@contextmanager
def _watched(played: Played) -> Iterator[None]:
    """Note what guards read, and what they give."""

    def holds(model: Any, guard: Expression) -> bool:  # noqa: ANN401 - an activation
        for name in guard.names:
            if name.path[0] in model.flow.variables:
                known = model.data.get(name.path[0]) is not None
                played.empty |= not known
                if known:
                    played.shown.add((model.flow.name, name.path[0]))
        given = decided(model, guard)
        played.outcomes.setdefault(str(guard.place), set()).add(given)
        return given

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blocks, "holds", holds)
        yield


def play(program: Program, trigger: str, words: Sequence[str]) -> Played:
    """Play every word, every command and every timer in every situation.

    A text shows a variable as `[name=value]`, so that it can be seen what was read.
    """
    played = Played()
    commands = [one for one in words if one.startswith("/")]
    first = Session(OWNER, incarnation="i", started=NOW)
    with _watched(played):
        begun = _step(program, first, _said(trigger, first), played)
        rest = deque([begun])
        known = {situation(begun): begun}
        while rest:
            session = rest.popleft()
            here = situation(session)
            ways = played.ways.setdefault(here, set())
            if not here:
                continue
            for event in [*(_said(word, session) for word in words), *_timers(session)]:
                after = _step(program, session, event, played)
                there = situation(after)
                ways.add((there, event.name in commands or event.name == TIMER))
                if there not in known:
                    if len(known) >= SITUATIONS_MAX:
                        played.whole = False
                        return played
                    known[there] = after
                    rest.append(after)
    return played


def _said(word: str, session: Session) -> Event:
    name, text, args = read_text(word)
    event = Event(f"e:{session.steps}", name, OWNER, "1", NOW + session.steps, session.steps)
    return replace(event, text=text, args=args)


def _timers(session: Session) -> Iterator[Event]:
    """The timers that are due first: those behind them fire only if these leave them."""
    first = min((timer.due for timer in session.timers), default=0)
    for timer in session.timers:
        if timer.due > first:
            continue
        event = Event(f"t:{session.steps}", TIMER, OWNER, timer.chat, timer.due, session.steps)
        yield replace(event, timer=timer.id)


def _step(program: Program, session: Session, event: Event, played: Played) -> Session:
    outcome = step(program, session, event, event.at)
    for one in outcome.log:
        played.states.add((one.flow, one.state))
        played.faults |= "fault" in one.code
        if event.name == TIMER and one.code == "step:transition":
            played.timers.add((one.flow, one.detail))
    for chat in outcome.session.chats.values():
        for frame in chat.stack:
            played.states |= {(frame.flow, leaf.state) for leaf in frame.leaves}
    for effect in outcome.effects:
        if isinstance(effect, Send):
            _read(effect.message.text, played)
    before, after = situation(session), situation(outcome.session)
    answered = before and after and before[-1][3] != after[-1][3] and before[-1][2] == after[-1][2]
    moved = any(one.code == "step:transition" for one in outcome.log)
    played.stuck |= bool(answered) and not moved and len(before) == len(after)
    return outcome.session


def _read(text: str, played: Played) -> None:
    """The variables that a text shows, as `[flow.name=value]`."""
    for part in text.split("[")[1:]:
        name, _, value = part.partition("]")[0].partition("=")
        flow, _, variable = name.partition(".")
        played.empty |= not value
        if value:
            played.shown.add((flow, variable))
