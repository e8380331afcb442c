"""`statechat run`: a bot on every transport whose keys are set."""

import argparse

from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import note
from engine.errors import StatechatError

_DESCRIPTION = """\
Run a bot on every transport whose keys are set, until Ctrl-C or SIGTERM: the first one ends it in
order, the second at once. Nothing that was answered is lost either way."""

_EPILOG = """\
example:
  TELEGRAM_TOKEN=123:abc statechat run flows/registration
  TELEGRAM_TOKEN_FILE=/run/secrets/token statechat run flows/registration

environment:
  TELEGRAM_TOKEN   the bot's token, from @BotFather
  TELEGRAM_API     a Bot API server of your own
  TELEGRAM_PACE    how fast messages are sent, such as all=30,chat=1,group=20, or off
  NOSTR_KEY        the bot's secret key (nsec1… or hex)
  NOSTR_RELAYS     its relays, separated by commas (wss://relay.example.org,…)
  NOSTR_BLOSSOM    the Blossom server that keeps the files which it sends there
  MONGODB_URI      keep conversations in this MongoDB, which several workers may share
  STATECHAT_HTTP   host:port of /healthz and /metrics, such as 127.0.0.1:9464
  STATECHAT_LOG    json: the log as one JSON object a line (default: text)
  STATECHAT_DATA   folder of the SQLite databases, where there is no MongoDB
                   (default: the platform's folder for data)
A bot's own actions may read more. NAME_FILE=path stands for a secret NAME in a file.

exit code: 0 stopped by SIGTERM, 1 the bot cannot run, 2 misuse, 130 Ctrl-C"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument(
        "--console",
        action="store_true",
        help="talk with it here too; Ctrl-D leaves it running",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="go on with the new files whenever they change; broken ones are refused",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what the engine does")


def execute(arguments: argparse.Namespace) -> int:
    path = locate(arguments.bot)
    # `--help` should not wait for the engine.
    import asyncio  # noqa: PLC0415 - as above
    import os  # noqa: PLC0415 - as above

    from engine.cli.chat import who  # noqa: PLC0415 - as above
    from engine.cli.logs import announce, log_to_stderr  # noqa: PLC0415 - as above
    from engine.cli.process import Stop  # noqa: PLC0415 - as above
    from engine.cli.serve import serve  # noqa: PLC0415 - as above
    from engine.cli.transports import PERSON, configured  # noqa: PLC0415 - as above
    from engine.cli.watching import Watch  # noqa: PLC0415 - as above
    from engine.runtime.settings import Settings  # noqa: PLC0415 - as above

    # Before they are read: what changes from here on is noticed.
    watch = Watch(path) if arguments.watch else None
    bot = compiled(path)
    settings = Settings.from_environment(os.environ)
    log_to_stderr(verbose=arguments.verbose, as_json=settings.log_as_json)
    tell = announce if settings.log_as_json else note
    variables = dict(settings.variables)
    if arguments.console:
        variables.setdefault(PERSON, who(None, fresh=False))
    transports = configured(variables)
    if not transports:
        raise StatechatError(
            "run:no_transport",
            "no transport is set up: there is nowhere to talk",
            cure=(
                "Set TELEGRAM_TOKEN, or NOSTR_KEY and NOSTR_RELAYS; or talk with the bot here: "
                f"statechat chat {arguments.bot}"
            ),
        )
    names = ", ".join(transport.name for transport in transports)

    async def work() -> int:
        stop = Stop()
        await serve(
            bot, settings, transports, stop,
            lambda store: tell(f"{bot.name} is ready ({names}; store: {store})"),
            watch,
        )  # fmt: skip
        return stop.code

    return asyncio.run(work())
