"""Handing a person over to humans, at the person's end: `handoff` in a state.

What ties both ends together is the visit of that state: as long as it lasts, the person's messages
go to the operators' chat, and theirs come to the person. The other end is `engine.core.desk`. What
crosses from one session to the other is a `Tell`, which is an event there.
"""

from collections.abc import Mapping
from typing import Final, Literal

from engine.classes import dataclass
from engine.core import of_person
from engine.core.activation import Activation, ActiveLeaf
from engine.core.effects import Media, Message, Tell
from engine.core.events import TOLD, Event
from engine.core.faults import Fault
from engine.core.handing import Handoff
from engine.core.macrostep import Macrostep
from engine.core.media import media_of
from engine.core.moves import fire
from engine.core.values import Data, Value
from engine.errors import Place

ANSWERED: Final = "handoff.answered"
CLOSED: Final = "handoff.closed"
"""The machine's events of what operators do; authors hear them without what stands before."""
WHO_MAX: Final = 64
"""Longest name under which operators know a person, in characters."""
_NOWHERE: Final = Place("", 1, 1)

Kind = Literal["open", "say", "close"]


@dataclass(frozen=True, slots=True)
class Over:
    """Tell the operators that somebody comes, says something, or has left."""

    handoff: Handoff
    kind: Kind

    def __call__(self, model: Activation) -> None:
        handoff, macrostep = self.handoff, model.macrostep
        address = macrostep.program.services.chats.get(handoff.to)
        if address is None:
            if self.kind == "close":
                return
            message = f"nothing says where the chat `{handoff.to}` is"
            raise Fault("handoff:nowhere", message, handoff.place)
        session, event = macrostep.session, macrostep.event
        what: dict[str, Value] = {
            "kind": self.kind, "who": _who(model, handoff),
            "link": {
                "owner": session.id, "life": session.incarnation, "chat": macrostep.at_chat,
                "visit": model.visit,
            },
        }  # fmt: skip
        text: str | None = None
        if self.kind == "open" and handoff.intro is not None:
            text = handoff.intro.text(model)[0]
        elif self.kind == "say":
            text = event.text
            if event.extra and "media" in event.extra:
                what["media"] = event.extra["media"]
            if event.name == "edited":
                what["edited"] = True
        room, _, topic = address.partition("/")
        chat = room.partition(":")[2] + (f"/{topic}" if topic else "")
        to = f"{macrostep.program.bot}/{room}"
        tell(macrostep, to, chat, text, what)


def _who(model: Activation, handoff: Handoff) -> str:
    """What operators read of the person: as the author says, else their name, else their id."""
    macrostep = model.macrostep
    if handoff.who is not None:
        found = " ".join(handoff.who.text(model)[0].split())
    else:
        person = (macrostep.event.extra or {}).get("person")
        name = person.get("name") if isinstance(person, Mapping) else None
        found = name if isinstance(name, str) else ""
    return (found or macrostep.session.id.partition("/")[2])[:WHO_MAX]


def tell(macrostep: Macrostep, to: str, at_chat: str, text: str | None, what: Data) -> None:
    """Plan that another session is told something."""
    macrostep.effects.append(
        Tell(macrostep.new_id(), macrostep.at_chat, to, at_chat, text, what)
    )  # fmt: skip


def shown(event: Event) -> tuple[Media, ...]:
    """The media that an event tells of."""
    try:
        return media_of(None, (event.extra or {}).get("media"), _NOWHERE)
    except Fault:
        return ()


def part(value: object, key: str) -> Value:
    """What stands under a key of an object; none where it is none."""
    return value.get(key) if isinstance(value, Mapping) else None


def take_told(macrostep: Macrostep) -> None:
    """Take what operators say or do; where nobody waits for it any more, they are told so.

    What a chat has set of the person is only kept.

    What they say goes to the person also while another flow has interrupted the one that waits;
    that hears of it when it goes on.
    """
    event, session = macrostep.event, macrostep.session
    values = of_person.told(event)
    if values is not None:
        of_person.take(macrostep, values)
        return
    link, kind = part(event.extra, "link"), part(event.extra, "kind")
    found = _waiting(macrostep, part(link, "visit"))
    away = session.away != 0 and session.is_own(macrostep.at_chat)
    if found is None or part(link, "life") != session.incarnation or away:
        if kind == "say":
            _back(macrostep, "away" if away and found else "gone")
        return
    at, model, leaf = found
    deliver(macrostep)
    key = ANSWERED if kind == "say" else CLOSED
    if at < macrostep.base:
        model.late = (*model.late, key)
        return
    model.leaf = leaf
    if not fire(model, key, leaf=leaf) and key == CLOSED:
        handoff = model.node.handoff
        place = handoff.place if handoff else None
        macrostep.fault(Fault("handoff:stuck", "no way is open after `closed`", place), model.run)


def deliver(macrostep: Macrostep) -> None:
    """Say to the person what an operator says, if it is that which the event tells."""
    event = macrostep.event
    if event.name == TOLD and part(event.extra, "kind") == "say":
        macrostep.plan(Message(event.text or "", media=shown(event)))


def _waiting(
    macrostep: Macrostep, visit: Value
) -> tuple[int, Activation, ActiveLeaf] | None:  # fmt: skip
    for at, model in enumerate(macrostep.stack):
        for leaf in model.leaves:
            if leaf.visit == visit and model.flow.states[leaf.state].handoff is not None:
                return at, model, leaf
    return None


def _back(macrostep: Macrostep, kind: str) -> None:
    event = macrostep.event
    desk = part(event.extra, "desk")
    owner, chat = part(desk, "owner"), part(desk, "chat")
    if isinstance(owner, str) and isinstance(chat, str):
        what: Data = {"kind": kind, "link": part(event.extra, "link")}
        tell(macrostep, owner, chat, None, what)
