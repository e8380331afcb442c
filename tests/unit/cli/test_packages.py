"""Statechat's packages have general names: another's must not be taken for one of them."""

import os
import subprocess
import sys
from pathlib import Path


def test_a_package_of_another_distribution_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "__init__.py").write_text("'''Somebody else's.'''\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "engine.cli.main", "check", "registration"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    first, cure = done.stderr.splitlines()
    assert f"the package `schemas` is the one in {tmp_path / 'schemas'}" in first
    assert "[install:clash]" in first
    assert "environment of its own" in cure
