"""Pages may show packages that are installed: none of them is seen by the next test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core import datatypes


@pytest.fixture(autouse=True)
def forget_packages(tmp_path: Path) -> Iterator[None]:
    path, modules, types = list(sys.path), set(sys.modules), dict(datatypes._TYPES)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]
    for name in datatypes._TYPES.keys() - types.keys():
        del datatypes._TYPES[name]
