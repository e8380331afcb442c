"""Addresses of `http.request`: written out, with values in braces behind the host."""

import re
from typing import Final
from urllib.parse import quote, urlsplit

from engine.classes import dataclass
from engine.compiler.context import Context, Listed
from engine.compiler.nodes import Node, Scalar
from engine.core.display import display
from engine.core.expr import compile_literal
from engine.core.faults import Fault
from engine.core.nodes import Evaluate
from engine.core.scope import Scope
from engine.core.services import host_matches
from engine.core.values import Value
from engine.errors import Place

_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_BRACE: Final = re.compile(r"\{([^{}]*)\}")
_HOST: Final = re.compile(r"https?://[^\s/?#{}]+(?:[/?#]|$)", re.IGNORECASE)
_QUOTED: Final = re.compile(r"""(['"])(https?://[^'"\\]*)\1""", re.IGNORECASE)
_USUAL: Final = {"http": 80, "https": 443}
_show: Final = display()


@dataclass(frozen=True, slots=True)
class Address(Listed):
    """An address with values in it: each is made safe, so that it is one part of a path or query.

    `texts` are what stands before, between and behind the values.
    """

    texts: tuple[str, ...]
    place: Place

    def __call__(self, scope: Scope) -> Value:
        safe = [*(self._safe(value(scope)) for value in self.items), ""]
        return "".join(f"{text}{value}" for text, value in zip(self.texts, safe, strict=True))

    def _safe(self, value: Value) -> str:
        text = _show(value)
        if text in ("", ".", ".."):
            message = f"{text!r} cannot be a part of an address"
            raise Fault("http:url", message, self.place)
        return quote(text, safe="", errors="replace")


def address(context: Context, node: Node) -> Evaluate:
    """The value of `url`: what begins with `https://` stands for itself, the rest is an expression.

    A host that bot.yaml does not allow is a warning.
    """
    if not isinstance(node, Scalar):
        return context.value(node)
    if not _ADDRESS.match(node.text):
        quoted = _QUOTED.fullmatch(node.text)
        if quoted:
            _check_host(context, node, quoted[2])
        return context.value(node)
    if not _HOST.match(node.text):
        cure = "Write the host out; values stand behind it, in braces."
        context.findings.add("SC042", "this address does not say which host is asked", node, cure)
        return compile_literal(None)
    _check_host(context, node, node.text)
    values = tuple(context.expression(_part(node, found)) for found in _BRACE.finditer(node.text))
    return Address(values, tuple(_BRACE.split(node.text)[::2]), node.place)


def _part(node: Scalar, found: re.Match[str]) -> Scalar:
    """What stands in a pair of braces, at its own place."""
    place = node.at(found.start(1))
    return Scalar(place, place, found[1], found[1], plain=True)


def _check_host(context: Context, node: Scalar, url: str) -> None:
    try:
        parts = urlsplit(url.partition("{")[0])
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None:
        context.findings.add("SC042", "this is no address of HTTP", node)
        return
    usual = _USUAL[parts.scheme.lower()]
    allowed = context.services.http.hosts
    if not any(host_matches(pattern, host, port or usual, usual) for pattern in allowed):
        named = host if port is None else f"{host}:{port}"
        cure = f"Add it there: `http: {{hosts: [{named}]}}`."
        message = f"bot.yaml does not allow requests to `{named}`"
        context.findings.add("SC047", message, node, cure, severity="warning")
