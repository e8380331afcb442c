"""`statechat fmt`: what it changes, what it says, and what it leaves alone."""

import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from engine.cli.main import main

UGLY = "flow:   a\ntriggers: [ '/start' ]\ninitial: b\nstates: {b: {type: final,say: yes}} # end\n"
NEAT = 'flow: a\ntriggers: ["/start"]\ninitial: b\nstates: {b: {type: final, say: "yes"}}  # end\n'


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "a.yaml").write_text(UGLY, encoding="utf-8")
    (tmp_path / "bot" / "notes.txt").write_text("a:   b\n", encoding="utf-8")
    return tmp_path / "bot"


def test_it_lays_out_every_yaml_file_of_a_folder_and_names_those_it_has_changed(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bot / "a.de.yaml").write_text("b.say: ja\n", encoding="utf-8")
    assert main(["fmt", "bot"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "bot/a.yaml\n"
    assert printed.err == "statechat: 2 files, 1 laid out anew\n"
    assert (bot / "a.yaml").read_text(encoding="utf-8") == NEAT
    assert sorted(path.name for path in bot.iterdir()) == ["a.de.yaml", "a.yaml", "notes.txt"]


def test_a_second_time_it_changes_nothing(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fmt", "bot"])
    before = (bot / "a.yaml").stat().st_mtime_ns
    capsys.readouterr()
    assert main(["fmt", "bot"]) == 0
    assert capsys.readouterr().out == ""
    assert (bot / "a.yaml").stat().st_mtime_ns == before


def test_check_names_what_would_change_and_fails(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fmt", "--check", "bot/a.yaml"]) == 1
    assert capsys.readouterr().out == "bot/a.yaml\n"
    assert (bot / "a.yaml").read_text(encoding="utf-8") == UGLY
    (bot / "a.yaml").write_text(NEAT, encoding="utf-8")
    assert main(["fmt", "--check", "bot/a.yaml"]) == 0


def test_diff_shows_what_would_change_line_by_line(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fmt", "--diff", "bot"]) == 1
    shown = capsys.readouterr().out
    assert "\n-flow:   a\n" in shown
    assert "\n+flow: a\n" in shown
    assert (bot / "a.yaml").read_text(encoding="utf-8") == UGLY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [b\n", "SC001"),
        ("a: 1\na: 2\n", "SC002"),
        ("ask: Pick #1\n", "warning SC031 the text ends here"),
    ],
)
def test_a_file_with_a_fault_is_left_alone_and_the_others_are_not(
    text: str, said: str, bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bot / "b.yaml").write_text(text, encoding="utf-8")
    assert main(["fmt", "bot"]) == 1
    printed = capsys.readouterr()
    assert said in printed.out
    assert "bot/b.yaml:" in printed.out
    assert printed.err.endswith("2 files, 1 laid out anew, 1 left alone because of faults\n")
    assert (bot / "b.yaml").read_text(encoding="utf-8") == text
    assert (bot / "a.yaml").read_text(encoding="utf-8") == NEAT


@pytest.mark.parametrize(("typed", "code"), [(UGLY, 0), ("a: [\n", 1)])
def test_a_dash_stands_for_standard_input_and_output(
    typed: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(typed.encode())))
    assert main(["fmt", "-"]) == code
    printed = capsys.readouterr()
    assert printed.out == ("" if code else NEAT)
    assert ("SC001" in printed.err) is bool(code)


def test_of_several_names_those_that_are_no_bots_are_left_out(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bot.parent / "actions.py").write_text("a =  1\n", encoding="utf-8")
    assert main(["fmt", "bot", "actions.py"]) == 0
    assert "actions.py is no bot and was left out" in capsys.readouterr().err
    assert (bot.parent / "actions.py").read_text(encoding="utf-8") == "a =  1\n"
    assert main(["fmt", "actions.py"]) == 2
    assert "[bot:missing]" in capsys.readouterr().err


def test_a_folder_of_bots_stands_for_all_of_them(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fmt", "."]) == 0
    assert capsys.readouterr().out == "bot/a.yaml\n"


def test_the_mode_of_a_file_stays_and_a_link_stays_a_link(bot: Path) -> None:
    (bot / "a.yaml").chmod(0o640)
    link = bot.parent / "link.yaml"
    link.symlink_to(bot / "a.yaml")
    assert main(["fmt", "link.yaml"]) == 0
    assert link.is_symlink()
    assert (bot / "a.yaml").read_text(encoding="utf-8") == NEAT
    assert (bot / "a.yaml").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bot.chmod(0o500)
    assert main(["fmt", "bot"]) == 1
    bot.chmod(0o700)
    assert "[file:unwritable]" in capsys.readouterr().err


def test_a_disk_that_is_full_leaves_the_file_whole_and_nothing_beside_it(
    bot: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["fmt", "bot"]) == 1
    assert "No space left on device [file:unwritable]" in capsys.readouterr().err
    assert (bot / "a.yaml").read_text(encoding="utf-8") == UGLY
    assert sorted(path.name for path in bot.iterdir()) == ["a.yaml", "notes.txt"]
