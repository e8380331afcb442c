"""`statechat new`: a bot to begin with."""

import argparse
from pathlib import Path

from engine.cli.output import note, say

_DESCRIPTION = """\
Make a folder with a small bot that works: a flow that asks, its tests, bot.yaml, a file that checks
it on GitHub, and the schemas that editors read. Change it into yours. Nothing is overwritten."""

_EPILOG = """\
example:
  statechat new cafe
  statechat new cafe --lang de

exit code: 0 made, 1 it cannot be written, 2 misuse (the folder is there already, a wrong name)"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "folder", metavar="BOT", help="the folder to make; the bot is named like it"
    )
    parser.add_argument(
        "--lang", metavar="LANG", action="append", default=[],
        help="a language beside English; de has its texts, others are made to be filled in",
    )  # fmt: skip


def execute(arguments: argparse.Namespace) -> int:
    # `--help` should not wait for the compiler.
    from engine.authoring.starting import start  # noqa: PLC0415 - as above

    folder = Path(arguments.folder)
    for path in start(folder, arguments.lang):
        say(str(folder / path))
    note(f"chat with it: statechat chat {folder}")
    return 0
