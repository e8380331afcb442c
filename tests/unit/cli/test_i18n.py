"""`statechat i18n`: from a text to its translation, and what is said on the way."""

import json
from pathlib import Path

import pytest

from engine.cli.main import main
from tests.unit.authoring.test_translations import bot


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return bot(tmp_path / "bot")


def test_extract_writes_the_files_and_counts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["i18n", "extract", "bot"]) == 0
    assert capsys.readouterr().out == "main.de.yaml: 7 added\n"
    assert (folder / "main.de.yaml").exists()
    assert main(["check", "bot", "--fail-on", "error"]) == 0


def test_a_new_language_is_written_and_its_declaration_is_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["i18n", "extract", "bot", "--lang", "fr"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "main.fr.yaml: 7 added\n"
    assert "add `fr` to the `languages` of main.yaml" in printed.err


def test_po_goes_to_standard_output_and_comes_back_by_merge(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["i18n", "extract", "bot", "--format", "po"]) == 0
    text = capsys.readouterr().out
    assert not (folder / "main.de.yaml").exists()
    po = folder.parent / "de.po"
    po.write_text(
        text.replace('msgid "A, please?"\nmsgstr ""', 'msgid "A, please?"\nmsgstr "Ah?"').replace(
            'msgid "C, {a}?"\nmsgstr ""', 'msgid "C, {a}?"\nmsgstr "Ceh?"'
        ),
        encoding="utf-8",
    )
    assert main(["i18n", "merge", "bot", "de.po"]) == 1
    printed = capsys.readouterr().out
    assert "error SC026 the translation does not fill in `a`, as the text does" in printed
    assert 'msgstr "Ceh?"\n' in printed
    assert printed.endswith("de: 1 taken, 1 refused, 5 empty\n")
    written = (folder / "main.de.yaml").read_text(encoding="utf-8")
    assert written == "# en: A, please?\na.ask: Ah?\n"


def test_status_is_a_table_or_json_and_can_fail(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "main.de.yaml").write_text("a.ask: Ah?\nb.ask: Be?\n", encoding="utf-8")
    assert main(["i18n", "status", "bot", "--keys"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["file", "texts", "translated", "changed", "missing", "unused"]
    assert lines[1].split() == ["main.de.yaml", "7", "1", "0", "6", "1"]
    assert "main.de.yaml: missing c.choices.y" in lines
    assert "main.de.yaml: unused b.ask" in lines
    assert main(["i18n", "status", "bot", "--json", "--check"]) == 1
    (data,) = json.loads(capsys.readouterr().out)
    assert data["language"] == "de"
    assert data["translated"] == 1
    assert data["unused"] == ["b.ask"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["extract", "bot", "--lang", "en"], "cli:base_language"),
        (["merge", "bot", "nothing.po"], "cli:file"),
        (["merge", "bot", "bot/main.yaml"], "po:syntax"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_cure(
    words: list[str], code: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["i18n", *words]) != 0
    said = capsys.readouterr().err
    assert f"[{code}]" in said
    assert "= help: " in said


def test_a_bot_with_several_languages_makes_one_po_file_at_a_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "main.yaml").read_text(encoding="utf-8")
    (folder / "main.yaml").write_text(text.replace("[en, de]", "[en, de, fr]"), encoding="utf-8")
    assert main(["i18n", "extract", "bot", "--format", "po"]) == 2
    assert "Choose one with --lang: de, fr." in capsys.readouterr().err
