"""Which findings are wanted: by the beginnings of their codes, everywhere or in some files."""

from collections.abc import Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from engine.classes import dataclass
from engine.diagnostics import Diagnostic

_OF_RULES: Final = "SC100"
"""Errors with codes before this one are the compiler's: such a bot would not run."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Errors of the compiler are always wanted.

    Attributes:
        select: beginnings of the codes that are wanted; all where there are none.
        ignore: of those that are not.
        per_file: of those that are not wanted in the files of a pattern, such as `flows/*.yaml`.
        root: the folder from which those patterns count.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    root: Path = Path()

    def wants(self, one: Diagnostic) -> bool:
        if one.severity == "error" and one.code < _OF_RULES:
            return True
        if self.select and not one.code.startswith(self.select):
            return False
        if one.code.startswith(self.ignore):
            return False
        return not any(
            one.code.startswith(codes) and self._lies_in(one.place.file, pattern)
            for pattern, codes in self.per_file.items()
        )

    def _lies_in(self, file: str, pattern: str) -> bool:
        path, root = Path(file).resolve(), self.root.resolve()
        return path.is_relative_to(root) and fnmatchcase(path.relative_to(root).as_posix(), pattern)


EVERYTHING: Final = Choice()
