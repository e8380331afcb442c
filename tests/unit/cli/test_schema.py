"""`statechat schema`: what editors are given."""

import json
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

from engine.cli.main import main
from schemas import AUTHORED, schema


@pytest.mark.parametrize("name", AUTHORED)
def test_it_prints_the_schema_of_one_kind_of_file(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == f"urn:statechat:schema:{name}:v1"


def test_it_writes_the_schemas_into_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "bot" / ".schemas"
    assert main(["schema", "--to", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "bot.v1.json", "flow.v1.json", "test.v1.json",
    ]  # fmt: skip
    assert json.loads((folder / "flow.v1.json").read_text(encoding="utf-8")) == schema("flow")


def test_without_a_kind_it_names_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert all(Path(line).is_file() for line in capsys.readouterr().out.splitlines())


def test_the_settings_name_files_that_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--vscode"]) == 0
    found = json.loads(capsys.readouterr().out)["yaml.schemas"]
    assert len(found) == len(AUTHORED)
    assert all(Path(url2pathname(urlparse(uri).path)).is_file() for uri in found)
