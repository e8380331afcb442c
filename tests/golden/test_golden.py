"""What `check` prints on broken bots: one folder a bot, with the expected text beside its files.

`STATECHAT_GOLDEN=1 pytest tests/golden` writes the expected texts anew, to be read in the diff.
"""

import os
import re
from pathlib import Path
from shutil import copyfile, copytree

import pytest

from engine.cli.main import main
from engine.diagnostics import CODES

HERE = Path(__file__).parent
BROKEN = sorted(path.name for path in HERE.iterdir() if path.is_dir() and path.name[0] != "_")
EXPECTED = "expected.txt"
SITE = "site"
"""A folder in a bot's that holds packages which are installed beside Statechat."""


@pytest.mark.parametrize("name", BROKEN)
def test_check_says_what_is_wrong_where_and_how_to_cure_it(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for file in (HERE / name).iterdir():
        if file.name == SITE:
            copytree(file, tmp_path / SITE)
            monkeypatch.syspath_prepend(tmp_path / SITE)
            continue
        # Python that cannot be read would also stop the tools that check this repository.
        copyfile(file, tmp_path / file.name.replace(".py.txt", ".py"))
    monkeypatch.chdir(tmp_path)
    status = main(["check", "."])
    printed = capsys.readouterr().out
    expected = HERE / name / EXPECTED
    if os.environ.get("STATECHAT_GOLDEN"):
        expected.write_text(printed, encoding="utf-8")
    assert printed == expected.read_text(encoding="utf-8")
    assert status == 1


@pytest.mark.parametrize("code", [code for code in CODES if code < "SC100"])
def test_every_code_has_a_bot_that_shows_it(code: str) -> None:
    shown = [name for name in BROKEN if name.startswith(f"{code}-")]
    assert shown, f"add tests/golden/{code}-{CODES[code]}"
    for name in shown:
        text = (HERE / name / EXPECTED).read_text(encoding="utf-8")
        assert re.search(rf"^[^ ]+:\d+:\d+: (error|warning) {code} ", text, re.MULTILINE)
