"""`statechat test`: the conversation tests of bots, on a virtual clock."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.cli.bots import add_bot, locate_all
from engine.cli.output import colored, note, say, tell
from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.testing.coverage import Coverage
    from engine.testing.parallel import Done, Job

_DESCRIPTION = """\
Run the tests that stand beside the flows (NAME.test.yaml). Time is virtual: a test of a day takes
milliseconds. Nothing is sent, and actions give what the tests say."""

_EPILOG = """\
example:
  statechat test flows/registration
  statechat test flows/order/order.test.yaml -k pizza
  statechat test flows/* -j 4 --coverage --fail-under 90
  statechat test my_bot --update

`statechat.toml` can hold the least coverage in percent, by kind: [coverage] states = 100, all = 90.

environment:
  NO_COLOR   print no colours

exit code: 0 all passed, 1 some failed, a file has faults or too little is covered, 2 misuse"""

_TESTS: Final = ".test.yaml"
_REPORTS: Final = ("text", "json", "html")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser, several=True)
    parser.add_argument("-k", dest="select", metavar="WORDS", help="only tests whose name has them")
    parser.add_argument(
        "-j", dest="workers", metavar="N", type=_count, default=1, help="run in N processes"
    )
    parser.add_argument("--junit", metavar="FILE", type=Path, help="also write JUnit's XML")
    parser.add_argument(
        "--update", action="store_true",
        help="write into the tests what the bot says now: `bot:` lines only; look at the change",
    )  # fmt: skip
    parser.add_argument(
        "--watch", action="store_true", help="run again whenever a file changes; Ctrl-C ends it"
    )
    parser.add_argument(
        "--coverage", choices=_REPORTS, nargs="?", const="text", default=None,
        help="tell what no test has used: as text, json (schemas/coverage.v1.json) or html",
    )  # fmt: skip
    parser.add_argument(
        "--coverage-file", metavar="FILE", type=Path, help="write the coverage to this file"
    )
    parser.add_argument(
        "--fail-under", metavar="PERCENT", type=_percent, default=None,
        help="fail where less is covered of everything together",
    )  # fmt: skip


def _count(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= 256:
        raise argparse.ArgumentTypeError("a number of processes from 1 to 256")
    return int(word)


def _percent(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError("a number from 0 to 100")
    return value


def execute(arguments: argparse.Namespace) -> int:
    if arguments.watch:
        from engine.cli.watching import watch  # noqa: PLC0415 - only for this option

        bots = [job.bot for job in _jobs(arguments)]
        watch(bots, lambda: _again(arguments))
    return _once(arguments)


def _again(arguments: argparse.Namespace) -> None:
    """Run while the files are worked at: what stands in the way now may be gone the next time."""
    from engine.testing.parallel import forget  # noqa: PLC0415 - only for this option

    forget()
    try:
        _once(arguments)
    except StatechatError as error:
        tell(error)
    sys.stdout.flush()


def _once(arguments: argparse.Namespace) -> int:
    jobs = _jobs(arguments)
    # `--help` should not wait for the compiler.
    from engine.testing.parallel import run_all  # noqa: PLC0415 - as above

    if arguments.update:
        _update(jobs)
    done = run_all(jobs, arguments.workers)
    results = [result for one in done for result in one.report.results]
    failed = sum(result.failure is not None for result in results)
    for job, one in zip(jobs, done, strict=True):
        if not one.report.results and arguments.select is None:
            note(f"{job.bot} has no tests")
        if one.report.failed:
            say(one.report.render(color=colored(sys.stdout)) + "\n")
    if arguments.select is not None and not results:
        raise StatechatError(
            "cli:no_test",
            f"no test has `{arguments.select}` in its name",
            cure="Leave -k out to run all tests.",
        )
    if arguments.junit is not None:
        from engine.testing.junit import write  # noqa: PLC0415 - only for this option

        _write(arguments.junit, write(results))
    short = _coverage(jobs, done, arguments)
    if arguments.coverage in (None, "text") or arguments.coverage_file is not None:
        say(f"{len(results) - failed} passed, {failed} failed")
    for words in short:
        note(words)
    return int(failed > 0 or bool(short))


def _jobs(arguments: argparse.Namespace) -> "list[Job]":
    """The bots that are named, and those of the test files that are."""
    from engine.testing.parallel import Job  # noqa: PLC0415 - `--help` should not wait for it

    wants = arguments.coverage is not None or arguments.fail_under is not None
    files: dict[Path, list[Path]] = {}
    names = []
    for name in arguments.bot:
        path = Path(name)
        if name.endswith(_TESTS) and path.is_file():
            files.setdefault(path.parent, []).append(path)
        else:
            names.append(name)
    bots, others = locate_all(names) if names else ([], [])
    for other in others:
        note(f"{other} is no bot and was left out")
    jobs = [Job(bot, arguments.select, (), wants or bool(_limits(bot))) for bot in bots]
    return jobs + [Job(bot, arguments.select, tuple(own), wants) for bot, own in files.items()]


def _update(jobs: "Iterable[Job]") -> None:
    from engine.authoring.golden import update_bot  # noqa: PLC0415 - only for this option
    from engine.testing.parallel import forget  # noqa: PLC0415 - as above

    for job in jobs:
        for file in update_bot(job.bot, job.select, job.files):
            say(f"updated {file}")
    forget()


def _limits(bot: Path) -> dict[str, float]:
    from engine.lint.config import find  # noqa: PLC0415 - `--help` should not wait for it

    return dict(find(bot).coverage)


def _coverage(
    jobs: "Sequence[Job]", done: "Sequence[Done]", arguments: argparse.Namespace
) -> list[str]:
    """Print or write what was covered; what is too little."""
    found = [(job, one.coverage) for job, one in zip(jobs, done, strict=True) if one.coverage]
    if not found:
        return []
    from engine.testing.coverage import shortfalls  # noqa: PLC0415 - only where it is wanted

    if arguments.coverage is not None:
        text = _shown(found, arguments)
        if arguments.coverage_file is None:
            say(text.rstrip("\n"))
        else:
            _write(arguments.coverage_file, text)
    short: list[str] = []
    for job, coverage in found:
        partial = bool(job.files or job.select)
        limits = {} if partial else _limits(job.bot)
        if arguments.fail_under is not None:
            limits["all"] = arguments.fail_under
        short += shortfalls(coverage, limits)
    return short


def _page(found: "list[tuple[Job, Coverage]]") -> str:
    from engine.compiler.expand import core_forms  # noqa: PLC0415 - only for this option
    from engine.diagram.model import chart  # noqa: PLC0415 - as above
    from engine.testing.page import write  # noqa: PLC0415 - as above
    from engine.testing.picture import picture  # noqa: PLC0415 - as above

    return write(
        (coverage, picture(coverage, [chart(flow) for flow in core_forms(job.bot)]))
        for job, coverage in found
    )


def _shown(found: "list[tuple[Job, Coverage]]", arguments: argparse.Namespace) -> str:
    if arguments.coverage == "html":
        return _page(found)
    coverages = [coverage for _, coverage in found]
    if arguments.coverage == "json":
        import json  # noqa: PLC0415 - only for this option

        from engine.testing.coverage import as_data  # noqa: PLC0415 - as above

        return json.dumps(as_data(coverages), indent=2, ensure_ascii=False) + "\n"
    from engine.testing.coverage import render  # noqa: PLC0415 - as above

    color = arguments.coverage_file is None and colored(sys.stdout)
    return "\n\n".join(render(one, color=color) for one in coverages) + "\n"


def _write(file: Path, text: str) -> None:
    from engine.authoring.saving import save  # noqa: PLC0415 - only for some options

    save(file, text if text.endswith("\n") else text + "\n")
