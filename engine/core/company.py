"""Chats of several persons: whose session an event is offered to, and who may hear it there.

What all in a chat share is a session of its own (`per: chat`), beside those of the persons
(`per: user`), which keep their conversations in this chat apart. An event of such a chat comes to
the chat's session first, if the bot has flows for it; what nobody hears there goes on to the
person's. Each of the two knows only its own kind of flows. In a chat of two there is one session,
and all flows are alike.
"""

from dataclasses import replace
from typing import Final

from engine.core.activation import Activation
from engine.core.events import TIMER, Event
from engine.core.program import Flow, Program
from engine.core.session import Session

HERE: Final = "here"
"""The chat of a transport where everybody has one chat with the bot, and it needs no name."""


def names(event: Event) -> tuple[str, ...]:
    """The session's id of the person, and in a group that of the chat."""
    if event.by is None:
        return (event.owner,)
    return event.by, room(event.by, event.chat)


def room(session: str, chat: str) -> str:
    """The id of the session that all in a chat share, by that of anybody who talks in it."""
    transport = session.partition(":")[0]
    return f"{transport}:{chat.partition('/')[0]}"


def home(session: Session) -> str | None:
    """The chat in which somebody is alone with the bot, or the group's own; none if unknown.

    A private chat has the person's name. Who has only been met in a group has none.
    """
    name = session.own_chat
    if name in session.chats:
        return name
    if session.shared:  # only topics of it were heard
        return next((chat for chat in session.chats if chat.partition("/")[0] == name), None)
    return HERE if HERE in session.chats else None


def to_person(event: Event) -> Event:
    """An event of a chat as the person's own session is offered it."""
    return replace(event, owner=event.person, user=None)


def goes_on(program: Program, event: Event) -> bool:
    """Whether what the chat's session did not hear may be heard by the person's."""
    return event.of_chat and any(
        flow.per == "user" and (flow.overhears or not event.overheard)
        for flow in (*program.flows.values(), program.root)
    )


def may_begin(flow: Flow, event: Event) -> bool:
    """Whether an event may begin a flow in the session that it is offered to."""
    if event.by is None:
        return True
    return (flow.per == "chat") is event.of_chat and (flow.overhears or not event.overheard)


def may_hear(model: Activation, event: Event) -> bool:
    """Whether a run may hear a person's event; what is valid everywhere is the persons' own."""
    if event.by is None:
        return True
    if event.overheard:
        return model.flow.overhears
    return model is not model.macrostep.root or not event.of_chat


def is_aside(session: Session, event: Event) -> bool:
    """Whether what an event begins concerns nobody's talk with the bot.

    A remark on what others say, or a plan that has come due, in a chat of several persons: if it
    asks nothing, the question that was open before is not asked again.
    """
    if event.name == TIMER:
        return session.shared or event.chat not in (session.own_chat, HERE)
    return not event.addressed and event.name[0] != "/"


def may_mean_any(event: Event) -> bool:
    """Whether what replies to no question of this session may answer any.

    In a chat a reply belongs to whom it replies to, and not to another question.
    """
    return event.by is None or event.replied_to is None
