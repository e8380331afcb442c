"""Whatever stands in a file, reading it gives a tree or diagnostics, never a crash or a hang."""

from typing import get_args

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.compiler.document import Kind, validate
from engine.compiler.source import Fields, Items, Node, Scalar, load
from engine.core.values import INT_MAX, Value
from engine.diagnostics import CODES, Diagnostic
from engine.lint.output import render

SIGNS = "{}[],#|>:\"'\\ \t\r\n\x00ü\u2028\ufeff\U0001f600\ud800"
WORDS = ("a", "on", "say", "states", "flow", "true", "1e999", "  ", "\n  ", "- ", ": ", "? ", " #")
FEATURES = ("|2-", "&x ", "*x", "!t ", "!!", "<<: ", "---\n", "...\n", "%YAML 1.1\n", "%TAG ! x")
YAMLISH = st.lists(st.sampled_from((*SIGNS, *WORDS, *FEATURES)), max_size=60).map("".join)

PRINTABLE = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"
)
TEXTS = st.text(PRINTABLE, max_size=30)
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-INT_MAX, INT_MAX)
    | st.floats(allow_nan=False, allow_infinity=False).map(lambda number: float(f"{number:.6f}"))
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=25,
)


class Dumper(yaml.SafeDumper):
    """Quotes every text, so that YAML 1.1's spellings do not matter."""

    def ignore_aliases(self, data: object) -> bool:
        return True


Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)
Dumper.add_representer(
    float,
    lambda dumper, number: dumper.represent_scalar("tag:yaml.org,2002:float", f"{number:.6f}"),
)


def check(found: list[Diagnostic], text: str) -> None:
    assert found == sorted(found, key=lambda one: one.sort_key)
    for one in found:
        assert one.code in CODES
        assert one.place.line >= 1
        assert one.place.column >= 1
        assert one.length >= 1
    assert isinstance(render(found, {"f.yaml": text}, color=True), str)


@given(st.text() | YAMLISH)
@example("[" * 100_000)
@example("- " * 100_000)
@example("a: " * 50_000)
@example("\n".join(" " * depth + "a:" for depth in range(200)))
@example('"' + "\\" * 99_999)
@example("&a " * 100_000)
@example("- " * 40 + ": " * 20_000)
@settings(max_examples=400)
def test_any_text_gives_a_tree_or_errors(text: str) -> None:
    node, found = load(text, "f.yaml")
    check(found, text)
    if node is None:
        assert any(one.severity == "error" for one in found)
    else:
        for kind in get_args(Kind):
            check(validate(node, kind), text)


@example(b"\xed\xa0\x80\x80")  # half of a surrogate pair, and then no UTF-8
@given(st.binary() | YAMLISH.map(lambda text: text.encode("utf-16", "surrogatepass")))
def test_any_bytes_give_a_tree_or_errors(raw: bytes) -> None:
    node, found = load(raw, "f.yaml")
    check(found, "")
    assert node is not None or found


@given(DOCUMENTS, st.booleans())
def test_what_yaml_writes_is_read_as_the_same_data(document: Value, flow: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    text = yaml.dump(
        document, Dumper=Dumper, allow_unicode=True, default_flow_style=flow, sort_keys=False
    )
    node, found = load(text, "f.yaml")
    assert found == []
    assert node is not None
    assert node.plain_data() == document
    lines = text.split("\n")
    for scalar in scalars(node):
        line = lines[scalar.place.line - 1][scalar.place.column - 1 :]
        if scalar.plain:
            assert line.startswith(scalar.text)
        else:
            assert line.startswith('"')


def scalars(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Items):
        return [scalar for item in node.items for scalar in scalars(item)]
    assert isinstance(node, Fields)
    return [
        scalar for entry in node.entries.values() for scalar in (entry.key, *scalars(entry.value))
    ]
