from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.diagnostics import Diagnostic, Related, Severity
from engine.errors import Place
from engine.lint.output import WIDTH_MAX, as_data, render, summary
from schemas import schema

HELLO = "flow: hello\nstates:\n  name:\n    ask: Name?\n    nxt: bye\n"


def finding(
    line: int,
    column: int,
    length: int = 1,
    message: str = "wrong",
    cure: str | None = None,
    severity: Severity = "error",
    file: str = "hello.yaml",
) -> Diagnostic:
    return Diagnostic("SC010", message, Place(file, line, column), cure, severity, length)


def shown(source: str, one: Diagnostic) -> str:
    return render([one], {"hello.yaml": source}, color=False)


def test_a_finding_is_shown_with_its_line_its_carets_and_its_cure() -> None:
    one = Diagnostic(
        "SC012",
        "unknown key `nxt`",
        Place("hello.yaml", 5, 5),
        "Did you mean `next`?",
        length=3,
    )
    assert shown(HELLO, one) == (
        "hello.yaml:5:5: error SC012 unknown key `nxt`\n"
        " 5 |     nxt: bye\n"
        "   |     ^^^\n"
        "   = help: Did you mean `next`?"
    )


def test_related_places_are_shown_with_dashes_and_notes_and_line_numbers_are_aligned() -> None:
    source = "a: 1\n" * 12
    related = (
        Related(Place("hello.yaml", 2, 1), "first here", 2),
        Related(Place("b.yaml", 1, 4), "and here"),
        Related(Place("gone.yaml", 7, 3), "a file \x1b of which no text is known"),
    )
    one = Diagnostic("SC002", "twice", Place("hello.yaml", 10, 4), "Do.", related=related)
    sources = {"hello.yaml": source, "b.yaml": "b: 2"}
    assert render([one], sources, color=False) == (
        "hello.yaml:10:4: error SC002 twice\n"
        " 10 | a: 1\n"
        "    |    ^\n"
        "  2 | a: 1\n"
        "    | -- first here\n"
        "  --> b.yaml:1:4\n"
        "  1 | b: 2\n"
        "    |    - and here\n"
        "  --> gone.yaml:7:3: a file ␛ of which no text is known\n"
        "    = help: Do."
    )
    shown = render([one], sources, color=True)
    assert "\x1b[34m-- first here\x1b[0m" in shown


def test_findings_are_sorted_and_a_blank_line_parts_them() -> None:
    found = [finding(4, 5, 3, severity="warning"), finding(1, 1, 4, file="a.yaml")]
    assert render(found, {"hello.yaml": HELLO}, color=False) == (
        "a.yaml:1:1: error SC010 wrong\n"
        "\n"
        "hello.yaml:4:5: warning SC010 wrong\n"
        " 4 |     ask: Name?\n"
        "   |     ^^^"
    )


def test_nothing_found_is_nothing_to_show() -> None:
    assert not render([], {}, color=False)


def test_colours_frame_the_severity_the_place_and_the_carets() -> None:
    one = finding(5, 5, 3, cure="Do.")
    assert render([one], {"hello.yaml": HELLO}, color=True) == (
        "\x1b[1mhello.yaml:5:5:\x1b[0m \x1b[1;31merror SC010\x1b[0m wrong\n"
        " \x1b[34m5\x1b[0m \x1b[34m|\x1b[0m     nxt: bye\n"
        "   \x1b[34m|\x1b[0m     \x1b[1;31m^^^\x1b[0m\n"
        "   \x1b[36m= help:\x1b[0m Do."
    )


@pytest.mark.parametrize(
    ("source", "column", "length", "expected"),
    [
        ("say: 日本 x", 9, 1, (" 1 | say: 日本 x", "   |           ^")),
        ("say: 日本 x", 6, 2, (" 1 | say: 日本 x", "   |      ^^^^")),
        ("a:\tb", 4, 1, (" 1 | a:    b", "   |       ^")),
        ("e\u0301: x", 5, 1, (" 1 | e\u0301: x", "   |    ^")),
        ("👩\u200d🚀: x", 6, 1, (" 1 | 👩\u200d🚀: x", "   |       ^")),
    ],
    ids=["before wide", "under wide", "tab", "combining", "joined emoji"],
)
def test_carets_stand_under_wide_characters_and_behind_tabs(
    source: str, column: int, length: int, expected: tuple[str, str]
) -> None:
    assert tuple(shown(source, finding(1, column, length)).split("\n")[1:]) == expected


