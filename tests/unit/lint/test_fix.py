"""What can be cured without asking, and what only if it is asked for."""

from pathlib import Path

import pytest

from engine.compiler.bot import compile_bot
from engine.compiler.reader import has_errors
from engine.lint.fix import fixed
from engine.lint.runner import findings
from tests.unit.core.flow_fixture import write_bot


def cured(folder: Path, flow: str, *, unsafe: bool = False) -> str | None:
    """The main flow as it should be; none where nothing changes."""
    path = write_bot(folder, flow)
    compiled = compile_bot(path)
    found = compiled.found if has_errors(compiled.found) else findings(compiled)
    changed = fixed(found, compiled.bot.files, unsafe=unsafe)
    return changed.get(str(path / "main.yaml")) if changed else None


SILENT = """\
flow: main
triggers: [/start]
initial: a
states:
  a: {ask: A?, choices: {x: X}, next: end}COMMENT
  left: {next: end}  # noqa: SC101
  end: {type: final}
"""


@pytest.mark.parametrize(
    ("comment", "instead"),
    [
        ("  # noqa: SC101", ""),
        ("  # noqa: SC101, SC999", ""),
        ("  # a question  # noqa: SC101", "  # a question"),
        ("  # a question", None),
    ],
)
def test_a_comment_that_silences_nothing_goes(
    tmp_path: Path, comment: str, instead: str | None
) -> None:
    expected = None if instead is None else SILENT.replace("COMMENT", instead)
    assert cured(tmp_path, SILENT.replace("COMMENT", comment)) == expected


def test_of_a_comment_the_codes_that_silence_something_stay(tmp_path: Path) -> None:
    flow = SILENT.replace("COMMENT", "").replace("# noqa: SC101", "# noqa: SC202, SC101, SC104")
    assert cured(tmp_path, flow) == SILENT.replace("COMMENT", "")


WRONG = """\
flow: main
triggers: [/start]
initial: ask
data: {name: {type: text}}
states:
  ask: {ask: Name?, into: nmae, nxt: end}
  end: {type: final, say: "{naem}"}
"""


def test_a_word_that_was_probably_meant_is_written_only_if_asked_for(tmp_path: Path) -> None:
    assert cured(tmp_path, WRONG) is None
    right = cured(tmp_path, WRONG, unsafe=True)
    assert right == WRONG.replace("nmae", "name").replace("nxt", "next").replace("naem", "name")
    assert cured(tmp_path, right or "", unsafe=True) is None


def test_line_breaks_stay_what_they_are(tmp_path: Path) -> None:
    path = write_bot(tmp_path, SILENT.replace("COMMENT", "")) / "main.yaml"
    text = SILENT.replace("COMMENT", "  # noqa: SC202").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    compiled = compile_bot(path.parent)
    changed = fixed(findings(compiled), {str(path): text}, unsafe=False)
    assert changed == {str(path): text.replace("  # noqa: SC202", "")}
