"""`./start [BOT]`: talk with a bot, from a fresh clone on."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from tools.environment import PYTHON, ROOT, SetupError, ensure, tell

USAGE: Final = """\
usage: ./start [BOT] [ARGUMENT ...]

Talk with a bot in the terminal: flows/registration, or the one that is named. The first start
makes a virtual environment in .venv and installs the libraries there; nothing else is touched.

Where TELEGRAM_TOKEN or NOSTR_KEY (with NOSTR_RELAYS) is set, the bot talks there as well; where
MONGODB_URI is set, conversations are kept in that MongoDB. What they need is installed then.

Further arguments go to `statechat`: ./start flows/order --fresh"""

EXTRAS: Final = {"telegram": "TELEGRAM_TOKEN", "nostr": "NOSTR_KEY", "mongo": "MONGODB_URI"}
TRANSPORTS: Final = {"telegram", "nostr"}


def main(words: Sequence[str]) -> int:
    if words and words[0] in {"-h", "--help"}:
        sys.stdout.write(USAGE + "\n")
        return 0
    extras = wanted(os.environ)
    try:
        ensure(extras)
    except SetupError as error:
        tell("start", f"{error}\n  = help: {error.cure}")
        return 1
    # -P keeps a folder `engine` where the caller stands from being taken for ours.
    command = [str(PYTHON), "-P", "-m", "engine.cli.main", *arguments(words, extras)]
    if os.name != "nt":  # where exec gives the terminal away before the program ends
        os.execv(command[0], command)  # noqa: S606 - what the caller asked for, and no shell
    return subprocess.run(command, check=False).returncode  # noqa: S603 - as above


def wanted(environment: Mapping[str, str]) -> set[str]:
    """The extras whose keys are set, as values or as files."""
    return {
        extra
        for extra, key in EXTRAS.items()
        if environment.get(key) or environment.get(f"{key}_FILE")
    }


def arguments(words: Sequence[str], extras: set[str]) -> list[str]:
    """What `statechat` is called with."""
    named = bool(words) and not words[0].startswith("-")
    bot = words[0] if named else os.path.relpath(ROOT / "flows" / "registration")
    command = ["run", "--console"] if extras & TRANSPORTS else ["chat"]
    return [*command, bot, *(words[1:] if named else words)]
