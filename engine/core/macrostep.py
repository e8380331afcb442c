"""The working state of one step: what it has changed so far, and what it wants done."""

from collections import deque
from collections.abc import Container, Mapping, Sequence
from dataclasses import field
from itertools import chain, pairwise
from typing import Final

from engine.classes import dataclass
from engine.core import of_person
from engine.core.activation import NOTHING, Activation, ActiveLeaf
from engine.core.effects import Drop
from engine.core.events import Event
from engine.core.faults import Fault
from engine.core.nodes import START, TimerSpec
from engine.core.outcome import LogEntry, Outcome
from engine.core.privacy import private_texts, redacted, texts_of_data
from engine.core.program import Flow, Program
from engine.core.schedules import KEY, NO_RUN
from engine.core.session import Chat, Frame, Leaf, Link, Plan, Session, Snapshot, Timer
from engine.core.turn import Turn
from engine.core.values import (
    BACK_WEIGHT,
    MICROSTEPS_MAX,
    Data,
    Value,
    weigh,
)
from engine.core.versions import carry_over, flow_of, stands
from engine.core.wording import Wording

UNENTERED: Final = (Leaf(START, 0),)
BOT: Final = 0
"""In place of a run's number: only what is valid everywhere hears the event."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An internal event: heard first by `run`, and only in this `visit` of its state, if given."""

    name: str
    run: int
    local: Mapping[str, Value] = field(default_factory=dict)
    visit: int | None = None


