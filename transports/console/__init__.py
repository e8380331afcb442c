"""The console: `factory` makes the transport where `STATECHAT_CONSOLE` names who sits there."""

import sys
from collections.abc import Mapping

from transports.console.transport import Console, Screen

_STDIN = 0


def factory(settings: Mapping[str, str]) -> Console | None:
    """The person at the terminal, or none where nobody is to be there.

    `STATECHAT_CONSOLE` is the person's name. The terminal's language (`LC_ALL`, `LC_MESSAGES`,
    `LANG`) is what the person reads. With keyboard and screen at both ends it draws a prompt and
    styles, else it reads and writes plain lines.
    """
    person = settings.get("STATECHAT_CONSOLE", "").strip()
    if not person:
        return None
    return Console(person, _screen(settings), read_language(settings))


def read_language(settings: Mapping[str, str]) -> str | None:
    """The language of a terminal as events carry it: `de_AT.UTF-8` is `de-at`, `C` is none."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := settings.get(name, ""):
            spoken = value.partition(".")[0].partition("@")[0]
            return None if spoken in {"C", "POSIX", ""} else spoken.replace("_", "-").lower()
    return None


def _screen(settings: Mapping[str, str]) -> Screen:
    # What draws is imported where something is drawn: a pipe starts faster without it.
    ends = (sys.stdin, sys.stdout)
    if all(end and end.isatty() for end in ends) and settings.get("TERM") not in {"dumb", ""}:
        from transports.console.terminal import Terminal  # noqa: PLC0415 - as above

        return Terminal(color="NO_COLOR" not in settings)
    from transports.console.plain import Plain  # noqa: PLC0415 - as above

    return Plain(_STDIN, sys.stdout, sys.stderr, getattr(sys.stdin, "encoding", None) or "utf-8")


__all__ = ["Console", "factory"]
