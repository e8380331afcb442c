"""SC801 plain-http: an address is not encrypted.

Whoever sits between sees what is asked and answered, and can change it. Addresses of the own
machine and of private networks are left alone.

Write `https://`.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.core.media import KINDS
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: menu
triggers: [/menu]
initial: show
states:
  show: {type: final, say: "Here is [our menu](http://example.org/menu)."}
"""
NEAR = FOUND.replace("http://", "https://")

_LINK: Final = re.compile(r"\]\(\s*(http://([^\s/?#):{}]+|\[[^\]]+\]))", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"""['"]?(http://([^\s/?#:'"{}]+|\[[^\]]+\]))""", re.IGNORECASE)
_NEAR: Final = ("localhost", ".local", ".localhost", ".internal", ".lan", ".onion", ".test")
_ADDRESSES: Final = frozenset({"url", *KINDS})
"""Keys whose values are addresses, and no texts that hold one."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for source in subject.sources.values():
        nodes: list[Node] = [source.node, *_translations(source.translations.values())]
        for node in nodes:
            for found, offset in _plain(node, ""):
                width = len("http://")
                yield Diagnostic(
                    "SC801", "this address is not encrypted", found.at(offset),
                    "Write `https://`.", "warning", width,
                )  # fmt: skip


def _translations(languages: Iterable[Mapping[str, Scalar]]) -> Iterator[Scalar]:
    for texts in languages:
        yield from texts.values()


def _plain(node: Node, key: str) -> Iterator[tuple[Scalar, int]]:
    """Each address that is not encrypted: its text, and where in it it stands."""
    if isinstance(node, Fields):
        for name, entry in node.entries.items():
            yield from _plain(entry.value, name)
    elif isinstance(node, Items):
        for item in node.items:
            yield from _plain(item, key)
    elif "http://" in node.text.lower():
        whole = _ADDRESS.match(node.text) if key in _ADDRESSES else None
        for found in [whole] if whole else _LINK.finditer(node.text):
            if not _is_near(found[2]):
                yield node, found.start(1)


def _is_near(host: str) -> bool:
    """Whether an address does not leave the own machine or network."""
    name = host.strip("[]").lower().rpartition("@")[2]
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        return name.endswith(_NEAR) or "." not in name
