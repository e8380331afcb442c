"""MongoDB where it hurts: the server is killed under load, and comes back."""

import asyncio
import gc
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from engine.core.session import Session
from engine.errors import StatechatError
from engine.stores.batch import Batched
from engine.stores.protocol import Record

pytest.importorskip("secantus.server")
pytest.importorskip("motor")

from engine.stores.mongo import MongoStore

ROOT = Path(__file__).parents[2]
PERSONS = 10


class Server:
    """A server on a folder, which can be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.secantus", str(self._folder), str(self.port)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().rstrip("/\n").rpartition(":")[2])

    def kill(self) -> None:
        assert self._process is not None
        with self._process as process:
            process.kill()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()
    # pymongo's asyncio client leaves sockets to the collector when they break while connecting
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_a_killed_server_loses_nothing_that_it_acknowledged(
    server: Server, driver: Literal["motor", "pymongo"]
) -> None:
    uri = f"mongodb://127.0.0.1:{server.port}/faults?serverSelectionTimeoutMS=1000"
    store = Batched(MongoStore(uri, "demo", driver=driver))
    await store.open()
    acknowledged = [0] * PERSONS
    codes: set[str] = set()
    under_way = asyncio.Event()

    async def write(person: int) -> None:
        while True:
            rev = acknowledged[person] + 1
            try:
                won = await store.commit([Record(Session(f"demo/test:{person}", rev))])
            except StatechatError as error:
                codes.add(error.code)
                return
            assert won == [True]
            acknowledged[person] = rev
            if rev >= 10:
                under_way.set()

    writers = [asyncio.create_task(write(person)) for person in range(PERSONS)]
    await under_way.wait()
    server.kill()
    await asyncio.gather(*writers)
    assert codes
    assert codes <= {"store:unknown", "store:unreachable"}

    server.start()
    found = await store.load([f"demo/test:{person}" for person in range(PERSONS)])
    for person, known in enumerate(acknowledged):
        assert found[f"demo/test:{person}"].session.rev in {known, known + 1}
    await store.close()
