"""The sources that mypyc compiles behave as those that people read."""

import copy
import pickle
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools.compiled import MODULES
from tools.compiled_source import WRITTEN_OUT, rewrite
from tools.environment import ROOT

SOURCE = '''
from dataclasses import field
from engine.classes import dataclass

@dataclass(frozen=True, slots=True)
class Value:
    """Words."""

    a: int
    b: "str | None" = None
    c: list[int] = field(default_factory=list)
    d: tuple[int, ...] = field(default=(), repr=False)

    def doubled(self) -> int:
        return 2 * self.a

class Other:
    e = 1
'''


@pytest.fixture
def module() -> Any:  # noqa: ANN401 - a module that is made here
    made = ModuleType("written_out")
    sys.modules[made.__name__] = made
    # mypyc sets the slots of what is frozen for others; Python cannot.
    settable = rewrite(SOURCE).replace(WRITTEN_OUT, "@dataclass(init=False)")
    exec(compile(settable, "written_out.py", "exec"), vars(made))
    yield made
    del sys.modules[made.__name__]


def test_a_rewritten_class_takes_and_shows_what_it_did(module: Any) -> None:  # noqa: ANN401 - as above
    value = module.Value(1, d=(2,))
    assert repr(value) == "Value(a=1, b=None, c=[])"
    assert (value.doubled(), value.d) == (2, (2,))
    assert value == module.Value(1, None, [], (2,))
    assert replace(value, b="x").b == "x"
    assert module.Value(1).c is not module.Value(1).c


def test_a_rewritten_value_is_copied_and_pickled(module: Any) -> None:  # noqa: ANN401 - as above
    value = module.Value(1, "x", [2], (3,))
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value


def test_what_is_no_frozen_dataclass_stays_as_it_is() -> None:
    rest = SOURCE[SOURCE.index("class Other") :]
    assert rewrite(SOURCE).endswith(rest)
    assert rewrite(rest) == rest


def test_all_that_is_compiled_is_there_and_is_python_when_it_is_rewritten() -> None:
    for folder, names in MODULES.items():
        for name in names:
            path = Path(ROOT, folder, f"{name}.py")
            written = rewrite(path.read_text(encoding="utf-8"))
            compile(written, str(path), "exec")
            assert "engine.classes" not in written
