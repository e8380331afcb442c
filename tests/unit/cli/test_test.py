"""`statechat test`: which tests are run, what is written, and what is rewritten."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from engine.cli.main import main
from tests.unit.core.flow_fixture import write_bot

FLOW = """
data: {name: {type: text}}
states:
  name: {ask: Your name?, next: pick}
  pick: {ask: "Pick, {name}!", choices: {a: A, b: B}, next: end}
  end: {type: final, say: Bye.}
"""
TESTS = """\
# what a person says first
- test: a greeting   # kept
  chat:
    - user: /start
    - bot: Your nam?  # outdated
    - user: Ann
    - bot: [{text: "Pick!", choices: [A]}, More]
    - user: a
    - bot: {contains: By}
    - end: end
- test: another
  chat: [{user: /start}, {bot: Your name?}]
"""


def written(folder: Path) -> Path:
    write_bot(folder, FLOW, texts={"main.test.yaml": TESTS})
    return folder / "main.test.yaml"


def test_a_test_file_can_be_named_instead_of_its_bot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path)
    (tmp_path / "other.yaml").write_text("flow: other\ninitial: a\nstates: {a: {type: final}}\n")
    (tmp_path / "other.test.yaml").write_text("- {test: o, chat: [{user: hi}, {state: a}]}\n")
    assert main(["test", str(file), "-k", "another"]) == 0
    assert "1 passed, 0 failed" in capsys.readouterr().out
    assert main(["test", str(tmp_path / "other.test.yaml")]) == 1
    assert "0 passed, 1 failed" in capsys.readouterr().out


def test_results_are_written_as_junit_too(tmp_path: Path) -> None:
    written(tmp_path)
    assert main(["test", str(tmp_path), "--junit", str(tmp_path / "out.xml")]) == 1
    root = ET.parse(tmp_path / "out.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    first, second = root.iter("testcase")
    assert (first.get("name"), second.find("failure")) == ("a greeting", None)
    failure = first.find("failure")
    assert failure is not None
    assert "+ bot:  Your name?" in str(failure.text)


def test_an_update_writes_what_the_bot_says_and_keeps_the_rest(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert main(["test", str(tmp_path), "--update"]) == 0
    assert (
        file.read_text()
        == """\
# what a person says first
- test: a greeting  # kept
  chat:
    - user: /start
    - bot: Your name?  # outdated
    - user: Ann
    - bot: {text: "Pick, Ann!", choices: [A, B]}
    - user: a
    - bot: {contains: By}
    - end: end
- test: another
  chat: [{user: /start}, {bot: Your name?}]
"""
    )
    before = file.stat().st_mtime_ns
    assert main(["test", str(tmp_path), "--update"]) == 0
    assert file.stat().st_mtime_ns == before


def test_an_update_writes_nothing_where_a_check_fails(tmp_path: Path) -> None:
    file = written(tmp_path)
    text = "- {test: t, chat: [{user: /start}, {state: pick}, {bot: Nothing}]}\n"
    file.write_text(text)
    assert main(["test", str(tmp_path), "--update"]) == 1
    assert file.read_text() == text
