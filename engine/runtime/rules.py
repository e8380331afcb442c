"""Who may talk with a bot in the end: what bot.yaml says, what the environment adds."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from engine.compiler.rules import PERSON
from engine.core.access import Access, Names
from engine.errors import StatechatError
from engine.runtime.ports import Naming, Transport

ALLOW: Final = "STATECHAT_ALLOW"
DENY: Final = "STATECHAT_DENY"
ADMINS: Final = "STATECHAT_ADMINS"
ROLES: Final = "STATECHAT_ROLES"
_BETWEEN: Final = re.compile(r"[,\s]+")
_ROLE: Final = re.compile(r"[^\s=,;:]+\Z")


def read_access(variables: Mapping[str, str]) -> Access:
    """The rules that the environment writes out.

    Persons are separated by commas or blanks; `STATECHAT_ROLES` is `role=persons;role=persons`.

    Raises:
        StatechatError: `settings:access`.
    """
    allow = variables.get(ALLOW, "").strip()
    roles: dict[str, Names] = {}
    for part in filter(str.strip, variables.get(ROLES, "").split(";")):
        role, equals, names = part.partition("=")
        if not equals or not _ROLE.match(role.strip()):
            raise StatechatError(
                "settings:access",
                f"{ROLES} has a part that is no role with its persons: {part.strip()[:80]}",
                cure="Write it like editor=telegram:4711,telegram:4712;reader=nostr.",
            )
        roles[role.strip()] = _names(ROLES, names)
    return Access(
        _names(ALLOW, allow) if allow else None,
        _names(DENY, variables.get(DENY, "")),
        _names(ADMINS, variables.get(ADMINS, "")),
        roles,
    )


def _names(variable: str, text: str) -> Names:
    names = [name for name in _BETWEEN.split(text) if name]
    for name in names:
        if not PERSON.match(name):
            raise StatechatError(
                "settings:access",
                f"{variable} names what is no person: {name[:80]}",
                cure="Write <transport>:<id>, such as telegram:4711, or a transport alone.",
            )
    return frozenset(names)


def spelled(access: Access, transports: Iterable[Transport]) -> Access:
    """The rules with each person spelled as in `Event.owner`.

    Raises:
        StatechatError: of a transport that cannot read a name.
    """
    naming = {one.name: one for one in transports if isinstance(one, Naming)}

    def spell(name: str) -> str:
        transport, colon, person = name.partition(":")
        known = naming.get(transport)
        return f"{transport}:{known.user(person)}" if colon and known else name

    return access.renamed(spell)
