"""Who may talk with a bot that runs: as bot.yaml and the environment say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FLOW = """\
flow: club
triggers: [/menu]
initial: menu
states:
  menu:
    type: final
    say: "{if user.is_admin}Admin{else}Guest{/if} {user.roles | list}"
"""
REFUSED = "Sorry, you cannot use this bot.\n"


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    folder = tmp_path / "club"
    folder.mkdir()
    (folder / "club.yaml").write_text(FLOW)
    return folder


def chat(bot: Path, rules: str = "", person: str = "ann", **variables: str) -> str:
    """What the bot says to /menu, and what is said on standard error."""
    (bot / "bot.yaml").write_text(f"bot: club\n{rules}\n")
    kept = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "chat", str(bot), "--as", person],
        env={**kept, "STATECHAT_DATA": str(bot.parent / "data"), "LC_ALL": "C.UTF-8", **variables},
        input="/menu\n", capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_whoever_starts_a_chat_may_talk_whatever_the_list_of_the_allowed_says(bot: Path) -> None:
    assert chat(bot, "access: {allow: [telegram]}") == "Guest\n"
    assert chat(bot, STATECHAT_ALLOW="telegram:1") == "Guest\n"


def test_who_is_denied_is_refused_in_a_chat_too(bot: Path) -> None:
    assert chat(bot, "access: {deny: [console]}") == REFUSED
    assert chat(bot, person="bo", STATECHAT_DENY="console:bo") == REFUSED
    assert chat(bot, person="cy", STATECHAT_DENY="console:bo") == "Guest\n"


def test_rights_come_from_both_the_file_and_the_environment(bot: Path) -> None:
    rules = "access: {roles: {editor: [console]}}"
    said = chat(bot, rules, STATECHAT_ADMINS="console:ann", STATECHAT_ROLES="cook=console:ann")
    assert said == "Admin cook and editor\n"


def test_a_wrong_list_keeps_the_bot_from_starting(bot: Path) -> None:
    said = chat(bot, STATECHAT_DENY="@bo")
    assert "STATECHAT_DENY names what is no person: @bo [settings:access]" in said


def test_a_bot_that_runs_refuses_whom_the_list_does_not_name(bot: Path) -> None:
    (bot / "bot.yaml").write_text("bot: club\naccess: {allow: ['console:ann']}\n")
    for person, said in (("ann", "Guest"), ("bo", REFUSED.strip())):
        with subprocess.Popen(
            [sys.executable, "-m", "engine.cli.main", "run", str(bot)],
            env={
                **os.environ, "STATECHAT_DATA": str(bot.parent / "data"), "LC_ALL": "C.UTF-8",
                "STATECHAT_CONSOLE": person,
            },
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("/menu\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{said}\n"
            process.terminate()
