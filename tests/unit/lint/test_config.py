"""`statechat.toml`: where it is found, what it says, and how its faults are told."""

from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic
from engine.errors import Place, StatechatError
from engine.lint.choice import Choice
from engine.lint.config import FILE, Config, find, read


def written(folder: Path, text: str) -> Path:
    file = folder / FILE
    file.write_text(text, encoding="utf-8")
    return file


def finding(code: str, file: Path | str = "a.yaml", severity: str = "warning") -> Diagnostic:
    return Diagnostic(code, "", Place(str(file), 1, 1), None, severity)  # type: ignore[arg-type]


def test_without_a_file_everything_is_wanted_and_warnings_fail(tmp_path: Path) -> None:
    assert find(tmp_path) == Config()
    assert Config().fail_on == "warning"


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    bot = tmp_path / "bots" / "cafe"
    bot.mkdir(parents=True)
    outer = written(tmp_path, "[check]\n")
    assert find(bot).file == outer
    assert find(bot / "cafe.yaml").file == outer
    inner = written(bot, "[check]\n")
    assert find(bot).file == inner


def test_a_file_says_what_is_wanted_and_what_fails(tmp_path: Path) -> None:
    text = """
    [check]
    select = ["SC1", "SC2"]
    ignore = ["SC202"]
    fail-on = "error"

    [check.per-file]
    "old/*" = ["SC1"]
    """
    config = read(written(tmp_path, text))
    assert config.fail_on == "error"
    wants = config.choice.wants
    assert wants(finding("SC201"))
    assert not wants(finding("SC202"))
    assert not wants(finding("SC301"))
    assert not wants(finding("SC101", tmp_path / "old" / "deep" / "a.yaml"))
    assert wants(finding("SC101", tmp_path / "new" / "a.yaml"))
    assert wants(finding("SC101", tmp_path.parent / "old" / "a.yaml"))


def test_no_choice_hides_an_error_that_keeps_a_bot_from_starting() -> None:
    choice = Choice(select=("SC1",), ignore=("SC0",), per_file={"*": ("SC0",)})
    assert choice.wants(finding("SC012", severity="error"))
    assert not choice.wants(finding("SC026"))
    assert not Choice(ignore=("SC1",)).wants(finding("SC105", severity="error"))


@pytest.mark.parametrize(
    ("text", "line", "message", "cure"),
    [
        ("[chek]\n", 1, "unknown key `chek`", "Did you mean `check`?"),
        ("\n[check]\nselct = []\n", 3, "unknown key `selct`", "Did you mean `select`?"),
        ('[check]\nselect = "SC1"\n', 2, "`select` is a list of codes", 'Write `select = ["SC1"'),
        ('[check]\nignore = ["SC7x"]\n', 2, "there is no rule `SC7x`", "Did you mean"),
        ('[check]\nignore = [""]\n', 1, "there is no rule ``", "List them"),
        ('[check]\nfail-on = "note"\n', 2, "`fail-on` cannot be 'note'", "warning, error, never"),
        ("[check]\nper-file = 3\n", 2, "`per-file` is a table", "[per-file]"),
        ('[check.per-file]\n"*" = 1\n', 2, "`*` is a list of codes", "Write"),
        ("check = 1\n", 1, "`check` is a table", "[check]"),
        ("[check\n", 1, "this is no TOML", None),
    ],
)
def test_a_fault_is_told_with_its_line_and_its_cure(
    tmp_path: Path, text: str, line: int, message: str, cure: str | None
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(StatechatError) as caught:
        read(file)
    error = caught.value
    assert error.code == "cli:config"
    assert (error.place and error.place.file, error.place and error.place.line) == (str(file), line)
    assert message in error.message
    assert cure is None or cure in (error.cure or "")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff")
    with pytest.raises(StatechatError, match="not encoded as UTF-8"):
        find(tmp_path)
