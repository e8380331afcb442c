"""`python -m tools.compiled`: an optional build in which the step is compiled to C by mypyc.

Needs a C compiler and the dependency group `compiled` (`pip install --group compiled`). Nothing in
the working tree changes: everything is built in `build/compiled`, a copy of what is in it.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from tools.compiled_source import rewrite
from tools.environment import ROOT

TREE: Final = ROOT / "build" / "compiled"
PACKAGES: Final = ("engine", "flows", "schemas", "transports")
BESIDE: Final = ("bench", "docs", "tests", "tools")
"""What is not part of the distribution, and is run on it."""
FILES: Final = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "check",
    "start",
)
MODULES: Final = {
    "engine/core": (
        "access", "activation", "answers", "beginning", "blocks", "checks", "configuration",
        "display", "draw", "effects", "events", "gate", "holding", "inputs", "invokes",
        "macrostep", "manner", "matching", "menus", "moves", "nodes", "offers", "options",
        "outcome", "program", "replies", "runs", "scope", "session", "sizes", "speech", "step",
        "table", "texts", "timers", "turn", "values", "versions", "wording",
    ),
    "engine/stores": ("document", "items", "protocol"),
}  # fmt: skip
"""What each event runs through, and the values that it makes.

Left out: `fragments` (a class that derives from `str`), `machine` (classes that derive from a
library's), and what runs when bots are compiled.
"""
TESTS: Final = (
    "tests/unit/core",
    "tests/golden",
    "tests/property",
    "tests/oracle",
    "tests/unit/stores",
)
SEEDED: Final = "fault_in_the_engine or mutant or smallest_flow"
"""Tests that change the engine's source while it runs, which compiled code has not."""

HOOK: Final = '''\
"""Says that the wheel is one for this platform."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        shared = [path for path in Path(self.root).iterdir() if path.suffix in {".so", ".pyd"}]
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"] = ["*.so", "*.pyd"]
        build_data["force_include"] |= {str(path): path.name for path in shared}
'''
HOOKED: Final = '\n[tool.hatch.build.targets.wheel.hooks.custom]\npath = "hook.py"\n'


def main(words: Sequence[str] | None = None) -> int:
    arguments = _arguments(words)
    run: int = arguments.run(arguments)
    return run


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.compiled", description=__doc__)
    commands = parser.add_subparsers(required=True)
    build = commands.add_parser("build", help="compile, in a minute")
    build.set_defaults(run=_build)
    test = commands.add_parser("test", help="run the tests of the step over what was built")
    test.add_argument("words", nargs="*", help="what goes to pytest instead of the usual folders")
    test.set_defaults(run=_test)
    run = commands.add_parser(
        "run", help="run a module over what was built: bench.step, engine.cli"
    )
    run.add_argument("module")
    run.add_argument("words", nargs=argparse.REMAINDER)
    run.set_defaults(run=_run)
    wheel = commands.add_parser("wheel", help="make a wheel of what was built, in dist/")
    wheel.set_defaults(run=_wheel)
    return parser.parse_args(words)


def _build(_: argparse.Namespace) -> int:
    shutil.rmtree(TREE, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "*.so")
    for name in (*PACKAGES, *BESIDE):
        shutil.copytree(ROOT / name, TREE / name, ignore=ignored)
    sources = [f"{folder}/{name}.py" for folder, names in MODULES.items() for name in names]
    for source in sources:
        path = TREE / source
        path.write_text(rewrite(path.read_text(encoding="utf-8")), encoding="utf-8")
    # setuptools, which mypyc calls, would read a pyproject.toml here as if it were for it.
    options = ["--config-file", str(ROOT / "pyproject.toml")]
    done = _python("mypyc", *options, *sources, quiet=True)
    if done:
        return done
    shutil.rmtree(TREE / "build")
    for name in FILES:
        shutil.copy2(ROOT / name, TREE / name)
    _say(f"built: {len(sources)} modules in {TREE.relative_to(ROOT)}")
    return 0


def _test(arguments: argparse.Namespace) -> int:
    return _over_built("pytest", *(arguments.words or (*TESTS, "-k", f"not ({SEEDED})")))


def _run(arguments: argparse.Namespace) -> int:
    return _over_built(arguments.module, *arguments.words)


def _wheel(_: argparse.Namespace) -> int:
    (TREE / "hook.py").write_text(HOOK, encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (TREE / "pyproject.toml").write_text(project + HOOKED, encoding="utf-8")
    return _over_built("hatchling", "build", "-t", "wheel", "-d", str(ROOT / "dist"))


def _over_built(module: str, *words: str) -> int:
    """Run a module where `engine` is the compiled one."""
    if not list(TREE.glob("engine/core/step.*.*")):
        _say("nothing is built: run `python -m tools.compiled build`")
        return 1
    return _python(module, *words)


def _python(module: str, *words: str, quiet: bool = False) -> int:
    # The current folder comes first on the path, before an installation that can be edited.
    ended = subprocess.run(  # noqa: S603 - this interpreter, and words of whoever calls
        [sys.executable, "-m", module, *words],
        cwd=TREE, env={**os.environ, "PYTHONPATH": str(TREE)}, check=False,
        capture_output=quiet, text=True,
    )  # fmt: skip
    if quiet and ended.returncode:
        _say(ended.stdout + ended.stderr)
    return ended.returncode


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
