"""Whole chats, as a person has them: the command as a process, on pipes and in a terminal."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

STATECHAT = [sys.executable, "-m", "engine.cli.main"]
FLOW = """\
flow: hello
triggers: [/start]
data:
  name: {type: text}
  colour: {type: enum}
initial: name
states:
  name: {ask: What is your **name**?, next: colour}
  colour:
    ask: Which colour, {name}?
    choices: {red: Red, blue: Blue}
    next: work
  work:
    invoke: {action: paint, with: {colour: colour}, done: end}
    on: {error: end}
  end: {type: final, say: "It is {colour}, {name}."}
"""
TIMER = """\
flow: hello
triggers: [/start]
initial: wait
states:
  wait: {ask: Well?, into: any, after: {1s: {say: Hurry up}}, next: end}
  end: {type: final, say: Bye}
data: {any: {type: text}}
"""
ACTIONS = """\
import asyncio
from engine.actions import ActionCall, action

@action("paint")
async def paint(call: ActionCall, colour: str) -> str:
    await asyncio.sleep(0.3)
    return colour
"""
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>])")


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    folder = tmp_path / "painter"
    folder.mkdir()
    (folder / "hello.yaml").write_text(FLOW)
    (folder / "actions.py").write_text(ACTIONS)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"MONGODB_URI", "NO_COLOR"}}
    return {
        **kept, "STATECHAT_DATA": str(tmp_path / "data"), "LC_ALL": "C.UTF-8",
        "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1",
    }  # fmt: skip


def chat(
    bot: Path, environment: dict[str, str], typed: str, *words: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*STATECHAT, "chat", str(bot), *words], env=environment, input=typed,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_on_a_pipe_every_line_is_answered_and_an_action_awaited_before_the_end(
    bot: Path, environment: dict[str, str]
) -> None:
    done = chat(bot, environment, "/start\nAnn\n2\n")
    assert done.stdout == (
        "What is your name?\nWhich colour, Ann?\n1. Red\n2. Blue\nIt is blue, Ann.\n"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_regular_file_is_as_good_as_a_pipe(
    bot: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "typed").write_text("/start\nAnn")
    with (tmp_path / "typed").open() as typed:
        done = subprocess.run(
            [*STATECHAT, "chat", str(bot)], env=environment, stdin=typed, capture_output=True,
            text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.stdout.endswith("Which colour, Ann?\n1. Red\n2. Blue\n")


def test_without_any_input_it_ends_at_once(bot: Path, environment: dict[str, str]) -> None:
    done = chat(bot, environment, "")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_conversation_goes_on_where_it_stopped_and_says_so(
    bot: Path, environment: dict[str, str]
) -> None:
    chat(bot, environment, "/start\nAnn\n", "--as", "ann")
    done = chat(bot, environment, "red\n", "--as", "ann")
    assert done.stdout == "It is red, Ann.\n"
    assert done.stderr == "(Your conversation goes on: hello, at colour.)\n"


def test_a_conversation_goes_on_in_the_new_version_or_finishes_in_the_old_one(
    bot: Path, environment: dict[str, str]
) -> None:
    chat(bot, environment, "/start\nAnn\n", "--as", "ann")
    chat(bot, environment, "/start\n", "--as", "bob")
    new = FLOW.replace("Which colour", "What colour").replace("It is", "So it is")
    (bot / "hello.yaml").write_text(new)
    assert chat(bot, environment, "red\n", "--as", "ann").stdout == "So it is red, Ann.\n"
    # What the rest reads is asked for by a question that Bob has not met, and will not meet.
    new = new.replace("  name: {ask", "  who: {ask").replace("initial: name", "initial: who")
    new = new.replace("{name}", "{who}").replace("  name: {type", "  who: {type")
    (bot / "hello.yaml").write_text(new)
    done = chat(bot, environment, "Bob\nred\n/start\nBob\n", "--as", "bob")
    assert done.stdout == (
        "Which colour, Bob?\n1. Red\n2. Blue\nIt is red, Bob.\n"
        "What is your name?\nWhat colour, Bob?\n1. Red\n2. Blue\n"
    )


def test_an_action_that_an_old_version_cannot_call_any_more_keeps_the_bot_from_starting(
    bot: Path, environment: dict[str, str]
) -> None:
    chat(bot, environment, "/start\nAnn\n", "--as", "ann")
    (bot / "actions.py").write_text(ACTIONS.replace("colour: str", "tone: str"))
    flow = FLOW.replace("with: {colour: colour}", "with: {tone: colour}").replace(
        "colour:\n    ask", "tint:\n    into: colour\n    ask"
    )
    (bot / "hello.yaml").write_text(flow.replace("next: colour", "next: tint"))
    done = chat(bot, environment, "red\n", "--as", "ann")
    assert done.returncode == 1
    assert "People are in the middle of hello.yaml (version " in done.stderr
    assert "Traceback" not in done.stderr


def test_each_name_has_its_conversation_and_fresh_is_nobody_known(
    bot: Path, environment: dict[str, str]
) -> None:
    chat(bot, environment, "/start\nAnn\n", "--as", "ann")
    assert "Ann" not in chat(bot, environment, "red\n", "--as", "bob").stdout
    assert "Ann" not in chat(bot, environment, "red\n", "--as", "ann", "--fresh").stdout


def test_a_reader_that_has_gone_ends_the_chat_quietly(
    bot: Path, environment: dict[str, str]
) -> None:
    source, sink = os.pipe()
    os.close(source)
    done = subprocess.run(
        [*STATECHAT, "chat", str(bot)], env=environment, input=b"/start\n", stdout=sink,
        stderr=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    os.close(sink)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_second_chat_with_the_same_bot_says_why_it_cannot(
    bot: Path, environment: dict[str, str]
) -> None:
    with Terminal([*STATECHAT, "chat", str(bot)], environment) as terminal:
        terminal.until("Ctrl-D ends")
        done = chat(bot, environment, "/start\n")
    assert done.returncode == 1
    assert "[store:locked]" in done.stderr
    assert "= help: " in done.stderr


def test_a_run_without_keys_says_which_to_set(bot: Path, environment: dict[str, str]) -> None:
    kept = {
        k: v
        for k, v in environment.items()
        if not k.startswith(("TELEGRAM", "NOSTR", "STATECHAT_C"))
    }
    done = subprocess.run(
        [*STATECHAT, "run", str(bot)], env=kept, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "[run:no_transport]" in done.stderr
    assert "TELEGRAM_TOKEN" in done.stderr
    assert f"statechat chat {bot}" in done.stderr


def test_a_run_says_when_it_is_ready_and_where_it_keeps_what_it_hears(
    bot: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*STATECHAT, "run", "--console", str(bot)], env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        path = tmp_path / "data" / "painter.sqlite3"
        ready = f"statechat: painter is ready (console; store: sqlite {path})\n"
        assert process.stderr.readline() == ready
        process.stdin.write("/start\n")
        process.stdin.close()
        assert process.stdout.readline() == "What is your name?\n"
        # The input has ended, and the bot runs on until it is told to stop.
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr.read() == ""


class Terminal:
    """A process in a terminal of 80 columns.

    `raw` is all that it was sent, with escapes; `until` goes through its text from the start.
    """

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.raw = ""
        self._at = 0
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            command, env=environment, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def until(self, text: str, seconds: float = 30) -> None:
        """Wait until a text comes, after the one that was waited for last."""
        deadline = time.monotonic() + seconds
        while (found := ESCAPE.sub("", self.raw).find(text, self._at)) < 0:
            if not self._more(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} did not come: {self.raw!r}")
        self._at = found + len(text)

    def end(self, seconds: float = 30) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + seconds
        while self._more(deadline - time.monotonic()):
            pass
        return self.process.wait(seconds)

    def leave(self, key: str, seconds: float = 30) -> int:
        """Press a key until the process ends; the exit code.

        While something is printed, keys are the terminal's own and one may be lost.
        """
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):  # the other end is closed
                self.type(key)
            self._more(1)
        return self.end(5)

    def _more(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(seconds, 0))
        data = b""
        if ready:
            with contextlib.suppress(OSError):  # the other end is closed
                data = os.read(self._master, 65_536)
        self.raw += data.decode("utf-8", "replace")
        return bool(data)


@pytest.fixture
def terminal(bot: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    with Terminal([*STATECHAT, "chat", str(bot), "--as", "ann"], environment) as opened:
        opened.until("painter: Begin with /start. Ctrl-D ends.")
        yield opened


def test_in_a_terminal_marks_are_styles_and_choices_a_menu(terminal: Terminal) -> None:
    terminal.type("/start\r")
    terminal.until("What is your name?")
    assert "\x1b[1mname\x1b[0m" in terminal.raw
    terminal.type("Ann\r")
    terminal.until("2. Blue")
    terminal.type("2\r")
    terminal.until("It is blue, Ann")
    assert terminal.leave("\x04") == 0


def test_ctrl_c_ends_a_chat_with_the_code_that_shells_expect(terminal: Terminal) -> None:
    terminal.type("/start\r")
    terminal.until("What is your name?")
    assert terminal.leave("\x03") == 130
    assert "Traceback" not in terminal.raw


def test_what_comes_while_one_types_stands_above_the_prompt(
    bot: Path, environment: dict[str, str]
) -> None:
    (bot / "hello.yaml").write_text(TIMER)
    with Terminal([*STATECHAT, "chat", str(bot)], environment) as terminal:
        terminal.until("Ctrl-D ends.")
        terminal.type("/start\r")
        terminal.until("Well?")
        terminal.type("I am thin")
        terminal.until("Hurry up")
        # The prompt is drawn anew below it, with what was typed so far.
        terminal.until("> I am thin")
        terminal.type("king\r")
        terminal.until("Bye")
