"""Runs a bot's conversation tests, and shows a failure as the dialogue that led there."""

import time
from collections.abc import Collection, Iterable
from dataclasses import field
from pathlib import Path
from typing import Final

from engine.classes import dataclass
from engine.compiler.bot import Bot
from engine.compiler.reader import display
from engine.core.program import Program
from engine.errors import Place, StatechatError
from engine.testing.difference import EXPECTED, GOT
from engine.testing.files import scripts
from engine.testing.player import Mismatch, Player
from engine.testing.script import Script

CONTEXT: Final = 12
"""Lines of a dialogue that are shown before the one that is not as expected."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed test: its name, where and what, and the dialogue up to there.

    `difference` are the lines of the dialogue that are not as expected, marked `-` and `+`.
    """

    name: str
    place: Place
    message: str
    dialogue: tuple[str, ...]
    cure: str | None = None
    difference: tuple[str, ...] = ()

    def render(self, *, color: bool) -> str:
        """The dialogue, and what is wrong in it."""
        red, green, dim, end = _COLORS if color else ("", "", "", "")
        lines = [f"{self.place}: {red}FAILED{end} {self.name}"]
        left_out = len(self.dialogue) - CONTEXT
        if left_out > 1:
            lines.append(f"    {dim}… {left_out} lines before{end}")
        shown = self.dialogue[left_out:] if left_out > 1 else self.dialogue
        lines += [f"    {dim}{line}{end}" for line in shown]
        marked = {EXPECTED[0]: red, GOT[0]: green}
        for line in self.difference:
            lines.append(f"  {marked.get(line[0], dim)}{line}{end}")
        lines += [f"  {red}>{end} {line}" for line in self._words()]
        if self.cure:
            lines.append(f"    = help: {self.cure}")
        return "\n".join(lines)

    def _words(self) -> list[str]:
        """What the difference does not say already."""
        first, *rest = self.message.splitlines()
        return [first] if self.difference else [first, *rest]


_COLORS: Final = ("\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m")


@dataclass(frozen=True, slots=True)
class Result:
    """One test that was run: its file, its name, how long it took; why it failed, if it did."""

    file: str
    name: str
    seconds: float
    failure: Failed | None = None


@dataclass(slots=True)
class Report:
    """What a run of tests gave, in the order of the files."""

    results: list[Result] = field(default_factory=list)

    @property
    def failures(self) -> list[Failed]:
        return [one.failure for one in self.results if one.failure is not None]

    @property
    def failed(self) -> int:
        return len(self.failures)

    @property
    def passed(self) -> int:
        return len(self.results) - self.failed

    def render(self, *, color: bool) -> str:
        """The failures as dialogues, and nothing where there are none."""
        return "\n\n".join(failure.render(color=color) for failure in self.failures)


def run(
    bot: Bot,
    select: str | None = None,
    files: Collection[Path] = (),
    program: Program | None = None,
) -> Report:
    """Run the tests of a bot.

    Args:
        bot: the bot.
        select: keeps the tests whose name holds it.
        files: keeps the tests of these files.
        program: what is played with instead of the bot's program: a copy with probes.

    Raises:
        FlowInvalid: a test file is faulty.
    """
    report = Report()
    for script in selected(scripts(bot), select, files):
        report.results.append(timed(program or bot.program, script))
    return report


def timed(program: Program, script: Script) -> Result:
    """Run one test, and look at the clock."""
    began = time.perf_counter()
    failure = run_script(program, script)
    return Result(script.place.file, script.name, time.perf_counter() - began, failure)


def selected(
    found: Iterable[Script], select: str | None = None, files: Collection[Path] = ()
) -> list[Script]:
    """The tests whose name holds some words, of these files."""
    names = {display(path) for path in files}
    return [
        script
        for script in found
        if (select is None or select.casefold() in script.name.casefold())
        and (not names or script.place.file in names)
    ]


def run_script(program: Program, script: Script) -> Failed | None:
    """Run one test; none where it passed."""
    player = Player(program, script)
    try:
        player.play()
    except Mismatch as mismatch:
        return Failed(
            script.name, mismatch.place, mismatch.message, tuple(player.dialogue), mismatch.cure,
            mismatch.lines,
        )  # fmt: skip
    except StatechatError as error:
        return Failed(script.name, player.place, error.message, tuple(player.dialogue), error.cure)
    return None
