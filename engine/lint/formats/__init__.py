"""How the findings of `statechat check` are written: a module a format, with `write(report)`."""

import importlib
from typing import Final

from engine.lint.report import Report

FORMATS: Final = ("text", "concise", "json", "sarif", "github", "junit")
_MODULES: Final = {"text": "terminal", "json": "data"}
"""Of formats whose modules are not called like them."""


def write(name: str, report: Report) -> str:
    """The findings in a format, without a line break at the end; nothing where that says it all."""
    # A format is loaded where it is asked for: most runs print text, and mostly nothing.
    module = importlib.import_module(f"engine.lint.formats.{_MODULES.get(name, name)}")
    written: str = module.write(report)
    return written
