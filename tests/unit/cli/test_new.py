"""`statechat new`: what it makes works at once, and nothing is lost by it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from engine.cli.main import COMMANDS, main
from engine.compiler.bot import load

FILES = {
    "README.md", "cafe.yaml", "cafe.test.yaml", "bot.yaml", ".github/workflows/check.yaml",
    ".schemas/flow.v1.json", ".schemas/bot.v1.json", ".schemas/test.v1.json",
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("more", [[], ["--lang", "de"], ["--lang", "de", "--lang", "pt-br"]])
def test_a_new_bot_has_no_faults_passes_its_tests_and_is_laid_out(
    more: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "cafe", *more]) == 0
    named = set(capsys.readouterr().out.splitlines())
    assert named == {f"cafe/{name}" for name in files(here / "cafe")}
    # A language that we do not speak is left to the author, and `check` names what is missing.
    assert main(["check", "cafe", "--ignore", "SC401"]) == 0
    assert capsys.readouterr().out == "1 bot, 1 flow, no faults\n"
    assert main(["test", "cafe"]) == 0
    assert capsys.readouterr().out.endswith(" passed, 0 failed\n")
    assert main(["fmt", "--check", "cafe"]) == 0
    assert load(here / "cafe").program.languages == ("en", *more[1::2])


def test_it_makes_these_files_and_no_other(here: Path) -> None:
    main(["new", "cafe"])
    assert files(here / "cafe") == FILES
    main(["new", "bar", "--lang", "de"])
    assert "bar.de.yaml" in files(here / "bar")
    assert [path.name for path in sorted(here.iterdir())] == ["bar", "cafe"]


def test_a_person_can_chat_with_it_at_once(here: Path) -> None:
    main(["new", "cafe", "--lang", "de"])
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "chat", "cafe", "--fresh"],
        input="/start\nJörg\nSonntag\n2\n1\n", capture_output=True, text=True, check=True,
        encoding="utf-8",
        env={"LC_ALL": "de_DE.UTF-8", "STATECHAT_DATA": str(here / "data"), "PYTHONUTF8": "1",
             "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "Fertig, Jörg. Bis dann!"


def test_its_ci_file_runs_commands_that_there_are(here: Path) -> None:
    main(["new", "cafe"])
    workflow = yaml.safe_load((here / "cafe" / ".github/workflows/check.yaml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]
    run = [step.split()[1] for step in steps if step.startswith("statechat ")]
    assert run == ["fmt", "check", "test"]
    assert set(run) <= COMMANDS.keys()


def test_every_file_names_a_schema_that_lies_beside_it(here: Path) -> None:
    main(["new", "cafe"])
    for name in ("cafe.yaml", "cafe.test.yaml", "bot.yaml"):
        first = (here / "cafe" / name).read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert (here / "cafe" / first.partition("=")[2]).is_file()


def test_a_folder_that_is_not_empty_is_left_as_it_is(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "cafe").mkdir()
    assert main(["new", "cafe"]) == 0
    (here / "bar").mkdir()
    (here / "bar" / "mine.yaml").write_text("a: b\n", encoding="utf-8")
    assert main(["new", "bar"]) == 2
    assert "[new:exists]" in capsys.readouterr().err
    assert files(here / "bar") == {"mine.yaml"}


@pytest.mark.parametrize("name", ["my bot", "a.b", "bot", "!x", "a:b"])
def test_a_name_that_no_bot_can_have_is_refused(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", name]) == 2
    assert "[new:name]" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_a_language_that_is_none_is_refused_before_anything_is_made(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "cafe", "--lang", "German"]) == 2
    assert "[cli:no_language]" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_a_folder_that_cannot_be_made_leaves_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").write_text("", encoding="utf-8")
    assert main(["new", "file/cafe"]) == 1
    assert "[file:unwritable]" in capsys.readouterr().err
    assert [path.name for path in here.iterdir()] == ["file"]
