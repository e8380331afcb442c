"""`buttons` of a message: each begins a flow, or opens a link."""

from engine.compiler.context import Context
from engine.compiler.given import inputs
from engine.compiler.nodes import Entry, Fields, Node, Scalar
from engine.core.offers import Starter, Starters
from engine.core.options import LINK

CHOICE_BYTES = 48
"""Longest id of a choice: what fits into a Telegram button beside the number of its visit."""


def starters(
    context: Context, node: Node | None, key: str, locals_: frozenset[str]
) -> Starters | None:
    """The buttons of a message, if it has any; `key` is the message's in a translation file."""
    written = node.get("buttons") if isinstance(node, Fields) else None
    if not isinstance(node, Fields) or not isinstance(written, Fields):
        return None
    found = (
        _starter(context, id_, entry, f"{key}.buttons.{id_}", locals_)
        for id_, entry in written.entries.items()
    )
    columns, once = node.get("columns"), node.get("once")
    return Starters(
        tuple(one for one in found if one is not None),
        columns.value if isinstance(columns, Scalar) and isinstance(columns.value, int) else 1,
        isinstance(once, Scalar) and once.value is True,
    )


def refuse(context: Context, node: Node | None, instead: str) -> None:
    """Report buttons where a message cannot have them."""
    if isinstance(node, Fields) and "buttons" in node.entries:
        at = node.entries["buttons"].key
        context.findings.add("SC040", "`buttons` belong to what is said", at, instead)


def _starter(
    context: Context, id_: str, entry: Entry, key: str, locals_: frozenset[str]
) -> Starter | None:
    spec = entry.value
    if not isinstance(spec, Fields):
        return None
    if len(id_.encode()) > CHOICE_BYTES:
        cure = f"Its label may be longer; the id has 1 to {CHOICE_BYTES} bytes."
        context.findings.add("SC043", "the id of this button is too long", entry.key, cure)
    start, url, guard = spec.get("start"), spec.get("url"), spec.get("guard")
    label = context.wording(spec.get("label"), key, locals_)
    condition = None if guard is None else context.expression(guard, locals_)
    if (start is None) is (url is None):
        cure = "Write `start: <flow>`, or `url:` for a link."
        context.findings.add("SC011", "a button has one of `start` and `url`", entry.key, cure)
        return None
    if url is not None:
        check_url(context, url)
        link = context.wording(url, f"{key}.url", locals_)
        return Starter(id_, label, entry.key.place, guard=condition, url=link)
    if not isinstance(start, Scalar):
        return None
    child = context.flows.get(start.text)
    if child is None:
        if start.text not in context.findings.unread:
            context.findings.unknown("SC021", "flow", start, start.text, context.flows)
        return None
    context.scheduled.add(child.name)
    given = inputs(context, child, spec.get("with"), start, locals_)
    return Starter(id_, label, start.place, child.name, given, condition)


def check_url(context: Context, node: Node | None) -> None:
    """Hold a link that is written out against what a button can open."""
    if isinstance(node, Scalar) and "{" not in node.text and not LINK.match(node.text.strip()):
        cure = "Begin it with `https://`, `http://` or `tg://`."
        context.findings.add(
            "SC010", f"`{node.text}` is no link that a button can open", node, cure
        )
