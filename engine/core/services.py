"""What bot.yaml declares for the actions that are built in, and for hand-offs."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from engine.classes import dataclass
from engine.core.collections import Collection

AT_ONCE: Final = 8
"""Most requests at once to one host, where bot.yaml does not say."""


@dataclass(frozen=True, slots=True)
class HttpRules:
    """Where `http.request` may go.

    Attributes:
        hosts: `name`, `name:port` or `*.name`, in small letters; none allows nothing.
        private: those of them that may have private addresses.
        headers: what each request to a host gets; `{NAME}` is a variable of the environment.
        at_once: most requests at once to one host.
    """

    hosts: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    at_once: int = AT_ONCE


@dataclass(frozen=True, slots=True)
class Services:
    """The declared collections by name, the rules of HTTP, and chats.

    `chats` are those that flows name, each with its address (`<transport>:<chat>`), or none where
    only the environment says it.
    """

    records: Mapping[str, Collection] = field(default_factory=dict)
    http: HttpRules = field(default_factory=HttpRules)
    chats: Mapping[str, str | None] = field(default_factory=dict)


def host_matches(pattern: str, host: str, port: int, usual: int) -> bool:
    """Whether a host and port are what a pattern of `HttpRules` names."""
    name, colon, named = pattern.rpartition(":")
    if not colon or not named.isdigit():
        name, named = pattern, str(usual)
    if str(port) != named:
        return False
    name, host = name.strip("[]").lower(), host.strip("[]").lower().rstrip(".")
    return host.endswith(name[1:]) and host != name[2:] if name[:2] == "*." else host == name
