"""Who may talk with a bot, what they may do in it, and how fast."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Final

from engine.classes import dataclass
from engine.core.scope import Scope
from engine.core.values import (
    BACK_MAX,
    HELD_MAX,
    STACK_MAX,
    TEXT_MAX,
    TIMERS_MAX,
    Value,
)

Names = frozenset[str]
"""Persons as `<transport>:<user>`, and transports: everybody there."""
NOBODY: Final[Names] = frozenset()
CHAT_ADMIN: Final = "chat_admin"
"""The role of who administers the group in which they act, where the bot wants to know."""


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of who may talk with a bot; without any, everybody may.

    Attributes:
        allow: who may, beside those with a role; none where everybody may.
        deny: who may not, whatever else is said of them.
        admins: who has the rights of an admin.
        roles: who has a role, by its name.
        chat_admins: whether who administers a group is an admin there, with the role `CHAT_ADMIN`.
    """

    allow: Names | None = None
    deny: Names = NOBODY
    admins: Names = NOBODY
    roles: Mapping[str, Names] = field(default_factory=dict)
    chat_admins: bool = False

    @property
    def closed(self) -> bool:
        """Whether anybody may be refused."""
        return self.allow is not None or bool(self.deny)

    def refuses(self, *sessions: str) -> bool:
        """Whether somebody may not talk, who goes by the names of all of these sessions."""
        names = {name for session in sessions for name in _names(session)}
        if not self.deny.isdisjoint(names):
            return True
        if self.allow is None:
            return False
        known = (self.allow, self.admins, *self.roles.values())
        return all(named.isdisjoint(names) for named in known)

    def is_admin(self, session: str, *, of_chat: bool = False) -> bool:
        """Whether somebody is an admin; `of_chat` says that they administer the chat."""
        return (of_chat and self.chat_admins) or not self.admins.isdisjoint(_names(session))

    def roles_of(self, session: str, *, of_chat: bool = False) -> list[str]:
        names = _names(session)
        found = {role for role, named in self.roles.items() if not named.isdisjoint(names)}
        if of_chat and self.chat_admins:
            found.add(CHAT_ADMIN)
        return sorted(found)

    def joined(self, other: "Access") -> "Access":
        """Both rules together: who is named in one of them is named."""
        allow = None
        if self.allow is not None or other.allow is not None:
            allow = (self.allow or NOBODY) | (other.allow or NOBODY)
        roles = {
            role: self.roles.get(role, NOBODY) | other.roles.get(role, NOBODY)
            for role in (*self.roles, *other.roles)
        }
        return Access(
            allow, self.deny | other.deny, self.admins | other.admins, roles,
            self.chat_admins or other.chat_admins,
        )  # fmt: skip

    def renamed(self, rename: Callable[[str], str]) -> "Access":
        """The same rules with each name in another spelling."""

        def each(names: Iterable[str]) -> Names:
            return frozenset(map(rename, names))

        return Access(
            None if self.allow is None else each(self.allow),
            each(self.deny),
            each(self.admins),
            {role: each(named) for role, named in self.roles.items()},
            self.chat_admins,
        )


def _names(session: str) -> tuple[str, str]:
    """The person of a session, and the transport."""
    person = session.partition("/")[2]
    return person, person.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many inputs of a person in a period (ms), also all at once."""

    count: int
    period: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that a bot may lower for itself.

    Attributes:
        rate: how much a person may send; none for any amount.
        text: longest text that is heard, in characters.
        flows: most flows that wait for each other in one chat.
    """

    rate: Rate | None = None
    text: int = TEXT_MAX
    timers: int = TIMERS_MAX
    flows: int = STACK_MAX
    held: int = HELD_MAX
    back: int = BACK_MAX


def _is_admin(scope: Scope) -> Value:
    return scope.session.get("is_admin", False)


def _roles(scope: Scope) -> Value:
    return scope.session.get("roles", [])


RIGHTS: Final[Mapping[tuple[str, ...], Callable[[Scope], Value]]] = {
    ("user", "is_admin"): _is_admin,
    ("user", "roles"): _roles,
}
"""What expressions read of a person's rights; it is never stored."""
OF_USER: Final = frozenset(name for _, name in RIGHTS)
"""Names under `user` that no variable can have."""
