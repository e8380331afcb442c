"""What a command does not need it does not load: checking a flow must stay fast and small."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from engine.cli.main import main
code = main(sys.argv[1:])
sys.stdout.flush()
print()
print(json.dumps([code, sorted(sys.modules)]))
"""
TRANSPORTS = {"aiogram", "pydantic", "aiohttp", "websockets", "pynostr", "coincurve"}
DATABASES = {"motor", "pymongo", "bson", "sqlite3"}
SCREEN = {"rich", "prompt_toolkit"}
SHELL = {"asyncio", "importlib.metadata", "socket", "ssl"}
VALIDATOR = {"jsonschema", "jsonschema_specifications", "referencing", "rpds", "attr", "attrs"}
TYPES = {
    "re2", "babel", "email_validator", "idna", "dns", "phonenumbers", "zoneinfo", "rapidfuzz",
}  # fmt: skip
"""What single types, filters and patterns need, which this bot does not have."""
EXPLAINING = {"engine.compiler.document", "engine.compiler.wording", "engine.lint.output"}
"""What only a file with faults needs."""
MACHINE = {"transitions", "logging", "engine.core.machine"}
"""What moves a bot."""
MEGABYTE = 1024 * 1024
FLOW = """\
flow: hello
states:
  ask: {ask: Who are you?, into: name, next: end}
  end: {type: final, say: "Hello, {name}!"}
initial: ask
triggers: [/start]
data: {name: {type: text}}
"""


@pytest.fixture
def bot(tmp_path: Path) -> str:
    (tmp_path / "hello.yaml").write_text(FLOW)
    (tmp_path / "hello.test.yaml").write_text("- {test: a, chat: [{user: /start}]}\n")
    return str(tmp_path)


def loaded(*words: str, typed: str = "") -> set[str]:
    """The modules that a command has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], input=typed, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stdout + done.stderr
    return set(modules)


def peak(*words: str) -> int:
    """The most memory that a command has had, in bytes."""
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("only Linux tells it of a process alone")
    code = PROGRAM.replace("sorted(sys.modules)", f"open('{status}').read()")
    done = subprocess.run(
        [sys.executable, "-c", code, *words], input="/start\n", capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])[1]
    lines = dict(line.split(":", 1) for line in told.splitlines())
    return int(lines["VmHWM"].split()[0]) * 1024


def test_help_loads_no_part_of_the_engine() -> None:
    modules = loaded("chat", "--help")
    engine = {"logging", "yaml", "transitions", "engine.core"}
    assert modules & (TRANSPORTS | DATABASES | SCREEN | SHELL | engine) == set()


def test_check_loads_no_transport_no_database_and_nothing_asynchronous(bot: str) -> None:
    modules = loaded("check", bot)
    assert modules & (TRANSPORTS | DATABASES | SCREEN | SHELL | MACHINE) == set()


def test_check_of_clean_files_loads_no_validator(
    bot: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert loaded("check", bot) & VALIDATOR == set()
    assert loaded("check", bot) & (VALIDATOR | TYPES | EXPLAINING) == set()


def test_check_stays_below_60_megabytes(bot: str) -> None:
    assert peak("check", bot) < 60 * MEGABYTE


def test_chat_stays_below_100_megabytes(bot: str) -> None:
    assert peak("chat", bot, "--fresh") < 100 * MEGABYTE


@pytest.mark.parametrize(
    "words", [("fmt",), ("i18n", "extract", "--lang", "de"), ("i18n", "status", "--lang", "de")]
)
def test_the_tools_for_authors_load_nothing_that_talks(words: tuple[str, ...], bot: str) -> None:
    modules = loaded(*words, bot)
    heavy = {"jsonschema", "babel.messages"} if words == ("fmt",) else {"babel.messages"}
    assert modules & (TRANSPORTS | DATABASES | SCREEN | SHELL | heavy) == set()


def test_chat_loads_no_transport_but_its_own_and_from_a_pipe_no_screen(bot: str) -> None:
    modules = loaded("chat", bot, "--fresh", typed="/start\n")
    assert "transports.console" in modules
    assert modules & (TRANSPORTS | SCREEN | {"motor", "pymongo", "bson"}) == set()
