"""Running the peers: other libraries on the same dialogue, by a runner that is not ours."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PEERS: Final = (
    "aiogram_fsm_isolated_wire",
    "aiogram_scene_wire",
    "aiogram_dialog_wire",
    "ptb",
)
"""Those that build requests, parse answers, and keep a person's events in order, as ours does."""
PACKAGES: Final = ("aiogram", "aiogram-dialog", "python-telegram-bot")
_VERSIONS: Final = (
    "import importlib.metadata as m, json, sys;"
    "print(json.dumps({p: m.version(p) for p in sys.argv[1:]}))"
)


@dataclass(frozen=True, slots=True)
class Peers:
    """The peers' runner, and an interpreter that has what it imports."""

    runner: Path
    python: str

    @classmethod
    def find(cls, folder: Path, python: str) -> "Peers | None":
        """The peers, or none, with a line that says what is missing."""
        own = folder / "venv" / "bin" / "python"
        found = cls((folder / "peers.py").resolve(), str(own) if own.exists() else python)
        if not found.runner.exists():
            print(f"peers skipped: there is no {folder / 'peers.py'} (see bench/README.md)")
            return None
        try:
            found.versions()
        except subprocess.CalledProcessError:
            print(f"peers skipped: {found.python} lacks one of {', '.join(PACKAGES)}")
            return None
        return found

    def versions(self) -> dict[str, str]:
        words = [self.python, "-c", _VERSIONS, *PACKAGES]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        versions: dict[str, str] = json.loads(done.stdout)
        return versions

    def run(
        self, name: str, persons: int, core: int, *, at_once: float = 1, storage: float = 0
    ) -> dict[str, float] | None:
        """One run: wall and CPU time an update (us), and calls a dialogue; none if it fails.

        `storage` is how long each call of the peer's storage takes (ms).
        """
        words = [self.python, str(self.runner), name, str(persons), f"{at_once:.0f}"]
        done = subprocess.run(
            [*words, str(storage), "json"], capture_output=True, text=True, check=False,
            cwd=self.runner.parent,
            env={**os.environ, "CORE": str(core), "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        if done.returncode:
            print(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return None
        line = json.loads(done.stdout)
        return {
            "wall": line["us_per_update"],
            "cpu": line["cpu_s"] / line["updates"] * 1e6,
            "calls": line["calls_per_dialogue"],
        }
