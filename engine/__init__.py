"""Statechat: conversations written as YAML, compiled into state machines.

The public interface of the engine, on one screen. For bots, and for packages that add to them:

    action, check          register a Python function that flows invoke, or that judges answers
    ActionCall             what it is given besides its arguments
    ActionError            how it fails
    read_value             what the words of a `Person` mean, as a question would read them
    Kind                   a type of variables, with `Variable`, `Speaker` and `WrongAnswer`
    Value                  what a conversation can hold: JSON's values
    Transport              a way to talk with people, with `Host`, `Event`, `Press`, `read_text` on
                           the way in, `Delivery`, `Message`, `Mark`, `Media`, `Button` on the way
                           out, and `PostponedError`, `RefusedError` where one cannot be sent;
                           `Content`, `UnavailableError` where media move between transports

For programs around bots:

    load                   read, check and compile a bot: a folder, or one flow file
    step                   the one door: program, session, event, time -> outcome
    Conversation           a chat with a bot on a virtual clock, for tests
    StatechatError         the root of every error, with code, place and cure

Names are imported when they are first used, so that a command pays only for what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.actions import ActionCall, ActionError, action, check
    from engine.compiler.bot import load
    from engine.core.datatypes.kind import Kind, Person, Speaker, Variable, WrongAnswer
    from engine.core.effects import Button, Mark, Media, Message
    from engine.core.events import Event, Press, read_text
    from engine.core.step import step
    from engine.core.values import Value
    from engine.errors import StatechatError
    from engine.reading import read_value
    from engine.runtime.ports import (
        Content,
        Delivery,
        Host,
        PostponedError,
        RefusedError,
        Transport,
        UnavailableError,
    )
    from engine.testing.conversation import Conversation

__all__ = [
    "ActionCall",
    "ActionError",
    "Button",
    "Content",
    "Conversation",
    "Delivery",
    "Event",
    "Host",
    "Kind",
    "Mark",
    "Media",
    "Message",
    "Person",
    "PostponedError",
    "Press",
    "RefusedError",
    "Speaker",
    "StatechatError",
    "Transport",
    "UnavailableError",
    "Value",
    "Variable",
    "WrongAnswer",
    "action",
    "check",
    "load",
    "read_text",
    "read_value",
    "step",
]

_HOMES = {
    "ActionCall": "engine.actions",
    "ActionError": "engine.actions",
    "Button": "engine.core.effects",
    "Content": "engine.runtime.ports",
    "Conversation": "engine.testing.conversation",
    "Delivery": "engine.runtime.ports",
    "Event": "engine.core.events",
    "Host": "engine.runtime.ports",
    "Kind": "engine.core.datatypes.kind",
    "Mark": "engine.core.effects",
    "Media": "engine.core.effects",
    "Message": "engine.core.effects",
    "Person": "engine.core.datatypes.kind",
    "PostponedError": "engine.runtime.ports",
    "Press": "engine.core.events",
    "RefusedError": "engine.runtime.ports",
    "Speaker": "engine.core.datatypes.kind",
    "StatechatError": "engine.errors",
    "Transport": "engine.runtime.ports",
    "UnavailableError": "engine.runtime.ports",
    "Value": "engine.core.values",
    "Variable": "engine.core.datatypes.kind",
    "WrongAnswer": "engine.core.datatypes.kind",
    "action": "engine.actions",
    "check": "engine.actions",
    "load": "engine.compiler.bot",
    "read_text": "engine.core.events",
    "read_value": "engine.reading",
    "step": "engine.core.step",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
