"""The wheel holds what people need, runs from anywhere, and nothing else."""

import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ["registration", "order", "replies", "factoids", "reminders"]
RUN = """
import sys, engine
from engine.cli.main import main
print(engine.__file__)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), "."],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    return built


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "engine",
        "transports",
        "flows",
        "schemas",
    }


def test_schemas_flows_and_type_markers_travel_with_it(wheel: Path) -> None:
    held = names(wheel)
    assert {
        "schemas/flow.v1.json",
        "schemas/bot.v1.json",
        "schemas/test.v1.json",
        "schemas/session.v1.json",
        "flows/registration/registration.yaml",
        "flows/registration/registration.de.yaml",
        "flows/registration/registration.test.yaml",
        "flows/order/actions.py",
        "engine/authoring/templates/flow.yaml",
        "engine/authoring/templates/ci.yaml",
        "engine/py.typed",
        "transports/py.typed",
    } <= held
    assert not [name for name in held if "__pycache__" in name]


def test_its_command_and_extras_are_declared(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        points = archive.read(f"{folder}/entry_points.txt").decode()
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
    assert "statechat = engine.cli.main:run" in points
    assert {"telegram", "nostr", "mongo"} <= set(metadata.get_all("Provides-Extra") or [])
    needed = [one for one in metadata.get_all("Requires-Dist") or [] if "extra ==" not in one]
    heavy = ("aiogram", "pynostr", "motor", "pymongo", "websockets", "cryptography")
    assert not [one for one in needed if one.startswith(heavy)], "the core must stay light"


def test_a_shipped_bot_is_checked_from_the_unpacked_wheel(wheel: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    done = subprocess.run(
        [sys.executable, "-c", RUN, "check", *SHIPPED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(unpacked) in done.stdout
    assert "no faults" in done.stdout
