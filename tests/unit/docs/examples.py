"""Runs the fences of a page in their order, in a folder of their own."""

import ast
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.compiler.bot import Bot, InvalidBot, compile_bot, load
from engine.compiler.context import duration
from engine.compiler.files import SUFFIXES
from engine.compiler.reader import has_errors
from engine.compiler.source import load as load_yaml
from engine.diagnostics import Diagnostic, FlowInvalid
from engine.lint.config import FILE
from engine.lint.config import read as read_config
from engine.lint.output import render, summary
from engine.lint.runner import lint
from engine.testing.conversation import Conversation
from engine.testing.files import scripts
from engine.testing.runner import run
from engine.testing.script import START
from tests.unit.docs.pages import Block, Page
from transports.menu import numbered

_LATER: Final = re.compile(r"\((\w+) later\)")
UNTESTED: Final = frozenset({"text", "sh", "mermaid"})
"""Languages of fences that show something; shell commands are looked at by another test."""


@dataclass(slots=True)
class Examples:
    """The files that a page has shown so far, and the bot that it talks about."""

    page: Page
    root: Path
    current: Path | None = None
    codes: set[str] = field(default_factory=set)

    @property
    def site(self) -> Path:
        """Where the packages of the page are installed."""
        return self.root / "site"

    def play(self, block: Block) -> None:
        """Check one fence; an assertion names its page and line."""
        where = f"{self.page.name}:{block.line}"
        if block.language == "yaml":
            self._yaml(block, where)
        elif block.language == "chat":
            self._chat(block, where)
        elif block.language == "python":
            if "fault" in block.words:
                self._keep_fault(block)
                return
            ast.parse(block.text, filename=where)
            if "file" in block.options:
                self._write(block.options["file"], block.text, where)
        elif block.language == "toml" and "config" in block.words:
            self._write(FILE, block.text, where)
            read_config(self.root / FILE)
        elif block.language == "toml":
            self._install(block)
        elif block.language == "json":
            json.loads(block.text)
        elif block.language == "text" and "check" in block.words:
            assert self.checked() == block.text.strip(), where
        else:
            assert block.language in UNTESTED, f"{where}: what is a fence of {block.language!r}?"

    def _install(self, block: Block) -> None:
        """Let the package that a pyproject.toml describes be installed; its modules follow."""
        project = tomllib.loads(block.text)["project"]
        info = self.site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir(parents=True)
        head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (info / "METADATA").write_text(head, encoding="utf-8")
        lines = [
            line
            for group, points in project["entry-points"].items()
            for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        sys.path.insert(0, str(self.site))

    def _yaml(self, block: Block, where: str) -> None:
        if "fragment" in block.words:
            _, found = load_yaml(block.text, where)
            assert not found, f"{where}: {found}"
        elif "tests" in block.words:
            bot = self._bot(where)
            path = bot.root / f"{next(iter(bot.program.flows))}.test.yaml"
            path.write_text(block.text, encoding="utf-8")
            self._run_tests(where)
        elif "fault" in block.words:
            self._keep_fault(block)
        else:
            self._write(block.options.get("file", f"line{block.line}/flow.yaml"), block.text, where)

    def _keep_fault(self, block: Block) -> None:
        path = self.root / "fault" / block.options.get("file", "flow.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def checked(self) -> str:
        """What `statechat check` prints of the files with faults that were shown last."""
        faulty = self.root / "fault"
        folder = next(path.parent for path in sorted(faulty.rglob("*")) if path.is_file())
        with contextlib.chdir(faulty):
            found, sources = findings(folder.relative_to(faulty))
        shutil.rmtree(faulty)
        self.codes = {one.code for one in found}
        return f"{render(found, sources, color=False)}\n\n{summary(found)}"

    def _write(self, name: str, text: str, where: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        flows = [one for one in path.parent.iterdir() if "." not in one.stem and _is_yaml(one)]
        if [one for one in flows if one.name != "bot.yaml"]:
            self.current = path.parent
            self._bot(where)
        if ".test." in name:
            self._run_tests(where)

    def _bot(self, where: str) -> Bot:
        assert self.current is not None, f"{where}: no flow stands before this"
        try:
            return load(self.current)
        except FlowInvalid as invalid:
            raise AssertionError(f"{where}: {[str(one) for one in invalid.diagnostics]}") from None

    def _run_tests(self, where: str) -> None:
        report = run(self._bot(where))
        assert not report.failed, f"{where}:\n{report.render(color=False)}"
        assert report.passed, f"{where}: no test ran"

    def _chat(self, block: Block, where: str) -> None:
        if "real" in block.options:
            self._really_chat(block, where)
            return
        start = round(START.timestamp() * 1000)
        program = self._bot(where).program
        conversation = Conversation(program, now=start, lang=block.options.get("lang"))
        lines: list[str] = []
        for line in block.text.splitlines():
            later = _LATER.fullmatch(line)
            if line.startswith("> "):
                conversation.type(line.removeprefix("> "))
            elif later:
                milliseconds = duration(later[1])
                assert milliseconds is not None, f"{where}: {later[1]} is no duration"
                conversation.wait(milliseconds)
            else:
                continue
            lines.append(line)
            lines += [numbered(message) for message in conversation.said]
            conversation.said.clear()
        assert "\n".join(lines) == block.text.strip(), where

    def _really_chat(self, block: Block, where: str) -> None:
        """Chat through a pipe: what the bot says must be just what stands there."""
        said: list[str] = []
        typed: list[str] = []
        for line in block.text.splitlines():
            (typed if line.startswith("> ") else said).append(line)
        answered = subprocess.run(
            [sys.executable, "-m", "engine.cli.main", "chat", block.options["real"]],
            input="".join(f"{line.removeprefix('> ')}\n" for line in typed),
            env={**os.environ, "STATECHAT_DATA": str(self.root / "data"), "LC_ALL": "C.UTF-8",
                 "PYTHONPATH": str(self.site)},
            cwd=self.root, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert answered.returncode == 0, f"{where}: {answered.stderr}"
        assert answered.stdout.splitlines() == said, where


def findings(folder: Path) -> tuple[list[Diagnostic], Mapping[str, str]]:
    """All that is found in a bot, and the texts of its files."""
    compiled = compile_bot(folder)
    found = [*compiled.found]
    if not has_errors(found):
        found += lint(compiled)
        try:
            scripts(compiled.bot)
        except InvalidBot as invalid:
            found += invalid.diagnostics
    return found, compiled.bot.files


def _is_yaml(path: Path) -> bool:
    return path.suffix in SUFFIXES
