"""`statechat backup`: a copy of all that a bot has stored, taken while it runs."""

import argparse
from pathlib import Path

from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import say
from engine.errors import StatechatError

_DESCRIPTION = """\
Copy the SQLite file of a bot as it is at one moment. The bot may run: it is not held up, and the
copy is whole. FILE must not exist yet, and only you can read it.

A MongoDB is backed up with its own tools, such as mongodump."""

_EPILOG = """\
example:
  statechat backup my_bot my_bot-monday.sqlite3

environment:
  STATECHAT_DATA   folder of the SQLite databases (default: the platform's folder for data)

exit code: 0 done, 1 it could not be done, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument("file", metavar="FILE", help="where the copy goes")


def execute(arguments: argparse.Namespace) -> int:
    bot = compiled(locate(arguments.bot))
    path = file_of(bot.name)
    # `--help` should not wait for a database.
    from engine.cli.stored import refuse_missing  # noqa: PLC0415 - as above
    from engine.stores.sqlite_backup import back_up  # noqa: PLC0415 - as above

    refuse_missing(path, bot.name)
    size = back_up(path, bot.name, Path(arguments.file))
    say(f"{arguments.file}: {size} bytes")
    return 0


def file_of(bot: str) -> Path:
    """The bot's SQLite file.

    Raises:
        StatechatError: `backup:mongodb` where the bot uses none.
    """
    import os  # noqa: PLC0415 - `--help` does without

    from engine.cli.stored import database  # noqa: PLC0415 - as above
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as above

    settings = Settings.from_environment(os.environ)
    if settings.mongodb_uri is not None:
        raise StatechatError(
            "backup:mongodb",
            "the bot keeps its conversations in MongoDB, which has tools of its own for that",
            cure="Use mongodump and mongorestore, or snapshots; docs/how-to/operate-a-bot.md.",
        )
    return database(settings, bot)
