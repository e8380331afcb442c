"""A conversation with a bot on a virtual clock: no store, no transport, no waiting.

The session is written to its stored form and read back after every event, so that nothing can hide
in memory.
"""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from engine.classes import dataclass
from engine.core.activation import Activation
from engine.core.away import waking
from engine.core.broadcasts import SOURCE
from engine.core.company import home
from engine.core.effects import Drop, Effect, Invoke, Message, Tell
from engine.core.events import BEGIN, RESULT, TEXT, TIMER, TOLD, Event, Press, Result, read_text
from engine.core.handoff import part
from engine.core.macrostep import Macrostep
from engine.core.of_person import SET
from engine.core.outcome import LogEntry, Outcome
from engine.core.place import Standing, place
from engine.core.program import Program
from engine.core.sent import sent
from engine.core.session import Chat, Frame, Session
from engine.core.step import step
from engine.core.triggers import TimedTrigger
from engine.core.values import Data, Value
from engine.stores.document import decode, encode
from engine.stores.protocol import Record
from engine.testing.buttons import button, no_button
from engine.testing.local import LocalRecords
from engine.testing.rooms import BOT, Room
from engine.testing.script import CHAT, Attempt
from engine.testing.world import World

PERSON: Final = "test:1"
SOMEBODY: Final = "somebody"
"""What the test's own person is called there."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A run that has ended: its flow and its final state."""

    flow: str
    state: str


