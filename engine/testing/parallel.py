"""Tests of many bots, in several processes where that is wanted."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from engine.classes import dataclass
from engine.compiler.bot import Bot, load
from engine.compiler.verdicts import Verdicts
from engine.testing.coverage import Coverage, Probe
from engine.testing.files import scripts
from engine.testing.runner import Report, Result, selected, timed
from engine.testing.script import Script


@dataclass(frozen=True, slots=True)
class Job:
    """The tests of a bot that are wanted: of some files, with some words in their name."""

    bot: Path
    select: str | None = None
    files: tuple[Path, ...] = ()
    coverage: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job, or of a part of it."""

    report: Report
    coverage: Coverage | None = None


def run_all(jobs: Sequence[Job], workers: int = 1) -> list[Done]:
    """Run all jobs; the results stand in their order, whoever was first.

    Raises:
        FlowInvalid: a bot or a test file is faulty.
        StatechatError: `bot:missing`, `bot:empty`, `bot:unreadable`.
    """
    wanted = [_wanted(job) for job in jobs]
    if workers <= 1:
        return [_run(job, 0, 1) for job in jobs]
    with ProcessPoolExecutor(workers) as pool:
        parts = [
            [pool.submit(_run, job, part, of) for part in range(of)]
            for job, own in zip(jobs, wanted, strict=True)
            for of in (max(1, min(workers, len(own))),)
        ]
        return [
            _joined([one.result() for one in futures], len(own))
            for futures, own in zip(parts, wanted, strict=True)
        ]


@cache
def _loaded(path: Path) -> tuple[Bot, tuple[Script, ...]]:
    verdicts = Verdicts.of_user()
    bot = load(path, verdicts)
    return bot, tuple(scripts(bot, verdicts))


def forget() -> None:
    """Read the files anew the next time."""
    _loaded.cache_clear()


def _wanted(job: Job) -> list[Script]:
    return selected(_loaded(job.bot)[1], job.select, job.files)


def _run(job: Job, part: int, of: int) -> Done:
    """Every test of a job whose number has this rest."""
    bot, _ = _loaded(job.bot)
    probe = Probe(bot.program) if job.coverage else None
    program = probe.program if probe else bot.program
    results = [timed(program, script) for script in _wanted(job)[part::of]]
    return Done(Report(results), probe.coverage(bot.program.bot) if probe else None)


def _joined(parts: Sequence[Done], count: int) -> Done:
    results: list[Result | None] = [None] * count
    coverage: Coverage | None = None
    for number, done in enumerate(parts):
        results[number :: len(parts)] = done.report.results
        if coverage is None:
            coverage = done.coverage
        elif done.coverage is not None:
            coverage.add(done.coverage)
    return Done(Report([one for one in results if one is not None]), coverage)
