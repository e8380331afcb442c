"""A disk that is full while people talk: nothing is lost, and the bot goes on when it can."""

import asyncio
import contextlib
import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.phrases import phrase
from tests.e2e.dialogue import telegram
from tests.e2e.process import until

TIMES = 12
LATE = phrase("late", "en")
HELLO = ("Welcome! Four short questions.", "What is your name?")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"only who may mount can make a small disk: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all the room that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    with pytest.raises(OSError, match="No space") as full:
        (disk / "more").write_bytes(b"x" * 8192)
    assert full.value.errno == errno.ENOSPC
    return ballast


async def test_what_people_say_while_the_disk_is_full_is_answered_when_there_is_room(
    small_disk: Path,
) -> None:
    async with telegram(small_disk) as account, account.bot("registration") as process:
        await process.ready()
        ann = account.person(100)
        await ann.says("/start")
        await ann.hears(*HELLO)
        ballast = await asyncio.to_thread(fill, small_disk)
        # more than the file's log of writes may still have room for
        last = await ann.says(*["/start"] * TIMES)
        told = await process.line("the store does not answer")
        assert "database or disk is full" in told
        assert process.process.returncode is None
        ballast.unlink()
        await process.line("the store answers again")

        def answers() -> list[str]:
            return [text for text in ann.texts if text != LATE]

        await until(lambda: len(answers()) >= len(HELLO) * (1 + TIMES), "all is answered")
        assert answers() == [*HELLO * (1 + TIMES)]
        await account.confirmed(last)
        record = account.database("registration").record(f"registration/{ann.owner}")
        assert record is not None
        assert record.session.steps == 1 + TIMES
        assert await process.stop() == 0
