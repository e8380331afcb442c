"""What commands print: results on standard output, errors with their cure on standard error."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from engine.diagnostics import FlowInvalid
from engine.errors import StatechatError


def colored(stream: TextIO) -> bool:
    """Whether a stream takes colours: a terminal, unless `NO_COLOR` is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str) -> None:
    """Print a result."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Print a word beside the result."""
    sys.stdout.flush()
    sys.stderr.write(f"statechat: {text}\n")
    sys.stderr.flush()


def tell(error: StatechatError) -> None:
    """Print an error and its cure; of a bot with faults, all of them."""
    sys.stdout.flush()
    if isinstance(error, FlowInvalid):
        from engine.lint.output import render, summary  # noqa: PLC0415 - only where it is printed

        shown = render(error.diagnostics, sources(error), color=colored(sys.stderr))
        sys.stderr.write(f"{shown}\n\n{summary(error.diagnostics)}\n")
        return
    where = f"{error.place}: " if error.place else ""
    message = " ".join(error.message.split())
    sys.stderr.write(f"statechat: {where}{message} [{error.code}]\n")
    if error.cure:
        sys.stderr.write(f"  = help: {' '.join(error.cure.split())}\n")


def sources(error: FlowInvalid) -> Mapping[str, str]:
    """The texts of the files that the findings point into, by the names that they use."""
    known = getattr(error, "files", None)
    if isinstance(known, Mapping):
        return known
    files = {found.place.file for found in error.diagnostics}
    return {
        file: Path(file).read_text(encoding="utf-8", errors="replace")
        for file in files
        if Path(file).is_file()
    }
