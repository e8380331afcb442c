"""A MongoDB for tests: the server of `MONGODB_URI` where that is set, else one of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@contextmanager
def mongodb() -> Iterator[str]:
    """The address of a server; the test is skipped where there is none to start."""
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


def named(uri: str, database: str) -> str:
    """The address of another database on the same server."""
    head, _, options = uri.partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{database}" + (f"?{options}" if options else "")
