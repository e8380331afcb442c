"""A conversation with a bot on a virtual clock: no store, no transport, no waiting.

The session is written to its stored form and read back after every event, so that nothing can hide
in memory.
"""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from engine.classes import dataclass
from engine.core.activation import Activation
from engine.core.away import waking
from engine.core.broadcasts import SOURCE
from engine.core.company import home
from engine.core.effects import Drop, Effect, Invoke, Message
from engine.core.events import BEGIN, RESULT, TEXT, TIMER, Event, Press, Result, read_text, reply
from engine.core.macrostep import Macrostep
from engine.core.matching import fold
from engine.core.menus import CONTROLS
from engine.core.nodes import StateNode
from engine.core.outcome import LogEntry, Outcome
from engine.core.place import Standing, place
from engine.core.program import Program
from engine.core.sent import sent
from engine.core.session import Chat, Frame, Session
from engine.core.step import step
from engine.core.triggers import TimedTrigger
from engine.core.values import Data, Value
from engine.errors import StatechatError
from engine.stores.document import decode, encode
from engine.stores.protocol import Record
from engine.testing.local import LocalRecords
from engine.testing.script import Attempt
from engine.testing.world import World

PERSON: Final = "test:1"
CHAT: Final = "1"
_BOT: Final = "bot:"
"""What the references of the bot's messages begin with."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A run that has ended: its flow and its final state."""

    flow: str
    state: str


