"""How a file is laid out, case by case."""

import pytest
import yaml

from engine.authoring import formatting, reading
from engine.authoring.formatting import format_file
from engine.authoring.spelling import harmless
from engine.compiler import source
from engine.errors import StatechatError


def laid_out(text: str) -> str:
    done = format_file(text.encode(), "f.yaml")
    assert done.found == ()
    assert format_file(done.text.encode(), "f.yaml").text == done.text
    return done.text


# fmt: off
CASES = {
    "blanks and indentation become alike": (
        "a:\n      b:   c\n      d:\n      - e\n      -   - f\n          - g\n",
        "a:\n  b: c\n  d:\n    - e\n    - - f\n      - g\n",
    ),
    "what another tool would misread gets quotes": (
        "- yes\n- Off\n- 007\n- +49\n- 12:30\n- 2026-11-23\n- ~\n- C#\n- a:b\n- 0x1F\n",
        ('- "yes"\n- "Off"\n- "007"\n- "+49"\n- "12:30"\n- "2026-11-23"\n- "~"\n- "C#"\n'
         '- "a:b"\n- "0x1F"\n'),
    ),
    "numbers, true, null and links stay as they are": (
        "- 1.10\n- -3\n- true\n- null\n- https://example.org/x\n- say it\n-\n",
        "- 1.10\n- -3\n- true\n- null\n- https://example.org/x\n- say it\n-\n",
    ),
    "keys that are no words elsewhere get quotes, but on is the language's own": (
        "on:\n  /x: y\nchoices: {yes: Ja, 1: One, on: {label: On}}\n",
        'on:\n  /x: y\nchoices: {"yes": Ja, "1": One, "on": {label: "On"}}\n',
    ),
    "quotes are never taken away, and become double where that needs no escapes": (
        '- \'a b\'\n- \'it\'\'s\'\n- "say \\"x\\""\n- \'a "b"\'\n- "it\'s \\"x\\""\n',
        '- "a b"\n- "it\'s"\n- \'say "x"\'\n- \'a "b"\'\n- "it\'s \\"x\\""\n',
    ),
    "comments stay where they belong": (
        ("# top\n\n# of a\na: 1 # behind\n\n\n\nb:   # head\n    # of c\n    c: 2\n"
         "    # tail of b\n# of d\nd: 3\n# end\n"),
        ("# top\n\n# of a\na: 1  # behind\n\nb:  # head\n  # of c\n  c: 2\n"
         "  # tail of b\n# of d\nd: 3\n# end\n"),
    ),
    "a comment in brackets puts each entry on its line": (
        "a: {b: 1, # one\n  c: 2} # two\n",
        "a:\n  b: 1  # one\n  c: 2\n  # two\n",
    ),
    "a list below its key may stand at the key's column": (
        "a:\n- b\n# of c\nc: d\n",
        "a:\n  - b\n# of c\nc: d\n",
    ),
    "brackets that fit are joined": (
        "a: {b: 1,\n  c: [2,\n  3]}\n",
        "a: {b: 1, c: [2, 3]}\n",
    ),
    "brackets that do not fit are written out": (
        f"a: {{b: {'x' * 60}, c: {{d: {'y' * 30}, e: 1}}}}\n",
        f"a:\n  b: {'x' * 60}\n  c: {{d: {'y' * 30}, e: 1}}\n",
    ),
    "texts of several lines keep them": (
        "a: |\n     one\n       two\n\n     three\nb: >-  # note\n     one\n     two\n",
        "a: |\n  one\n    two\n\n  three\nb: >-  # note\n  one\n  two\n",
    ),
    "a broken text is joined where it fits": ("a: one\n  two\n", "a: one two\n"),
    "a broken text is folded where it is long": (
        f"a: {'word ' * 15}\n  {'word ' * 14}end\n",
        "a: >-\n  " + ("word " * 19).rstrip() + "\n  " + "word " * 10 + "end\n",
    ),
    "windows line ends and a byte order mark go": ("\ufeffa: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
    "a document's marks go": ("%YAML 1.1\n---\na: 1\n...\n", "a: 1\n"),
}
# fmt: on


@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"], ids=["libyaml", "pure"])
@pytest.mark.parametrize("case", CASES)
def test_a_file_is_laid_out_so_that(
    case: str, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (source, reading):
        monkeypatch.setattr(module, "PARSER", getattr(yaml, parser))
    before, after = CASES[case]
    assert laid_out(before) == after


@pytest.mark.parametrize("text", ["YES", "1_000", "0o17", "1e5", "=", "<<", "---", "12:30:00"])
def test_what_looks_like_a_value_to_some_tool_is_not_harmless(text: str) -> None:
    assert not harmless(text)


@pytest.mark.parametrize("text", ["n0", "10m", "a.b", "x if y else z", "v1.2.3", "über", "/start"])
def test_a_word_is_harmless(text: str) -> None:
    assert harmless(text)


@pytest.mark.parametrize("broken", ["a: 2  # kept\n", "a: 1\n", "a: [\n"])
def test_what_would_not_mean_the_same_is_never_given_out(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formatting, "write", lambda _: broken)
    with pytest.raises(StatechatError) as raised:
        format_file(b"a: 1  # kept\n", "f.yaml")
    assert raised.value.code == "fmt:unsafe"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("just a text # note\n# end\n", "just a text  # note\n# end\n"),
        ("[a, b] # note\n", "[a, b]  # note\n"),
        ("# top\n{a: 1, # one\n b: 2} # two\n# end\n", "# top\na: 1  # one\nb: 2\n# two\n# end\n"),
        ("|\n  text\n", '"text\\n"\n'),
        ('a: "b\\n\\n"\n', 'a: "b\\n\\n"\n'),
        ("a: |+\n  b\n\n\nc: d\n", 'a: "b\\n\\n\\n"\n\nc: d\n'),
        ("a: |\n    b\n\n    c\n\n\nd: e\n", "a: |\n  b\n\n  c\n\nd: e\n"),
        ("a: |2-\n    b\n  c\n", "a: |2-\n    b\n  c\n"),
        ("a: >2\n    b\n  c\n", 'a: "  b\\nc\\n"\n'),
        ("? a\n: b\n", "a: b\n"),
        ("a: {b: , c}\n", "a: {b: null, c: null}\n"),
    ],
)
def test_what_is_rare_is_laid_out_too(text: str, after: str) -> None:
    assert laid_out(text) == after
