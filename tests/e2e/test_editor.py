"""An editor that knows the schemas helps with the files: through the server that editors start."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.authoring.starting import start
from engine.cli.main import main
from tests.servers.language_server import Editor, editor, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bots") / "cafe"
    start(folder, ["de"])
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[Editor]:
    with editor() as running:
        yield running


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def find(shown: str, word: str) -> tuple[int, int]:
    """Line and column of a word's first letter."""
    before = shown[: shown.index(word)]
    return before.count("\n"), len(before.rpartition("\n")[2])


@pytest.mark.parametrize("name", ["cafe.yaml", "cafe.test.yaml", "bot.yaml"])
def test_the_server_finds_no_fault_in_a_new_bot(name: str, bot: Path, server: Editor) -> None:
    assert server.open(bot / name, text(bot / name)) == []


def test_below_a_state_it_offers_what_a_state_can_do(bot: Path, server: Editor) -> None:
    path = bot / "offer.yaml"
    shown = text(bot / "cafe.yaml") + "  more:\n    \n"
    server.open(path, shown)
    offered = server.complete(path, shown.count("\n") - 1, 4)
    assert {"ask", "say", "next", "choices", "call", "invoke"} <= offered.keys()
    assert "the answer is awaited" in offered["ask"]


def test_resting_on_a_key_explains_it(bot: Path, server: Editor) -> None:
    path = bot / "explain.yaml"
    shown = text(bot / "cafe.yaml")
    server.open(path, shown)
    said = server.hover(path, *find(shown, "retry"))
    assert "Wrong answers" in said
    assert "instead of the type's own hint" in said
    assert "Please send a number from 16 to 120." in said


def test_a_misspelt_key_is_underlined(bot: Path, server: Editor) -> None:
    shown = text(bot / "cafe.yaml").replace("ask: What", "aks: What")
    found = server.open(bot / "misspelt.yaml", shown)
    assert any("aks" in one for one in found)


def test_types_are_offered_where_a_type_stands(bot: Path, server: Editor) -> None:
    path = bot / "types.yaml"
    shown = (
        "# yaml-language-server: $schema=.schemas/flow.v1.json\nflow: a\ndata:\n  x:\n    type: \n"
    )
    server.open(path, shown)
    assert {"text", "int", "enum"} <= server.complete(path, 4, 10).keys()


def test_the_settings_that_are_printed_give_each_kind_of_file_its_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "--vscode"]) == 0
    printed = json.loads(capsys.readouterr().out)["yaml.schemas"]
    folder = tmp_path / "bots" / "cafe"
    with editor({"yaml": {"schemas": printed, "validate": True}}, tmp_path) as running:
        for name, text_, fault in (
            ("cafe.yaml", "flw: a\n", "flw"),
            ("bot.yaml", "bt: a\n", "bt"),
            ("cafe.test.yaml", "- tst: a\n", "tst"),
        ):
            assert any(fault in one for one in running.open(folder / name, text_)), name
        assert running.open(folder / "cafe.de.yaml", "a.ask: Was?\n") == []
