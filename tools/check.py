"""`./check`: everything that must hold before a change is taken."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from tools.environment import BIN, PYTHON, ROOT, SetupError, ensure, tell

EXTRAS: Final = ("all",)
GROUPS: Final = ("dev",)
SCRIPTS: Final = ("start", "check")
SERVERS: Final = ROOT / "tests" / "servers"
WORKERS_MAX: Final = 4
COUNTED: Final = frozenset({"flows", "tests"})
"""Stages whose last line says how many tests have passed."""
SHOWN: Final = frozenset({"faults"})
"""Stages that have found figures which a person shall see."""
Command = list[str]


def main(words: Sequence[str]) -> int:
    arguments = _arguments(words)
    try:
        started = time.monotonic()
        ensure(EXTRAS, GROUPS)
        report("ok", "install", time.monotonic() - started)
    except SetupError as error:
        tell("check", f"{error}\n  = help: {error.cure}")
        return 1
    stages = {name: STAGES[name] for name in arguments.stages or STAGES}
    failed = [
        name
        for name, commands in stages.items()
        if not _passes(name, commands(), arguments.pytest if name == "tests" else [])
    ]
    if failed:
        tell("check", f"{len(failed)} of {len(stages)} failed: {', '.join(failed)}")
        return 1
    tell("check", f"all {len(stages)} passed")
    return 0


def report(verdict: str, name: str, seconds: float) -> None:
    sys.stdout.write(f"{verdict:4}  {name:8} {seconds:6.1f} s\n")
    sys.stdout.flush()


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    at = list(words).index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(
        prog="./check",
        description="Install what is needed into .venv, then run every check, or those named.",
        epilog="What stands behind `--` goes to pytest: ./check tests -- -k console",
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(STAGES))
    arguments = parser.parse_args(words[:at])
    for stage in arguments.stages:
        if stage not in STAGES:
            parser.error(f"there is no stage {stage!r}; there are {', '.join(STAGES)}")
    arguments.pytest = list(words[at + 1 :])
    return arguments


def _passes(name: str, commands: list[Command], more: list[str]) -> bool:
    started = time.monotonic()
    whole = closing = ""
    for command in commands:
        done = subprocess.run(  # noqa: S603 - our own words, and no shell
            [*command, *more], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        )  # fmt: skip
        if done.returncode != 0:
            report("FAIL", name, time.monotonic() - started)
            sys.stdout.write(f"$ {' '.join([*command, *more])}\n{done.stdout.rstrip()}\n\n")
            sys.stdout.flush()
            return False
        whole = done.stdout.rstrip()
        closing = whole.rpartition("\n")[2]
    report("ok", name, time.monotonic() - started)
    if name in SHOWN:
        sys.stdout.write(f"{whole}\n")
        sys.stdout.flush()
    if name in COUNTED:
        sys.stdout.write(f"{closing.strip('= ')}\n")
        sys.stdout.flush()
    return True


def _module(name: str, *words: str) -> Command:
    return [str(PYTHON), "-m", name, *words]


def _bots() -> list[str]:
    files = (ROOT / "flows").glob("*/*.yaml")
    return sorted({str(file.parent.relative_to(ROOT)) for file in files})


def _tests() -> list[Command]:
    _node_peers()
    workers = min(WORKERS_MAX, os.cpu_count() or 1)
    # A file's tests share servers, so they stay in one process.
    return [_module("pytest", "-q", "-n", str(workers), "--dist", "loadfile")]


def _node_peers() -> None:
    """Install what some tests talk with and comes by npm; without it they are skipped."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return
    for lock in sorted(SERVERS.glob("*/package-lock.json")):
        digest = hashlib.sha256(lock.read_bytes()).hexdigest()
        stamp = lock.parent / "node_modules" / ".statechat-installed"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
            continue
        done = subprocess.run(  # noqa: S603 - our own words, and no shell
            [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=lock.parent, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(digest, encoding="utf-8")
        else:
            tell("check", f"npm cannot install {lock.parent.name}: tests that need it are skipped")


STAGES: Final[dict[str, Callable[[], list[Command]]]] = {
    "lint": lambda: [_module("ruff", "check", ".", *SCRIPTS)],
    "format": lambda: [_module("ruff", "format", "--check", ".", *SCRIPTS)],
    "types": lambda: [_module("mypy"), _module("mypy", "tools")],
    "imports": lambda: [[str(BIN / "lint-imports")]],
    "flows": lambda: [
        _module("engine.cli.main", "fmt", "--check", *_bots()),
        _module("engine.cli.main", "check", *_bots()),
        _module("engine.cli.main", "test", *_bots()),
    ],
    "tests": _tests,
    "faults": lambda: [_module("bench.faults", "--minutes", "1.5")],
}
