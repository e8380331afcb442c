"""The operators' end of a hand-off: a chat in which persons are talked with by replies.

The session of that chat knows each conversation by a number, and each message of one by its
reference. What persons write comes here as the event `told`, under a header that says who they are;
what an operator replies goes back the same way. `engine.core.handoff` is the person's end.
"""

import re
from dataclasses import field, replace
from typing import Final

from engine.classes import dataclass
from engine.core import of_person
from engine.core.answers import UNREADABLE
from engine.core.effects import Mark, Message, Send
from engine.core.events import TEXT, TOLD, Event
from engine.core.handoff import part, shown, tell
from engine.core.macrostep import Macrostep
from engine.core.outcome import Outcome
from engine.core.program import Program
from engine.core.session import Chat, Session, Talk
from engine.core.values import Data, Value

END: Final = "/done"
"""What an operator replies to end a conversation."""
TALKS_MAX: Final = 200
"""Most conversations that a chat of operators knows; beyond, the oldest is ended."""
TEXTS: Final = ("desk_new", "desk_left", "desk_done", "desk_over", "desk_away", "desk_whose")
"""What operators are told, by the keys of the bot's texts."""
_HEADER: Final = re.compile(r"#(\d{1,9}) ")


def hear_operators(
    program: Program, session: Session, event: Event, now: int
) -> Outcome | None:  # fmt: skip
    """Take what persons tell the operators, and what these reply; none for anything else."""
    if event.name == TOLD:
        if part(event.extra, "desk") is not None or of_person.told(event) is not None:
            return None  # it is told to a person
        desk = _Desk(Macrostep(program, session, event, now))
        desk.told()
        return desk.outcome()
    chat = session.chats.get(event.chat)
    if chat is None or not chat.talks or not event.by_person:
        return None
    desk = _Desk(Macrostep(program, session, event, now))
    return desk.outcome() if desk.replied() else None


