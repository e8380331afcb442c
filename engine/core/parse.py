"""Python's parser, held on a short lead."""

import ast
import warnings
from functools import lru_cache
from typing import Final, NoReturn

from engine.classes import dataclass
from engine.core.scan import check_outline, refuse
from engine.errors import Place

TREES: Final = 512
"""How many trees are kept: people write the same short expression again and again."""


@lru_cache(maxsize=TREES)
def tree(text: str) -> ast.expr:
    """The tree of an expression that has been looked at, which nobody may change.

    Raises:
        SyntaxError, RecursionError, MemoryError, ValueError, Warning: Python cannot read it.
    """
    # A warning, such as that of a wrong escape, is an error on every version of Python.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # In brackets line breaks mean nothing; `check_outline` saw to theirs.
        return ast.parse(f"({text}\n)", mode="eval").body


@dataclass(frozen=True, slots=True)
class Part:
    """An expression within a source: characters `start` to `end`; `place` is that of the source."""

    source: str
    start: int
    end: int
    place: Place

    def refuse(self, node: ast.AST | None, message: str, cure: str | None = None) -> NoReturn:
        """Raise `StatechatError("expr:syntax")` at a node, or at the beginning."""
        offset = self.start if node is None else self.offset(node)
        refuse(self.source, offset, self.place, message, cure)

    def offset(self, node: ast.AST) -> int:
        """Where a node of this part's tree begins, in characters of the source."""
        return self._offset(getattr(node, "lineno", 1), getattr(node, "col_offset", 0))

    def _offset(self, line: int, column: int) -> int:
        # Python counts lines from 1, columns in bytes, and our opening bracket as the first one.
        if line == 1 and self.source.isascii():
            return self.start + max(0, column - 1)
        lines = ("(" + self.source[self.start : self.end]).split("\n")
        before = sum(len(each) + 1 for each in lines[: line - 1])
        column = len(lines[line - 1].encode()[:column].decode(errors="ignore"))
        return self.start + max(0, before + column - 1)

    def parse(self, *, keywords: bool = False) -> ast.expr:
        """The tree of the expression. Never recurses deeper than `NESTING_MAX` allows.

        Raises:
            StatechatError: `expr:syntax`.
        """
        check_outline(self.source, self.start, self.end, self.place, keywords=keywords)
        text = self.source[self.start : self.end]
        if not text.strip():
            self.refuse(None, "There is no expression.")
        try:
            return tree(text)
        except SyntaxError as error:
            self._refuse_syntax(error)
        except (RecursionError, MemoryError, ValueError, Warning):
            self.refuse(None, "The expression cannot be read, or is too complex.")

    def _refuse_syntax(self, error: SyntaxError) -> NoReturn:
        message = (error.msg or "invalid syntax").partition(". ")[0]
        line, offset = error.lineno or 1, error.offset or 1
        lines = ("(" + self.source[self.start : self.end]).split("\n")
        at = self.start - 1 + sum(len(each) + 1 for each in lines[: line - 1]) + offset - 1
        at = min(max(at, self.start), max(self.start, self.end - 1))
        refuse(self.source, at, self.place, f"The expression cannot be read: {message}.")
