"""`./start` and `./check` in a fresh clone, with a project that needs nothing from the network.

The project stands in for Statechat: it has its name, extras and command, and prints how it was
called. So what is tried here is the scripts: the environment, its repair, and the words.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "statechat"
version = "0.1.0"
"""
BACKEND = '''\
"""Builds an editable wheel with nothing but the standard library."""
import os, zipfile

METADATA = """Metadata-Version: 2.1
Name: statechat
Version: 0.1.0
Provides-Extra: telegram
Provides-Extra: nostr
Provides-Extra: mongo
"""

WHEEL = """Wheel-Version: 1.0
Root-Is-Purelib: true
Tag: py3-none-any
"""

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    if os.path.exists("broken"):
        raise SystemExit("no network")
    name = "statechat-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        wheel.writestr("statechat.pth", os.getcwd())
        info = "statechat-0.1.0.dist-info/"
        wheel.writestr(info + "METADATA", METADATA)
        wheel.writestr(info + "WHEEL", WHEEL)
        wheel.writestr(info + "RECORD", "")
    return name

build_wheel = build_editable
'''
COMMAND = "import json, sys\nprint(json.dumps(sys.argv[1:]))\n"
KEYS = ("TELEGRAM_TOKEN", "NOSTR_KEY", "MONGODB_URI")


@dataclass(frozen=True)
class Clone:
    """A clone, and its scripts as processes."""

    root: Path

    def run(self, *words: str, **keys: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name.removesuffix("_FILE") not in KEYS and not name.startswith("PIP_")
        }
        environment = {**kept, "PIP_CONFIG_FILE": os.devnull, **keys}
        return subprocess.run(
            [sys.executable, *words], cwd=self.root, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip

    @property
    def stamp(self) -> Path:
        return self.root / ".venv" / "statechat-installed.json"


def lay_out(root: Path) -> Clone:
    shutil.copytree(
        REPOSITORY / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__")
    )
    for script in ("start", "check"):
        shutil.copy(REPOSITORY / script, root)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "backend.py").write_text(BACKEND)
    command = root / "engine" / "cli" / "main.py"
    command.parent.mkdir(parents=True)
    command.write_text(COMMAND)
    return Clone(root)


@pytest.fixture
def fresh(tmp_path: Path) -> Clone:
    root = tmp_path / "a clone"
    root.mkdir()
    return lay_out(root)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone that was started once."""
    made = lay_out(tmp_path_factory.mktemp("clone"))
    first = made.run("start")
    assert first.returncode == 0, first.stderr
    assert "making .venv" in first.stderr
    assert json.loads(first.stdout) == ["chat", "flows/registration"]
    return made


def test_a_second_start_installs_nothing(clone: Clone) -> None:
    again = clone.run("start", "flows/order", "--fresh")
    assert json.loads(again.stdout) == ["chat", "flows/order", "--fresh"]
    assert again.stderr == ""


def test_options_alone_go_with_the_bot_that_ships(clone: Clone) -> None:
    started = clone.run("start", "--as", "ann")
    assert json.loads(started.stdout) == ["chat", "flows/registration", "--as", "ann"]


def test_a_key_brings_its_extra_and_its_transport_and_neither_goes_again(clone: Clone) -> None:
    started = clone.run("start", TELEGRAM_TOKEN="1:x")
    assert json.loads(started.stdout) == ["run", "--console", "flows/registration"]
    assert "installing the libraries (telegram)" in started.stderr
    kept = clone.run("start", MONGODB_URI="mongodb://x")
    assert json.loads(kept.stdout) == ["chat", "flows/registration"]
    assert "(mongo, telegram)" in kept.stderr
    assert clone.run("start", TELEGRAM_TOKEN_FILE="/run/token").stderr == ""


def test_a_changed_pyproject_is_installed_again(clone: Clone) -> None:
    with (clone.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert "installing" in clone.run("start").stderr
    assert clone.run("start").stderr == ""


def test_an_installation_that_was_not_finished_is_done_again(clone: Clone) -> None:
    clone.stamp.unlink()
    assert "installing" in clone.run("start").stderr
    clone.stamp.write_text('{"key": ')
    assert "installing" in clone.run("start").stderr


def test_a_broken_environment_is_made_anew(fresh: Clone) -> None:
    (fresh.root / ".venv" / "bin").mkdir(parents=True)
    (fresh.root / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    started = fresh.run("start")
    assert started.returncode == 0
    assert "making .venv" in started.stderr


def test_what_cannot_be_installed_is_told_in_one_line_with_a_cure(clone: Clone) -> None:
    (clone.root / "broken").touch()
    clone.stamp.unlink()
    started = clone.run("start")
    (clone.root / "broken").unlink()
    assert started.returncode == 1
    assert "Traceback" not in started.stderr
    _, failure, cure = started.stderr.splitlines()
    assert failure.startswith("start: the libraries cannot be installed: ")
    assert cure == (
        "  = help: Check the network and try again; .venv/statechat-install.log has all of it."
    )
    assert not clone.stamp.exists()
    assert clone.run("start").returncode == 0


def test_a_python_without_venv_is_told_what_to_install(fresh: Clone, tmp_path: Path) -> None:
    for name in ("venv", "virtualenv"):
        (fresh.root / f"{name}.py").write_text("raise SystemExit('no ensurepip')")
    started = fresh.run("start", PATH=str(tmp_path))
    assert started.returncode == 1
    assert "no virtual environment can be made" in started.stderr
    assert "= help: " in started.stderr
    assert "venv" in started.stderr.splitlines()[-1]


def test_an_old_python_hands_over_to_a_newer_one_or_says_what_is_needed(
    fresh: Clone, tmp_path: Path
) -> None:
    pretend = "import sys; sys.version_info = (3, 9, 1); sys.argv = ['start', '--help']; "
    words = ["-c", pretend + "from tools.interpreter import run; sys.exit(run('start'))"]
    alone = fresh.run(*words, PATH=str(tmp_path))
    assert alone.returncode == 1
    assert alone.stderr.startswith("start: Python 3.11 or later is needed, and this is 3.9.\n")
    (tmp_path / "python3.13").symlink_to("/bin/false")
    (tmp_path / "python3.12").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "python3.12").chmod(0o755)
    handed = fresh.run(*words, PATH=f"{tmp_path}:/bin")
    assert handed.returncode == 0
    assert handed.stdout.startswith("usage: ./start [BOT]")


def test_help_needs_no_environment(fresh: Clone) -> None:
    for script in ("start", "check"):
        assert fresh.run(script, "--help").returncode == 0
    assert not (fresh.root / ".venv").exists()


def test_check_refuses_a_stage_that_there_is_not(fresh: Clone) -> None:
    done = fresh.run("check", "typos")
    assert done.returncode == 2
    assert "there are lint, format, types, imports, flows, tests, faults" in done.stderr
    assert not (fresh.root / ".venv").exists()
