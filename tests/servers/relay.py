"""A Nostr relay as a process of its own: `python -m tests.servers.relay` runs one.

It prints its URL on a line and runs until its standard input ends.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nostr_sdk  # type: ignore[import-untyped]  # it has no types

ROOT = Path(__file__).parents[2]
ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("--port", type=int, default=0, help="default: a free one")
ARGUMENTS.add_argument("--database", help="a folder that keeps the events; default: memory")
ARGUMENTS.add_argument("--limit", type=int, help="most events that a request is answered with")
ARGUMENTS.add_argument("--auth", action="store_true", help="nothing without AUTH (NIP-42)")
ARGUMENTS.add_argument("--notes", type=int, default=1_000_000, help="most events a minute")


async def serve(arguments: argparse.Namespace) -> None:
    """Run a relay until standard input ends."""
    loop = asyncio.get_running_loop()
    nostr_sdk.uniffi_set_event_loop(loop)
    builder = (
        nostr_sdk.LocalRelayBuilder()
        .addr("127.0.0.1")
        .rate_limit(nostr_sdk.RateLimit(max_reqs=10_000, notes_per_minute=arguments.notes))
    )
    if arguments.port:
        builder = builder.port(arguments.port)
    if arguments.database:
        builder = builder.database(await nostr_sdk.NostrLmdb.open(arguments.database))
    if arguments.limit:
        builder = builder.max_filter_limit(arguments.limit)
        builder = builder.default_filter_limit(arguments.limit)
    if arguments.auth:
        mode = nostr_sdk.LocalRelayBuilderNip42Mode.BOTH
        builder = builder.nip42(nostr_sdk.LocalRelayBuilderNip42(mode=mode))
    relay = builder.build()
    await relay.run()
    print(await relay.url(), flush=True)  # noqa: T201 - read by whoever started the process
    await loop.run_in_executor(None, sys.stdin.read)
    relay.shutdown()


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[str]:
    """The URL of a relay that runs in a process of its own; it is killed on leaving."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.relay", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdin
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("ws://127.0.0.1:"), url
        yield url
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve(ARGUMENTS.parse_args()))
