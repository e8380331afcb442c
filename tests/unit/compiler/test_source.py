from collections.abc import Callable

import pytest
import yaml

from engine.compiler import source
from engine.compiler.source import Fields, Items, Node, Scalar, load
from engine.compiler.syntax import SIZE_MAX
from engine.diagnostics import Diagnostic
from engine.errors import Place


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers must agree: PyYAML may be installed without libyaml."""
    if request.param == "libyaml":
        assert source.PARSER is yaml.CSafeLoader
    else:
        monkeypatch.setattr(source, "PARSER", yaml.SafeLoader)


def read(text: str | bytes) -> Node:
    node, found = load(text, "f.yaml")
    assert found == []
    assert node is not None
    return node


def value(text: str) -> Scalar:
    node = read(text)
    assert isinstance(node, Fields)
    found = node.get("k")
    assert isinstance(found, Scalar)
    return found


def faults(text: str | bytes) -> list[tuple[str, str]]:
    return [(str(one.place)[len("f.yaml:") :], one.code) for one in load(text, "f.yaml")[1]]


def only(text: str | bytes) -> Diagnostic:
    _, found = load(text, "f.yaml")
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        ("-0.5E-2", -0.005),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_the_spellings_of_json_resolve(spelled: str, meant: object) -> None:
    found = value(f"k: {spelled}")
    assert (found.value, type(found.value), found.text) == (meant, type(meant), spelled)


@pytest.mark.parametrize(
    "spelled",
    [
        *(
            "12:30",
            "007",
            "+49",
            "+49 30 1",
            "~",
            "yes",
            "no",
            "on",
            "off",
            "True",
            "NULL",
            "FALSE",
        ),
        *("0x1", "0o7", "1_000", ".5", "5.", "1e", "--1", "2026-11-23", "1e400", "-1e999"),
        *(".inf", ".nan", "9223372036854775808", "9" * 5000, "=", "\u0661", "1.2.3"),
    ],
)
def test_everything_else_stays_a_text(spelled: str) -> None:
    found = value(f"k: {spelled}")
    assert (found.value, found.text, found.plain) == (spelled, spelled, True)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes_make_a_text_of_anything(quote: str) -> None:
    found = value(f"k: {quote}true{quote}")
    assert (found.value, found.text, found.plain) == ("true", "true", False)


def test_keys_are_texts_as_they_are_spelled() -> None:
    node = read("on: 1\nyes: 2\n007: 3\ntrue: 4\nnull: 5\n1.0: 6\n")
    assert node.plain_data() == {"on": 1, "yes": 2, "007": 3, "true": 4, "null": 5, "1.0": 6}


def test_every_part_knows_its_place() -> None:
    node = read("a:\n  b: [x, 'y']\n  # note\n  ü: {c: 1}\n")
    assert isinstance(node, Fields)
    inner = node.get("a")
    assert isinstance(inner, Fields)
    items, last = inner.get("b"), inner.get("ü")
    assert isinstance(items, Items)
    assert isinstance(last, Fields)
    places = [node, inner, inner.entries["b"].key, items, *items.items, last.entries["c"].value]
    assert [str(part.place)[len("f.yaml:") :] for part in places] == [
        *("1:1", "2:3", "2:3", "2:6", "2:7", "2:10", "4:10"),
    ]


@pytest.mark.parametrize(
    ("text", "place", "content"),
    [
        ("k: plain", (1, 4), (1, 4)),
        ('k: "quoted"', (1, 4), (1, 5)),
        ("k: |\n  one\n  two", (1, 4), (2, 3)),
        ("k: >-\n\n\n    one", (1, 4), (4, 5)),
        ("k: |2\n    one\n  two", (1, 4), (2, 3)),
        ("k:\n  plain", (2, 3), (2, 3)),
        ("k: |\n", (1, 4), (1, 4)),
    ],
)
def test_a_text_knows_where_its_content_begins(
    text: str, place: tuple[int, int], content: tuple[int, int]
) -> None:
    found = value(text)
    assert found.place == Place("f.yaml", *place)
    assert found.content == Place("f.yaml", *content)


def test_a_place_inside_a_text_is_found_by_its_offset() -> None:
    assert value("k: 'Hi {name}'").at(4) == Place("f.yaml", 1, 9)
    assert value("k: |\n  Hi\n  {name}\n").at(4) == Place("f.yaml", 3, 4)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_editor_ends_them(line_break: str) -> None:
    node = read(f"a: 1{line_break}b: 2{line_break}")
    assert isinstance(node, Fields)
    assert node.entries["b"].key.place == Place("f.yaml", 2, 1)


def test_a_byte_order_mark_is_not_text() -> None:
    node = read(b"\xef\xbb\xbfa: 1")
    assert node.plain_data() == {"a": 1}
    assert node.place == Place("f.yaml", 1, 1)


def test_a_key_twice_names_the_first_and_the_first_counts() -> None:
    node, found = load("a: 1\nb: 2\n'a': 3\n", "f.yaml")
    assert node is not None
    assert node.plain_data() == {"a": 1, "b": 2}
    assert [(str(one.place), one.code, one.message, one.length) for one in found] == [
        ("f.yaml:3:1", "SC002", "the key `a` is here twice", 3)
    ]


def test_all_faults_of_a_file_are_found_in_one_run() -> None:
    text = "a: 1\na: 2\nb: !t 3\nc: &x 4\nd: *x\n<<: {}\n? [k]\n: 1\ne: !!str &y 5\n"
    assert faults(text) == [
        ("2:1", "SC002"),
        *((place, "SC003") for place in ("3:4", "4:4", "5:4", "6:1", "7:3", "9:4", "9:10")),
    ]


def test_a_quoted_merge_key_is_a_text() -> None:
    assert read("'<<': 1").plain_data() == {"<<": 1}


def test_a_second_document_is_refused_and_the_first_is_read() -> None:
    node, found = load("---\na: 1\n---\nb: 2\n", "f.yaml")
    assert node is not None
    assert node.plain_data() == {"a": 1}
    assert [(one.place.line, one.code) for one in found] == [(3, "SC003")]


@pytest.mark.parametrize(
    ("text", "place", "message", "cure"),
    [
        ("a:\n\tb: 1", "2:1", "a tab in the indentation", "Indent with blanks."),
        ("a: {x}, y", "1:7", "the value ended here", "`{` or `[` must stand in quotes"),
        ("a: [x] y", "1:8", "the value ended here", "`{` or `[` must stand in quotes"),
        ("a: {x", "1:4", "this `{` is not closed", "Close it"),
        ('a: "x" y', "1:8", "the quoted text ended here", "Put the whole text in quotes"),
        ("a: 'it's'", "1:8", "the quoted text ended here", "`''` for a quote inside"),
        ('a: "x\nb: 1', "1:4", "this quote is never closed", "Close the quote"),
        ("a: b: c", "1:5", "a second `: ` in one value", "Put the text in quotes"),
        ("a\nb: 1", "2:1", "this key does not fit the line above", "its colon"),
        ("a:\n  b: 1\n c: 2", "3:2", "this line fits nothing above it", "Indent it exactly like"),
        ("*: x", "1:1", "`*` and `&` mean something else", 'quotes: `"*"`'),
        ("a: @x", "1:4", "a text cannot begin with this character", "in quotes"),
        ("a: %x", "1:4", "a text cannot begin with this character", "in quotes"),
        ("a: - x", "1:4", "a list cannot begin on the line of its key", "next line"),
        ("a: |x\n  y", "1:5", "nothing can stand behind `|` or `>`", "next line"),
        (": x", "1:1", "there is no key before the colon", "in quotes"),
        ("? \n: x", "1:2", "there is no key before the colon", "in quotes"),
        ("", "1:1", "the file is empty", ""),
        ("# nothing\n", "1:1", "the file is empty", ""),
    ],
)
def test_a_fault_of_grammar_is_explained(text: str, place: str, message: str, cure: str) -> None:
    found = only(text)
    assert str(found.place) == f"f.yaml:{place}"
    assert found.code == "SC001"
    assert found.message.startswith(message)
    assert cure in (found.cure or "")


def test_an_unknown_tag_handle_is_a_feature_that_flows_do_not_have() -> None:
    assert faults("a: !x!y z") == [("1:4", "SC003")]


def test_what_is_not_utf8_is_shown_where_it_stands() -> None:
    found = only("a: ü\nb: ü\n".encode() + b"c: \xfc")
    assert (str(found.place), found.code) == ("f.yaml:3:4", "SC005")
    assert found.message == "the byte 0xfc is not UTF-8"
    assert only("a: 1".encode("utf-16")).message == "the file is UTF-16"


def test_invisible_characters_are_refused_each_at_its_place() -> None:
    assert faults("a: \x00\nb: \u2028x\x85\nc: \ud800") == [
        *((place, "SC001") for place in ("1:4", "2:4", "2:6", "3:4")),
    ]
    assert only("a: \x00").cure == "Delete it."
    assert only("a: \u2028").cure == (
        'Delete it; where it is meant, write "\\u2028" in double quotes.'
    )


def test_a_line_separator_may_be_written_as_an_escape_but_a_zero_may_not() -> None:
    assert value('k: "a\\u2028b\\ufeff"').text == "a\u2028b\ufeff"
    assert faults('k: "a\\0b"') == [("1:4", "SC001")]
    assert [code for _, code in faults('k: "\\ud800"')] == ["SC001"]


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "? " * 100_000])
def test_nesting_ends_at_sixty_levels(text: str) -> None:
    node, found = load(text, "f.yaml")
    assert node is None
    assert [one.code for one in found] == ["SC004"]


def test_sixty_levels_are_read() -> None:
    assert isinstance(read("[" * 60 + "]" * 60), Items)
    assert faults("[" * 61 + "]" * 61) == [("1:61", "SC004")]


def test_a_file_of_more_than_one_mebibyte_is_refused() -> None:
    assert faults("#" + "ü" * (SIZE_MAX // 2)) == [("1:1", "SC004")]
    assert faults(b"# " + b"x" * (SIZE_MAX - 2)) == [("1:1", "SC001")]


def test_a_file_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "NODES_MAX", 5)
    assert isinstance(read("[1, 2, 3, 4]"), Items)
    assert faults("[1, 2, 3, 4, 5]") == [("1:14", "SC004")]


def test_findings_of_one_file_are_bounded() -> None:
    assert len(load("- !a b\n" * 500, "f.yaml")[1]) == source.FOUND_MAX


@pytest.mark.parametrize(
    "text",
    [
        "ask: Pick #1",
        "say: Press # to end",
        "bot:\n  - Pick #1\n",
        "age.ask: Pick # now",
        "ask: >-  \n  x\nsay: Join\n  us #now",
    ],
)
def test_a_text_that_a_comment_cuts_is_warned_about(text: str) -> None:
    node, found = load(text, "f.yaml")
    assert node is not None
    assert [(one.severity, one.code) for one in found] == [("warning", "SC031")]
    line = text.split("\n")[found[0].place.line - 1]
    assert line[found[0].place.column - 1] == "#"


@pytest.mark.parametrize("text", ["say: [Pick #1, two]", "choices: {a: Room #3}"])
def test_a_comment_that_eats_a_bracket_is_shown_beside_what_it_breaks(text: str) -> None:
    _, found = load(text, "f.yaml")
    assert [(one.severity, one.code) for one in found] == [
        ("error", "SC001"),
        ("warning", "SC031"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ask: Who?  # asked first",
        "next: city # then",
        "ask: 'Pick #1'",
        "version: 3 #x",
        "say: a#b",
        "# ask: Pick #1\na: b",
        "say: |\n  Pick #1\n",
        "next: city #",
    ],
)
def test_an_honest_comment_is_no_fault(text: str) -> None:
    assert load(text, "f.yaml")[1] == []


def test_a_tree_cannot_be_changed() -> None:
    node = read("a: b")
    with pytest.raises(AttributeError):
        setattr(node, "place", Place("x", 1, 1))  # noqa: B010 - the type checker knows better


def test_what_one_parser_refuses_the_other_refuses_at_the_same_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = ["a: {x}, y", "a: b: c", "a:\n  b: 1\n c: 2", 'a: "x\nb', "a\nb: 1", "%FOO\na: 1"]
    lines: list[list[int]] = []
    loaders: list[Callable[[str], object]] = [yaml.CSafeLoader, yaml.SafeLoader]
    for loader in loaders:
        monkeypatch.setattr(source, "PARSER", loader)
        lines.append([only(text).place.line for text in texts[:-1]])
        assert only(texts[-1]).code == "SC001"
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    "text",
    [
        "a: b\nl: [\n  - x\n",
        "a: b\nl: [x,\nm:\n  - y\n",
        "a: b\nl: [x,\n",
        "a: b\nl: [{x: [y]}, z,\n",
    ],
)
def test_a_list_that_is_never_closed_is_blamed_where_it_begins(text: str) -> None:
    _, found = load(text, "f.yaml")
    assert [(str(one.place), one.code) for one in found] == [("f.yaml:2:4", "SC001")]
    assert found[0].message.startswith("this `[` is not closed")


def test_a_comma_with_nothing_before_it_is_blamed_itself() -> None:
    _, found = load("l: [x, , y]", "f.yaml")
    assert [(str(one.place), one.message) for one in found] == [
        ("f.yaml:1:8", "nothing stands before this `,`")
    ]
