"""`access` and `limits` of bot.yaml: who may talk with the bot, and how much."""

import re
from collections.abc import Iterator
from typing import Final

from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.core.access import Access, Limits, Names, Rate

RATE: Final = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})?([smhd])\Z")
UNITS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
LOWERED: Final = frozenset({"text", "timers", "flows", "held", "back"})
PERSON: Final = re.compile(r"[a-z][a-z0-9_-]*(:[^\s:,;=]+)?\Z")
"""`<transport>:<user>`, or a transport for everybody there."""


def rate(text: str) -> Rate | None:
    """`20/m`, `5/10s`: so many inputs in a period; none for what is no rate."""
    found = RATE.match(text)
    if found is None:
        return None
    count, periods, unit = found.groups()
    return Rate(int(count), int(periods or 1) * UNITS[unit])


def access(settings: Fields | None, findings: Findings) -> Access:
    """The rules that bot.yaml writes out."""
    node = settings.get("access") if settings else None
    if not isinstance(node, Fields):
        return Access()
    allow = node.get("allow")
    roles, of_chats = node.get("roles"), node.get("chat_admins")
    found = Access(
        None if allow is None else _names(allow),
        _names(node.get("deny")),
        _names(node.get("admins")),
        {
            role: _names(entry.value)
            for role, entry in (roles.entries.items() if isinstance(roles, Fields) else ())
        },
        isinstance(of_chats, Scalar) and of_chats.value is True,
    )
    _check_denied(node, found.deny, findings)
    return found


def limits(settings: Fields | None) -> Limits:
    """The bounds that bot.yaml lowers; its schema keeps them below those of Statechat."""
    node = settings.get("limits") if settings else None
    if not isinstance(node, Fields):
        return Limits()
    numbers = {
        key: entry.value.value
        for key, entry in node.entries.items()
        if key in LOWERED and isinstance(entry.value, Scalar) and type(entry.value.value) is int
    }
    at = node.get("rate")
    return Limits(rate=rate(at.text) if isinstance(at, Scalar) else None, **numbers)


def _scalars(node: Node | None) -> Iterator[Scalar]:
    for item in node.items if isinstance(node, Items) else ():
        if isinstance(item, Scalar):
            yield item


def _names(node: Node | None) -> Names:
    return frozenset(item.text for item in _scalars(node))


def _check_denied(node: Fields, denied: Names, findings: Findings) -> None:
    """Who is denied is refused whatever else is said: one of both is not meant."""
    roles = node.get("roles")
    inner = [entry.value for entry in roles.entries.values()] if isinstance(roles, Fields) else []
    for named in (node.get("allow"), node.get("admins"), *inner):
        for item in _scalars(named):
            if item.text in denied:
                message = f"`{item.text}` is denied, and refused all the same"
                cure = "Remove it here, or from `deny`."
                findings.add("SC040", message, item, cure, severity="warning")
