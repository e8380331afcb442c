"""The clone's own virtual environment: made where it is missing, installed anew when stale."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
BIN: Final = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON: Final = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP: Final = VENV / "statechat-installed.json"
"""Written last, and removed first: without it an installation is not finished."""
LOG: Final = VENV / "statechat-install.log"

PACKAGES: Final = ("engine", "transports", "schemas")
GROUP: Final = "--group"
PIP_WITH_GROUPS: Final = (25, 1)
_FINDERS: Final = ("python3.13", "python3.12", "python3.11", "python3")


class SetupError(Exception):
    """Why the environment cannot be made; `cure` says what to do."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.cure = cure


def ensure(extras: Iterable[str] = (), groups: Iterable[str] = ()) -> None:
    """Have Statechat installed in `.venv`, editable, with at least these extras and groups.

    Raises:
        SetupError: there is no way to make it, or the libraries cannot be had.
    """
    wanted = {*extras, *(f"{GROUP} {group}" for group in groups)}
    key = _key()
    installed = _installed(key)
    if installed is not None and wanted <= installed and PYTHON.exists():
        return
    # What was there before stays: a start for Telegram must not undo one with MongoDB.
    wanted |= installed or set()
    STAMP.unlink(missing_ok=True)
    if not _works([str(PYTHON), "-m", "pip", "--version"]):
        _make()
    _install(wanted)
    half = STAMP.with_suffix(".new")
    half.write_text(json.dumps({"key": key, "installed": sorted(wanted)}), encoding="utf-8")
    half.replace(STAMP)


def tell(name: str, text: str) -> None:
    """Say what is being done, on standard error."""
    sys.stderr.write(f"{name}: {text}\n")
    sys.stderr.flush()


def _key() -> str:
    """What an installation depends on: the project's file, and where it lies."""
    content = (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()
    return hashlib.sha256(content).hexdigest()


def _installed(key: str) -> set[str] | None:
    """What is installed, if that was finished, for this pyproject.toml."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        return set(stamp["installed"]) if stamp["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make() -> None:
    """Make the environment, with whatever can: this Python, others, virtualenv, uv."""
    tell("statechat", f"making {_shown(VENV)}")
    ways = [[sys.executable, "-m", "venv", "--clear", str(VENV)]]
    others = (shutil.which(name) for name in _FINDERS)
    from tools.interpreter import new_enough  # noqa: PLC0415 - only where one has to be found

    ways += [
        [path, "-m", "venv", "--clear", str(VENV)]
        for path in dict.fromkeys(others)
        if path and path != sys.executable and new_enough(path)
    ]
    ways.append([sys.executable, "-m", "virtualenv", "--clear", str(VENV)])
    if uv := shutil.which("uv"):
        ways.append([uv, "venv", "--clear", "--seed", "--python", sys.executable, str(VENV)])
    for way in ways:
        if _works(way) and _works([str(PYTHON), "-m", "pip", "--version"]):
            return
    debian = Path("/etc/debian_version").exists()
    raise SetupError(
        "no virtual environment can be made: this Python comes without venv or ensurepip",
        "Run: sudo apt-get install python3-venv"
        if debian
        else "Install Python's venv module, or Python from https://www.python.org/downloads/",
    )


def _install(wanted: set[str]) -> None:
    extras = sorted(name for name in wanted if not name.startswith(GROUP))
    groups = sorted(name.partition(" ")[2] for name in wanted if name.startswith(GROUP))
    named = f" ({', '.join(extras + groups)})" if wanted else ""
    tell("statechat", f"installing the libraries{named}; this is done once")
    if groups and _pip_version() < PIP_WITH_GROUPS:
        _pip(["--upgrade", "pip>=25.1"])
    project = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    _pip(["-e", project, *(word for group in groups for word in (GROUP, group))])
    # As pip does for what it copies. Where Python may write no bytecode, as in many containers,
    # every command would compile the sources anew, which is a third of its start.
    _works([str(PYTHON), "-m", "compileall", "-q", *(str(ROOT / name) for name in PACKAGES)])


def _pip_version() -> tuple[int, ...]:
    said = _output([str(PYTHON), "-m", "pip", "--version"])
    found = re.match(r"pip (\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _pip(words: Sequence[str]) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    with LOG.open("w", encoding="utf-8") as log:
        code = subprocess.run(  # noqa: S603 - our own words, and no shell
            [*command, *words], cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, check=False,
        ).returncode  # fmt: skip
    if code != 0:
        lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()
        errors = [line for line in lines if line.startswith("ERROR:")] or lines[-1:] or ["pip"]
        raise SetupError(
            f"the libraries cannot be installed: {errors[-1].removeprefix('ERROR:').strip()}",
            f"Check the network and try again; {_shown(LOG)} has all of it.",
        )


def _environment() -> dict[str, str]:
    """The process's variables, without those that lead pip out of the virtual environment."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX"}
    }
    return {**kept, "PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore"}


def _works(command: Sequence[str]) -> bool:
    try:
        tried = subprocess.run(  # noqa: S603 - our own words, and no shell
            command, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except OSError:
        return False
    return tried.returncode == 0


def _output(command: Sequence[str]) -> str:
    return subprocess.run(  # noqa: S603 - our own words, and no shell
        command, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    ).stdout  # fmt: skip


def _shown(path: Path) -> str:
    return os.path.relpath(path)
