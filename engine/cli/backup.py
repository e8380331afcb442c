"""`statechat backup`: a copy of all that a bot has stored, taken while it runs."""

import argparse
from pathlib import Path

from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import say

_DESCRIPTION = """\
Copy all that a bot has stored, as it is at one moment: its SQLite file, or what is its own in the
MongoDB of MONGODB_URI. The bot may run: it is not held up, and the copy is whole. FILE must not
exist yet, and only you can read it.

A MongoDB that is no replica set has no picture of one moment: there the bot has to be stopped."""

_EPILOG = """\
example:
  statechat backup my_bot my_bot-monday.backup

environment:
  STATECHAT_DATA   folder of the SQLite databases (default: the platform's folder for data)
  MONGODB_URI      the MongoDB where the bot keeps its conversations

exit code: 0 done, 1 it could not be done, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument("file", metavar="FILE", help="where the copy goes")


def execute(arguments: argparse.Namespace) -> int:
    bot = compiled(locate(arguments.bot)).name
    uri, path = place(bot)
    copy = Path(arguments.file)
    # `--help` should not wait for a database.
    from engine.cli.stored import refuse_missing  # noqa: PLC0415 - as above

    if uri is not None:
        import asyncio  # noqa: PLC0415 - as above

        from engine.stores import mongo_backup  # noqa: PLC0415 - an extra, and heavy

        size = asyncio.run(mongo_backup.back_up(uri, bot, copy))
    else:
        from engine.stores.sqlite_backup import back_up  # noqa: PLC0415 - as above

        refuse_missing(path, bot)
        size = back_up(path, bot, copy)
    say(f"{arguments.file}: {size} bytes")
    return 0


def place(bot: str) -> tuple[str | None, Path]:
    """The address of the bot's MongoDB, if it uses one, and its SQLite file."""
    import os  # noqa: PLC0415 - `--help` does without

    from engine.cli.stored import database  # noqa: PLC0415 - as above
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as above

    settings = Settings.from_environment(os.environ)
    return settings.mongodb_uri, database(settings, bot)
