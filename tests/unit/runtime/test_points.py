"""The points at which a test kills the process."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from engine.runtime.points import Point

ROOT = Path(__file__).parents[3]
SCRIPT = """
from engine.runtime.points import reach
for number in range(4):
    print(number, flush=True)
    reach("after-send-before-mark")
"""


def run(kill_at: str) -> tuple[int, str]:
    environment = {**os.environ, "STATECHAT_KILL_AT": kill_at}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("kill_at", "code", "printed"),
    [
        ("", 0, 4),
        ("after-commit-before-ack", 0, 4),
        ("after-send-before-mark", -signal.SIGKILL, 1),
        ("after-send-before-mark:3", -signal.SIGKILL, 3),
    ],
)
def test_the_process_dies_the_nth_time_it_reaches_the_point(
    kill_at: str, code: int, printed: int
) -> None:
    died, output = run(kill_at)
    assert (died, len(output.split())) == (code, printed)


def test_every_point_is_reached_somewhere_and_documented() -> None:
    folder = ROOT / "engine" / "runtime"
    sources = "\n".join(path.read_text() for path in folder.glob("*.py"))
    for point in get_args(Point):
        assert f'reach("{point}")' in sources
        assert f"    {point} " in (folder / "points.py").read_text()
