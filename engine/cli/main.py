"""The command `statechat`: finds the command's module, and tells every error in one line."""

import argparse
import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, NoReturn, Protocol, cast

from engine.cli.packages import refuse_clash
from engine.errors import StatechatError

OK: Final = 0
FOUND: Final = 1
MISUSE: Final = 2
BUG: Final = 70
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

COMMANDS: Final = {
    "new": "make a small bot that works, to begin with",
    "chat": "talk with a bot, here in the terminal",
    "run": "run a bot on Telegram and Nostr",
    "check": "find the faults of bots before a person does",
    "test": "run the conversation tests of bots",
    "explore": "have conversations that use all of a bot, and write them as tests",
    "record": "chat with a bot on a virtual clock, and keep the chat as a test",
    "explain": "what a finding of check means, and how to cure it",
    "fmt": "lay the files of bots out in one way",
    "i18n": "keep translations complete, and exchange them as PO",
    "schema": "print what an editor needs to complete and explain flows",
    "expand": "print a flow in core form, with its sugar written out",
    "diff": "tell what a change of a bot means for those who talk with it",
    "graph": "draw a flow, or a whole bot",
    "dead": "look after what a bot has set aside",
    "broadcast": "begin a flow for many persons",
    "person": "show, export or erase what is stored about a person",
    "backup": "copy all that a bot has stored, while it runs",
    "restore": "put a backup where the bot's database was",
    "doctor": "look for what keeps bots from running on this machine",
}
_MISUSED: Final = frozenset({"cli", "bot", "new"})
"""Areas of codes that say that the command was called in a wrong way."""
_UNCONFIGURED: Final = "run:no_transport"
_LEAVING_NOTHING: Final = frozenset({"check"})
"""Commands that open nothing and write whole files: nothing is left to do when they end."""

_EPILOG: Final = """\
BOT is a folder with one .yaml file a flow, or one such file, or the name of a bot that ships:
  statechat chat registration
  statechat new my_bot
  statechat chat my_bot

`statechat COMMAND --help` shows an example, the environment and the exit codes of a command."""


class Command(Protocol):
    """A module in this package."""

    def configure(self, parser: argparse.ArgumentParser) -> None: ...

    def execute(self, arguments: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code.

    0 is well, 1 faults or a failure while it ran, 2 misuse, 70 a bug of Statechat, 130 Ctrl-C.
    A bug is 2 where a machine reads the findings of `check`: they are not all.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    _forgive_encodings()
    try:
        code = _command(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone (`| head`); what is left must not fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except StatechatError as error:
        if debug:
            raise
        _tell(error)
        misused = error.code.partition(":")[0] in _MISUSED or error.code == _UNCONFIGURED
        return MISUSE if misused else FOUND
    except Exception as error:
        if debug:
            raise
        sys.stderr.write(
            f"statechat: a bug of Statechat, not of your bot: {type(error).__name__}: {error}\n"
            "  = help: Run it again with --debug, and report what it prints.\n"
        )
        return MISUSE if "check" in words else BUG
    return code


def run() -> NoReturn:
    """Run the command that this process was started with, and end it.

    What some commands have made is not freed piece by piece: the process ends without that.
    """
    code = main()
    if next(iter(sys.argv[1:]), None) in _LEAVING_NOTHING:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _command(words: list[str]) -> int:
    try:
        return _execute(words)
    except SystemExit as end:  # argparse has said what there was to say
        return end.code if isinstance(end.code, int) else OK


def _execute(words: list[str]) -> int:
    name = next((word for word in words if not word.startswith("-")), None)
    named = name in COMMANDS and words[0] == name
    parser, commands = _parser([words[0]] if named else COMMANDS)
    if name is None:
        parser.parse_args(words)
        parser.print_help()
        return MISUSE
    if name not in COMMANDS:
        from engine.core.suggest import did_you_mean  # noqa: PLC0415 - where it is needed

        cure = did_you_mean(name, COMMANDS) or f"There are {', '.join(COMMANDS)}."
        raise StatechatError("cli:command", f"there is no command `{name}`", cure=cure)
    refuse_clash()
    # Only the command that is called is imported: checking a flow loads no transport.
    module = cast("Command", importlib.import_module(f"engine.cli.{name}"))
    module.configure(commands[name])
    return module.execute(parser.parse_args(words))


def _parser(
    wanted: Iterable[str] = tuple(COMMANDS),
) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser, and that of each command that is wanted, which only that command fills."""
    parser = argparse.ArgumentParser(
        prog="statechat",
        description="Conversations written as YAML, compiled into state machines.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, help="print the version and end")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    named = parser.add_subparsers(metavar="COMMAND")
    commands = {}
    for name in wanted:
        commands[name] = named.add_parser(
            name, help=COMMANDS[name], formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )  # fmt: skip
        commands[name].add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )
    return parser, commands


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002 - argparse names it so
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        # Reading the version takes longer than most commands: only who asks waits for it.
        from importlib.metadata import version  # noqa: PLC0415 - as above

        sys.stdout.write(f"statechat {version('statechat')}\n")
        parser.exit()


def _tell(error: StatechatError) -> None:
    # No other part of the command line needs the checker's output.
    from engine.cli.output import tell  # noqa: PLC0415 - as above

    tell(error)


def _forgive_encodings() -> None:
    """Let a terminal that lacks a character show its escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    run()
