"""Where requests may go, and what each host is told of secrets: as bot.yaml says."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from engine.actions import ActionError
from engine.core.services import HttpRules, host_matches
from engine.errors import StatechatError

URL_MAX: Final = 2_048
"""Longest address of a request, in characters."""
USUAL: Final = {"http": 80, "https": 443}
_VARIABLE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Gate:
    """The rules of a bot, with the variables of the environment filled in."""

    def __init__(self, rules: HttpRules, variables: Mapping[str, str]) -> None:
        self._rules = rules
        self._headers = {
            host: {name: _filled(text, host, variables) for name, text in headers.items()}
            for host, headers in rules.headers.items()
        }

    def allow(self, url: str) -> tuple[str, int]:
        """The host and port of an address that may be asked.

        Raises:
            ActionError: `http:url`, `http:host`.
        """
        host, port = address_of(url)
        if not _named(self._rules.hosts, host, port):
            raise ActionError("http:host", f"bot.yaml does not allow the host `{host}`")
        return host, port

    def may_be_private(self, host: str, port: int) -> bool:
        return _named(self._rules.private, host, port)

    def headers(self, host: str, port: int) -> dict[str, str]:
        """What each request to this host is given, secrets included."""
        found: dict[str, str] = {}
        for pattern, headers in self._headers.items():
            if _named((pattern,), host, port):
                found |= headers
        return found


def address_of(url: str) -> tuple[str, int]:
    """The host and port of an address.

    Raises:
        ActionError: `http:url`.
    """
    if not url.isprintable() or " " in url or "\\" in url:
        raise ActionError("http:url", "this is no address of HTTP")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ActionError("http:url", "this is no address of HTTP") from error
    if len(url) > URL_MAX or parts.scheme not in USUAL or not host:
        raise ActionError("http:url", "this is no address of HTTP")
    if parts.username is not None or parts.password is not None:
        raise ActionError("http:url", "user and password do not belong into an address")
    return host, USUAL[parts.scheme] if port is None else port


def _named(patterns: tuple[str, ...], host: str, port: int) -> bool:
    return any(
        host_matches(pattern, host, port, usual) for pattern in patterns for usual in USUAL.values()
    )


def _filled(text: str, host: str, variables: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        secret = variables.get(name, "")
        if not secret or not secret.isprintable():
            raise StatechatError(
                "http:secret",
                f"A header for `{host}` needs the variable {name}, which is not set.",
                cure=f"Set {name} in the environment; `{name}_FILE` may name a file with it.",
            )
        return secret

    return _VARIABLE.sub(value, text)