class Macrostep(Turn):
    """Everything that one event may change, as mutable copies; the session itself is not touched.

    Attributes:
        stack: runs of flows in this chat, the active one last.
        raised: internal events that wait.
        applied: timers that were applied after they had waited for their run, by run and key.
        asked: the visit of the question that was asked last, and how many effects there were then.
        reprompt: whether the open question is asked again at the end.
        owed: whether that is left to the next event of those that were kept.
        wants_back: whether a transition asked for `.back`.
    """

    __slots__ = (
        "alternatives", "applied", "asked", "back", "held", "last_input", "log", "loops",
        "microsteps", "offers", "owed", "raised", "reprompt", "root", "runs", "stack", "visits",
        "wants_back",
    )  # fmt: skip

    def __init__(self, program: Program, session: Session, event: Event, now: int) -> None:
        super().__init__(program, session, event, now)
        chat = self.chat
        self.back = chat.back
        self.last_input = chat.last_input
        self.visits = chat.visits
        self.runs = chat.runs
        self.held = chat.held
        self.offers = chat.offers
        self.alternatives: dict[str, frozenset[str]] = {}
        self.log: list[LogEntry] = []
        self.raised: deque[Raised] = deque()
        self.applied: list[tuple[int, str]] = []
        self.asked = (0, 0)
        self.reprompt = False
        self.owed = False
        self.wants_back = False
        self.microsteps = 0
        self.loops = 0
        self.root: Activation | None = None
        self.stack: list[Activation] = []
        for frame in chat.stack:
            flow = program.flows.get(frame.flow)
            if flow is None or flow.hash != frame.hash:
                self._take_up()
                break
            self.stack.append(Activation(self, flow, frame))

    def _take_up(self) -> None:
        """Take up a conversation that began with earlier versions of its flows."""
        chat, self.timers = carry_over(self.program, self.chat, self.at_chat, self.timers)
        self.back = chat.back
        self.stack.clear()
        for index, frame in enumerate(chat.stack):
            flow = flow_of(self.program, frame) or self.program.flows.get(frame.flow)
            above = chat.stack[index + 1] if index + 1 < len(chat.stack) else None
            if flow is None or not stands(flow, frame, above):
                self._lose(frame, chat.stack[index:])
                return
            self.stack.append(Activation(self, flow, frame))

    def _lose(self, frame: Frame, gone: Sequence[Frame]) -> None:
        """No version has such a state: this run and what lies on it cannot go on.

        A subflow is called anew.
        """
        lost = {frame.run for frame in gone}
        waiting = [leaf.pending for frame in gone for leaf in frame.leaves]
        self.effects += [Drop(pending.id) for pending in waiting if pending is not None]
        if frame.link == "call" and self.stack:
            caller = self.stack[-1]
            caller.leaf = leaf_of_visit(caller, frame.caller) or caller.leaf
            caller.leaf.waits = caller.node.call is not None
        self.timers = tuple(
            timer for timer in self.timers if timer.chat != self.at_chat or timer.run not in lost
        )
        self.back = tuple(snapshot for snapshot in self.back if snapshot.base not in lost)
        states = ", ".join(leaf.state for leaf in frame.leaves)
        self.note("version:state_gone", f"{frame.flow}: {states}", level="error")
        self.tell(self.program.texts.error)

    def outcome(self) -> Outcome:
        """Freeze what was done into a new session; the step is over then, and holds no run."""
        old = self.session
        if self.told_user:
            of_person.tell(self, self.told_user)
        chat = Chat(
            tuple(map(Activation.freeze, self.stack)), self.back, self.last_input,
            self.visits, self.runs, self.held, self.via, self.chat.questions,
            self.chat.named, self.offers, self.chat.talks, self.chat.parts,
        )  # fmt: skip
        chats = {**old.chats, self.at_chat: chat}
        session = Session(
            old.id, old.rev, self.steps, old.incarnation, self.known_lang, self.known_tz,
            old.started, old.user if old.shared else self.user, chats, self.timers, old.paced,
            old.told, old.shared, old.away,
        )  # fmt: skip
        # Runs know their step as it knows them: left so, all of it would wait for the collector.
        self.stack.clear()
        self.root = None
        return Outcome(
            session, tuple(self.effects), tuple(self.log), self.alternatives, owes=self.owed
        )

    @property
    def top(self) -> Activation | None:
        return self.stack[-1] if self.stack else None

    @property
    def base(self) -> int:
        """Index of the run that the active one was called from, up to the last digression."""
        index = len(self.stack) - 1
        while index > 0 and self.stack[index].link == "call":
            index -= 1
        return index

    @property
    def awake(self) -> list[Activation]:
        """The runs that are not suspended: those that called the active one, and it, the last."""
        return self.stack[self.base :] if len(self.stack) > 1 else self.stack

    def hearers(self, event: str) -> list[Activation]:
        """Who may hear an event, in order: the active run, those that called it, the bot."""
        found = self.awake[::-1]
        if event in self.program.root.machine.events:
            found.append(self.bot)
        return found

    @property
    def bot(self) -> Activation:
        if self.root is None:
            flow = self.program.root
            only = (Leaf("bot", 0),)
            self.root = Activation(self, flow, Frame(flow.name, "", 0, "root", only, NOTHING))
        return self.root

    def calling(self, model: Activation) -> ActiveLeaf | None:
        """The active state of a run that has called the run above it."""
        for below, above in pairwise(self.stack):
            if below is model and above.link == "call":
                return leaf_of_visit(model, above.caller)
        return None

    def running(self) -> Sequence[Activation]:
        """The runs that can move by themselves: the active one first, and regions beside a call."""
        if len(self.stack) <= 1:
            return self.stack
        top = self.top
        return [model for model in reversed(self.awake) if model is top or len(model.leaves) > 1]

    @property
    def working(self) -> bool:
        """Whether the active run, or one that called it, waits for an invoke."""
        return any(leaf.pending for model in self.awake for leaf in model.leaves)

    def questions(self) -> list[tuple[Activation, ActiveLeaf]]:
        """The open questions, in the order in which they were asked."""
        found = [
            (model, leaf)
            for model in self.awake
            for leaf in model.leaves
            if model.flow.states[leaf.state].question is not None
        ]
        if len(found) > 1:
            found.sort(key=lambda pair: pair[1].visit)
        return found

    def engage(self) -> None:
        """Note that the active run, or what it calls, talks with somebody: it is no aside now."""
        self.stack[self.base].aside = False

    def called(self, caller: Activation, name: str) -> Flow:
        """The flow that a run calls, in the version that the caller was made for."""
        known = self.program.flows.get(name)
        wanted = caller.flow.calls.get(name)
        if known is not None and wanted in (None, known.hash):
            return known
        earlier = self.program.earlier.get(wanted or "")
        flow = earlier or known
        assert flow is not None, "an earlier version is compiled with what it calls"
        return flow

    def push(self, flow: Flow, link: Link, data: Data, caller: int = 0) -> Activation:
        """Put a new run of a flow on the stack, not yet entered; `caller` is the visit that calls.

        Raises:
            Fault: `stack:too_deep`.
        """
        most = self.program.limits.flows
        if len(self.stack) >= most:
            raise Fault("stack:too_deep", f"more than {most} flows wait for each other")
        self.runs += 1
        frame = Frame(flow.name, flow.hash, self.runs, link, UNENTERED, data, caller=caller)
        activation = Activation(self, flow, frame)
        self.stack.append(activation)
        return activation

    def forget_run(self, activation: Activation) -> None:
        """Drop what only a run that has left the stack could use."""
        self.disarm_run(activation.run)
        self.back = tuple(kept for kept in self.back if kept.base != activation.run)

    def snapshot(self) -> None:
        """Remember the runs that an answer is about to change, if anything leads to `.back`."""
        if not self.program.goes_back:
            return
        base = self.base
        frames = tuple(map(Activation.freeze, self.stack[base:]))
        weight = sum(weigh(frame.data) for frame in frames) + 1
        keep = max(1, min(self.program.limits.back, BACK_WEIGHT // weight))
        self.back = (*self.back, Snapshot(frames[0].run, frames))[-keep:]

    # Timers.

    def arm(self, run: int, spec: TimerSpec, due: int) -> None:
        self._room_for_timer()
        timer = Timer(self.new_id(), due, self.at_chat, run, spec.key)
        self.timers = (*self.timers, timer)

    def arm_plan(self, plan: Plan, due: int) -> None:
        """Arm a timer of no run, which begins a flow.

        Raises:
            Fault: `timer:too_many`.
        """
        self._room_for_timer()
        timer = Timer(self.new_id(), due, self.at_chat, NO_RUN, KEY, plan)
        self.timers = (*self.timers, timer)
        self.forget_view()

    def _room_for_timer(self) -> None:
        most = self.program.limits.timers
        if len(self.timers) >= most:
            raise _too_many_timers(most)

    def disarm(self, run: int, keys: Container[str]) -> None:
        if self.timers:
            self.timers = tuple([
                timer
                for timer in self.timers
                if timer.run != run or timer.key not in keys or timer.chat != self.at_chat
            ])  # fmt: skip

    def disarm_run(self, run: int) -> None:
        self.timers = tuple([
            timer for timer in self.timers if timer.run != run or timer.chat != self.at_chat
        ])  # fmt: skip

    def heard_from(self, event: Event) -> None:
        """Note that the person did something: idle timers count from this moment.

        Where there are too many timers already, these are left out: no flow could handle it.
        """
        self.via = event.via
        self.last_input = max(self.last_input, min(event.at, self.now))
        for model in self.stack:
            idle = model.flow.idle
            if not idle:
                continue
            specs = idle[model.leaves[0].state]
            for leaf in model.leaves[1:]:
                specs = {**specs, **idle[leaf.state]}
            self._rearm(model.run, specs)

    def _rearm(self, run: int, specs: Mapping[str, TimerSpec]) -> None:
        at, most = self.at_chat, self.program.limits.timers
        timers = [
            timer
            for timer in self.timers
            if timer.run != run or timer.key not in specs or timer.chat != at
        ]
        for key, spec in specs.items():
            if len(timers) >= most:
                self.log_fault(_too_many_timers(most), level="warning")
                continue
            assert isinstance(spec.delay, int)
            timers.append(Timer(self.new_id(), self.last_input + spec.delay, at, run, key))
        self.timers = tuple(timers)

    def tell(self, wording: Wording) -> None:
        """Say one of the bot's own texts; a fault in it concerns no run."""
        try:
            self.send(*wording.render(self.bot))
        except Fault as fault:
            self.fault(fault, BOT)

    def redacted(self, text: str) -> str:
        """A text for the log, without what variables with `pii` hold."""
        if not self.program.private:
            return text
        now: list[str] = []
        for model in self.stack:
            now += texts_of_data(model.data, model.flow.private)
        now += texts_of_data(self.user, self.program.private_of_user)
        before = private_texts(self.program, self.session, self.event)
        return redacted(text, chain(now, before))

    def note(self, code: str, detail: str = "", *, level: str = "debug") -> None:
        top = self.stack[-1] if self.stack else None
        if level != "debug":
            # What happens all the time is said in words of the bot's author.
            detail = self.redacted(detail)
        self.log.append(
            LogEntry(
                code, detail, level, self.at_chat,  # type: ignore[arg-type]  # literals of this package
                top.flow.name if top else "", top.leaf.state if top else "",
            )
        )  # fmt: skip

    def fault(self, fault: Fault, run: int | None = None) -> None:
        """Record a fault; it becomes an `error` event of a run, by default the active one."""
        self.log_fault(fault)
        if run is None:
            run = self.stack[-1].run if self.stack else BOT
        error: Mapping[str, Value] = {
            "error": {"code": fault.code, "message": fault.message, "transient": False}
        }
        self.raised.append(Raised("error", run, error))

    def log_fault(self, fault: Fault, *, level: str = "error") -> None:
        top = self.top
        self.log.append(
            LogEntry(
                self.redacted(f"fault:{fault.code}"), self.redacted(fault.message), level,  # type: ignore[arg-type]  # as above
                self.at_chat,
                top.flow.name if top else "", top.state if top else "", fault.place,
            )
        )  # fmt: skip

    def count(self) -> None:
        """Count a microstep.

        Raises:
            Fault: `loop:too_long`, when one event causes more than is sane.
        """
        self.microsteps += 1
        if self.microsteps > MICROSTEPS_MAX:
            self.microsteps = 0
            self.loops += 1
            raise Fault("loop:too_long", f"one event caused more than {MICROSTEPS_MAX} microsteps")


def _too_many_timers(most: int) -> Fault:
    return Fault("timer:too_many", f"more than {most} timers of one person")


def leaf_of_visit(model: Activation, visit: int) -> ActiveLeaf | None:
    return next((leaf for leaf in model.leaves if leaf.visit == visit), None)
