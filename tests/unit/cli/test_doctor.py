"""What the doctor finds, and that it tells no secret and leaves nothing behind."""

import socket
from pathlib import Path

import pytest

from engine.cli import doctor, reach
from engine.cli.doctor import Finding, keys, line, python
from engine.cli.main import main
from engine.cli.reach import endpoint, libraries, reached, servers, storage, transports

SECRETS = {
    "TELEGRAM_TOKEN": "123456:a-secret-that-nobody-may-see-0000",
    "MONGODB_URI": "mongodb://ann:a-secret-that-nobody-may-see@127.0.0.1:1/x",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for key in doctor.KEYS:
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("STATECHAT_DATA", str(tmp_path / "a" / "b"))


@pytest.fixture
def port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_healthy_machine_is_told_so_and_left_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "databases can be kept in" in shown
    assert "FAIL" not in shown
    assert list(tmp_path.iterdir()) == []


def test_keys_are_named_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], port: int
) -> None:
    for key, value in SECRETS.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("TELEGRAM_API", f"http://127.0.0.1:{port}")
    assert main(["doctor"]) == 1
    shown = "".join(capsys.readouterr())
    assert "TELEGRAM_TOKEN, TELEGRAM_API, MONGODB_URI" in shown
    assert "secret" not in shown


def test_a_file_that_holds_a_key_is_named_too() -> None:
    (finding,) = keys({"TELEGRAM_TOKEN_FILE": "/run/token"})
    assert finding.what.endswith("TELEGRAM_TOKEN_FILE")


def test_an_old_python_fails() -> None:
    (finding,) = python((3, 10, 1))
    assert (finding.level, finding.cure) == ("FAIL", "Statechat needs Python 3.11 or later.")


def test_every_library_is_there_or_its_extra_is_named() -> None:
    found = list(libraries())
    assert not [one for one in found if one.level == "FAIL"]
    assert len({one.what for one in found}) == len(found)


def test_a_missing_library_fails_only_where_everyone_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needed = ["nowhere-core>=1", "nowhere-extra>=2; extra == 'nostr'", "x; extra == 'all'"]
    monkeypatch.setattr(reach, "requires", lambda _: needed)
    found = {one.what: one.level for one in libraries()}
    assert found["nowhere-core is not installed"] == "FAIL"
    assert found["nostr: nowhere-extra not installed"] == "warn"
    assert "x" not in " ".join(found).split()


def test_a_folder_that_cannot_be_made_fails_with_a_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STATECHAT_DATA", str(tmp_path / "file" / "data"))
    (finding,) = storage()
    assert finding.level == "FAIL"
    assert finding.cure


def test_a_malformed_key_fails_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "nonsense")
    (finding,) = transports()
    assert finding.level == "FAIL"
    assert "[telegram:token]" in finding.what


def test_a_server_that_listens_is_reached_and_another_is_not(port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = f"ws://127.0.0.1:{server.getsockname()[1]}/relay"
        assert reached("the relay", here, "").level == "ok"
    assert reached("the relay", f"ws://127.0.0.1:{port}", "").level == "FAIL"


@pytest.mark.parametrize("url", ["nonsense", "http://[", "http://x:99999"])
def test_an_address_that_is_none_fails(url: str) -> None:
    assert reached("the relay", url, "Correct it.") == Finding(
        "FAIL", "the address of the relay cannot be read", "Correct it."
    )


def test_every_host_of_a_replica_set_and_every_relay_is_tried(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    monkeypatch.setenv("MONGODB_URI", f"mongodb://u:p@127.0.0.1:{port},127.0.0.1:{port}/x")
    monkeypatch.setenv("NOSTR_KEY", "k")
    monkeypatch.setenv("NOSTR_RELAYS", f"ws://127.0.0.1:{port}, ")
    assert [one.level for one in servers()] == ["FAIL"] * 3


def test_the_address_of_the_health_endpoint_is_tried(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    assert list(endpoint()) == []
    monkeypatch.setenv("STATECHAT_HTTP", f"127.0.0.1:{port}")
    (finding,) = endpoint()
    assert (finding.level, f"127.0.0.1:{port}" in finding.what) == ("ok", True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("STATECHAT_HTTP", f"127.0.0.1:{server.getsockname()[1]}")
        (finding,) = endpoint()
    assert (finding.level, "the bot runs" in str(finding.cure)) == ("warn", True)
    monkeypatch.setenv("STATECHAT_HTTP", "198.51.100.7:9464")
    (finding,) = endpoint()
    assert (finding.level, "[http:unusable]" in finding.what) == ("FAIL", True)


def test_a_line_has_its_level_and_its_cure() -> None:
    finding = Finding("warn", "slow", "Faster.")
    assert line(finding, color=False) == "warn  slow\n       = help: Faster."
    assert line(finding, color=True).startswith("\x1b[33mwarn\x1b[0m")
