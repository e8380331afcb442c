"""`python -m tools.fuzz`: the tests of `tests/property`, with new examples for as long as you like.

What fails once is kept in `.hypothesis`, so that `./check tests -- tests/property` finds it again.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

from tools.environment import ROOT
from tools.fuzz_rounds import COUNT

FOLDER: Final = Path("tests/property")
HANG_SECONDS: Final = 1_800
"""Longest that one test of a round may take before it is stopped and shown."""
FAILED: Final = 1


@dataclass(slots=True)
class Tried:
    """What became of one file of tests."""

    rounds: int = 0
    examples: int = 0
    failures: int = 0


def main(words: Sequence[str] | None = None) -> int:
    arguments = _arguments(words)
    tried = {name: Tried() for name in arguments.target or targets()}
    end = time.monotonic() + arguments.minutes * 60
    for name in cycle(list(tried)):
        if time.monotonic() >= end:
            break
        found, seed = tried[name], secrets.randbelow(2**32)
        code, examples = _round(name, seed)
        found.rounds += 1
        found.examples += examples
        found.failures += code != 0
        if code not in {0, FAILED}:
            return code
        verdict = f"FAIL (seed {seed})" if code else "ok"
        _say(f"{name:12} round {found.rounds:4} {found.examples:12,} examples  {verdict}")
    for name, found in tried.items():
        _say(f"{name}: {found.examples:,} examples, {found.failures} rounds with failures")
    return int(any(found.failures for found in tried.values()))


def targets() -> list[str]:
    """What can be fuzzed: `expr` for `tests/property/test_expr.py`, and so on."""
    return sorted(path.stem.removeprefix("test_") for path in (ROOT / FOLDER).glob("test_*.py"))


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.fuzz", description=(__doc__ or "").partition("\n")[2],
        epilog="To be run beside other work: nice -n 19 .venv/bin/python -m tools.fuzz",
    )  # fmt: skip
    known = targets()
    parser.add_argument("target", nargs="*", help=f"only these: {', '.join(known)}")
    parser.add_argument("--minutes", type=float, default=60, help="default: 60")
    arguments = parser.parse_args(words)
    for name in arguments.target:
        if name not in known:
            parser.error(f"there is no target `{name}`; there are {', '.join(known)}")
    return arguments


def _round(name: str, seed: int) -> tuple[int, int]:
    """Run one file with fresh examples; pytest's exit code, and how many were tried."""
    with tempfile.TemporaryDirectory() as folder:
        count = Path(folder) / "count"
        done = subprocess.run(  # noqa: S603 - our own words, and no shell
            [
                sys.executable, "-m", "pytest", "-q", "--no-header", "-x",
                "-p", "tools.fuzz_rounds", f"--hypothesis-seed={seed}",
                f"--timeout={HANG_SECONDS}", "--override-ini=addopts=--import-mode=importlib",
                str(FOLDER / f"test_{name}.py"),
            ],
            cwd=ROOT, env={**os.environ, COUNT: str(count)}, check=False, capture_output=True,
            text=True,
        )  # fmt: skip
        if done.returncode:
            _say(done.stdout + done.stderr)
        tried = count.read_text(encoding="utf-8") if count.exists() else ""
    return done.returncode, int(tried or 0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