@dataclass(slots=True)
class _Room:
    """What a person sees in one chat: all of it, and what nobody has taken yet."""

    heard: list[Message] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)


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
        self._at_chat = chat
        owner = f"{program.bot}/{person}"
        self.session = Session(owner, incarnation="test", started=self.now, lang=lang, tz=tz)
        self._rooms: dict[str, _Room] = {}
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
    def said(self) -> list[Message]:
        """What the bot has said in this chat and nobody has taken yet."""
        return self._room(self._at_chat).said

    def fork(self, world: World) -> "Conversation":
        """The same person at the same point, alone in another world; nothing they do shows here."""
        twin = copy.copy(self)
        twin.world = world
        world.now = self.now
        world.conversations = [twin]
        world.records = self.records.fork(lambda: world.now)
        twin._rooms = {  # noqa: SLF001 - its own
            name: _Room(list(room.heard), list(room.said)) for name, room in self._rooms.items()
        }
        twin._pending = dict(self._pending)  # noqa: SLF001 - its own
        twin.endings, twin.log = list(self.endings), []
        return twin

    def invoking(self, invoke: Invoke) -> StateNode | None:
        """The state that waits for an action."""
        for frame in self.session.chats[invoke.chat].stack:
            for leaf in frame.leaves:
                if leaf.pending is not None and leaf.pending.id == invoke.id:
                    return self.program.flows[frame.flow].states[leaf.state]
        return None

    def enter(self, chat: str) -> None:
        """Go on in another chat of this person."""
        self._at_chat = chat

    def _room(self, chat: str) -> _Room:
        return self._rooms.setdefault(chat, _Room())

    @property
    def _heard(self) -> list[Message]:
        return self._room(self._at_chat).heard

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
        extra = self._reply(reply_to)
        name, cleaned, args = read_text(text)
        self._input(replace(self._event(name, cleaned), args=args, extra=extra or None))

    def send(
        self, kind: str, media: Data, text: str | None = None, *, reply_to: str | None = None
    ) -> None:
        """Send media, with their reference as `turn.media`; `text` is a caption.

        Raises:
            StatechatError: `test:no_message`.
        """
        extra = {"media": media, **self._reply(reply_to)}
        self._input(replace(self._event(kind, text), extra=extra))

    def edit(self, text: str) -> None:
        """Edit the person's last message."""
        last = f"user:{self._inputs}"
        self._input(replace(self._event("edited", text), ref=last))

    def react(self, emoji: Sequence[str]) -> None:
        """Put emoji on the bot's last message; none takes them off."""
        event = self._event("reaction", None)
        last = f"{_BOT}{len(self._heard)}"
        self._input(replace(event, ref=last, extra={"reaction": list(emoji)}))

    def press(self, choice: str) -> None:
        """Press a button: of the open question, else the last one of this name that was shown.

        Raises:
            StatechatError: `test:no_button`.
        """
        press = self.button(choice)
        if press is None:
            shown = {
                Press(button.visit, button.choice).id
                for message in self._heard
                for row in message.buttons
                for button in row
            }
            known = ", ".join(f"`{name}`" for name in sorted(shown))
            raise StatechatError(
                "test:no_button", f"there is no button `{choice}` to press",
                cure=f"Shown so far: {known}." if known else "No buttons were shown so far.",
            )  # fmt: skip
        self._input(replace(self._event("choice", None), press=press, ref=self._carrier(press)))

    def wait(self, milliseconds: int) -> None:
        """Let time pass for everybody: due timers and actions run in their order."""
        for conversation in self.world.conversations:
            conversation.endings.clear()
        self.world.run_until(self.now + milliseconds)

    def _reply(self, to: str | None) -> dict[str, Value]:
        if to is None:
            return {}
        for number in range(len(self._heard), 0, -1):
            text = self._heard[number - 1].text
            if to in text:
                return {"reply_to": reply(f"{_BOT}{number}", bot=True, text=text)}
        raise StatechatError("test:no_message", f"the bot has said nothing with `{to}` in it")

    def button(self, choice: str) -> Press | None:
        """What pressing a choice, or `done`, `skip`, `next` or `previous`, would be."""
        for frame in reversed(self.chat.stack):
            for leaf in reversed(frame.leaves):
                question = self.program.flows[frame.flow].states[leaf.state].question
                if question and any(known.id == choice for known in question.choices):
                    return Press(leaf.visit, choice)
            if frame.link != "call":
                break
        words = self._words(choice) if choice in CONTROLS else frozenset()
        for message in reversed(self._heard):
            for row in message.buttons:
                for button in row:
                    press = Press(button.visit, button.choice)
                    if press.id == choice or (press.control and fold(button.label) in words):
                        return press
        return None

    def _words(self, control: str) -> frozenset[str]:
        """What the button of a control says, in any of the bot's languages."""
        wording = self.program.texts.buttons[control]
        texts = (wording.base, *wording.translations.values())
        return frozenset(fold(text.source) for text in texts)

    def _carrier(self, press: Press) -> str | None:
        """The reference of the last message that shows a button."""
        for number in range(len(self._heard), 0, -1):
            for row in self._heard[number - 1].buttons:
                if any(Press(button.visit, button.choice) == press for button in row):
                    return f"{_BOT}{number}"
        return None

    def _event(self, name: str, text: str | None) -> Event:
        self._inputs += 1
        return Event(
            f"test:{self._inputs}", name, self.session.id, self._at_chat, self.now, self._inputs,
            text=text, ref=f"user:{self._inputs}",
        )  # fmt: skip

    def _input(self, event: Event) -> None:
        self.endings.clear()
        self._step(event)
        self.world.run_until(self.now)

    def _step(self, event: Event) -> None:
        before = self.chat.stack
        self._ended = before[-1] if before else self._ended
        outcome = step(self.program, self.session, event, self.now)
        while outcome.wants is not None:
            found = self.records.look_up(outcome.wants)
            event = replace(event, found={**(event.found or {}), outcome.wants.key: found})
            outcome = step(self.program, self.session, event, self.now)
        self._apply(outcome)

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
        elif not effect.message.typing:
            # That the bot is writing says nothing, and is over before it is looked at.
            room = self._room(effect.chat)
            self._show(room.said, effect.message)
            reference = self._hear(room.heard, effect.message)
            self.session = sent(self.session, effect, reference)

    @staticmethod
    def _show(said: list[Message], message: Message) -> None:
        """Keep what is said; of changes to the buttons of one message, the last one."""
        last = said[-1] if said else None
        turned = message.edit is not None and not message.text
        if last is not None and turned and (last.text, last.edit) == ("", message.edit):
            said.pop()
        said.append(message)

    @staticmethod
    def _hear(heard: list[Message], message: Message) -> str:
        """Remember what the person sees now; gives the reference of the message."""
        if message.done_to_others:
            return ""
        edited = (message.edit or "").removeprefix(_BOT)
        if edited.isdecimal() and 0 < int(edited) <= len(heard):
            at = int(edited) - 1
            words = message if message.text else heard[at]
            heard[at] = replace(words, buttons=message.buttons)
            return f"{_BOT}{edited}"
        heard.append(message)
        return f"{_BOT}{len(heard)}"

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
            self._step(self._result(invoke))
        elif timer is not None:
            event = Event(f"timer:{timer.id}", TIMER, self.session.id, timer.chat, timer.due)
            self._step(replace(event, timer=timer.id))

    def begin_timed(self, trigger: TimedTrigger) -> None:
        """Begin a flow by the clock, if it is meant for this person and they are known."""
        chat = home(self.session) or self._at_chat
        if chat in self.session.chats:
            what = {"flow": trigger.flow, "trigger": trigger.key}
            id_ = f"{SOURCE}:{self.now}"
            self._step(Event(id_, BEGIN, self.session.id, chat, self.now, extra=what))

    def _result(self, invoke: Invoke) -> Event:
        lang = self.session.lang or self.program.languages[0]
        attempt = self.world.attempt(invoke, self.session.id, lang)
        result = Result(invoke.id, invoke.attempt, attempt.value, attempt.failure)
        id_ = f"invoke:{invoke.id}:{invoke.attempt}"
        event = Event(id_, RESULT, self.session.id, invoke.chat, self.now, ref=invoke.ref)
        return replace(event, result=result)
