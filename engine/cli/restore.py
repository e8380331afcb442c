"""`statechat restore`: a backup put where the bot's database was."""

import argparse
from pathlib import Path

from engine.cli.backup import place
from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import say
from engine.errors import StatechatError

_DESCRIPTION = """\
Put back what `statechat backup` has copied. Stop the bot first. Nothing is overwritten: move its
SQLite file away, with what ends in -wal and -shm beside it; in a MongoDB, name another database in
MONGODB_URI, or one in which the bot has nothing.

What happened since the backup is forgotten: the bot stands where it stood then. A copy of a SQLite
file goes where one was, that of a MongoDB into a MongoDB."""

_EPILOG = """\
example:
  statechat restore my_bot my_bot-monday.backup

environment:
  STATECHAT_DATA   folder of the SQLite databases (default: the platform's folder for data)
  MONGODB_URI      the MongoDB where the bot keeps its conversations

exit code: 0 done, 1 it could not be done, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument("file", metavar="FILE", help="the copy")


def execute(arguments: argparse.Namespace) -> int:
    bot = compiled(locate(arguments.bot)).name
    uri, path = place(bot)
    copy = Path(arguments.file)
    if not copy.is_file():
        raise StatechatError(
            "backup:missing", f"there is no file `{copy}`", cure="Name what `backup` has made."
        )
    # `--help` should not wait for a database.
    from engine.cli.stored import hosts, running  # noqa: PLC0415 - as above

    if uri is not None:
        import asyncio  # noqa: PLC0415 - as above

        from engine.stores import mongo_backup  # noqa: PLC0415 - an extra, and heavy

        number = asyncio.run(mongo_backup.restore(uri, bot, copy))
        say(f"mongodb {hosts(uri)}: {number} persons")
        return 0
    from engine.stores.sqlite_backup import restore  # noqa: PLC0415 - as above

    with running():
        number = restore(path, bot, copy)
    say(f"{path}: {number} persons")
    return 0
