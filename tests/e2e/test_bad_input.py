"""What is wrong with a bot, a key, a server or a disk is one line and its cure, and an exit code.

Never a traceback, never a secret, and never a bot that runs in spite of it.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.dialogue import BOTS
from tests.e2e.process import SECONDS, Process, finished, running
from tests.servers.faulty import Fault, FaultyProxy, refusal

SECRET = "s3cret-that-nobody-may-read-anywhere"
TOKEN = f"123456:{SECRET}"
KEY = "1" * 64
BROKEN = """\
flow: broken
version: 1
triggers: [/start]
data: {name: {type: text}}
initial: name
states:
  name: {ask: Your name?, next: nowhere}
"""


@pytest.fixture
def port() -> Iterator[int]:
    """A port where nobody listens, as long as the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def keys(tmp_path: Path, port: int) -> dict[str, str]:
    """Keys of a bot whose servers are all away."""
    return {
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API": f"http://127.0.0.1:{port}",
        "STATECHAT_DATA": str(tmp_path / "data"),
    }


def tells(process: Process, code: str, exit_code: int = 1) -> str:
    """See that a process has ended as it should; its last words."""
    assert process.process.returncode == exit_code, process.log
    assert "Traceback" not in process.log
    assert SECRET not in process.log + "\n".join(process.out)
    message, cure = process.errors[-2:]
    assert message.startswith("statechat: ")
    assert message.endswith(f" [{code}]"), process.log
    assert cure.startswith("  = help: ")
    return f"{message}\n{cure}"


@pytest.mark.parametrize("command", ["run", "chat"])
async def test_a_broken_bot_never_starts(
    command: str, tmp_path: Path, keys: dict[str, str]
) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    process = await finished(command, str(tmp_path), typed="/start\n", **keys)
    assert process.process.returncode == 1
    assert process.out == []
    assert "broken.yaml:7:33: error SC020 there is no state `nowhere`" in process.errors[0]
    assert process.errors[-1] == "1 error in 1 file"
    assert "Traceback" not in process.log
    assert not (tmp_path / "data").exists(), "it has opened its store"


@pytest.mark.parametrize("command", ["run", "chat"])
async def test_actions_that_cannot_be_imported_are_shown_with_their_line(
    command: str, tmp_path: Path, keys: dict[str, str]
) -> None:
    for file in (BOTS / "work").glob("*.*"):
        (tmp_path / file.name).write_text(file.read_text())
    with (tmp_path / "actions.py").open("a") as file_:
        file_.write("\nlimit = 1 / 0\n")
    process = await finished(command, str(tmp_path), typed="/start\n", **keys)
    assert "ZeroDivisionError" in tells(process, "actions:import")
    assert "actions.py:20" in process.log


@pytest.mark.parametrize(
    ("variables", "code", "exit_code"),
    [
        ({"TELEGRAM_TOKEN": ""}, "run:no_transport", 2),
        ({"TELEGRAM_TOKEN": SECRET}, "telegram:token", 1),
        ({"TELEGRAM_TOKEN": f"{TOKEN} {TOKEN}"}, "telegram:token", 1),
        ({"TELEGRAM_API": f"127.0.0.1/{SECRET}"}, "telegram:api", 1),
        ({"NOSTR_KEY": SECRET, "NOSTR_RELAYS": "ws://127.0.0.1:9"}, "nostr:key", 1),
        ({"NOSTR_KEY": "nsec1" + "q" * 58, "NOSTR_RELAYS": "ws://127.0.0.1:9"}, "nostr:key", 1),
        ({"NOSTR_KEY": "0" * 64, "NOSTR_RELAYS": "ws://127.0.0.1:9"}, "nostr:key", 1),
        ({"NOSTR_KEY": KEY}, "nostr:relays", 1),
        ({"NOSTR_KEY": KEY, "NOSTR_RELAYS": "https://relay.example.org"}, "nostr:relays", 1),
        ({"STATECHAT_HTTP": "9464"}, "settings:http", 1),
        ({"MONGODB_URI": f"postgres://ann:{SECRET}@db"}, "settings:mongodb", 1),
        ({"MONGODB_URI": f"mongodb://ann:{SECRET}:@@db/%"}, "mongo:uri", 1),
    ],
)
async def test_a_malformed_key_says_which_and_how_it_looks(
    variables: dict[str, str], code: str, exit_code: int, keys: dict[str, str]
) -> None:
    tells(await finished("run", "registration", **{**keys, **variables}), code, exit_code)


async def test_a_key_s_file_that_is_not_there_is_named_by_its_variable(
    keys: dict[str, str], tmp_path: Path
) -> None:
    del keys["TELEGRAM_TOKEN"]
    process = await finished(
        "run", "registration", TELEGRAM_TOKEN_FILE=str(tmp_path / "none"), **keys
    )
    assert "TELEGRAM_TOKEN_FILE" in tells(process, "settings:file")


