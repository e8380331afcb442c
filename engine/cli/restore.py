"""`statechat restore`: a backup put where the bot's database was."""

import argparse
from pathlib import Path

from engine.cli.backup import file_of
from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import say
from engine.errors import StatechatError

_DESCRIPTION = """\
Put a copy that `statechat backup` has made where the bot's SQLite file was. Stop the bot, and move
its file away first, with what ends in -wal and -shm beside it: nothing is overwritten.

What happened since the backup is forgotten: the bot stands where it stood then."""

_EPILOG = """\
example:
  statechat restore my_bot my_bot-monday.sqlite3

environment:
  STATECHAT_DATA   folder of the SQLite databases (default: the platform's folder for data)

exit code: 0 done, 1 it could not be done, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument("file", metavar="FILE", help="the copy")


def execute(arguments: argparse.Namespace) -> int:
    bot = compiled(locate(arguments.bot))
    path, copy = file_of(bot.name), Path(arguments.file)
    if not copy.is_file():
        raise StatechatError(
            "backup:missing", f"there is no file `{copy}`", cure="Name what `backup` has made."
        )
    # `--help` should not wait for a database.
    from engine.cli.stored import running  # noqa: PLC0415 - as above
    from engine.stores.sqlite_backup import restore  # noqa: PLC0415 - as above

    with running():
        number = restore(path, bot.name, copy)
    say(f"{path}: {number} persons")
    return 0
