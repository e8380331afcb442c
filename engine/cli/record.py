"""`statechat record`: a chat by hand becomes a test."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.bots import add_bot, compiled, locate
from engine.cli.output import note, say, tell
from engine.errors import StatechatError

if TYPE_CHECKING:
    from engine.core.effects import Invoke, Message

_DESCRIPTION = """\
Chat with a bot, and keep the chat as a test. The clock is virtual: `:wait 10m` takes no time. No
action of the bot's own runs: you say what each gives, and the test says it again. `:help` tells
what else can be done; Ctrl-D ends the chat and writes the test."""

_EPILOG = """\
example:
  statechat record my_bot --out my_bot/main.test.yaml --name "a table in the garden"
  printf '/start\\nAnn\\n:wait 10m\\n' | statechat record my_bot --out my_bot/main.test.yaml

A file that is there already gets one more test at its end, and is laid out as `statechat fmt` does.

exit code: 0 the test was written, 1 nothing was said, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_bot(parser)
    parser.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="the test file: NAME.test.yaml"
    )
    parser.add_argument("--name", metavar="WORDS", default="recorded", help="what the test shows")
    parser.add_argument("--lang", metavar="LANGUAGE", help="the person's language")


def execute(arguments: argparse.Namespace) -> int:
    if not arguments.out.name.endswith(".test.yaml"):
        raise StatechatError(
            "cli:test_file", f"{arguments.out} is no name of a test file",
            cure="Call it NAME.test.yaml.",
        )  # fmt: skip
    bot = compiled(locate(arguments.bot))
    # `--help` should not wait for the engine.
    from engine.authoring.dialogues import appended, written  # noqa: PLC0415 - as above
    from engine.authoring.saving import save  # noqa: PLC0415 - as above
    from engine.testing.recorder import HELP, Recorder  # noqa: PLC0415 - as above

    recorder = Recorder(bot.program, _ask, arguments.lang)
    if sys.stdin.isatty():
        note("on a virtual clock; :help tells what can be done, Ctrl-D ends and writes the test")
    while (line := _line("> ")) is not None:
        if line.strip() == ":help":
            say(HELP)
        elif line.strip():
            try:
                _show(recorder.do(line))
            except StatechatError as error:
                tell(error)
    if recorder.empty:
        note("nothing was said, and nothing is written")
        return 1
    test = recorder.test(arguments.name)
    there = arguments.out.exists()
    text = arguments.out.read_text(encoding="utf-8") if there else ""
    save(arguments.out, appended(text, test) if text.strip() else written([test]))
    note(f"written: {arguments.out}")
    return 0


def _line(prompt: str) -> str | None:
    """The next line; none at the end."""
    if sys.stdin.isatty():
        sys.stdout.write(prompt)
        sys.stdout.flush()
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None


def _ask(invoke: "Invoke") -> str:
    given = ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in invoke.args.items()
    )
    say(f"({invoke.action}: {given}) gives?")
    return _line("= ") or ""


def _show(said: "list[Message]") -> None:
    from engine.testing.said import shown  # noqa: PLC0415 - as above

    for message in said:
        say(f"  {shown(message)}")
