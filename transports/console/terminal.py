"""A person at a terminal: a prompt that stays below what the bot says, with styles and a menu."""

import io
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console as Painter
from rich.style import Style
from rich.text import Text

from engine.core.effects import Mark, MarkKind, Message
from transports.menu import lines
from transports.render import Signs, additions

_PROMPT: Final = "> "
_STYLES: Final[dict[MarkKind, Style]] = {
    "bold": Style(bold=True),
    "italic": Style(italic=True),
    "underline": Style(underline=True),
    "strike": Style(strike=True),
    "spoiler": Style(reverse=True, dim=True),
    "code": Style(color="cyan"),
    "pre": Style(color="cyan"),
    "quote": Style(italic=True),
    "link": Style(underline=True),
}
_SIGNS: Final = Signs(struck="", quoted="│ ")
_NUMBER: Final = Style(color="cyan", bold=True)
_ASIDE: Final = Style(dim=True)


class _Interrupted(Exception):  # noqa: N818 - Ctrl-C is no error
    """Ctrl-C at the prompt, which the terminal hands over as a key."""


class Terminal:
    """The process's own terminal. `color` may be off, as `NO_COLOR` asks."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    async def lines(self) -> AsyncIterator[str]:
        """Each line that is entered; Ctrl-D ends them, Ctrl-C is the signal that it always is."""
        prompt: PromptSession[str] = PromptSession(
            _PROMPT, interrupt_exception=_Interrupted, eof_exception=EOFError
        )
        # Whatever an action or a log writes appears above the prompt too.
        with patch_stdout(raw=True):
            while True:
                try:
                    line = await prompt.prompt_async(handle_sigint=False)
                except EOFError:
                    return
                except _Interrupted:
                    signal.raise_signal(signal.SIGINT)
                    return
                yield line

    async def show(self, message: Message) -> None:
        await self._print(styled(message))

    async def greet(self, text: str) -> None:
        await self.note(text)

    async def note(self, text: str) -> None:
        await self._print(Text(text, _ASIDE))

    async def _print(self, text: Text) -> None:
        painted = paint(text, width=shutil.get_terminal_size().columns, color=self._color)

        def write() -> None:
            out = sys.__stdout__
            assert out is not None, "a terminal has a standard output"
            out.write(painted)
            out.flush()

        await run_in_terminal(write)


def styled(message: Message) -> Text:
    """The message with its marks as styles, a link's address behind it, and a numbered menu."""
    text = _with_marks(message.text, message.marks)
    for line in lines(message):
        if text:
            text.append("\n")
        if line.number is not None:
            text.append(f"{line.number}. ", _NUMBER)
        text.append(line.label)
    return text


def paint(text: Text, *, width: int, color: bool) -> str:
    """The text as a terminal takes it, broken between words."""
    sink = io.StringIO()
    painter = Painter(
        file=sink, force_terminal=True, width=max(width, 20), no_color=not color, highlight=False,
        markup=False, emoji=False, legacy_windows=False, soft_wrap=False,
    )  # fmt: skip
    painter.print(text)
    return sink.getvalue()


def _with_marks(source: str, marks: tuple[Mark, ...]) -> Text:
    text = Text(source)
    for mark in marks:
        text.stylize(_STYLES[mark.kind], mark.offset, mark.offset + mark.length)
    # From the end, so that what is added moves nothing that is still to come.
    for at, sign in reversed(list(additions(source, marks, _SIGNS))):
        text = Text.assemble(text[:at], (sign, _ASIDE), text[at:])
    return text
