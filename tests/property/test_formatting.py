"""Laying a file out changes nothing that it says, loses no comment, and is stable."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import flows
from engine.authoring.formatting import format_file, same
from engine.authoring.layout import comments
from engine.authoring.reading import read
from engine.compiler.source import load
from tests.unit.docs.pages import PAGES
from tests.unit.docs.pages import read as read_page

SHIPPED = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted(Path(flows.__path__[0]).glob("*/*.yaml"))
}
SHOWN = [
    block.text for page in PAGES for block in read_page(page).blocks if block.language == "yaml"
]

WORDS = st.sampled_from(
    ["a", "name", "on", "yes", "No", "true", "null", "~", "1", "1.10", "007", "+49 30", "12:30",
     "2026-11-23", "0x1F", "1e3", ".5", "say it", "Pick #1", "a: b", "{name}!", "[x", "it's",
     'a "b"', "back\\slash", "", " lead", "trail ", "two\nlines", "end\n", "\n",
     "many\n\n  indented\n\n", "tab\there", "é🦉", "\u2028", "- dash", "? what", "x" * 120,
     "long words " * 12 + "end", "*", "&a", "!t", "%x", "@x", "`x`", "<<", "=", "---",
     "url https://x.org/#a", "C#", "-", "/start", "~(?:a|b)"]
)  # fmt: skip
NOTES = st.sampled_from(["", "", "", "", "  # note", "  # on", "  ## two", "  #: {", "  # 'quoted"])
ABOVE = st.sampled_from(
    ["", "", "", "", "", "# above\n", "\n# a gap\n", "\n", "# one\n# two\n\n# three\n"]
)


def spelled(draw: st.DrawFn, text: str, *, key: bool, flow: bool) -> str:
    """A text in one of the ways in which YAML writes it; only the last is sure to be right."""
    style = draw(st.integers(0, 3 if key or flow else 5))
    if style == 0 and re.fullmatch(r"[\w./+~(]([^#:\[\]{},\n\t]*[^\s#:\[\]{},])?", text):
        return text if draw(st.booleans()) or key else text.replace(" ", "\n          ", 1)
    if style == 1 and not re.search(r"[\n\u2028]", text):
        return "'" + text.replace("'", "''") + "'"
    if style in (4, 5) and re.fullmatch(r"[^\s\u2028][^\u2028\t]*\n?", text) and text.strip():
        sign = "|" if style == 4 else ">"
        lines = text.removesuffix("\n").split("\n")
        note = draw(st.sampled_from(["", " # behind"]))
        head = f"{sign}{'' if text.endswith(chr(10)) else '-'}{note}\n"
        return head + "\n".join("          " + line if line else "" for line in lines)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped.replace(chr(9), chr(92) + "t").replace(chr(0x2028), chr(92) + "L")}"'


def node(draw: st.DrawFn, depth: int, *, flow: bool) -> tuple[str, bool]:
    """A value as YAML, and whether it goes on the lines below its key."""
    kind = draw(st.integers(0, 5)) if depth else 0
    count = draw(st.integers(0 if flow or kind in (4, 5) else 1, 3))
    if kind < 2:
        return spelled(draw, draw(WORDS), key=False, flow=flow), False
    keys = [spelled(draw, f"{draw(WORDS)}{n}", key=True, flow=flow) for n in range(count)]
    if flow or kind in (4, 5):
        breaks = draw(st.booleans())
        parts = []
        for one in keys:
            value, _ = node(draw, depth - 1, flow=True)
            parts.append(f"{one}: {value}" if kind % 2 else value)
        note = draw(NOTES) if breaks else ""
        between = f",{note}\n          " if breaks else ", "
        ends = (f"{draw(NOTES)}\n          ", "\n          ") if breaks else ("", "")
        inner = ends[0] + between.join(parts) + ends[1]
        return (f"{{{inner}}}" if kind % 2 else f"[{inner}]"), False
    lines: list[str] = []
    indent = " " * draw(st.sampled_from([1, 2, 4]))
    for one in keys:
        value, below = node(draw, depth - 1, flow=False)
        lines += list(draw(ABOVE).splitlines())
        head = f"{one}:" if kind == 2 else "-"
        note = "" if re.match(r"[|>]", value) else draw(NOTES)
        if below:
            lines.append(head + note)
            lines += [f"{indent}{line}" if line else "" for line in value.split("\n")]
        else:
            lines += f"{head} {value}{note}".split("\n")
    lines += list(draw(ABOVE).splitlines())
    return "\n".join(lines), True


@st.composite
def files(draw: st.DrawFn) -> str:
    text, _ = node(draw, 4, flow=False)
    return draw(ABOVE) + text + draw(NOTES) + "\n" + draw(ABOVE)


def check(text: str) -> None:
    before, found = load(text, "f.yaml")
    assert before is not None
    assert found == []
    written = format_file(text.encode(), "f.yaml").text
    after, found = load(written, "f.yaml")
    assert found == []
    assert after is not None
    assert same(before, after)
    assert list(comments(read(written))) == list(comments(read(text)))
    assert format_file(written.encode(), "f.yaml").text == written


@given(files())
@settings(max_examples=500, deadline=None, suppress_health_check=[*HealthCheck])
def test_any_file_says_the_same_when_it_is_laid_out_and_stays_as_it_is_then(text: str) -> None:
    node_, found = load(text, "f.yaml")
    assume(node_ is not None and not found)
    check(text)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_says_the_same_when_it_is_laid_out(name: str) -> None:
    check(SHIPPED[name])


def test_what_the_documentation_shows_says_the_same_when_it_is_laid_out() -> None:
    checked = 0
    for text in SHOWN:
        node_, found = load(text, "f.yaml")
        if node_ is not None and not found:
            check(text)
            checked += 1
    assert checked > 40


CHANGES: tuple[Callable[[str, str], str], ...] = (
    lambda line, note: f"{line}  # {note}",
    lambda line, note: f"# {note}\n{line}",
    lambda line, note: f"{line}\n\n# {note}\n",
    lambda line, note: line[: len(line) - len(line.lstrip())] + f"# {note}\n{line}",
    lambda line, note: line.replace("{", "{  # " + note + "\n          ", 1),
    lambda line, note: line.replace(", ", f",  # {note}\n          ", 1),
)


@given(st.sampled_from(sorted(SHIPPED)), st.data())
@settings(max_examples=200, deadline=None)
def test_comments_anywhere_in_a_flow_stay_in_their_order(name: str, data: st.DataObject) -> None:
    lines = SHIPPED[name].splitlines()
    for number in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(st.sampled_from(CHANGES))(lines[at], f"note {number}")
    text = "\n".join(lines) + "\n"
    node_, found = load(text, "f.yaml")
    assume(node_ is not None and not found)
    check(text)
