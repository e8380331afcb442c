"""What the session remembers of a message when it was sent."""

from dataclasses import replace
from typing import Final

from engine.core.effects import Send
from engine.core.session import Session

QUESTIONS_MAX: Final = 8
"""Of how many messages that asked a chat remembers the references."""


def sent(session: Session, send: Send, ref: str | None) -> Session:
    """The session after a message was sent under a reference, none where the transport has none.

    It changes only for a question, so that a reply to it is known as its answer.
    """
    chat = session.chats.get(send.chat)
    if ref is None or send.asks is None or chat is None:
        return session
    known = [each for each in chat.questions.items() if each[0] != ref]
    questions = dict([*known, (ref, send.asks)][-QUESTIONS_MAX:])
    chats = {**session.chats, send.chat: replace(chat, questions=questions)}
    return replace(session, chats=chats)
