"""Command lines in the documentation are ones that the programs take."""

import argparse
import importlib
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli import main
from tests.unit.docs.pages import PAGES, ROOT, Page, read
from tools import check, start

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*=.*")
_EXTRAS = re.compile(r"statechat\[([a-z,]+)\]")
_STANDS_FOR_MORE = "…"


def shell_lines(page: Page) -> Iterator[list[str]]:
    """The words of each command on a page: in `sh` fences, and as code in the text."""
    lines = [
        line
        for block in page.blocks
        if block.language == "sh"
        for line in block.text.replace("\\\n", " ").splitlines()
    ]
    lines += [span for span in page.spans() if re.match(r"(statechat|\./start|\./check) ", span)]
    for line in lines:
        for command in re.split(" [<>] ", line)[0].split(" | "):
            words = shlex.split(command, comments=True)
            while words and _VARIABLE.fullmatch(words[0]):
                words.pop(0)
            if words:
                yield [word.removesuffix(_STANDS_FOR_MORE) for word in words]


def parse(words: list[str]) -> bool:
    """Hold a command against its parser; false for a program that is not ours."""
    program, *arguments = words
    if program == "statechat" or program.endswith("/statechat"):
        parser, commands = main._parser()
        name = next((word for word in arguments if not word.startswith("-")), None)
        if name is not None:
            assert name in main.COMMANDS, words
            module = importlib.import_module(f"engine.cli.{name}")
            module.configure(commands[name])
        named = 2 if name in ("dead", "i18n", "person") else 1
        if len(arguments) > named or name is None:  # else the text speaks of the command
            parser.parse_args(arguments)
    elif program == "./check":
        check._arguments(arguments)
    elif program == "./start":
        parse(["statechat", *start.arguments(arguments, set())])
    elif program == ".venv/bin/python" and arguments[:1] == ["-m"]:
        assert importlib.util.find_spec(arguments[1]) is not None, words
    else:
        return False
    return True


@pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])
def test_every_command_that_a_page_shows_is_one(path: Path) -> None:
    for words in shell_lines(read(path)):
        try:
            parse(words)
        except SystemExit as end:
            assert not end.code, f"{path.name}: {shlex.join(words)}"  # noqa: PT017 - argparse's way to say no


def test_a_wrong_command_would_be_found() -> None:
    with pytest.raises(SystemExit) as end:
        parse(["statechat", "chat", "--frsh", "pizza"])
    assert end.value.code == main.MISUSE


def test_extras_that_pages_install_are_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        extra
        for path in PAGES
        for found in _EXTRAS.findall(path.read_text(encoding="utf-8"))
        for extra in found.split(",")
    }
    assert named
    assert named <= project["optional-dependencies"].keys()


def test_the_page_of_commands_names_every_command_and_option() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    for name in main.COMMANDS:
        assert f"## statechat {name}" in page
        parser = argparse.ArgumentParser()
        importlib.import_module(f"engine.cli.{name}").configure(parser)
        for action in parser._actions:
            for option in action.option_strings:
                assert f"`{option}" in page, f"{name} {option}"
