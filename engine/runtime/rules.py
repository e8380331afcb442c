"""Who may talk with a bot in the end, and where chats are: bot.yaml's word, the environment's."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from engine.compiler.rules import PERSON
from engine.core.access import Access, Names
from engine.errors import StatechatError
from engine.runtime.ports import Naming, Transport

ALLOW: Final = "STATECHAT_ALLOW"
DENY: Final = "STATECHAT_DENY"
ADMINS: Final = "STATECHAT_ADMINS"
ROLES: Final = "STATECHAT_ROLES"
CHATS: Final = "STATECHAT_CHATS"
_BETWEEN: Final = re.compile(r"[,\s]+")
_ROLE: Final = re.compile(r"[^\s=,;:]+\Z")
_CHAT: Final = re.compile(r"[a-z][a-z0-9_-]*:[^\s,;=]+\Z")


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


def read_chats(variables: Mapping[str, str]) -> dict[str, str]:
    """Where chats are that flows name, as the environment says: `name=address;name=address`.

    Raises:
        StatechatError: `settings:chats`.
    """
    found: dict[str, str] = {}
    for part in filter(str.strip, variables.get(CHATS, "").split(";")):
        name, equals, address = (piece.strip() for piece in part.partition("="))
        if not (equals and name and _CHAT.match(address)):
            raise StatechatError(
                "settings:chats",
                f"{CHATS} has a part that is no chat with its address: {part.strip()[:80]}",
                cure="Write it like operators=telegram:-1001234567890;boss=nostr:npub1…",
            )
        found[name] = address
    return found


def placed(
    declared: Mapping[str, str | None], given: Mapping[str, str], transports: Iterable[Transport]
) -> dict[str, str | None]:
    """Where the declared chats are: where the environment says, else as bot.yaml does.

    Raises:
        StatechatError: `chats:nowhere`; of a transport that cannot read a name.
    """
    spell = _spelling(transports)
    found: dict[str, str | None] = {}
    for name, address in declared.items():
        where = given.get(name, address)
        if where is None:
            raise StatechatError(
                "chats:nowhere",
                f"Nothing says where the chat `{name}` is.",
                cure=f"Set {CHATS}={name}=<transport>:<chat>, or write the address in bot.yaml.",
            )
        found[name] = spell(where)
    return found


def spelled(access: Access, transports: Iterable[Transport]) -> Access:
    """The rules with each person spelled as in `Event.owner`.

    Raises:
        StatechatError: of a transport that cannot read a name.
    """
    return access.renamed(_spelling(transports))


def _spelling(transports: Iterable[Transport]) -> Callable[[str], str]:
    """What spells the name of a person as the transports do."""
    naming = {one.name: one for one in transports if isinstance(one, Naming)}

    def spell(name: str) -> str:
        transport, colon, person = name.partition(":")
        known = naming.get(transport)
        return f"{transport}:{known.user(person)}" if colon and known else name

    return spell
