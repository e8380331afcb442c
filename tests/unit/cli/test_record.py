"""`statechat record`: a chat by hand becomes a test that passes."""

import io
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.errors import StatechatError
from engine.testing.recorder import read_attempt, read_move
from tests.unit.core.flow_fixture import write_bot

FLOW = """
data: {name: {type: text}, code: {type: text, optional: true}, pic: {type: photo, optional: true}}
states:
  name: {ask: Your name?, next: pick, idle: {10m: {say: Hello?}}}
  pick: {ask: "Pick, {name}!", choices: {a: A, b: B}, next: work}
  work: {invoke: {action: do, with: {name: name}, into: code, done: end, error: failed}}
  failed: {type: final, say: Failed.}
  end: {type: final, say: "Done, {code}."}
"""


def record(
    folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str, *words: str
) -> tuple[int, Path]:
    write_bot(folder, FLOW, actions=["do"])
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    file = folder / "main.test.yaml"
    return main(["record", str(folder), "--out", str(file), *words]), file


def test_a_chat_is_kept_with_waits_presses_and_what_actions_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = '/start\n:wait 10m\nAnn\n:press z\n:press b\n"c1"\n'
    code, file = record(tmp_path, monkeypatch, typed, "--name", "the whole way")
    assert code == 0
    assert (
        file.read_text()
        == """\
- test: the whole way
  actions:
    do: [{return: c1}]
  chat:
    - user: /start
    - bot: "Your name?"
    - wait: 10m
    - bot: "Hello?"
    - user: Ann
    - bot: {text: "Pick, Ann!", choices: [A, B]}
    - user: {choice: b}
    - bot: "Done, c1."
    - end: end
""".replace('"Your name?"', "Your name?").replace('"Hello?"', "Hello?")
    )
    shown = capsys.readouterr()
    assert '(do: name="Ann") gives?' in shown.out
    assert "there is no button `z`" in shown.err
    assert main(["test", str(tmp_path)]) == 0


def test_a_second_chat_is_put_behind_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, monkeypatch, "/start\n")
    code, file = record(tmp_path, monkeypatch, "/start\nAnn\nA\n! timeout\n", "--name", "down")
    assert code == 0
    assert file.read_text().count("- test: ") == 2
    assert "do: [{error: timeout}]" in file.read_text()
    assert main(["test", str(tmp_path)]) == 0


def test_nothing_said_is_nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, file = record(tmp_path, monkeypatch, ":help\n:wat\n\n")
    assert code == 1
    assert not file.exists()


def test_only_a_test_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bot(tmp_path, FLOW, actions=["do"])
    assert main(["record", str(tmp_path), "--out", str(tmp_path / "main.yaml")]) == 2
    (tmp_path / "main.test.yaml").write_text("a: b\n")
    code, file = record(tmp_path, monkeypatch, "/start\n")
    assert code != 0
    assert file.read_text() == "a: b\n"


@pytest.mark.parametrize(
    "line", [":wait", ":wait soon", ":press", ":edit", ":send", ":send location x", ":nothing"]
)
def test_a_command_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(StatechatError, match="not understood"):
        read_move(line)


@pytest.mark.parametrize(
    ("words", "value", "failed"),
    [
        ("", None, None),
        ('{"a": 1}', {"a": 1}, None),
        ("plain words", "plain words", None),
        ("! full", None, "full"),
        ("!", None, "failed"),
    ],
)
def test_what_an_action_gives_is_json_or_a_text_or_a_failure(
    words: str, value: object, failed: str | None
) -> None:
    attempt = read_attempt(words)
    assert attempt.value == value
    assert (attempt.failure and attempt.failure.code) == failed
