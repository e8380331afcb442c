"""Flows that begin by themselves at their time: `schedule`, `unschedule`, and what comes of them.

What is scheduled is a timer of the person that belongs to no run. It is known by its name in its
chat, and begins a flow there with the inputs that it was given.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from engine.classes import dataclass
from engine.core.faults import Fault
from engine.core.recurrence import next_time
from engine.core.session import Plan, Session, Timer
from engine.core.timers import moment
from engine.core.values import PLAN_MAX, PLAN_NAME_MAX, Value, weigh
from engine.errors import Place

if TYPE_CHECKING:
    from engine.core.activation import Activation
    from engine.core.macrostep import Macrostep
    from engine.core.nodes import Evaluate

NO_RUN: Final = 0
KEY: Final = "schedule"
POSTPONED: Final = 10_000
"""How long what is due waits at a time while an action works or too many flows are open (ms)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`schedule`: arm a timer that begins a flow; one of the same name in the chat is replaced."""

    name: "Evaluate"
    flow: str
    given: "Mapping[str, Evaluate]"
    at: "Evaluate | None"
    every: "Evaluate | None"
    place: Place

    def __call__(self, model: "Activation") -> None:
        macrostep = model.macrostep
        name = name_of(self.name(model), self.place)
        given = {key: value(model) for key, value in self.given.items()}
        every = self.every(model) if self.every else None
        if weigh(given) + weigh(every) > PLAN_MAX:
            raise Fault("schedule:size", f"what `{name}` is given is too big", self.place)
        due = self._due(model, every)
        forget(macrostep, name)
        given = {key: value for key, value in given.items() if value is not None}
        macrostep.arm_plan(Plan(name, self.flow, given, every), due)

    def _due(self, model: "Activation", every: Value) -> int:
        now = model.macrostep.now
        later = None if every is None else following(every, now, model.tz, self.place)
        at = self.at(model) if self.at else None
        if at is not None:
            return moment(at, now, self.place)
        if later is not None:
            return later
        raise Fault("timer:moment", "there is no moment at which it could begin", self.place)


@dataclass(frozen=True, slots=True)
class Unschedule:
    """`unschedule`: forget what is scheduled under a name in this chat, if anything is."""

    name: "Evaluate"
    place: Place

    def __call__(self, model: "Activation") -> None:
        forget(model.macrostep, name_of(self.name(model), self.place))


def name_of(value: Value, place: Place) -> str:
    """The name of what is scheduled: a text, or a whole number as one.

    Raises:
        Fault: `schedule:name`.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= PLAN_NAME_MAX:
        return value
    message = f"a name is a text of 1 to {PLAN_NAME_MAX} characters"
    raise Fault("schedule:name", message, place)


def following(every: Value, after: int, tz: str | None, place: Place | None = None) -> int | None:
    """When a rule comes next after a moment (ms); none if never.

    Raises:
        Fault: the rule or the time zone is none.
    """
    try:
        found = next_time(every, datetime.fromtimestamp(after / 1000, UTC), tz)
    except Fault as fault:
        raise Fault(fault.code, fault.message, fault.place or place) from None
    return None if found is None else round(found.timestamp() * 1000)


def forget(macrostep: "Macrostep", name: str) -> None:
    """Take what is scheduled under a name in this chat away."""
    macrostep.timers = tuple([
        timer
        for timer in macrostep.timers
        if timer.plan is None or timer.plan.name != name or timer.chat != macrostep.at_chat
    ])  # fmt: skip
    macrostep.forget_view()


def spent(
    timers: tuple[Timer, ...], id_: str | None, now: int, tz: str | None
) -> tuple[Timer, ...]:
    """The timers after one has fired: it is gone, or waits for its next time, under another id."""
    kept: list[Timer] = []
    for timer in timers:
        if timer.id != id_:
            kept.append(timer)
        elif timer.plan is not None and timer.plan.every is not None:
            try:
                due = following(timer.plan.every, max(now, timer.due), tz)
            except Fault:
                due = None
            if due is not None:
                kept.append(replace(timer, id=again(timer.id), due=due))
    return tuple(kept)


def again(id_: str) -> str:
    """Another id for the same timer: after `5.1` come `5.1.2`, `5.1.3` and so on."""
    step, serial, *count = id_.split(".")
    return f"{step}.{serial}.{int(count[0]) + 1 if count else 2}"


def postponed(timers: tuple[Timer, ...], one: Timer, now: int) -> tuple[Timer, ...]:
    """The timers with one that is due a little later."""
    later = replace(one, due=now + POSTPONED)
    return tuple([later if timer is one else timer for timer in timers])


def scheduled(timers: tuple[Timer, ...], chat: str) -> list[Value]:
    """`session.scheduled`: what is to come in a chat, the next first."""
    coming = sorted(
        (timer for timer in timers if timer.plan and timer.plan.name and timer.chat == chat),
        key=lambda timer: timer.due,
    )
    return [_shown(timer, timer.plan) for timer in coming if timer.plan is not None]


def _shown(timer: Timer, plan: Plan) -> Value:
    at = datetime.fromtimestamp(timer.due // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": plan.name, "at": at, "start": plan.flow, "given": dict(plan.given),
        "every": plan.every,
    }  # fmt: skip


def without_timer(session: Session, id_: str | None, now: int, tz: str | None) -> Session:
    """The session after a timer that did nothing."""
    return replace(session, timers=spent(session.timers, id_, now, session.tz or tz))
