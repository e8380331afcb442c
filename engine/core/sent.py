"""What the session remembers of a message when it was sent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from engine.core.effects import Send
from engine.core.session import Session

QUESTIONS_MAX: Final = 8
"""Of how many messages that asked a chat remembers the references."""
NAMED_MAX: Final = 16
"""Of how many messages with names."""
PARTS_MAX: Final = 500
"""Of how many messages of conversations with operators."""

_T = TypeVar("_T")


def sent(session: Session, send: Send, ref: str | None) -> Session:
    """The session after a message was sent under a reference, none where the transport has none.

    It changes only for a question, so that a reply to it is known as its answer, for a message with
    a name, so that it can be edited, and for one that operators may reply to.
    """
    chat = session.chats.get(send.chat)
    if ref is None or chat is None or not _remembered(send):
        return session
    if send.asks is not None:
        chat = replace(chat, questions=_latest(chat.questions, ref, send.asks, QUESTIONS_MAX))
    if send.named is not None:
        chat = replace(chat, named=_latest(chat.named, send.named, ref, NAMED_MAX))
    if send.talk is not None:
        chat = replace(chat, parts=_latest(chat.parts, ref, send.talk, PARTS_MAX))
    return replace(session, chats={**session.chats, send.chat: chat})


def _remembered(send: Send) -> bool:
    return send.asks is not None or send.named is not None or send.talk is not None


def _latest(known: Mapping[str, _T], key: str, value: _T, most: int) -> Mapping[str, _T]:
    """The last few entries of a mapping, with this one as the latest."""
    others = [each for each in known.items() if each[0] != key]
    return dict([*others, (key, value)][-most:])
