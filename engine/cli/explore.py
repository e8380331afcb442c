"""`statechat explore`: conversations that use all of a bot that can be used."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import colored, note, say
from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.compiler.bot import Bot
    from engine.testing.explore import Exploration
    from engine.testing.transcript import Transcript

_DESCRIPTION = """\
Have conversations with a bot until every state, transition, choice and outcome of a guard that can
be used has been used: with answers right and wrong, presses, media, waits, and actions that
succeed, fail or time out. A few of them that use it all together are shown; what none can use is
named, with the reason. What the bot's own tests say, return and keep is tried too. Nothing is sent,
and no action of the bot's own runs."""

_EPILOG = """\
example:
  statechat explore flows/order
  statechat explore flows/order/hours.yaml
  statechat explore my_bot --write my_bot/explored.test.yaml

The number of conversations is close to the smallest one, not proven to be it: they are chosen
greedily among those that were had. What is written passes `statechat test`; read it before you keep
it: it tells what the bot does, not what it should do.

environment:
  NO_COLOR   print no colours

exit code: 0 all is used, 1 something cannot be used, or was not found, 2 misuse"""

_COMMENT = "Found by `statechat explore`: what the bot does, whether it should or not."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument(
        "--flow", metavar="NAME", help="only look for what this flow has, in all of the bot"
    )
    parser.add_argument(
        "--write", metavar="FILE", type=Path,
        help="write the conversations as tests (NAME.test.yaml) instead of printing them",
    )  # fmt: skip


def execute(arguments: argparse.Namespace) -> int:
    bot = compiled(locate(arguments.bot))
    # `--help` should not wait for the engine.
    from engine.testing.corpus import gathered  # noqa: PLC0415 - as above
    from engine.testing.explore import explore  # noqa: PLC0415 - as above
    from engine.testing.files import scripts  # noqa: PLC0415 - as above
    from engine.testing.reasons import reasons  # noqa: PLC0415 - as above

    _judge(arguments, bot)
    found = explore(bot.program, arguments.flow, corpus=gathered(scripts(bot)))
    transcripts = _transcripts(found)
    if arguments.write is not None:
        _write(arguments.write, transcripts)
    else:
        _show(transcripts)
    goals, missing = found.goals(), found.missing()
    count = f"{len(transcripts)} conversation{'s' if len(transcripts) != 1 else ''}"
    say(f"{count}, {len(goals) - len(missing)} of {len(goals)} used")
    for item, reason in reasons(bot.program, found):
        where = item.place or item.flow or "bot.yaml"
        say(f"{where}: {item.kind[:-1]} {item.name}\n  {reason}")
    return int(bool(missing))


def _judge(arguments: argparse.Namespace, bot: "Bot") -> None:
    if arguments.flow is not None and arguments.flow not in bot.program.flows:
        from engine.core.suggest import did_you_mean  # noqa: PLC0415 - where it is needed

        cure = did_you_mean(arguments.flow, bot.program.flows)
        raise StatechatError("cli:flow", f"there is no flow `{arguments.flow}`", cure=cure)
    if arguments.write is not None and not arguments.write.name.endswith(".test.yaml"):
        raise StatechatError(
            "cli:test_file", f"{arguments.write} is no name of a test file",
            cure="Call it NAME.test.yaml.",
        )  # fmt: skip


def _transcripts(found: "Exploration") -> "list[Transcript]":
    from engine.testing.transcript import named, of_point  # noqa: PLC0415 - as above

    points = found.conversations
    return [of_point(name, point) for name, point in zip(named(points), points, strict=True)]


def _write(file: Path, transcripts: "list[Transcript]") -> None:
    from engine.authoring.dialogues import written  # noqa: PLC0415 - only for this option
    from engine.authoring.saving import save  # noqa: PLC0415 - as above

    if not transcripts:
        note("there is nothing to write")
        return
    save(file, written([one.as_data() for one in transcripts], _COMMENT))
    note(f"written: {file}")


def _show(transcripts: "list[Transcript]") -> None:
    from engine.testing.dialogue import dialogue  # noqa: PLC0415 - as above

    dim, end = ("\x1b[2m", "\x1b[0m") if colored(sys.stdout) else ("", "")
    for one in transcripts:
        lines = "\n".join(f"  {line}" for line in dialogue(one))
        say(f"{dim}{one.name}{end}\n{lines}\n")