def test_what_could_move_the_cursor_or_turn_the_text_is_made_visible() -> None:
    source = "a: \x1b[31m\x00\x9b\u202eb\x7f"
    assert shown(source, finding(1, 4, 1, "the \x1b[2J\u202e thing\nb", "Del\x07ete\ud800.")) == (
        "hello.yaml:1:4: error SC010 the ␛[2J<U+202E> thing b\n"
        " 1 | a: ␛[31m␀<U+009B><U+202E>b␡\n"
        "   |    ^\n"
        "   = help: Del␇ete<U+D800>."
    )


def test_a_name_of_a_file_cannot_break_the_line() -> None:
    assert render([finding(1, 1, file="a\x1b\nb")], {}, color=False) == (
        "a␛ b:1:1: error SC010 wrong"
    )


def test_a_long_line_is_cut_around_its_carets() -> None:
    source = "say: " + "x" * 300 + "HERE" + "y" * 300
    _, line, carets = shown(source, finding(1, 306, 4)).split("\n")
    assert line == " 1 | …" + "x" * 31 + "HERE" + "y" * 59 + "…"
    assert carets == "   | " + " " * 32 + "^^^^"


def test_the_end_of_a_long_line_is_shown_to_its_last_character() -> None:
    source = "x" * 300 + "END"
    _, line, carets = shown(source, finding(1, 301, 3)).split("\n")
    assert line == " 1 | …" + "x" * 92 + "END"
    assert carets == "   | " + " " * 93 + "^^^"


@pytest.mark.parametrize(("column", "length"), [(8, 1), (500, 3), (5, 500)])
def test_carets_never_leave_the_line_by_more_than_one(column: int, length: int) -> None:
    _, _, carets = shown("say: abc", finding(1, column, length)).split("\n")
    assert len(carets) <= len("   | say: abc^")
    assert carets.endswith("^")


def test_a_place_beyond_the_source_is_shown_without_a_line() -> None:
    assert shown(HELLO, finding(99, 1)) == "hello.yaml:99:1: error SC010 wrong"


def test_lines_are_counted_as_the_reader_of_yaml_counts_them() -> None:
    assert " 3 | c" in shown("\ufeffa\r\nb\u2028\rc\n", finding(3, 1))


@given(st.text(max_size=300), st.integers(1, 400), st.integers(1, 400), st.text(max_size=30))
def test_any_source_gives_lines_that_are_short_and_harmless(
    source: str, column: int, length: int, message: str
) -> None:
    text = shown(source, finding(1, column, length, message))
    first, line, carets = text.split("\n")
    assert not any(
        character < " " or "\x7f" <= character < "\xa0" for character in text if character != "\n"
    )
    assert set(carets[5:]) <= {" ", "^"}
    assert carets.count("^") >= 1
    assert len(carets) <= WIDTH_MAX + 6
    assert first.startswith("hello.yaml:1:")
    assert line.startswith(" 1 |")


def test_a_summary_counts_findings_and_files() -> None:
    found = [finding(1, 1), finding(2, 1), finding(1, 1, severity="warning", file="b")]
    assert summary(found) == "2 errors and 1 warning in 2 files"
    assert summary([*found, finding(3, 1, severity="info")]) == (
        "2 errors, 1 warning and 1 note in 2 files"
    )
    assert summary(found[:1]) == "1 error in 1 file"
    assert summary([]) == "No faults found"


@pytest.mark.parametrize("severity", get_args(Severity))
@pytest.mark.parametrize("cure", [None, "Do."])
def test_findings_as_data_keep_their_schema(severity: Severity, cure: str | None) -> None:
    data = as_data(finding(3, 2, 4, cure=cure, severity=severity))
    Draft202012Validator(schema("diagnostic")).validate(data)
    assert data["name"] == "schema"
    assert data.get("cure") == cure
