"""Blocks of actions: `set`, `say`, `raise`, and lists of them."""

from typing import Literal, cast

from engine.compiler.context import Context
from engine.compiler.given import schedules
from engine.compiler.nodes import Entry, Fields, Items, Node, Scalar
from engine.compiler.speech import gestures, say
from engine.core.blocks import Assign, AssignSession, AssignTurn, Raise
from engine.core.nodes import Block, Evaluate

SETTABLE = frozenset({"lang", "tz"})
MACHINE = frozenset({"state", "always", "answer", "wrong", "init", "invoke.done", "invoke.error"})
"""Names of events that the machine uses itself."""


def block(
    context: Context, node: Node | None, key: str, locals_: frozenset[str] = frozenset()
) -> Block:
    """What a node holds as actions: set, typing, react, delete, say, schedule, actions, raise.

    They run in this order; `unschedule` stands before `schedule`.

    `key` is the path of the node in a translation file; a list counts its items from 0.
    """
    if isinstance(node, Items):
        actions: Block = ()
        for index, item in enumerate(node.items):
            actions += block(context, item, f"{key}.{index}", locals_)
        return actions
    if not isinstance(node, Fields):
        return ()
    actions = assignments(context, node.get("set"), locals_)
    actions += gestures(context, node, locals_)
    actions += say(context, node.get("say"), f"{key}.say", locals_)
    actions += schedules(context, node, locals_)
    actions += block(context, node.get("actions"), f"{key}.actions", locals_)
    raised = node.get("raise")
    if isinstance(raised, Scalar):
        if raised.text in MACHINE:
            cure = "Choose another name for the event."
            context.findings.add("SC028", f"`{raised.text}` cannot be raised", raised, cure)
        actions += (Raise(raised.text),)
    return actions


def assignments(
    context: Context, node: Node | None, locals_: frozenset[str] = frozenset()
) -> Block:
    if not isinstance(node, Fields):
        return ()
    actions: Block = ()
    for name, entry in node.entries.items():
        value = context.value(entry.value, locals_)
        actions += _assignment(context, name, entry, value)
    return actions


def _assignment(context: Context, name: str, entry: Entry, value: Evaluate) -> Block:
    scope, _, rest = name.partition(".")
    if scope == "turn" and rest:
        return (AssignTurn(rest, value),)
    if scope == "session" and rest:
        if rest in SETTABLE:
            return (AssignSession(cast("Literal['lang', 'tz']", rest), value, entry.key.place),)
        cure = "Only `session.lang` and `session.tz` can be set."
        context.findings.add("SC022", f"`{name}` cannot be set", entry.key, cure)
        return ()
    slot = context.slot(entry.key)
    return () if slot is None else (Assign(slot.variable, value, entry.key.place),)
