"""Finds a Python that is new enough. Itself it is written so that any Python 3 can read it."""

import importlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NAMES = ("python3.13", "python3.12", "python3.11", "python3", "python")
_TEST = f"import sys; sys.exit(sys.version_info < {OLDEST})"


def run(name: str) -> int:
    """Call `main(words)` of a module of this folder, in another Python if this one is too old."""
    if tuple(sys.version_info[:2]) >= OLDEST:
        module = importlib.import_module("tools." + name)
        return int(module.main(sys.argv[1:]))
    for candidate in NAMES:
        path = shutil.which(candidate)
        if path is not None and new_enough(path):
            os.execv(path, [path, *sys.argv])  # noqa: S606 - a Python of this machine, and no shell
    found = ".".join(map(str, sys.version_info[:2]))
    sys.stderr.write(
        f"{name}: Python 3.11 or later is needed, and this is {found}.\n"
        "  = help: Install it (on Debian or Ubuntu: sudo apt-get install python3 python3-venv), "
        "or put it on the PATH.\n"
    )
    return 1


def new_enough(path: str) -> bool:
    """Whether an executable is a Python that works and is new enough; shims may be neither."""
    try:
        tried = subprocess.run(  # noqa: S603 - our own words, and no shell
            [path, "-c", _TEST],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return tried.returncode == 0
