"""A MongoDB-compatible server for tests, in a process of its own.

`python -m tests.servers.secantus` prints its URI, and serves on loopback until its standard input
ends or it gets SIGTERM. An argument names the folder of its data, else that is a temporary one; a
second one names the port.
"""

import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

from secantus.server import SecantusDBServer  # type: ignore[import-untyped]  # it has none


def serve(folder: str, port: int) -> None:
    server = SecantusDBServer(
        host="127.0.0.1",
        port=port,
        storage_path=folder,
        cache_size="128M",
        sync_on_commit=True,  # with its defaults, acknowledged writes are lost when it is killed
    )
    server.start()
    try:
        print(server.uri, flush=True)  # noqa: T201 - the answer to whoever started it
        sys.stdin.read()
    finally:
        server.stop()


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    arguments = sys.argv[1:]
    port = int(arguments[1]) if len(arguments) > 1 else 0
    if arguments:
        Path(arguments[0]).mkdir(parents=True, exist_ok=True)
        serve(arguments[0], port)
    else:
        with tempfile.TemporaryDirectory(prefix="secantus-") as temporary:
            serve(temporary, port)
