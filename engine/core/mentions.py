"""To whom a text is said in a chat of several persons: the bot's name is no part of what it says.

The rules are those of Telegram: https://core.telegram.org/bots/features#privacy-mode.
"""

import re
from typing import Final

from engine.classes import dataclass

_COMMAND: Final = re.compile(r"\s*(/[A-Za-z0-9_]+)(?:@([A-Za-z0-9_]+))?(?![A-Za-z0-9_@])")


@dataclass(frozen=True, slots=True)
class Said:
    """A text without what only says to whom it is said."""

    text: str
    addressed: bool


def said(text: str, name: str | None, *, to_bot: bool) -> Said | None:
    """What a text says, and whether to the bot of this name; none for a command to another bot.

    `to_bot` says that it is addressed to the bot anyway. A command without a name may be anybody's:
    it counts as one, but as addressed to nobody. A bot that does not know its name takes each.
    """
    command = _COMMAND.match(text)
    if command is not None:
        named = command[2]
        if named is not None and name is not None and named.lower() != name.lower():
            return None
        return Said(command[1] + text[command.end() :], to_bot or named is not None)
    if name is None:
        return Said(text, to_bot)
    mention = re.compile(rf"(?<![A-Za-z0-9_@])@{re.escape(name)}(?![A-Za-z0-9_])", re.IGNORECASE)
    if mention.search(text) is None:
        return Said(text, to_bot)
    first = mention.match(text.lstrip())
    if first is not None:
        text = text.lstrip()[first.end() :].lstrip(" ,:")
    else:
        *_, last = mention.finditer(text)
        if not text[last.end() :].strip(" .!?"):
            text = text[: last.start()].rstrip(" ,") + text[last.end() :].strip()
    return Said(text, addressed=True)
