"""`statechat person`: what is stored about somebody, shown, exported and erased, in a file."""

import json
from pathlib import Path

import pytest

from engine.cli.main import main
from tests.unit.cli.test_dead import ANN, UPDATE, folder, stored

__all__ = ["folder"]


def in_files(folder: Path, text: str) -> bool:
    return any(text.encode() in one.read_bytes() for one in (folder / "data").iterdir())


def test_a_person_is_summed_up_without_what_they_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["person", "show", "hello", "telegram:4711"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[:2] == [ANN, "revision: 1"]
    assert "dead letters: 2\n  telegram:9\n" in printed
    assert main(["person", "show", "hello", ANN, "--json"]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown)["waiting"] == {
        "messages": 0, "actions": 0, "put back": 0, "in the inbox": 0,
    }  # fmt: skip
    assert "secret" not in printed + shown


def test_everything_is_exported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["person", "export", "hello", "telegram:4711"]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert exported["session"]["incarnation"] == "life"
    assert exported["dead"][0]["payload"]["text"] == "my secret"


def test_nothing_is_erased_without_a_yes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["person", "erase", "hello", "telegram:4711"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"would erase 1 session, 2 dead letters of `{ANN}`" in printed.err
    assert "[person:unconfirmed]" in printed.err
    assert in_files(folder, "my secret")


def test_an_erased_person_is_in_no_file_any_more(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_files(folder, "my secret")
    assert main(["person", "erase", "hello", "telegram:4711", "--yes"]) == 0
    assert capsys.readouterr().out == f"erased: 1 session, 2 dead letters of {ANN}\n"
    assert not in_files(folder, "my secret")
    letters, record = stored(folder)
    assert letters == [UPDATE.id]
    assert (record.session.rev, record.seen) == (2, {"telegram:9": 9})


@pytest.mark.parametrize(
    ("person", "code", "exit_code"),
    [
        ("telegram:4712", "person:unknown", 1), ("telegram", "cli:person", 2),
        ("other/telegram:4711", "cli:person", 2), ("telegram:", "cli:person", 2),
    ],
)  # fmt: skip
def test_a_person_who_is_none_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], person: str, code: str, exit_code: int
) -> None:
    assert main(["person", "show", "hello", person]) == exit_code
    assert f"[{code}]" in capsys.readouterr().err


def test_a_person_of_nostr_is_named_by_an_npub(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOSTR_KEY", "1" * 64)
    monkeypatch.setenv("NOSTR_RELAYS", "wss://relay.example")
    npub = "npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d"
    assert main(["person", "show", "hello", f"nostr:{npub}"]) == 1
    public = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    assert f"nothing is stored about `hello/nostr:{public}`" in capsys.readouterr().err
