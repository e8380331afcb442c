"""A Bot API server as a process of its own: `python -m tests.servers.telegram` runs one."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

TOKENS_EACH = 14
"""Fewer than the 16 bots that one emulator keeps apart."""


@dataclass
class Emulator:
    """A running `lo-bot-api-emulator`; `base` is its URL."""

    process: subprocess.Popen[bytes]
    base: str
    bots: int = 0

    def token(self) -> str:
        """The token of a bot that no test has used."""
        self.bots += 1
        return f"{self.bots}:{'synthetic-token-' * 2}aaa"

    async def enqueue(self, token: str, update: Mapping[str, Any]) -> int:
        """Let something happen to a bot; the number of the update."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                f"{self.base}/__fixture/updates", json={"token": token, "update": update}
            ) as answer,
        ):
            body = await answer.json()
            assert body["ok"], body
            return int(body["result"]["update_id"])

    async def waiting(self, token: str) -> int:
        """How many updates the bot has not confirmed."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.base}/bot{token}/getWebhookInfo") as answer,
        ):
            return int((await answer.json())["result"]["pending_update_count"])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def start() -> Emulator:
    """Start an emulator on a free loopback port and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = "from lo_bot_api_emulator import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "--enable-control", "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    emulator = Emulator(process, f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the emulator ended at once"
        try:
            urllib.request.urlopen(f"{emulator.base}/bot0:probe/getMe", data=b"", timeout=5).close()
        except urllib.error.URLError:
            time.sleep(0.05)  # another process's port cannot be awaited
        else:
            return emulator
    emulator.stop()
    raise TimeoutError("the emulator did not answer within a minute")


class Pool:
    """Emulators for many tests: a bot of its own for each test, a new process when one is full."""

    def __init__(self) -> None:
        self._running: list[Emulator] = []
        self._given = 0

    def bot(self) -> tuple[Emulator, str]:
        if self._given % TOKENS_EACH == 0:
            self._running.append(start())
        self._given += 1
        return self._running[-1], self._running[-1].token()

    def stop(self) -> None:
        for emulator in self._running:
            emulator.stop()


def message(text: str | None = None, person: int = 100, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """An update: a private message as Telegram writes it."""
    body: dict[str, Any] = {
        "message_id": 1,
        "date": int(time.time()),
        "chat": {"id": person, "type": "private", "first_name": "Ann"},
        "from": {"id": person, "is_bot": False, "first_name": "Ann", "language_code": "en"},
    }
    if text is not None:
        body["text"] = text
    return {"message": body | more}


def press(data: str, person: int = 100, query: str = "q1", number: int = 1) -> dict[str, Any]:
    """An update: a press on a button with this data, in the message of this number."""
    body = message("the question", person, message_id=number)["message"]
    return {
        "callback_query": {
            "id": query,
            "from": body["from"],
            "message": body,
            "chat_instance": "1",
            "data": data,
        }
    }


def membership(person: int, status: str) -> dict[str, Any]:
    """An update: a person has blocked the bot (`kicked`), or taken that back (`member`)."""
    body = message(person=person)["message"]
    bot = {"id": 42, "is_bot": True, "first_name": "Bot"}
    return {
        "my_chat_member": {
            "chat": body["chat"], "from": body["from"], "date": body["date"],
            "old_chat_member": {"status": "left", "user": bot},
            "new_chat_member": {"status": status, "user": bot},
        }
    }  # fmt: skip


def _run() -> None:
    emulator = start()
    print(emulator.base, flush=True)  # noqa: T201 - the one thing that its user needs
    try:
        with contextlib.suppress(KeyboardInterrupt):
            emulator.process.wait()
    finally:
        emulator.stop()


if __name__ == "__main__":
    _run()
