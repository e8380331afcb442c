"""With which codes an action can fail, as far as its source says."""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.compiler.registered import raised_codes
from engine.core.expr import Expression
from engine.core.parse import tree
from engine.lint.rule import Subject

RECORDS: Final = frozenset(
    {"duplicate", "missing", "conflict", "limit", "invalid", "too_many", "busy", "unavailable"}
)
"""What the records of a bot fail with."""
TIMEOUT: Final = "timeout"
"""What any action can fail with, beside codes with a colon, which are the engine's own."""


def possible(subject: Subject, action: str) -> frozenset[str] | None:
    """Every code without a colon with which an action can fail; none where that is not known."""
    if action.startswith("records."):
        return RECORDS | {TIMEOUT}
    if action == "http.request":
        return frozenset({TIMEOUT})
    tree = subject.actions
    path = subject.compiled.bot.actions_file
    if tree is None or path is None or action not in subject.signatures:
        return None
    return _raised(tree, path)


@lru_cache(maxsize=8)
def _raised(tree: ast.Module, path: Path) -> frozenset[str] | None:
    """The codes with which the actions of a file can fail."""
    codes: list[str | None] = [None] if _reaches(tree, path) else list(raised_codes(tree))
    if None in codes:
        return None
    return frozenset(code for code in codes if code) | RECORDS | {TIMEOUT}


def compared(guard: Expression) -> tuple[str, ...]:
    """The codes with which an expression compares `error.code`."""
    return _compared(guard.source)


@lru_cache(maxsize=512)
def _compared(source: str) -> tuple[str, ...]:
    return tuple(_codes(tree(source))) if "error" in source else ()


def _codes(tree: ast.expr) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Compare(
                left=ast.Attribute(value=ast.Name(id="error"), attr="code"),
                ops=[ast.Eq() | ast.NotEq()],
                comparators=[ast.Constant(value=str(code))],
            ):
                yield code
            case ast.Compare(
                left=ast.Attribute(value=ast.Name(id="error"), attr="code"),
                ops=[ast.In() | ast.NotIn()],
                comparators=[ast.List(elts=parts) | ast.Tuple(elts=parts)],
            ):
                for part in parts:
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


def _reaches(tree: ast.Module, path: Path) -> bool:
    """Whether the file imports others of the bot, whose failures are not looked at."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level or any(alias.name == "*" for alias in node.names):
                return True
            names = [node.module or ""]
        for name in names:
            beside = path.parent / name.partition(".")[0]
            if beside.is_dir() or beside.with_suffix(".py").is_file():
                return True
    return False
