"""The databases that the contract suites run over.

On MongoDB the tests use the server of `MONGODB_URI` where that is set, else one of their own.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.contract.homes import Home, home_of
from tests.servers.mongodb import mongodb


@pytest.fixture(scope="session")
def mongodb_uri() -> Iterator[str]:
    with mongodb() as uri:
        yield uri


@pytest.fixture(params=["sqlite", "sqlite-batched", "mongo-motor", "mongo-pymongo"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    async with AsyncExitStack() as stack:
        server = lambda: str(request.getfixturevalue("mongodb_uri"))  # noqa: E731 - it may not be needed
        yield home_of(request.param, stack, tmp_path, server)
