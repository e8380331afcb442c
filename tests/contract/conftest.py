"""The databases that the contract suites run over.

On MongoDB the tests use the server of `MONGODB_URI` where that is set, else one of their own.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.contract.homes import Home, home_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def mongodb_uri() -> Iterator[str]:
    given = os.environ.get("MONGODB_URI")
    if given:
        yield given
        return
    pytest.importorskip("secantus")
    command = [sys.executable, "-m", "tests.servers.secantus"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


@pytest.fixture(params=["sqlite", "sqlite-batched", "mongo-motor", "mongo-pymongo"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    async with AsyncExitStack() as stack:
        server = lambda: str(request.getfixturevalue("mongodb_uri"))  # noqa: E731 - it may not be needed
        yield home_of(request.param, stack, tmp_path, server)