async def test_servers_that_do_not_answer_are_named(keys: dict[str, str], port: int) -> None:
    relay = {
        "NOSTR_KEY": KEY, "NOSTR_RELAYS": f"ws://127.0.0.1:{port}",
        "STATECHAT_DATA": f"{keys['STATECHAT_DATA']}-nostr",
    }  # fmt: skip
    mongo = {**keys, "MONGODB_URI": f"mongodb://ann:{SECRET}@127.0.0.1:{port}/"}
    ends = [
        finished("run", "registration", "-v", **variables) for variables in (keys, relay, mongo)
    ]
    codes = ("telegram:unreachable", "nostr:unreachable", "store:unreachable")
    for process, code in zip(await asyncio.gather(*ends), codes, strict=True):
        assert f"127.0.0.1:{port}" in tells(process, code)


async def test_a_server_that_refuses_the_bot_is_quoted(keys: dict[str, str]) -> None:
    async def refused(data: str, fault: Fault, code: str, words: str) -> None:
        async with FaultyProxy("http://127.0.0.1:9", faults=[fault]) as proxy:
            own = {"TELEGRAM_API": proxy.base, "STATECHAT_DATA": keys["STATECHAT_DATA"] + data}
            said = tells(await finished("run", "registration", **{**keys, **own}), code)
            assert words in said

    revoked = Fault(401, refusal(401, "Unauthorized"))
    no_bot_api = Fault(200, "hello", content_type="text/html")
    await asyncio.gather(
        refused("1", revoked, "telegram:unauthorized", "@BotFather"),
        refused("2", no_bot_api, "telegram:unreachable", "TELEGRAM_API"),
    )


async def test_a_stop_is_heard_while_a_server_keeps_the_start_waiting(
    keys: dict[str, str],
) -> None:
    asked, over = asyncio.Event(), asyncio.Event()

    async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        asked.set()
        await over.wait()
        writer.close()

    server = await asyncio.start_server(never_answers, "127.0.0.1", 0)
    keys["TELEGRAM_API"] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, running("run", "registration", **keys) as process:
        async with asyncio.timeout(SECONDS):
            await asked.wait()
        async with asyncio.timeout(10):
            assert await process.stop() == 0
        assert process.errors == []
        over.set()


async def test_not_even_a_traceback_that_was_asked_for_shows_a_secret(
    keys: dict[str, str],
) -> None:
    process = await finished("run", "registration", "--debug", **keys)
    assert process.process.returncode == 1
    assert "telegram:unreachable" in process.log
    assert SECRET not in process.log


async def test_a_database_has_one_process_at_a_time_and_the_second_says_who(
    keys: dict[str, str],
) -> None:
    async with running("chat", "registration", **keys) as first:
        await first.write("/start\n")
        await first.prints("What is your name?")
        second = await finished("run", "registration", **keys)
        assert f"process {first.process.pid}" in tells(second, "store:locked")
        first.end_input()
        assert await first.ended() == 0


async def test_a_port_in_use_is_named_before_anything_is_begun(
    keys: dict[str, str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        process = await finished("run", "registration", STATECHAT_HTTP=address, **keys)
    said = tells(process, "http:port_in_use")
    assert address in said
    assert "STATECHAT_HTTP" in said
    assert len(process.errors) == 2
    assert not (tmp_path / "data").exists(), "it has opened its store"


async def test_a_database_that_is_none_is_left_as_it_is(
    keys: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "data" / "registration.sqlite3"
    file.parent.mkdir()
    file.write_text(text := "my diary, and not a database\n" * 100)
    tells(await finished("run", "registration", **keys), "store:damaged")
    assert file.read_text() == text


async def test_a_folder_that_cannot_be_written_is_named(
    keys: dict[str, str], tmp_path: Path
) -> None:
    # Root may write into any folder, but for those of the kernel.
    folder = Path("/sys/kernel") if os.geteuid() == 0 else tmp_path / "readonly"
    if folder.parent == tmp_path:
        folder.mkdir(0o500)
    keys["STATECHAT_DATA"] = str(folder / "data")
    assert str(folder) in tells(await finished("run", "registration", **keys), "store:readonly")


async def test_a_folder_that_is_a_file_is_named(keys: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    process = await finished("run", "registration", **keys)
    assert str(tmp_path / "data") in tells(process, "store:unreachable")


async def test_a_bot_that_there_is_not_is_misuse_and_says_what_was_meant() -> None:
    process = await finished("run", "registratoin")
    assert "Did you mean `registration`?" in tells(process, "bot:missing", 2)
