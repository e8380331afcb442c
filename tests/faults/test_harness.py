"""The fault harness finds each seeded mistake of the runtime, and nothing in it as it is."""

import asyncio
import functools
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("aiogram")

from bench.faults import hunt
from bench.faults.__main__ import main
from bench.faults.campaign import plans
from bench.faults.clock import LeapingClock
from bench.faults.life import Will
from bench.faults.mutants import MUTANTS
from bench.faults.plan import PLACES, Plan
from bench.faults.stage import Stage
from bench.faults.verdict import KINDS
from bench.faults.zygote import Zygote

ROOT = Path(__file__).parents[2]
SIDE_BY_SIDE = 4
"""Seasons mostly wait: for answers, for what shall die, for what does not come any more."""
NAMED = (
    "acknowledge before commit", "`seen` unwritten", "mark before send", "timer kept after firing",
)  # fmt: skip
"""`python -m bench.faults --mutants` tries all that there are, which takes its time."""


def test_a_short_run_prints_what_was_killed_and_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kills", "6", "--jobs", "1", "--store", "sqlite"]) == 0
    printed = capsys.readouterr()
    for kind in KINDS:
        assert re.search(rf"^\| \*\*{kind}\*\* +\| +0 \|$", printed.out, re.MULTILINE)
    assert "6 of 6 kills" in printed.err


def test_a_run_that_is_broken_off_shows_what_it_has() -> None:
    command = [sys.executable, "-m", "bench.faults", "--kills", "1000", "--jobs", "1"]
    run = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stderr is not None
    assert "1,000 kills" in run.stderr.readline()
    run.send_signal(signal.SIGINT)
    printed, _ = run.communicate(timeout=60)
    assert "Broken off" in printed
    assert run.returncode == 1, "nothing was judged"
    assert "| seasons " in printed


async def test_a_life_that_is_under_way_does_not_outlive_those_who_are_forked_for_it(
    tmp_path: Path,
) -> None:
    clock, log, ready = tmp_path / "clock", tmp_path / "log", tmp_path / "ready"
    zygote = await Zygote.start()
    LeapingClock(clock)
    # The server that it is to talk with is not there: it would wait for it.
    variables = {
        "TELEGRAM_TOKEN": f"1:{'a' * 35}", "TELEGRAM_API": "http://127.0.0.1:9",
        "STATECHAT_DATA": str(tmp_path),
    }  # fmt: skip
    will = Will("registration", variables, str(clock), str(log), ready=str(ready))
    child = await zygote.bear(will)
    async with asyncio.timeout(30):
        await zygote.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.timeout(900)  # a minute where nothing else runs
def test_seeded_mistakes_are_found_as_what_they_are_and_nothing_where_there_is_none() -> None:
    found: list[hunt.Found] = []
    seasons = functools.partial(plans, Plan("", 1, 0, 0), PLACES[:1])
    asyncio.run(hunt.hunt_all(seasons, NAMED, SIDE_BY_SIDE, Stage, found.append))
    assert [each.mistake for each in found if not each.is_right] == [], hunt.told(found)
    assert sorted(each.mistake for each in found) == sorted([hunt.CONTROL, *NAMED])


def test_each_mistake_is_one_of_something_that_is_there() -> None:
    for mutant in MUTANTS.values():
        assert mutant.wrap(vars(mutant.owner)[mutant.name]) is not None
