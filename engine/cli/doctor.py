"""`statechat doctor`: what keeps bots from running on this machine, and its cure."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from engine.classes import dataclass
from engine.cli.output import colored, say
from engine.errors import StatechatError

_DESCRIPTION = """\
Look at Python, the libraries, the keys that are set (their names only), the folder for data, and
whether the servers that they name can be reached. Nothing is changed, and nobody is written to."""

_EPILOG = """\
example:
  statechat doctor

environment: what `statechat run --help` and `statechat chat --help` name

exit code: 0 bots can run (there may be warnings), 1 something is broken, 2 misuse"""

Level = Literal["ok", "warn", "FAIL"]
PYTHON_MIN: Final = (3, 11)
TIMEOUT: Final = 5.0
"""Seconds to wait for a server."""
KEYS: Final = (
    "TELEGRAM_TOKEN", "TELEGRAM_API", "TELEGRAM_PACE", "NOSTR_KEY", "NOSTR_RELAYS",
    "NOSTR_BLOSSOM", "MONGODB_URI", "STATECHAT_DATA", "STATECHAT_HTTP", "STATECHAT_ALLOW",
    "STATECHAT_DENY", "STATECHAT_ADMINS", "STATECHAT_ROLES",
)  # fmt: skip
_COLORS: Final = {"ok": "32", "warn": "33", "FAIL": "1;31"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    level: Level
    what: str
    cure: str | None = None


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG


def execute(arguments: argparse.Namespace) -> int:
    del arguments
    from engine.cli import reach  # noqa: PLC0415 - what is imported last may be what is broken

    parts: tuple[Callable[[], Iterable[Finding]], ...] = (
        python, reach.libraries, keys, reach.plugins, reach.storage, reach.transports,
        reach.servers, reach.endpoint,
    )  # fmt: skip
    failed = False
    for part in parts:
        for finding in part():
            failed |= finding.level == "FAIL"
            say(line(finding, color=colored(sys.stdout)))
            sys.stdout.flush()
    return int(failed)


def line(finding: Finding, *, color: bool) -> str:
    level = f"{finding.level:4}"
    if color:
        level = f"\x1b[{_COLORS[finding.level]}m{level}\x1b[0m"
    cure = f"\n       = help: {finding.cure}" if finding.cure else ""
    return f"{level}  {finding.what}{cure}"


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Iterable[Finding]:
    shown = ".".join(map(str, version))
    if version[:2] < PYTHON_MIN:
        yield Finding("FAIL", f"Python {shown}", "Statechat needs Python 3.11 or later.")
    else:
        yield Finding("ok", f"Python {shown} ({sys.executable})")


def keys(environment: Mapping[str, str] | None = None) -> Iterable[Finding]:
    """Which variables are set: their names, and never their values."""
    known = os.environ if environment is None else environment
    names = [name for key in KEYS for name in (key, f"{key}_FILE") if known.get(name)]
    yield Finding("ok", f"set in the environment: {', '.join(names) or 'nothing'}")


def failure(error: StatechatError) -> Finding:
    return Finding("FAIL", f"{error.message} [{error.code}]", error.cure)
