"""The command line as a whole: what it is called with, what it tells, and its exit codes."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from engine.cli import check, schema
from engine.cli.main import COMMANDS, main
from engine.errors import Place, StatechatError

Execute = Callable[[argparse.Namespace], int]


@pytest.fixture
def execute(monkeypatch: pytest.MonkeyPatch) -> Callable[[Execute], None]:
    """Replace what `statechat check` does."""
    return lambda instead: monkeypatch.setattr(check, "execute", instead)


def failing(error: BaseException) -> Execute:
    def execute(arguments: argparse.Namespace) -> int:
        raise error

    return execute


def test_without_a_command_it_shows_the_commands_and_is_misuse(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert all(name in capsys.readouterr().out for name in ("usage",))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_teaches_by_an_example_and_names_its_exit_codes(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "example:\n  " in shown
    assert f"statechat {name}" in shown
    assert "exit code: 0" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("statechat 0.")


@pytest.mark.parametrize(
    ("words", "cure"),
    [(["chek"], "Did you mean `check`?"), (["zzzz"], "There are new, chat, run, check,")],
)
def test_a_misspelt_command_is_misuse_and_says_what_was_meant(
    words: list[str], cure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert f"there is no command `{words[0]}` [cli:command]" in said
    assert cure in said


@pytest.mark.parametrize("words", [["check"], ["check", "--nonsense", "x"], ["chat", "a", "b"]])
def test_wrong_arguments_are_misuse(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage: statechat" in capsys.readouterr().err


def test_an_error_is_one_line_and_its_cure(
    execute: Callable[[Execute], None], capsys: pytest.CaptureFixture[str]
) -> None:
    error = StatechatError(
        "store:locked", "The database\nis in use.", place=Place("a.yaml", 3, 7), cure="Stop it."
    )
    execute(failing(error))
    assert main(["check", "x"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "statechat: a.yaml:3:7: The database is in use. [store:locked]\n  = help: Stop it.\n"
    )


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("bot:missing", 2), ("cli:command", 2), ("run:no_transport", 2), ("telegram:token", 1)],
)
def test_what_the_caller_did_wrong_and_what_failed_have_different_exit_codes(
    code: str, exit_code: int, execute: Callable[[Execute], None]
) -> None:
    execute(failing(StatechatError(code, "It failed.")))
    assert main(["check", "x"]) == exit_code


@pytest.mark.parametrize(
    ("module", "words", "exit_code"), [(check, ["check", "x"], 2), (schema, ["schema"], 70)]
)
def test_an_unexpected_exception_is_called_a_bug_with_its_type_and_no_traceback(
    module: ModuleType, words: list[str], exit_code: int, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "execute", failing(ZeroDivisionError("by zero")))
    assert main(words) == exit_code
    said = capsys.readouterr().err
    assert "a bug of Statechat, not of your bot: ZeroDivisionError: by zero" in said
    assert "--debug" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("words", [["--debug", "check", "x"], ["check", "--debug", "x"]])
@pytest.mark.parametrize("error", [StatechatError("a:b", "It failed."), ZeroDivisionError()])
def test_debug_gives_the_traceback(
    words: list[str], error: Exception, execute: Callable[[Execute], None]
) -> None:
    execute(failing(error))
    with pytest.raises(type(error)):
        main(words)


def test_ctrl_c_is_quiet(
    execute: Callable[[Execute], None], capsys: pytest.CaptureFixture[str]
) -> None:
    execute(failing(KeyboardInterrupt()))
    assert main(["check", "x"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_has_gone_is_no_error() -> None:
    source, sink = os.pipe()
    os.close(source)
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "doctor"],
        stdout=sink, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(sink)
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_terminal_that_lacks_a_character_shows_its_escape() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "chat", "flöws"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"fl\\xf6ws" in done.stderr
