"""A group of persons who talk with a bot written in a test: the core's step, without a shell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.compiler.bot import load
from engine.core.effects import Effect, Invoke, Send, Tell
from engine.core.events import CHOICE, RESULT, TIMER, TOLD, Event, Press, Result, read_text, reply
from engine.core.outcome import Outcome
from engine.core.program import Program
from engine.core.sent import sent
from engine.core.session import Session
from engine.core.step import step
from engine.core.values import Value
from tests.unit.core.flow_fixture import NOW, write_bot

ROOM = "main/test:room"


@dataclass
class Group:
    """Sessions by their ids, and what the bot said: to whom, in which chat, what.

    Attributes:
        unwritten: ids of events after which some session need not be written.
    """

    program: Program
    sessions: dict[str, Session] = field(default_factory=dict)
    said: list[Send] = field(default_factory=list)
    invokes: list[tuple[str, Invoke]] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    chat: str = "room"
    now: int = NOW
    number: int = 0

    def say(
        self, who: str, text: str, *, to_bot: bool = False, reply_to: str | None = None
    ) -> list[str]:
        """What the bot says to a text; `reply_to` is the number of a message of the bot's."""
        name, text, args = read_text(text)
        addressed = to_bot or reply_to is not None
        return self.happen(who, name, reply_to=reply_to, text=text, args=args, addressed=addressed)

    def press(self, who: str, choice: str, *, of: str | None = None) -> list[str]:
        """Press the button that was offered last; `of` is whose conversation it belongs to."""
        button = next(
            button
            for send in reversed(self.said)
            for row in send.message.buttons
            for button in row
            if button.choice == choice
        )
        owner = ROOM if of is None else f"main/test:{of}"
        return self.happen(who, CHOICE, owner=owner, press=Press(button.visit, choice))

    def happen(
        self,
        who: str,
        name: str,
        *,
        owner: str = ROOM,
        reply_to: str | None = None,
        **fields: object,
    ) -> list[str]:
        self.number += 1
        by = f"main/test:{who}"
        extra: dict[str, Value] = {"person": {"id": f"test:{who}", "name": who.title()}}
        if reply_to is not None:
            extra["reply_to"] = reply(reply_to, bot=True)
        made = Event(f"test:{self.number}", name, owner, self.chat, self.now, by=by, extra=extra)
        return self.apply(replace(made, **fields))  # type: ignore[arg-type]  # the fields of an event

    def apply(self, event: Event) -> list[str]:
        before = len(self.said)
        self._offer(event)
        return [send.message.text for send in self.said[before:]]

    def later(self, milliseconds: int) -> list[str]:
        """Let time pass, and the timers that are due fire."""
        self.now += milliseconds
        before = len(self.said)
        for session in list(self.sessions.values()):
            for timer in session.timers:
                if timer.due <= self.now:
                    self._offer(
                        Event(
                            f"timer:{timer.id}", TIMER, session.id, timer.chat, timer.due,
                            timer=timer.id,
                        )
                    )  # fmt: skip
        return [send.message.text for send in self.said[before:]]

    def finish(self, value: Value = None) -> list[str]:
        """End the action that was begun last."""
        owner, invoke = self.invokes.pop()
        result = Result(invoke.id, invoke.attempt, value)
        ended = Event("result", RESULT, owner, invoke.chat, self.now, result=result)
        return self.apply(replace(ended, by=invoke.by, admin=invoke.admin))

    def _offer(self, event: Event) -> None:
        known = self.sessions.get(event.owner)
        session = known or Session(
            event.owner, incarnation="x", started=self.now, shared=event.of_chat
        )
        if event.of_chat:
            person = self.sessions.get(event.person)
            event = replace(event, user=person.user if person else {})
        outcome: Outcome = step(self.program, session, event, self.now)
        if outcome.heard:
            self.sessions[event.owner] = outcome.session
        else:
            assert outcome.session is session
            self.unwritten.append(event.owner)
        self._carry_out(event.owner, outcome.effects)
        if outcome.onward is not None:
            self._offer(outcome.onward)

    def _carry_out(self, owner: str, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.said.append(effect)
                self.sessions[owner] = sent(self.sessions[owner], effect, str(len(self.said)))
            elif isinstance(effect, Invoke):
                self.invokes.append((owner, effect))
            elif isinstance(effect, Tell):
                self.number += 1
                self._offer(
                    Event(
                        f"tell:{self.number}", TOLD, effect.to, effect.at_chat, self.now,
                        extra=effect.what,
                    )
                )  # fmt: skip


def group(
    folder: Path, main: str, *, bot: str | None = None, actions: Sequence[str] = (), **flows: str
) -> Group:
    """A group with a bot of these flows."""
    files: Mapping[str, str] = flows
    return Group(load(write_bot(folder / "main", main, bot=bot, actions=actions, **files)).program)
