"""Operators whom nobody plays: what they may do where a conversation is handed over to them."""

from collections.abc import Iterator

from engine.core.desk import END
from engine.core.effects import Tell
from engine.core.handing import Handoff
from engine.core.session import Leaf
from engine.core.values import Data
from engine.testing.conversation import Conversation


def handoffs(conversation: Conversation) -> Iterator[tuple[Leaf, Handoff]]:
    """The active states that hand the person over."""
    frame = conversation.active
    for leaf in frame.leaves if frame else ():
        assert frame is not None
        handoff = conversation.program.flows[frame.flow].states[leaf.state].handoff
        if handoff is not None:
            yield leaf, handoff


def say(conversation: Conversation, to: str, text: str) -> None:
    """Let an operator of a chat say something to the person, or end the conversation."""
    session = conversation.session
    for leaf, handoff in handoffs(conversation):
        if handoff.to == to:
            what: Data = {
                "kind": "close" if text == END else "say", "reason": "operator", "desk": {},
                "link": {"life": session.incarnation, "visit": leaf.visit},
            }  # fmt: skip
            conversation.endings.clear()
            conversation.told(to, Tell("", "", session.id, conversation.at_chat, text, what))
            conversation.world.run_until(conversation.now)
