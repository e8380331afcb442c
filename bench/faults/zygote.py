"""The process that is forked for each life: it has imported everything and compiled the bots.

Starting a Python that has done so takes a second, forking one a few milliseconds. It reads a will
a line on standard input, answers with the child's number, waits for the child's end, and answers
with how that was. Run as `python -m bench.faults.zygote`.
"""

import asyncio
import contextlib
import functools
import gc
import json
import os
import signal
import ssl
import sys
import traceback
from typing import TYPE_CHECKING, Self

from bench.faults.life import ROOT, Will

if TYPE_CHECKING:
    from engine.compiler.bot import Bot


class Zygote:
    """The other end of the pipe; one life at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._child = 0

    @classmethod
    async def start(cls) -> Self:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.faults.zygote", cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            process_group=0,  # a key that breaks the harness off is no death
        )  # fmt: skip
        zygote = cls(process)
        assert await zygote._answer() == "ready"
        return zygote

    async def bear(self, will: Will) -> int:
        """Begin a life; the number of its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(will.written()).encode() + b"\n")
        self._child = int(await self._answer())
        return self._child

    async def end(self) -> int:
        """Wait for the end of the life; minus the signal that it died of, or its exit code."""
        status = int(await self._answer())
        self._child = 0
        return os.waitstatus_to_exitcode(status)

    async def stop(self) -> None:
        """End; a life that is under way is killed before."""
        assert self._process.stdin is not None
        if self._child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        self._process.stdin.close()
        await self._process.wait()

    async def _answer(self) -> str:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process that is forked for each life has died")
        return line.decode().strip()


def main() -> None:
    """Serve standard input until it ends."""
    import engine.stores.mongo  # noqa: F401, PLC0415 - lives import nothing themselves
    import transports.nostr.transport  # noqa: PLC0415 - as above
    import transports.telegram.api  # noqa: F401, PLC0415 - as above
    from bench.faults.life import bots  # noqa: PLC0415 - imported once, then forked

    known = bots()
    _once()
    gc.collect()
    gc.freeze()
    _say("ready")
    for line in sys.stdin:
        will = Will.read(json.loads(line))
        child = os.fork()
        if child == 0:
            _be_born(will, known[will.bot])
        _say(str(child))
        _, status = os.waitpid(child, 0)
        _say(str(status))


def _once() -> None:
    """Do now what takes long and is the same in every life, so that it is forked with the rest."""
    import certifi  # noqa: PLC0415 - as above

    from engine.cli import transports  # noqa: PLC0415 - as above

    for holder, name in ((transports, "entry_points"), (ssl, "create_default_context")):
        setattr(holder, name, functools.cache(vars(holder)[name]))
    transports.configured({"TELEGRAM_TOKEN": f"1:{'a' * 35}"})
    ssl.create_default_context(cafile=certifi.where())


def _be_born(will: Will, bot: "Bot") -> None:
    from bench.faults.life import live  # noqa: PLC0415 - as above

    log = os.open(will.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.dup2(log, 2)
    try:
        live(will, bot)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - told in the log, and by the exit code
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
