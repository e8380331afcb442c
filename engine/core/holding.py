"""What a person sends while an action works: it is kept, and heard when the action has ended."""

from dataclasses import replace

from engine.core.events import Event
from engine.core.macrostep import Macrostep
from engine.core.session import Session


def hold(macrostep: Macrostep, event: Event) -> None:
    """Keep what a person sends while an action works; it is heard when the action has ended."""
    busy = macrostep.program.texts.busy
    if len(macrostep.held) >= macrostep.program.limits.held:
        macrostep.note("step:held_too_many", event.name, level="warning")
        macrostep.tell(busy or macrostep.program.texts.fallback)
        return
    if busy is not None and not macrostep.held:
        macrostep.tell(busy)
    macrostep.held = (*macrostep.held, event)
    macrostep.note("step:held", event.name)


def released(session: Session, at_chat: str) -> tuple[Session, Event] | None:
    """The next event that waited for an invoke, when none is waited for any more."""
    chat = session.chats.get(at_chat)
    if chat is None or not chat.held:
        return None
    for frame in reversed(chat.stack):
        if any(leaf.pending is not None for leaf in frame.leaves):
            return None
        if frame.link != "call":
            break
    chats = {**session.chats, at_chat: replace(chat, held=chat.held[1:])}
    return replace(session, chats=chats), chat.held[0]