class Conversation:
    """One person who chats with a bot.

    `person` is the last part of the session's id, `chat` the conversation within it: what is drawn
    by chance depends on both. Who stands `beside` another shares the clock, the results of actions
    and the records with that conversation: several persons of one test.

    Attributes:
        endings: the runs that have ended since the last input or wait.
        log: all log entries, in order.
        world: what the persons of one test share.
    """

    def __init__(
        self,
        program: Program,
        *,
        now: int,
        lang: str | None = None,
        actions: Mapping[str, Sequence[Attempt]] | None = None,
        person: str = PERSON,
        chat: str = CHAT,
        tz: str | None = None,
        beside: "Conversation | None" = None,
    ) -> None:
        self.program = program
        self.world: World = beside.world if beside else World(program, now, actions or {})
        self.world.conversations.append(self)
        self._at_chat = self._alone = chat
        owner = f"{program.bot}/{person}"
        self.session = Session(owner, incarnation="test", started=self.now, lang=lang, tz=tz)
        self._rooms: dict[str, Room] = {}
        self.endings: list[Ending] = []
        self.log: list[LogEntry] = []
        self._pending: dict[str, Invoke] = {}
        self._inputs = 0
        self._ended: Frame | None = None

    @property
    def now(self) -> int:
        """The clock, in milliseconds since 1970."""
        return self.world.now

    @property
    def records(self) -> LocalRecords:
        """What the built-in actions on records work with, where the test scripts none."""
        return self.world.records

    @property
    def at_chat(self) -> str:
        """The chat in which they are."""
        return self._at_chat

    @property
    def said(self) -> list[Message]:
        """What the bot has said in this chat and nobody has taken yet."""
        return self._here.said

    def fork(self, world: World) -> "Conversation":
        """The same person at the same point, alone in another world; nothing they do shows here."""
        twin = copy.copy(self)
        twin.world = world
        world.now = self.now
        world.conversations = [twin]
        world.records = self.records.fork(lambda: world.now)
        twin._rooms = {name: room.fork() for name, room in self._rooms.items()}  # noqa: SLF001 - its own
        twin._pending = dict(self._pending)  # noqa: SLF001 - its own
        twin.endings, twin.log = list(self.endings), []
        return twin

    def enter(self, chat: str, room: Room | None = None) -> None:
        """Go on in another chat of this person; `room` is one that others are in, too."""
        self._at_chat = chat
        if room is not None:
            self._rooms[chat] = room

    def share(self, room: Room) -> None:
        """Be what all have together who talk in a chat of several persons.

        What they do there is offered to it first.
        """
        self.session = replace(self.session, shared=True)
        room.shared = self
        self.enter(self._alone, room)

    def _room(self, chat: str) -> Room:
        return self._rooms.setdefault(chat, Room())

    @property
    def _here(self) -> Room:
        return self._room(self._at_chat)

    @property
    def chat(self) -> Chat:
        return self.session.chats.get(self._at_chat, Chat())

    @property
    def frame(self) -> Frame | None:
        """The active run, or the one that ended last."""
        return self.chat.stack[-1] if self.chat.stack else self._ended

    @property
    def active(self) -> Frame | None:
        return self.chat.stack[-1] if self.chat.stack else None

    def value(self, name: str) -> Value:
        """What an expression reads as `name`, in the active run or the one that ended last.

        Raises:
            Fault: it is computed, and that fails.
        """
        scope, _, key = name.rpartition(".")
        frame = self.frame
        held = self.session.user if scope else frame.data if frame else {}
        flows = self.program.flows
        known = flows.values() if scope or frame is None else (flows[frame.flow],)
        computed = next(
            (flow.variables[key].computed for flow in known if key in flow.variables), None
        )
        return held.get(key) if computed is None else computed(self.scope())

    def scope(self) -> Activation:
        """What an expression reads now: of the active run, the one that ended last, or the bot."""
        event = Event("test:look", TEXT, self.session.id, self._at_chat, self.now)
        macrostep = Macrostep(self.program, self.session, event, self.now)
        frame = self.frame
        if frame is None:
            return macrostep.bot
        return Activation(macrostep, self.program.flows[frame.flow], frame)

    def begin(
        self, flow: str, state: str, data: Data, user: Data, below: Sequence[Standing] = ()
    ) -> None:
        """Stand in a state as if it had been entered; `below` are runs that wait for it."""
        self.session = replace(self.session, user=user)
        runs = (*below, Standing(flow, state, data))
        event = self._event("text", "")
        self._apply(place(self.program, self.session, event, self.now, runs))
        self.world.run_until(self.now)

    def keep(self, collection: str, values: Data) -> None:
        """Have a record there, as the person's, the chat's or the bot's."""
        number = self.world.seed_number()
        self.records.seed(self.session.id, self._at_chat, collection, values, number)

    def kept(self, collection: str) -> list[dict[str, Value]]:
        """The records that the person sees in this chat, the oldest first."""
        return self.records.all(self.session.id, self._at_chat, collection)

    def type(self, text: str, *, reply_to: str | None = None) -> None:
        """Type a text, perhaps as a reply to the last message of the bot's that holds a text.

        Raises:
            StatechatError: `test:no_message`.
        """
        extra = self._here.reply(reply_to)
        meant = self._here.meant(text, reply_to)
        if meant is None:
            return
        name, cleaned, args = read_text(meant.text)
        event = replace(self._event(name, cleaned), args=args, addressed=meant.addressed)
        self._input(_with(event, extra))

    def send(
        self, kind: str, media: Data, text: str | None = None, *, reply_to: str | None = None
    ) -> None:
        """Send media, with their reference as `turn.media`; `text` is a caption.

        Raises:
            StatechatError: `test:no_message`.
        """
        extra = {"media": media, **self._here.reply(reply_to)}
        meant = self._here.meant(text or "", reply_to)
        if meant is None:
            return
        event = replace(self._event(kind, meant.text or text), addressed=meant.addressed)
        self._input(_with(event, extra))

    def edit(self, text: str) -> None:
        """Edit the person's last message."""
        last = f"user:{self._inputs}"
        self._input(replace(self._event("edited", text), ref=last))

    def react(self, emoji: Sequence[str]) -> None:
        """Put emoji on the bot's last message; none takes them off."""
        event = self._event("reaction", None)
        last = f"{BOT}{len(self._here.heard)}"
        self._input(_with(replace(event, ref=last), {"reaction": list(emoji)}))

    def press(self, choice: str) -> None:
        """Press a button: of the open question, else the last one of this name that was shown.

        Raises:
            StatechatError: `test:no_button`.
        """
        press = self.button(choice)
        if press is None:
            raise no_button(choice, self._here)
        event = replace(self._event("choice", None), press=press, addressed=True)
        number = self._here.carrier(press)
        if number is not None:
            owner = self._here.owners[number - 1]
            event = replace(event, ref=f"{BOT}{number}", owner=owner)
        else:
            event = replace(event, ref=None)
        self._input(event)

    def wait(self, milliseconds: int) -> None:
        """Let time pass for everybody: due timers and actions run in their order."""
        for conversation in self.world.conversations:
            conversation.endings.clear()
        self.world.run_until(self.now + milliseconds)

    def button(self, choice: str) -> Press | None:
        """What pressing a choice, or `done`, `skip`, `next` or `previous`, would be."""
        together = self._here.shared
        talks = {one.session.id: one.chat for one in (together, self) if one is not None}
        return button(self.program, talks, self._here, choice)

    def _event(self, name: str, text: str | None) -> Event:
        self._inputs += 1
        event = Event(
            f"test:{self._inputs}", name, self.session.id, self._at_chat, self.now, self._inputs,
            text=text, ref=f"user:{self._inputs}",
        )  # fmt: skip
        together = self._here.shared
        if together is None:
            return event
        id_ = self.session.id.partition("/")[2]
        name = id_.partition(":")[2]
        person: dict[str, Value] = {"id": id_, "name": SOMEBODY if name == CHAT else name}
        return replace(
            event, id=f"{id_}:{self._inputs}", owner=together.session.id, by=self.session.id,
            addressed=False, extra={"person": person},
        )  # fmt: skip

    def _input(self, event: Event) -> None:
        together = self._here.shared
        self.endings.clear()
        if together is not None:
            together.endings.clear()
        onward: Event | None = event
        if together is not None and event.of_chat:
            onward = together.offer(event)
        if onward is not None:
            self._step(onward)
        self.world.run_until(self.now)

    def offer(self, event: Event) -> Event | None:
        """Take what somebody does in this chat of several; gives it back as theirs, if unheard."""
        return self._step(self._introduced(event))

    def _introduced(self, event: Event) -> Event:
        """With what is stored with the person who did it, and as somebody with their rights."""
        if not event.of_chat:
            return event
        known = next(one for one in self.world.conversations if one.session.id == event.by)
        self.program = known.program
        return replace(event, user=known.session.user)

    def _step(self, event: Event) -> Event | None:
        before = self.chat.stack
        self._ended = before[-1] if before else self._ended
        outcome = step(self.program, self.session, event, self.now)
        while outcome.wants is not None:
            found = self.records.look_up(outcome.wants)
            event = replace(event, found={**(event.found or {}), outcome.wants.key: found})
            outcome = step(self.program, self.session, event, self.now)
        self._apply(outcome)
        return outcome.onward

    def _apply(self, outcome: Outcome) -> None:
        record = Record(outcome.session)
        self.session = decode(json.loads(json.dumps(encode(record)))).session
        self.log.extend(outcome.log)
        self.world.alternatives.update(outcome.alternatives)
        for entry in outcome.log:
            if entry.code == "step:final":
                self.endings.append(Ending(entry.flow, entry.detail))
        for effect in outcome.effects:
            self._carry_out(effect)
        for watcher in self.world.watchers:
            watcher(self)

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Drop):
            self._pending.pop(effect.id, None)
        elif isinstance(effect, Invoke):
            self._pending[effect.id] = effect
        elif isinstance(effect, Tell):
            self.world.tells.append((self.session.id, effect))
        elif not effect.message.typing:
            # That the bot is writing says nothing, and is over before it is looked at.
            reference = self._room(effect.chat).take(effect.message, self.session.id)
            self.session = sent(self.session, effect, reference)

    @property
    def due(self) -> int | None:
        """When something falls due next, in milliseconds since 1970."""
        found = [item.at for item in self._pending.values()]
        found += [timer.due for timer in waking(self.session)]
        return min(found, default=None)

    def run_next(self) -> None:
        """Run what falls due first; of the same moment, actions before timers."""
        invoke = min(self._pending.values(), key=lambda item: item.at, default=None)
        timer = min(waking(self.session), key=lambda item: item.due, default=None)
        if invoke is not None and (timer is None or invoke.at <= timer.due):
            del self._pending[invoke.id]
            self._step(self._introduced(self._result(invoke)))
        elif timer is not None:
            event = Event(f"timer:{timer.id}", TIMER, self.session.id, timer.chat, timer.due)
            self._step(replace(event, timer=timer.id))

    def told(self, teller: str, tell: Tell) -> None:
        """Hear what another person's session tells; for operators, where they are."""
        to_person = part(tell.what, "desk") is not None or part(tell.what, SET) is not None
        chat = tell.at_chat if to_person else self._alone
        id_ = f"tell:{teller}:{tell.id}"
        event = Event(id_, TOLD, self.session.id, chat, self.now, text=tell.text, extra=tell.what)
        self._step(event)

    def begin_timed(self, trigger: TimedTrigger) -> None:
        """Begin a flow by the clock, if it is meant for this person and they are known."""
        chat = home(self.session) or self._alone
        if chat in self.session.chats:
            what = {"flow": trigger.flow, "trigger": trigger.key}
            id_ = f"{SOURCE}:{self.now}"
            self._step(Event(id_, BEGIN, self.session.id, chat, self.now, extra=what))

    def _result(self, invoke: Invoke) -> Event:
        lang = self.session.lang or self.program.languages[0]
        attempt = self.world.attempt(invoke, invoke.by or self.session.id, lang)
        result = Result(invoke.id, invoke.attempt, attempt.value, attempt.failure)
        id_ = f"invoke:{invoke.id}:{invoke.attempt}"
        event = Event(id_, RESULT, self.session.id, invoke.chat, self.now, ref=invoke.ref)
        return replace(event, result=result, by=invoke.by, admin=invoke.admin)


def _with(event: Event, extra: Data) -> Event:
    """An event that carries more."""
    return replace(event, extra={**(event.extra or {}), **extra}) if extra else event
