"""`statechat check`: every fault of the files of bots, with its place and its cure."""

import argparse
import gc
import sys
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.classes import dataclass
from engine.cli.bots import add_bot, locate_all
from engine.cli.output import colored, note, say, sources, tell
from engine.diagnostics import CODES, Diagnostic, FlowInvalid
from engine.errors import StatechatError
from engine.lint.formats import FORMATS, write
from engine.lint.report import Report

if TYPE_CHECKING:
    from engine.compiler.verdicts import Verdicts
    from engine.lint.config import Config

_DESCRIPTION = """\
Read the flows, translations and tests of bots and print what is wrong with them, with file, line,
column and a cure. Nothing of a bot is run or imported."""

_EPILOG = """\
example:
  statechat check flows/registration
  statechat check flows/*
  statechat check --format github my_bot
  statechat check --ignore SC202 my_bot
  statechat check --fix --unsafe-fixes my_bot
  statechat explain SC103

A comment silences a finding on its line: `# noqa: SC202`. `statechat.toml`, in the bot's folder or
above it, says what is looked for in all of them.

environment:
  NO_COLOR   print no colours

exit code: 0 clean, 1 findings (see --fail-on), 2 misuse or an internal error"""

_FAILING: Final[Mapping[str, tuple[str, ...]]] = {
    "warning": ("warning", "error"), "error": ("error",), "never": (),
}  # fmt: skip
"""The severities that make a run fail, by what `--fail-on` says."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser, several=True)
    parser.add_argument(
        "--format", choices=FORMATS, default="text",
        help="text (with lines and conversations), concise (a line each), json "
        "(schemas/report.v1.json), sarif (2.1.0), github (for its workflows), junit",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true",
        help="print the findings alone as a JSON list, by schemas/diagnostic.v1.json",
    )  # fmt: skip

    parser.add_argument(
        "--select", metavar="CODE", type=_codes, default=None,
        help="only look for these, such as SC1,SC203: the beginning of a code is enough",
    )  # fmt: skip
    parser.add_argument(
        "--ignore", metavar="CODE", type=_codes, default=None, help="do not look for these"
    )
    parser.add_argument(
        "--fix", action="store_true", help="cure what changes nothing that the bot does"
    )
    parser.add_argument(
        "--unsafe-fixes", action="store_true",
        help="with --fix or --diff: also write the words that were probably meant",
    )  # fmt: skip
    parser.add_argument(
        "--diff", action="store_true",
        help="only show what --fix would change; exit code 1 if it would",
    )  # fmt: skip
    parser.add_argument(
        "--watch", action="store_true", help="look again whenever a file changes; Ctrl-C ends it"
    )
    parser.add_argument(
        "--fail-on", choices=tuple(_FAILING), default=None,
        help="the least severity that makes the exit code 1; default: warning",
    )  # fmt: skip


def _codes(words: str) -> tuple[str, ...]:
    codes = tuple(word.strip().upper() for word in words.split(",") if word.strip())
    if not codes or not all(any(known.startswith(code) for known in CODES) for code in codes):
        raise argparse.ArgumentTypeError(f"there is no rule {words!r}; see: statechat explain")
    return codes


@dataclass(slots=True)
class _Run:
    """What is found in one bot after the other."""

    found: list[Diagnostic] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    flows: int = 0
    failed: bool = False

    @property
    def errors(self) -> set[tuple[str, str, str]]:
        errors = (one for one in self.found if one.severity == "error")
        return {(one.code, one.place.file, one.message) for one in errors}

    def report(self, bots: int) -> Report:
        found = tuple(sorted(self.found, key=lambda one: one.sort_key))
        return Report(found, self.texts, bots, self.flows, color=colored(sys.stdout))


def execute(arguments: argparse.Namespace) -> int:
    if arguments.watch:
        from engine.cli.watching import watch  # noqa: PLC0415 - only for this option

        watch(locate_all(arguments.bot)[0], lambda: _again(arguments))
    return _once(arguments)


def _again(arguments: argparse.Namespace) -> None:
    """Look while the files are worked at: what stands in the way now may be gone the next time."""
    try:
        _once(arguments)
    except StatechatError as error:
        tell(error)
    sys.stdout.flush()


def _once(arguments: argparse.Namespace) -> int:
    bots, others = locate_all(arguments.bot)
    run = _all(bots, arguments)
    if arguments.diff:
        from engine.cli.fixing import difference  # noqa: PLC0415 - only for this option

        shown = difference(run.report(len(bots)), unsafe=arguments.unsafe_fixes)
        if shown:
            say(shown)
        return int(bool(shown))
    if arguments.fix:
        run = _fix(run, bots, arguments)
    report = run.report(len(bots))
    if arguments.json:
        import json  # noqa: PLC0415 - only for this option

        from engine.lint.output import as_data  # noqa: PLC0415 - as above

        say(json.dumps([as_data(one) for one in report.found], indent=2, ensure_ascii=False))
    elif written := write(arguments.format, report):
        say(written)
    for other in others:
        note(f"{other} is no bot and was left out")
    return int(run.failed)


def _all(bots: Sequence[Path], arguments: argparse.Namespace) -> _Run:
    from engine.compiler.verdicts import Verdicts  # noqa: PLC0415 - `--help` should not wait for it

    verdicts, run = Verdicts.of_user(), _Run()
    # Trees and tables are made and kept until the end: looking for garbage finds none.
    collects = gc.isenabled()
    gc.disable()
    try:
        for path in bots:
            _check(path, _config(path, arguments), verdicts, run)
    finally:
        if collects:
            gc.enable()
    return run


def _fix(run: _Run, bots: Sequence[Path], arguments: argparse.Namespace) -> _Run:
    """Cure what can be cured, and look again; what made it worse is taken back."""
    from engine.cli.fixing import fix, restore  # noqa: PLC0415 - only for this option

    before = fix(run.report(len(bots)), unsafe=arguments.unsafe_fixes)
    if not before:
        return run
    after = _all(bots, arguments)
    # What was hidden behind an error may show now; only where nothing is won is it undone.
    if after.errors - run.errors and len(after.errors) >= len(run.errors):
        restore(before)
        note("the fixes made new errors, and were taken back")
        return run
    note(f"fixed: {', '.join(before)}")
    return after


def _config(path: Path, arguments: argparse.Namespace) -> "Config":
    """What `statechat.toml` says, unless it was said on the command line."""
    from dataclasses import replace  # noqa: PLC0415 - as below

    from engine.lint.config import find  # noqa: PLC0415 - `--help` should not wait for it

    config = find(path)
    said = {key: given for key in ("select", "ignore") if (given := getattr(arguments, key))}
    choice = replace(config.choice, **said)
    return replace(config, choice=choice, fail_on=arguments.fail_on or config.fail_on)


def _check(path: Path, config: "Config", verdicts: "Verdicts", run: _Run) -> None:
    from engine.lint import memory  # noqa: PLC0415 - `--help` should not wait for it

    bot = memory.known(path)
    if bot is not None and memory.is_clean(bot, verdicts):
        run.flows += bot.flows
        run.texts.update(bot.sources)
    elif _look(path, config, verdicts, run):
        memory.keep(bot, path, verdicts)


def _look(path: Path, config: "Config", verdicts: "Verdicts", run: _Run) -> bool:
    """Compile a bot and look at it; true if nothing at all was found that would be found again."""
    # The compiler is most of what this command loads, and a bot that is known does without.
    from engine.compiler.bot import InvalidBot, compile_bot  # noqa: PLC0415 - as above
    from engine.compiler.reader import has_errors  # noqa: PLC0415 - as above
    from engine.lint.runner import findings  # noqa: PLC0415 - as above

    found: list[Diagnostic] = []
    clean = False
    try:
        compiled = compile_bot(path, verdicts)
        bot = compiled.bot
        if has_errors(compiled.found):
            raise InvalidBot(compiled.found, bot.files)
        everything = findings(compiled)
        found += filter(config.choice.wants, everything)
        if bot.tests:
            from engine.testing.files import scripts  # noqa: PLC0415 - only where there are

            scripts(bot, verdicts)
    except FlowInvalid as invalid:
        found += filter(config.choice.wants, invalid.diagnostics)
        run.texts.update(sources(invalid))
    else:
        run.flows += len(bot.program.flows)
        run.texts.update(bot.files)
        # What a plugin says may change without any of these files.
        clean = not everything and not bot.plugins
    run.found += found
    run.failed = run.failed or any(one.severity in _FAILING[config.fail_on] for one in found)
    return clean