@dataclass(slots=True)
class _Desk:
    macrostep: Macrostep
    talks: list[Talk] = field(init=False)

    def __post_init__(self) -> None:
        self.talks = list(self.macrostep.chat.talks)

    def outcome(self) -> Outcome:
        at_chat = self.macrostep.at_chat
        outcome = self.macrostep.outcome()
        session = outcome.session
        chat = replace(session.chats[at_chat], talks=tuple(self.talks))
        session = replace(session, chats={**session.chats, at_chat: chat})
        return replace(outcome, session=session)

    # What persons tell.

    def told(self) -> None:
        event = self.macrostep.event
        kind = part(event.extra, "kind")
        talk = self._of(part(event.extra, "link"))
        if kind in ("open", "say"):
            self._shown(talk, first=kind == "open")
        elif talk is None:
            return
        elif kind == "away":
            self._say("desk_away", talk)
        else:
            if not talk.over:
                self._keep(replace(talk, over=True))
            if kind == "gone":
                self._say("desk_over", talk)
            elif not talk.over:
                self._say("desk_left", talk)

    def _shown(self, talk: Talk | None, *, first: bool) -> None:
        """Show what a person says, in a conversation that begins where none is known."""
        macrostep, event = self.macrostep, self.macrostep.event
        if macrostep.session.away and macrostep.session.is_own(macrostep.at_chat):
            self._close(event.extra and part(event.extra, "link"), "unreachable")
            return
        talk = self._begun() if talk is None else talk
        self._keep(talk)
        text = event.text or ""
        if part(event.extra, "edited") is True:
            text = f"✎ {text}"
        how = macrostep.program.texts.desk["desk_new"].render(macrostep.bot)[0] if first else ""
        self._send(talk, "\n".join(filter(None, (text, how))), event)

    def _begun(self) -> Talk:
        event = self.macrostep.event
        link = part(event.extra, "link")
        number = max((talk.number for talk in self.talks), default=0) + 1
        visit = part(link, "visit")
        made = Talk(
            number, _text(part(link, "owner")), _text(part(link, "life")),
            _text(part(link, "chat")), visit if isinstance(visit, int) else 0,
            _text(part(event.extra, "who")),
        )  # fmt: skip
        if len(self.talks) >= TALKS_MAX:
            gone = next((talk for talk in self.talks if talk.over), self.talks[0])
            self.talks.remove(gone)
            if not gone.over:
                self._close(_link(gone), "full")
        return made

    # What operators do.

    def replied(self) -> bool:
        """Whether an operator has spoken to a person, or tried to."""
        event = self.macrostep.event
        ends = event.name == END
        if not (ends or event.name == TEXT or event.name in UNREADABLE):
            return False
        talk = self._meant()
        if talk is None:
            if ends and any(not one.over for one in self.talks):
                self.macrostep.tell(self.macrostep.program.texts.desk["desk_whose"])
                return True
            return False
        if talk.over:
            self._say("desk_over", talk)
        elif ends:
            self._keep(replace(talk, over=True))
            self._close(_link(talk), "operator")
            self._say("desk_done", talk)
        else:
            self._keep(talk)
            what: dict[str, Value] = {"kind": "say"}
            if event.extra and "media" in event.extra:
                what["media"] = event.extra["media"]
            self._tell(_link(talk), event.text, what)
        self.macrostep.via = event.via
        return True

    def _meant(self) -> Talk | None:
        """The conversation whose message is replied to; one operator alone means the latest."""
        event, chat = self.macrostep.event, self.macrostep.chat
        if event.replied_to is not None:
            number = chat.parts.get(event.replied_to, _numbered(event))
            return next((talk for talk in self.talks if talk.number == number), None)
        if event.by is not None or chat.stack:
            return None
        return next((talk for talk in reversed(self.talks) if not talk.over), None)

    # Both.

    def _of(self, link: Value) -> Talk | None:
        return next((talk for talk in self.talks if _link(talk) == link), None)

    def _keep(self, talk: Talk) -> None:
        """Have a conversation as it is now, as the latest."""
        self.talks = [one for one in self.talks if one.number != talk.number]
        self.talks.append(talk)

    def _close(self, link: Value, reason: str) -> None:
        self._tell(link, None, {"kind": "close", "reason": reason})

    def _tell(self, link: Value, text: str | None, what: Data) -> None:
        macrostep = self.macrostep
        desk: Data = {"owner": macrostep.session.id, "chat": macrostep.at_chat}
        owner, chat = _text(part(link, "owner")), _text(part(link, "chat"))
        tell(macrostep, owner, chat, text, {**what, "link": link, "desk": desk})

    def _say(self, key: str, talk: Talk) -> None:
        texts = self.macrostep.program.texts.desk
        self._send(talk, texts[key].render(self.macrostep.bot)[0])

    def _send(self, talk: Talk, text: str, event: Event | None = None) -> None:
        """Say something of a conversation, under a header that says whose it is."""
        macrostep = self.macrostep
        header = f"#{talk.number} {talk.who}"
        words = f"{header}\n{text}".rstrip()
        marks = (Mark("bold", 0, len(header)),)
        message = Message(words, marks, media=shown(event) if event else ())
        id_, at_chat = macrostep.new_id(), macrostep.at_chat
        macrostep.effects.append(Send(id_, at_chat, message, macrostep.via, talk=talk.number))


def _link(talk: Talk) -> Data:
    return {"owner": talk.owner, "life": talk.life, "chat": talk.chat, "visit": talk.visit}


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _numbered(event: Event) -> int | None:
    """The number in the header of the message that is replied to, where that is the bot's."""
    replied = (event.extra or {}).get("reply_to")
    if part(replied, "bot") is not True:
        return None
    found = _HEADER.match(_text(part(replied, "text")))
    return int(found[1]) if found else None


def without(chat: Chat, owner: str) -> Chat:
    """The chat without what it knows of a person.

    Of the highest number an empty conversation stays: a reply to its messages must not reach the
    person who would be given that number next.
    """
    gone = {talk.number for talk in chat.talks if talk.owner == owner}
    talks = [talk for talk in chat.talks if talk.owner != owner]
    last = max((talk.number for talk in chat.talks), default=0)
    if last in gone:
        talks.append(Talk(last, "", "", "", 0, "", over=True))
    return replace(
        chat,
        talks=tuple(talks),
        parts={ref: number for ref, number in chat.parts.items() if number not in gone},
    )
