"""The tutorial, walked literally: its commands in a shell, its files, its conversations."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.unit.docs.pages import ROOT, Block, read

ELSEWHERE = {"run"}
"""Commands that need a key."""


class Walk:
    """Somebody who does what the page says, block by block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = ""
        self.ran: list[str] = []
        self.chatted = 0

    def call(
        self, words: list[str], typed: str = "", lang: str = "C"
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "engine.cli.main", *words], cwd=self.folder, input=typed,
            capture_output=True, text=True, encoding="utf-8", check=False,
            env={**os.environ, "STATECHAT_DATA": str(self.folder / "data"), "PYTHONUTF8": "1",
                 "LC_ALL": f"{lang}.UTF-8", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def shell(self, block: Block) -> None:
        for line in block.text.splitlines():
            words = shlex.split(line)
            if words[0] != "statechat" or words[1] in ELSEWHERE:
                continue
            done = self.call(words[1:])
            self.printed = done.stdout
            self.ran.append(words[1])
            failing = words[1] == "test" and "FAILED" in done.stdout
            assert done.returncode == int(failing), f"{block.line}: {line}\n{done.stderr}"

    def file(self, block: Block) -> None:
        path = self.folder / block.options["file"]
        if path.name == "cafe.yaml" and not self.chatted:
            assert path.read_text(encoding="utf-8") == block.text, "what `new` makes stands there"
        path.write_text(block.text, encoding="utf-8")

    def chat(self, block: Block) -> None:
        lines = block.text.splitlines()
        typed = "".join(f"{line.removeprefix('> ')}\n" for line in lines if line.startswith("> "))
        german = block.options.get("lang") == "de"
        done = self.call(["chat", "cafe", "--fresh"], typed, "de_DE" if german else "C")
        assert done.stdout.splitlines() == [line for line in lines if not line.startswith("> ")]
        self.chatted += 1


def test_who_does_what_the_tutorial_says_sees_what_it_says(tmp_path: Path) -> None:
    walk = Walk(tmp_path)
    for block in read(ROOT / "docs" / "tutorial.md").blocks:
        if block.language == "sh":
            walk.shell(block)
        elif block.language == "chat":
            walk.chat(block)
        elif "file" in block.options and "fault" not in block.words:
            walk.file(block)
        elif "tests" in block.words:
            assert walk.printed.strip() == block.text.strip()
    assert walk.ran == [
        "--version", "new", "chat", "check", "test", "test", "i18n", "check", "test",
    ]  # fmt: skip
    assert walk.chatted == 3
    assert walk.call(["fmt", "--check", "cafe"]).returncode == 0
    assert walk.call(["test", "cafe"]).stdout == "6 passed, 0 failed\n"
