"""Statechat: conversations written as YAML, compiled into state machines.

The public interface of the engine, on one screen:

    action                 register a Python function for flows to use (in a bot's `actions.py`)
    ActionCall             what an action is given besides its arguments
    ActionError            how an action fails
    check                  register a Python function that judges answers (in a bot's `actions.py`)
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
    from engine.core.step import step
    from engine.errors import StatechatError
    from engine.testing.conversation import Conversation

__all__ = [
    "ActionCall",
    "ActionError",
    "Conversation",
    "StatechatError",
    "action",
    "check",
    "load",
    "step",
]

_HOMES = {
    "ActionCall": "engine.actions",
    "ActionError": "engine.actions",
    "Conversation": "engine.testing.conversation",
    "StatechatError": "engine.errors",
    "action": "engine.actions",
    "check": "engine.actions",
    "load": "engine.compiler.bot",
    "step": "engine.core.step",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
