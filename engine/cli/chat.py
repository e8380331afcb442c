"""`statechat chat`: a bot, and one person at the terminal."""

import argparse
import getpass
import secrets

from engine.cli.bots import add_bot, compiled, locate

_DESCRIPTION = """\
Talk with a bot in the terminal. It is the whole bot: the conversation is kept, timers fire, and the
bot's own actions run. Type what you want to say; a number or a label picks a choice; Ctrl-D ends.

From a pipe it reads a message a line, prints the answers, and ends when all are printed."""

_EPILOG = """\
example:
  statechat chat flows/registration
  statechat chat flows/registration --as ann --fresh
  printf '/start\\nAnn\\n' | statechat chat flows/registration

environment:
  STATECHAT_DATA   folder of the SQLite databases (default: the platform's folder for data)
  MONGODB_URI      keep conversations in this MongoDB instead
  LANG, LC_ALL     the language that the bot takes you to read
  NO_COLOR         print no colours
A bot's own actions may read more. NAME_FILE=path stands for a secret NAME in a file.

exit code: 0 the conversation was ended, 1 the bot cannot run, 2 misuse, 130 Ctrl-C"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument(
        "--as", dest="person", metavar="NAME", default=None,
        help="who you are to the bot (default: your login name); each name has its conversation",
    )  # fmt: skip
    parser.add_argument(
        "--fresh", action="store_true",
        help="be someone whom the bot has never met (NAME and a random ending); deletes nothing",
    )  # fmt: skip
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what the engine does")


def execute(arguments: argparse.Namespace) -> int:
    path = locate(arguments.bot)
    # `--help` should not wait for the engine.
    import asyncio  # noqa: PLC0415 - as above
    import os  # noqa: PLC0415 - as above

    from engine.cli.logs import log_to_stderr  # noqa: PLC0415 - as above
    from engine.cli.process import Stop  # noqa: PLC0415 - as above
    from engine.cli.serve import talk  # noqa: PLC0415 - as above
    from engine.cli.transports import console  # noqa: PLC0415 - as above
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as above

    bot = compiled(path)
    settings = Settings.from_environment(os.environ)
    log_to_stderr(verbose=arguments.verbose)
    person = console(settings.variables, who(arguments.person, fresh=arguments.fresh))

    async def converse() -> int:
        stop = Stop()
        await talk(bot, settings, person, stop)
        return stop.code

    return asyncio.run(converse())


def who(name: str | None, *, fresh: bool) -> str:
    """The person's id at the console."""
    if name is None:
        try:
            name = getpass.getuser()
        except (KeyError, OSError, ImportError):  # no name for this user id, as in containers
            name = "you"
    return f"{name}-{secrets.token_hex(4)}" if fresh else name
