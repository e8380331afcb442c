"""`statechat test`: the conversation tests of bots, on a virtual clock."""

import argparse
import sys

from engine.cli.bots import add_bot, compiled, locate_all
from engine.cli.output import colored, note, say
from engine.errors import StatechatError

_DESCRIPTION = """\
Run the tests that stand beside the flows (NAME.test.yaml). Time is virtual: a test of a day takes
milliseconds. Nothing is sent, and actions give what the tests say."""

_EPILOG = """\
example:
  statechat test flows/registration
  statechat test flows/* -k silence

environment:
  NO_COLOR   print no colours

exit code: 0 all passed, 1 some failed or a file has faults, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser, several=True)
    parser.add_argument("-k", dest="select", metavar="WORDS", help="only tests whose name has them")


def execute(arguments: argparse.Namespace) -> int:
    bots, others = locate_all(arguments.bot)
    # `--help` should not wait for the compiler.
    from engine.testing.runner import run  # noqa: PLC0415 - as above

    for other in others:
        note(f"{other} is no bot and was left out")
    passed = failed = 0
    for path in bots:
        bot = compiled(path)
        if not bot.tests:
            note(f"{path} has no tests")
            continue
        report = run(bot, arguments.select)
        passed += report.passed
        failed += report.failed
        if report.failed:
            say(report.render(color=colored(sys.stdout)) + "\n")
    if arguments.select is not None and not passed + failed:
        raise StatechatError(
            "cli:no_test",
            f"no test has `{arguments.select}` in its name",
            cure="Leave -k out to run all tests.",
        )
    say(f"{passed} passed, {failed} failed")
    return int(failed > 0)
