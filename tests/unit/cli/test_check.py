"""`statechat check`: what it prints, what it leaves out, and how it ends."""

import json
from pathlib import Path

import pytest

from engine.cli.main import main

FLOW = """\
flow: hello
triggers: [/start]
initial: bye
data: {name: {type: text}}
states:
  left: {say: Nobody comes here., next: bye}
  bye: {type: final, say: Bye.}
"""


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot with a variable that nothing reads (SC202) and a state that nobody reaches (SC101)."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "hello.yaml").write_text(FLOW, encoding="utf-8")
    return folder


def found(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [one["code"] for one in json.loads(capsys.readouterr().out)]


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        ([], 1),
        (["--fail-on", "error"], 0),
        (["--fail-on", "never"], 0),
        (["--ignore", "SC1,SC2"], 0),
        (["--select", "SC101"], 1),
        (["--format", "sarif"], 1),
    ],
)
def test_warnings_fail_unless_the_caller_says_otherwise(
    bot: Path, words: list[str], exit_code: int
) -> None:
    assert main(["check", bot.name, *words]) == exit_code


def test_an_error_fails_unless_nothing_does(bot: Path) -> None:
    (bot / "hello.yaml").write_text(FLOW.replace("next: bye", "next: by"), encoding="utf-8")
    assert main(["check", bot.name, "--fail-on", "error", "--ignore", "SC0"]) == 1
    assert main(["check", bot.name, "--fail-on", "never"]) == 0


def test_a_list_of_findings_is_printed_as_before(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", bot.name, "--json"])
    assert found(capsys) == ["SC202", "SC101"]


def test_statechat_toml_says_what_is_looked_for_unless_the_command_line_does(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bot.parent / "statechat.toml").write_text('[check]\nignore = ["SC202"]\n', encoding="utf-8")
    main(["check", bot.name, "--json"])
    assert found(capsys) == ["SC101"]
    main(["check", bot.name, "--json", "--ignore", "SC101"])
    assert found(capsys) == ["SC202"]


def test_a_faulty_statechat_toml_is_misuse(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / "statechat.toml").write_text("[check]\nselct = []\n", encoding="utf-8")
    assert main(["check", bot.name]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "statechat.toml:2:1: unknown key `selct` [cli:config]" in printed.err


def test_a_comment_for_a_rule_that_is_not_asked_for_silences_something_all_the_same(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = FLOW.replace("text}}", "text}}  # noqa: SC202")
    (bot / "hello.yaml").write_text(silent, encoding="utf-8")
    main(["check", bot.name, "--json", "--ignore", "SC202"])
    assert found(capsys) == ["SC101"]


def test_a_warning_of_the_compiler_can_be_silenced_and_an_error_cannot(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bot / "hello.yaml").write_text(
        "flow: hello\ntriggers: [/start]\ninitial: a\nstates:\n"
        "  a:\n    ask: A?\n    choices:\n      x: Same\n      y: Same  # noqa: SC027\n"
        "    next: end\n  end: {type: final}\n",
        encoding="utf-8",
    )
    assert main(["check", bot.name]) == 0
    (bot / "hello.yaml").write_text(
        FLOW.replace("next: bye}", "next: by}  # noqa: SC020"), encoding="utf-8"
    )
    capsys.readouterr()
    assert main(["check", bot.name, "--json"]) == 1
    assert found(capsys) == ["SC020"]


def test_findings_of_several_bots_are_sorted(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = bot.parent / "a"
    other.mkdir()
    (other / "a.yaml").write_text(FLOW.replace("flow: hello", "flow: a"), encoding="utf-8")
    main(["check", "hello", "a", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert [Path(one["file"]).name for one in report["diagnostics"]] == [
        "a.yaml", "a.yaml", "hello.yaml", "hello.yaml",
    ]  # fmt: skip
    assert (report["bots"], report["flows"]) == (2, 2)


def test_a_fix_is_shown_before_it_is_made_and_what_is_left_is_told(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = bot / "hello.yaml"
    wrong = FLOW.replace("  left: {say: Nobody comes here., next: bye}\n", "").replace(
        "say: Bye.", 'say: "Bye {nmae}."'
    )
    file.write_text(wrong, encoding="utf-8")
    assert main(["check", bot.name, "--diff"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["check", bot.name, "--diff", "--unsafe-fixes"]) == 1
    assert '+  bye: {type: final, say: "Bye {name}."}' in capsys.readouterr().out
    assert file.read_text(encoding="utf-8") == wrong
    main(["check", bot.name, "--fix", "--unsafe-fixes", "--json"])
    assert found(capsys) == ["SC201"]
    assert file.read_text(encoding="utf-8") == wrong.replace("nmae", "name")


def test_a_fix_that_makes_new_errors_is_taken_back(
    bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # What was meant by `nxt` is there already.
    file = bot / "hello.yaml"
    wrong = (
        "flow: hello\ntriggers: [/start]\ninitial: a\nstates:\n"
        "  a: {ask: A?, choices: {x: X}, nxt: end, next: end}\n  end: {type: final}\n"
    )
    file.write_text(wrong, encoding="utf-8")
    assert main(["check", bot.name, "--fix", "--unsafe-fixes"]) == 1
    assert file.read_text(encoding="utf-8") == wrong
