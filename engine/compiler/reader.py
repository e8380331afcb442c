"""Reads a bot's files once, and keeps their text for what is found in them."""

from collections.abc import Iterable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.classes import dataclass
from engine.compiler.files import display
from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields
from engine.compiler.source import load as load_yaml
from engine.compiler.symbols import text_of
from engine.compiler.verdicts import Verdicts, validated
from engine.diagnostics import Diagnostic
from engine.errors import StatechatError

__all__ = ["Reader", "declared_name", "display", "has_errors", "read_bytes"]

if TYPE_CHECKING:
    from engine.compiler.allowed import Kind


@dataclass(slots=True)
class Reader:
    """Reads files once, and keeps their text for the diagnostics."""

    findings: Findings
    verdicts: Verdicts | None = None
    files: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path, kind: "Kind | None") -> Fields | None:
        """A file's mapping; what its schema refuses is reported, the rest goes on."""
        name = display(path)
        raw = read_bytes(path)
        self.files[name] = raw.decode("utf-8", "replace")
        node, found = load_yaml(raw, name)
        faults = list(found)
        if node is not None and kind is not None:
            faults += validated(node, kind, raw, self.verdicts)
        if node is not None and kind is None and not isinstance(node, Fields):
            self.findings.add("SC010", "the file is a mapping of keys to texts", node)
        for diagnostic in faults:
            self.findings.keep(diagnostic)
        return node if isinstance(node, Fields) else None


def read_bytes(path: Path) -> bytes:
    """What stands in a file.

    Raises:
        StatechatError: `bot:unreadable`.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        cure = "Make the file readable."
        message = f"{display(path)} cannot be read: {error.strerror}"
        raise StatechatError("bot:unreadable", message, cure=cure) from error


def declared_name(path: Path) -> str | None:
    """The name that a flow file gives its flow, whatever else may be wrong with the file."""
    try:
        node, _ = load_yaml(path.read_bytes(), path.name)
    except OSError:
        return None
    return text_of(node.get("flow")) if isinstance(node, Fields) else None


def has_errors(found: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity == "error" for diagnostic in found)
