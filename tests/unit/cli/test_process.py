"""Signals: the first ends a run in order, the second at once."""

import io
import logging
import signal
import subprocess
import sys

import pytest

from engine.cli.logs import log_to_stderr
from engine.cli.process import Stop

PROGRAM = """
import asyncio, sys
from engine.cli.process import Stop

async def work():
    stop = Stop()
    stop.listen()
    print("ready", flush=True)
    await stop.event.wait()
    print("stopping", flush=True)
    if "{stubborn}":
        await asyncio.Event().wait()
    return stop.code

sys.exit(asyncio.run(work()))
"""


def start(*, stubborn: bool = False) -> subprocess.Popen[str]:
    program = PROGRAM.replace("{stubborn}", "yes" if stubborn else "")
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert line(process) == "ready\n"
    return process


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_first_signal_ends_the_work_in_order(number: signal.Signals, code: int) -> None:
    with start() as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (code, "stopping\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_second_signal_ends_the_process_at_once(number: signal.Signals) -> None:
    with start(stubborn=True) as process:
        process.send_signal(number)
        assert line(process) == "stopping\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (128 + number, "")


async def test_the_first_reason_to_end_decides_the_exit_code() -> None:
    stop = Stop()
    stop.end(141)
    stop.end(0)
    assert stop.event.is_set()
    assert stop.code == 141


def test_the_log_follows_standard_error_wherever_it_goes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    log_to_stderr(verbose=False)
    prompt = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", prompt)
        logging.getLogger("statechat.x").warning("above the prompt")
    logging.getLogger("statechat.x").warning("careful")
    logging.getLogger("statechat.x").info("only told when asked")
    assert prompt.getvalue() == "statechat: WARNING: above the prompt\n"
    assert capsys.readouterr().err == "statechat: WARNING: careful\n"
