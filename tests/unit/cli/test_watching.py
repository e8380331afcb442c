"""`--watch` acts at once and after each change, and after nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.cli.main import INTERRUPTED, main
from engine.cli.watching import watch


class Done(Exception):  # noqa: N818 - the end of a test
    pass


def acted(bot: Path, changes: list[Callable[[], object]]) -> int:
    """How often it acted while one change after the other was made, each in a pause of its own."""
    acts = 0
    made: Iterator[Callable[[], object]] = iter([*changes, lambda: None, lambda: None])

    def act() -> None:
        nonlocal acts
        acts += 1

    def wait(_seconds: float) -> None:
        change = next(made, None)
        if change is None:
            raise Done
        change()

    with pytest.raises(Done):
        watch([bot], act, wait)
    return acts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text("flow: a\n", encoding="utf-8")
    return path


def test_it_acts_once_where_nothing_changes(file: Path) -> None:
    assert acted(file.parent, []) == 1


@pytest.mark.parametrize("whole", [True, False], ids=["a folder", "a file"])
def test_it_acts_again_after_a_change(file: Path, *, whole: bool) -> None:
    bot = file.parent if whole else file
    assert acted(bot, [lambda: file.write_text("flow: changed\n", encoding="utf-8")]) == 2


def test_several_files_that_are_saved_together_are_one_change(file: Path) -> None:
    other = file.with_name("b.yaml")
    changes = [
        lambda: file.write_text("flow: changed\n", encoding="utf-8"),
        lambda: other.write_text("flow: b\n", encoding="utf-8"),
    ]
    assert acted(file.parent, changes) == 2


def test_a_deleted_file_is_a_change_and_another_program_s_file_is_none(file: Path) -> None:
    assert acted(file.parent, [file.unlink]) == 2
    hidden = file.parent / ".cache"
    hidden.mkdir()
    changes = [
        lambda: (file.parent / "notes.txt").write_text("x", encoding="utf-8"),
        lambda: (hidden / "x.yaml").write_text("x", encoding="utf-8"),
    ]
    assert acted(file.parent, changes) == 1


def test_check_looks_again_until_it_is_interrupted(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = "flow: a\ntriggers: [/a]\ninitial: end\nstates:\n  end: {type: final, say: Bye.}\n"
    file.write_text(flow, encoding="utf-8")

    config = file.with_name("statechat.toml")
    changes = iter(
        [
            lambda: file.write_text(flow.replace("initial: end", "initial: x"), encoding="utf-8"),
            lambda: None,
            lambda: config.write_text("[chek]\n", encoding="utf-8"),
            lambda: None,
        ]
    )

    def wait(_seconds: float) -> None:
        change = next(changes, None)
        if change is None:
            raise KeyboardInterrupt
        change()

    monkeypatch.setattr(watch, "__defaults__", (wait,))
    assert main(["check", str(file), "--watch"]) == INTERRUPTED
    printed = capsys.readouterr()
    assert "1 bot, 1 flow, no faults" in printed.out
    assert "there is no state `x`" in printed.out
    assert "unknown key `chek` [cli:config]" in printed.err
