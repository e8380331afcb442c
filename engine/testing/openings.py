"""What can happen next in a conversation: what the person may do, and when time does something."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from engine.classes import dataclass
from engine.core.activation import Activation
from engine.core.answers import UNREADABLE
from engine.core.desk import END
from engine.core.faults import Fault
from engine.core.program import Program
from engine.testing import operators
from engine.testing.constants import Constants
from engine.testing.conversation import Conversation
from engine.testing.fitting import fitting
from engine.testing.inputs import Edited, Input, Pressed, Reacted, Sent, Typed
from engine.testing.samples import answers, media, unheard, wrong


@dataclass(frozen=True, slots=True)
class Pause:
    """Time passes, until something falls due."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class Replied:
    """An operator of the chat `to`, to whom the person is handed over, writes."""

    to: str
    text: str


_SIMPLE: Final[dict[str, Input]] = {
    "text": Typed("some words"), "edited": Edited("some other words"), "reaction": Reacted(("👍",)),
}  # fmt: skip
Move: TypeAlias = Input | Pause | Replied


def openings(conversation: Conversation, constants: Constants) -> Iterator[Move]:
    """What is worth trying, the plainest first; nothing that only says the same in other words."""
    program = conversation.program
    macrostep = conversation.scope().macrostep
    if not conversation.chat.stack:
        yield from (Typed(event) for event in program.triggers if event.startswith("/"))
        yield from _texts(fitting(pattern) for pattern, _ in program.patterns)
    for model, leaf in reversed(macrostep.questions()):
        model.leaf = leaf
        question = model.node.question
        if question is None or leaf.pending is not None:
            continue
        try:
            yield from answers(model, question, constants)
            refused = wrong(model, question)
        except Fault:  # a list of choices that fails: what follows from it is the flow's affair
            continue
        if refused is not None:
            yield refused
    for offer in reversed(conversation.chat.offers):
        yield from (Pressed(button.id) for button in offer.buttons)
    for model in (*macrostep.hearers("*"), macrostep.bot):
        yield from _heard(model, program, constants)
    for _, handoff in operators.handoffs(conversation):
        yield from (Replied(handoff.to, "some words"), Replied(handoff.to, END))
    due = conversation.due
    if due is not None:
        yield Pause(max(due - conversation.now, 1))


def _texts(found: Iterator[str | None]) -> Iterator[Typed]:
    return (Typed(text) for text in found if text is not None)


def _heard(model: Activation, program: Program, constants: Constants) -> Iterator[Move]:
    """What makes the events happen that a run hears in its active states."""
    leaves = {leaf.state for leaf in model.leaves}
    commands = {*program.triggers}
    for name, heard in model.flow.machine.events.items():
        if not leaves & heard.transitions.keys():
            continue
        if name.startswith("/"):
            commands.add(name)
            yield Typed(name)
        elif name == "~":
            yield from _texts(fitting(pattern) for pattern in constants.patterns.values())
        elif name == "*":
            yield from (Typed(unheard(commands)), media("sticker"))
        elif name in UNREADABLE:
            yield media(name)
        elif name.startswith("choice."):
            yield Pressed(name.removeprefix("choice."))
        elif name in _SIMPLE:
            yield _SIMPLE[name]


def play(conversation: Conversation, move: Move) -> None:
    """Make a move.

    Raises:
        StatechatError: it cannot be made here, such as a press on what was never shown.
    """
    match move:
        case Pause(milliseconds):
            conversation.wait(milliseconds)
        case Replied(to, text):
            operators.say(conversation, to, text)
        case Typed(text, reply_to):
            conversation.type(text, reply_to=reply_to)
        case Pressed(choice):
            conversation.press(choice)
        case Sent(kind, details, text, reply_to):
            conversation.send(kind, details, text, reply_to=reply_to)
        case Edited(text):
            conversation.edit(text)
        case Reacted(emoji):
            conversation.react(emoji)
