"""One event of one person: what expressions see of it, and what is planned in answer to it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from engine.core.effects import Button, Effect, Mark, Message, Send
from engine.core.events import Event
from engine.core.fragments import trimmed
from engine.core.program import Program
from engine.core.schedules import scheduled
from engine.core.session import Chat, Session
from engine.core.values import Data, Value

EMPTY_CHAT: Final = Chat()
NOTHING: Final[Mapping[str, Value]] = {}


class Turn:
    """The part of a step's working state that is about the person, as mutable copies.

    Attributes:
        at_chat: name of the chat in which the event happened.
        known_lang: the person's language, if it is known; `lang` is the one to speak in any case.
        steps: number of this step; with `serial` it makes ids.
    """

    __slots__ = (
        "_turn", "_user_owned", "_view", "at_chat", "chat", "effects", "event", "known_lang",
        "known_tz", "lang", "now", "program", "serial", "session", "steps", "timers", "told_user",
        "tz", "user", "via",
    )  # fmt: skip

    def __init__(self, program: Program, session: Session, event: Event, now: int) -> None:
        self.program = program
        self.session = session
        self.event = event
        self.now = now
        self.steps = session.steps + 1
        self.serial = 0
        self.at_chat = event.chat
        self.chat = session.chats.get(event.chat, EMPTY_CHAT)
        self.via = self.chat.via
        self.timers = session.timers
        self.user: Data = session.user if event.user is None else event.user
        self._user_owned: dict[str, Value] | None = None
        self.told_user: Data = NOTHING
        self._turn: dict[str, Value] | None = None
        self._view: dict[str, Value] | None = None
        self.known_lang = session.lang or hinted_language(event, program.languages)
        self.lang = self.known_lang or program.languages[0]
        self.known_tz = session.tz
        self.tz = session.tz or program.tz
        self.effects: list[Effect] = []

    @property
    def turn(self) -> Mapping[str, Value]:
        return self.own_turn()

    def own_turn(self) -> dict[str, Value]:
        if self._turn is None:
            event = self.event
            turn: dict[str, Value] = dict(event.extra or NOTHING)
            turn["event"] = event.name
            turn["text"] = event.text
            turn["args"] = event.args
            turn["choice"] = event.press.id if event.press else None
            self._turn = turn
        return self._turn

    def own_user(self) -> dict[str, Value]:
        if self._user_owned is None:
            self.user = self._user_owned = dict(self.user)
        return self._user_owned

    def set_user(self, name: str, value: Value) -> bool:
        """Set what stays with the person; false in a chat of several where nobody acts."""
        if self.session.shared:
            if not self.event.of_chat:
                return False
            self.told_user = {**self.told_user, name: value}
        self.own_user()[name] = value
        return True

    @property
    def view(self) -> Mapping[str, Value]:
        """`session.…` as expressions read it."""
        if self._view is None:
            id_, access, who = self.session.id, self.program.access, self.event.person
            _, _, person = id_.partition("/")
            self._view = {
                "id": id_,
                "transport": person.partition(":")[0],
                "chat": self.at_chat,
                "started": iso(self.session.started),
                "lang": self.lang,
                "tz": self.tz,
                "scheduled": scheduled(self.timers, self.at_chat),
                "is_admin": access.is_admin(who, of_chat=self.event.admin),
                "roles": access.roles_of(who, of_chat=self.event.admin),
            }
        return self._view

    def speak(self, lang: str | None, tz: str | None) -> None:
        """Change the language or the time zone from now on."""
        if lang is not None:
            self.known_lang = self.lang = lang
        if tz is not None:
            self.known_tz = self.tz = tz
        self._view = None

    def forget_view(self) -> None:
        """Let expressions see what has changed of the session."""
        self._view = None

    @property
    def moment(self) -> str:
        return iso(self.now)

    def new_id(self) -> str:
        self.serial += 1
        return f"{self.steps}.{self.serial}"

    def send(
        self,
        text: str,
        marks: tuple[Mark, ...] = (),
        buttons: tuple[tuple[Button, ...], ...] = (),
        *,
        asks: int | None = None,
        edit: str | None = None,
        reply_to: str | None = None,
    ) -> None:
        """Plan a message; an empty one is not sent, unless it edits another."""
        self.plan(Message(text, marks, buttons, edit, reply_to), asks)

    def plan(self, message: Message, asks: int | None = None, named: str | None = None) -> None:
        """Plan a message, without the blanks at its end; one that does nothing is not sent."""
        if not message.text or message.text[-1].isspace():
            text, marks = trimmed(message.text, message.marks)
            message = replace(message, text=text, marks=marks)
            if not (text or message.edit or message.media or message.done_to_others):
                return
        self.effects.append(Send(self.new_id(), self.at_chat, message, self.via, asks, named))


def hinted_language(event: Event, languages: tuple[str, ...]) -> str | None:
    """The bot's language that a transport's hint names: exactly, or without its region.

    A chat of several persons has no language because one of them has.
    """
    if event.lang is None or event.of_chat:
        return None
    hint = event.lang.lower().replace("_", "-")
    for candidate in (hint, hint.partition("-")[0]):
        for language in languages:
            if language.lower() == candidate:
                return language
    return None


def iso(moment: int) -> str:
    """A moment in milliseconds as ISO 8601 in UTC, to the second: `2026-11-23T21:18:16Z`."""
    return f"{datetime.fromtimestamp(moment // 1000, UTC).replace(tzinfo=None).isoformat()}Z"
