"""Which button somebody means in a conversation test."""

from collections.abc import Mapping

from engine.core.events import Press
from engine.core.matching import fold
from engine.core.menus import CONTROLS
from engine.core.program import Program
from engine.core.session import Chat
from engine.errors import StatechatError
from engine.testing.rooms import Room


def button(program: Program, talks: Mapping[str, Chat], room: Room, choice: str) -> Press | None:
    """What pressing a choice, or `done`, `skip`, `next` or `previous`, would be.

    It is one of an open question, else the last one of this name that was shown. `talks` are the
    conversations whose buttons can be pressed, by the ids of their sessions.
    """
    opened = (press for chat in talks.values() if (press := _open(program, chat, choice)))
    return next(opened, None) or _shown(program, talks, room, choice)


def no_button(choice: str, room: Room) -> StatechatError:
    """There is none to press; with what was shown."""
    shown = {
        Press(button.visit, button.choice).id
        for message in room.heard
        for row in message.buttons
        for button in row
    }
    known = ", ".join(f"`{name}`" for name in sorted(shown))
    return StatechatError(
        "test:no_button", f"there is no button `{choice}` to press",
        cure=f"Shown so far: {known}." if known else "No buttons were shown so far.",
    )  # fmt: skip


def _open(program: Program, chat: Chat, choice: str) -> Press | None:
    for frame in reversed(chat.stack):
        for leaf in reversed(frame.leaves):
            question = program.flows[frame.flow].states[leaf.state].question
            if question and any(known.id == choice for known in question.choices):
                return Press(leaf.visit, choice)
        if frame.link != "call":
            break
    return None


def _shown(program: Program, talks: Mapping[str, Chat], room: Room, choice: str) -> Press | None:
    words = _words(program, choice) if choice in CONTROLS else frozenset()
    for message, owner in zip(reversed(room.heard), reversed(room.owners), strict=True):
        for row in message.buttons if owner in talks else ():
            for one in row:
                press = Press(one.visit, one.choice)
                if press.id == choice or (press.control and fold(one.label) in words):
                    return press
    return None


def _words(program: Program, control: str) -> frozenset[str]:
    """What the button of a control says, in any of the bot's languages."""
    wording = program.texts.buttons[control]
    texts = (wording.base, *wording.translations.values())
    return frozenset(fold(text.source) for text in texts)
