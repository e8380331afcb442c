"""The fuzzer: it tries new examples until its time is over, and shows what has failed."""

from pathlib import Path

import pytest

from tools import fuzz

PROPERTIES = """
from hypothesis import given, settings, strategies as st

@given(st.integers())
@settings(max_examples=10, database=None)
def test_numbers_are_small(number):
    assert {condition}

def test_without_examples():
    raise AssertionError
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fuzz, "FOLDER", tmp_path)
    return tmp_path


def test_every_file_of_properties_is_a_target() -> None:
    assert {"expr", "texts", "source", "check", "inputs"} <= set(fuzz.targets())


def test_it_goes_round_with_more_examples_until_its_time_is_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (folder / f"test_{name}.py").write_text(PROPERTIES.replace("{condition}", "True"))
    assert fuzz.main(["--minutes", "0.02"]) == 0
    shown = capsys.readouterr().out
    assert "50 examples  ok" in shown
    assert "one: " in shown
    assert ", 0 rounds with failures" in shown


MACHINE = """
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, rule

class Machine(RuleBasedStateMachine):
    @rule()
    def go(self):
        pass

class TestMachine(Machine.TestCase):
    settings = settings(max_examples=3, database=None)
"""


def test_a_state_machine_gets_more_examples_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "test_one.py").write_text(MACHINE)
    assert fuzz.main(["one", "--minutes", "0.001"]) == 0
    assert "15 examples  ok" in capsys.readouterr().out


def test_what_fails_is_shown_with_its_example_and_seed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "test_one.py").write_text(PROPERTIES.replace("{condition}", "number < 7"))
    assert fuzz.main(["one", "--minutes", "0.001"]) == 1
    shown = capsys.readouterr().out
    assert "number=7" in shown
    assert "FAIL (seed " in shown
    assert "one: " in shown


def test_a_file_that_cannot_be_run_ends_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "test_one.py").write_text("import nothing_of_this_name")
    assert fuzz.main(["one", "--minutes", "1"]) not in {0, 1}
    assert "nothing_of_this_name" in capsys.readouterr().out


def test_a_target_that_there_is_not_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        fuzz.main(["nowhere"])
    assert end.value.code == 2
    assert "there are addresses, allowed," in capsys.readouterr().err
