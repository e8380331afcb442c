"""Checking never crashes: whatever becomes of a bot's files, there are findings, or none."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import flows
from engine.compiler.bot import InvalidBot, compile_bot, load
from engine.compiler.expand import expand
from engine.compiler.reader import has_errors
from engine.diagnostics import Diagnostic
from engine.errors import StatechatError
from engine.lint.fix import fixed
from engine.lint.formats import FORMATS, write
from engine.lint.output import as_data, render
from engine.lint.report import Report
from engine.lint.runner import findings
from engine.testing.files import scripts

SHIPPED = Path(flows.__path__[0])
BOTS = sorted(file.parent.name for file in SHIPPED.glob("*/bot.yaml"))
FILES = {
    (name, path.name): path.read_text(encoding="utf-8")
    for name in BOTS
    for path in sorted((SHIPPED / name).iterdir())
    if path.suffix in (".yaml", ".py")
}
LINES = sorted({line for text in FILES.values() for line in text.splitlines()})
WORDS = st.sampled_from(
    ["null", "true", "[]", "{}", "7", "-1.5", "''", "x.y", "{a: b}", "[a, {b: c}]", "/start", "~(",
     "done", "text", "10m", "final", "{1 / 0}", "{", "a | b", "user.x", "🦉", "&a", "*a", "!t", "|"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["ask", "say", "next", "on", "states", "choices", "call", "invoke", "retry", "type", "into",
     "set", "guard", "after", "idle", "always", "initial", "data", "input", "triggers", "output",
     "with", "entry", "exit", "languages", "also", "label", "target", "raise", "actions", "flow"]
)  # fmt: skip


Lines = list[str]


def _at(line: str) -> str:
    """The blanks that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


CHANGES: tuple[Callable[[Lines, int, str, str, str], object], ...] = (
    lambda lines, at, line, key, word: lines.pop(at),
    lambda lines, at, line, key, word: lines.insert(at, lines[at]),
    lambda lines, at, line, key, word: lines.__setitem__(at, line),
    lambda lines, at, line, key, word: lines.insert(len(line) % len(lines), lines.pop(at)),
    lambda lines, at, line, key, word: lines.__setitem__(at, f"  {lines[at]}"),
    lambda lines, at, line, key, word: lines.__setitem__(at, f"\t{lines[at]}"),
    lambda lines, at, line, key, word: lines.__setitem__(at, lines[at].removeprefix("  ")),
    lambda lines, at, line, key, word: lines.__setitem__(
        at, f"{lines[at].partition(':')[0]}: {word}"
    ),
    lambda lines, at, line, key, word: lines.__setitem__(
        at, f"{_at(lines[at])}{key}:{lines[at].partition(':')[2]}"
    ),
    lambda lines, at, line, key, word: lines.insert(at + 1, f"{_at(lines[at])}{key}: {word}"),
)
"""Delete, double, replace, move, indent or dedent a line; give it another value or key; add one."""


@st.composite
def mutations(draw: st.DrawFn, text: str) -> str:
    """A text with a few lines changed."""
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 4))):
        if lines:
            at = draw(st.integers(0, len(lines) - 1))
            change = draw(st.sampled_from(CHANGES))
            change(lines, at, draw(st.sampled_from(LINES)), draw(KEYS), draw(WORDS))
    return "\n".join(lines) + "\n"


@st.composite
def broken(draw: st.DrawFn) -> dict[str, str]:
    """The files of a shipped bot, one or two of them mutated."""
    bot = draw(st.sampled_from(BOTS))
    files = {name: text for (owner, name), text in FILES.items() if owner == bot}
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from(sorted(files)))
        files[name] = draw(mutations(files[name]))
    return files


@st.composite
def changed(draw: st.DrawFn) -> dict[str, str]:
    """The files of a shipped bot with one line changed, or one word of it put for another."""
    bot = draw(st.sampled_from(BOTS))
    files = {name: text for (owner, name), text in FILES.items() if owner == bot}
    name = draw(st.sampled_from(sorted(one for one in files if ".test." not in one)))
    lines = files[name].splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    if draw(st.booleans()):
        del lines[at]
    else:
        words = sorted(set(re.findall(r"[\w./]+", files[name])))
        here = re.findall(r"[\w./]+", lines[at]) or [""]
        old, new = draw(st.sampled_from(here)), draw(st.sampled_from(words))
        lines[at] = lines[at].replace(old, new, 1)
    files[name] = "\n".join(lines) + "\n"
    return files


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as made:
        yield Path(made)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large,
    ],
)  # fmt: skip
@given(files=broken())
def test_checking_any_broken_bot_gives_findings_that_can_be_shown(
    folder: Path, files: dict[str, str]
) -> None:
    for name in [path.name for path in folder.iterdir()]:
        (folder / name).unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    error = _judged(folder)
    if isinstance(error, InvalidBot):
        assert render(error.diagnostics, error.files, color=False)
        _can_be_shown(error.diagnostics, error.files)
    elif error is not None:
        assert error.cure


@settings(
    max_examples=300, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(files=changed())
def test_what_the_rules_find_in_any_bot_that_runs_can_be_shown(
    folder: Path, files: dict[str, str]
) -> None:
    for name in [path.name for path in folder.iterdir()]:
        (folder / name).unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    compiled = compile_bot(folder)
    assume(not has_errors(compiled.found))
    found = findings(compiled)
    _can_be_shown(found, compiled.bot.files)
    for name in FORMATS:
        assert write(name, Report(tuple(found), compiled.bot.files, 1, 2)) or not found
    sources = compiled.bot.files
    for file, text in fixed(found, sources, unsafe=True).items():
        assert text != sources[file]


def _can_be_shown(found: Iterable[Diagnostic], files: Mapping[str, str]) -> None:
    for one in found:
        assert as_data(one)["message"]
        assert one.place.file in files
        assert 1 <= one.place.line <= files[one.place.file].count("\n") + 2
        assert one.place.column >= 1


def _judged(folder: Path) -> StatechatError | None:
    try:
        scripts(load(folder))
        expand(folder)
    except StatechatError as error:
        return error
    return None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=300) | st.binary(max_size=300))
def test_any_file_as_a_flow_gives_findings(folder: Path, text: str | bytes) -> None:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    for name in [path.name for path in folder.iterdir()]:
        (folder / name).unlink()
    (folder / "main.yaml").write_bytes(raw)
    (folder / "actions.py").write_bytes(raw)
    with pytest.raises(InvalidBot):
        load(folder)
