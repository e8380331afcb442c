"""`statechat check`: every fault of the files of bots, with its place and its cure."""

import argparse
import sys

from engine.cli.bots import add_bot, locate_all
from engine.cli.output import colored, note, say, sources
from engine.diagnostics import CODES, Diagnostic, FlowInvalid

_DESCRIPTION = """\
Read the flows, translations and tests of bots and print what is wrong with them, with file, line,
column and a cure. Nothing of a bot is run or imported."""

_EPILOG = """\
example:
  statechat check flows/registration
  statechat check flows/*
  statechat check --json my_bot
  statechat check --ignore SC202 my_bot
  statechat explain SC103

A comment silences a finding on its line: `# noqa: SC202`.

environment:
  NO_COLOR   print no colours

exit code: 0 no errors (there may be warnings), 1 errors, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser, several=True)
    parser.add_argument(
        "--json", action="store_true",
        help="print the findings as a JSON list, by schemas/diagnostic.v1.json",
    )  # fmt: skip

    parser.add_argument(
        "--select", metavar="CODE", type=_codes, default=(),
        help="only look for these, such as SC1,SC203: the beginning of a code is enough",
    )  # fmt: skip
    parser.add_argument(
        "--ignore", metavar="CODE", type=_codes, default=(), help="do not look for these"
    )


def _codes(words: str) -> tuple[str, ...]:
    codes = tuple(word.strip().upper() for word in words.split(",") if word.strip())
    if not codes or not all(any(known.startswith(code) for known in CODES) for code in codes):
        raise argparse.ArgumentTypeError(f"there is no rule {words!r}; see: statechat explain")
    return codes


def execute(arguments: argparse.Namespace) -> int:
    bots, others = locate_all(arguments.bot)
    # The compiler is most of what this command loads, and `--help` should not wait for it.
    from engine.compiler.bot import InvalidBot, compile_bot  # noqa: PLC0415 - as above
    from engine.compiler.reader import has_errors  # noqa: PLC0415 - as above
    from engine.compiler.verdicts import Verdicts  # noqa: PLC0415 - as above
    from engine.lint.runner import lint  # noqa: PLC0415 - as above

    verdicts = Verdicts.of_user()
    found: list[Diagnostic] = []
    texts: dict[str, str] = {}
    flows = 0
    for path in bots:
        try:
            compiled = compile_bot(path, verdicts)
            bot = compiled.bot
            if has_errors(compiled.found):
                raise InvalidBot(compiled.found, bot.files)
            found += [*compiled.found, *lint(compiled, arguments.select, arguments.ignore)]
            if bot.tests:
                from engine.testing.files import scripts  # noqa: PLC0415 - only where there are

                scripts(bot, verdicts)
        except FlowInvalid as invalid:
            found += invalid.diagnostics
            texts.update(sources(invalid))
        else:
            flows += len(bot.program.flows)
            texts.update(bot.files)
    _report(found, texts, as_json=arguments.json)
    for other in others:
        note(f"{other} is no bot and was left out")
    if not arguments.json:
        say(_summary(found, len(bots), flows))
    return int(any(one.severity == "error" for one in found))


def _report(found: list[Diagnostic], texts: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        import json  # noqa: PLC0415 - only for this option

        from engine.lint.output import as_data  # noqa: PLC0415 - as above

        say(json.dumps([as_data(one) for one in found], indent=2, ensure_ascii=False))
    elif found:
        from engine.lint.output import render  # noqa: PLC0415 - a bot without faults is fast

        say(render(found, texts, color=colored(sys.stdout)) + "\n")


def _summary(found: list[Diagnostic], bots: int, flows: int) -> str:
    if any(one.severity == "error" for one in found):
        from engine.lint.output import summary  # noqa: PLC0415 - as above

        return summary(found)
    counted = f"{_count(bots, 'bot')}, {_count(flows, 'flow')}"
    if not found:
        return f"{counted}, no faults"
    from engine.lint.output import summary  # noqa: PLC0415 - as above

    return f"{counted}, {summary(found)}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
