"""What the environment decides."""

from pathlib import Path

import pytest

from engine.errors import StatechatError
from engine.runtime.settings import FILE_MAX, Address, Settings


def test_without_variables_the_data_is_in_the_folder_of_the_user() -> None:
    settings = Settings.from_environment({})
    assert settings.mongodb_uri is None
    assert settings.data.is_absolute()
    assert "statechat" in str(settings.data)


def test_variables_name_the_folder_and_the_database() -> None:
    uri = "mongodb://user:secret@127.0.0.1"
    settings = Settings.from_environment({"STATECHAT_DATA": "/data", "MONGODB_URI": uri})
    assert (settings.data, settings.mongodb_uri) == (Path("/data"), uri)


def test_a_key_may_stand_in_a_file_that_a_variable_names(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("123:abc\n")
    environment = {"TELEGRAM_TOKEN_FILE": str(file), "LOG_FILE": "/nowhere"}
    settings = Settings.from_environment(environment)
    assert settings.variables["TELEGRAM_TOKEN"] == "123:abc"
    given = Settings.from_environment({**environment, "TELEGRAM_TOKEN": "own"})
    assert given.variables["TELEGRAM_TOKEN"] == "own"


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * (FILE_MAX + 1)])
def test_a_file_that_cannot_be_read_is_told_by_its_variable(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StatechatError) as error:
        Settings.from_environment({"TELEGRAM_TOKEN_FILE": str(file)})
    assert error.value.code == "settings:file"
    assert "TELEGRAM_TOKEN_FILE" in error.value.message


def test_an_address_that_is_none_of_mongodb_is_refused_without_repeating_it() -> None:
    with pytest.raises(StatechatError) as error:
        Settings.from_environment({"MONGODB_URI": "postgres://user:secret@host"})
    assert error.value.code == "settings:mongodb"
    assert "secret" not in str(error.value)


def test_settings_do_not_show_secrets() -> None:
    settings = Settings.from_environment(
        {"STATECHAT_DATA": "/data", "MONGODB_URI": "mongodb://u:secret@h", "X_TOKEN": "secret"}
    )
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9464", "127.0.0.1", 9464),
        (" 0.0.0.0:0 ", "0.0.0.0", 0),
        ("localhost:65535", "localhost", 65535),
        ("[::1]:9464", "::1", 9464),
    ],
)
def test_an_address_to_listen_at_is_a_host_and_a_port(text: str, host: str, port: int) -> None:
    address = Settings.from_environment({"STATECHAT_HTTP": text}).http
    assert address == Address(host, port)
    assert str(address) == text.strip()


@pytest.mark.parametrize(
    "text",
    ["9464", ":9464", "localhost", "localhost:", "localhost:http", "localhost:65536",
     "::1:9464", "http://localhost:80", "a b:1", "localhost:\u0661"],
)  # fmt: skip
def test_what_is_no_address_to_listen_at_is_refused(text: str) -> None:
    with pytest.raises(StatechatError) as error:
        Settings.from_environment({"STATECHAT_HTTP": text})
    assert error.value.code == "settings:http"


def test_the_log_is_for_people_unless_machines_shall_read_it() -> None:
    assert not Settings.from_environment({"STATECHAT_LOG": " text "}).log_as_json
    assert Settings.from_environment({"STATECHAT_LOG": "json"}).log_as_json
    with pytest.raises(StatechatError, match="no form of a log: xml") as error:
        Settings.from_environment({"STATECHAT_LOG": "xml"})
    assert error.value.code == "settings:log"


def test_nothing_listens_unless_it_is_asked_for() -> None:
    assert Settings.from_environment({}).http is None
    assert Settings.from_environment({"STATECHAT_HTTP": " "}).http is None
