"""Texts: values, marks and braces, and what an author got wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from engine.core.effects import Mark
from engine.core.faults import Fault
from engine.core.links import URL_MAX
from engine.core.marks import HOLES_MAX, SOURCE_MAX
from engine.core.scope import Name
from engine.core.texts import Text, compile_text, plain
from engine.core.values import TEXT_MAX, Value
from engine.errors import Place, StatechatError

PLACE = Place("form.yaml", 10, 5)


@dataclass
class World:
    data: Mapping[str, Value] = field(default_factory=dict)
    user: Mapping[str, Value] = field(default_factory=dict)
    turn: Mapping[str, Value] = field(default_factory=dict)
    session: Mapping[str, Value] = field(default_factory=dict)
    now: str = "2026-11-23T21:18:16Z"
    local: Mapping[str, Value] = field(default_factory=dict)
    lang: str = "en"
    tz: str | None = None

    def in_state(self, path: str) -> bool:
        return path == "form"

    def label(self, path: tuple[str, ...], value: Value) -> str:
        return f"{'.'.join(path)}={value}"


EVIL_REST = "%60z%60%20%5Ba%5D%28https%3A%2F%2Fb.c%29%20%7Bn%7D%20%5C%20%7D%7D"

WORLD = World(
    data={
        "name": "Ann",
        "n": 2,
        "whole": 3.0,
        "flag": True,
        "list": [1, "a", None, False],
        "city": "berlin",
        "evil": "**x** _y_ `z` [a](https://b.c) {n} \\ }}",
        "empty": "",
        "big": "x" * TEXT_MAX,
    },
)


def compiled(source: str, lang: str = "en") -> Text:
    return compile_text(source, PLACE, lang=lang)


def words(source: str, lang: str = "en") -> str:
    return compiled(source, lang).text(WORLD)[0]


def marks(source: str) -> list[tuple[str, str, str | None]]:
    text, found = compiled(source).text(WORLD)
    return [(m.kind, text[m.offset : m.offset + m.length], m.url) for m in found]


def refusal(source: str) -> StatechatError:
    with pytest.raises(StatechatError) as caught:
        compiled(source)
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("Hello.", "Hello."),
        ("Hello {name}!", "Hello Ann!"),
        ("{name}{n}", "Ann2"),
        ("{ n + 1 }", "3"),
        ("{whole}", "3"),
        ("{flag}", "yes"),
        ("{nope}|", "|"),
        ("{list}", "1, a, , no"),
        ("{{name}} {{ }}", "{name} { }"),
        ("{{{n}}}", "{2}"),
        (r"\{name\}", "{name}"),
        ("{'}' + \"{|}\"}", "}{|}"),
        ("{ {'a': n}['a'] }", "2"),
        ("{[n, 1][0]}", "2"),
        ("{'a' if flag\n else 'b'}", "a"),
        ("{evil}", "**x** _y_ `z` [a](https://b.c) {n} \\ }}"),
    ],
)
def test_a_text_is_filled_with_values(source: str, expected: str) -> None:
    assert compiled(source).text(WORLD) == (expected, ())


def test_a_bool_is_a_word_of_the_texts_language() -> None:
    assert words("{flag} {not flag} {[flag]}", "de-AT") == "ja nein ja"


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("**bold**", "bold", [("bold", "bold", None)]),
        ("an _italic_ word", "an italic word", [("italic", "italic", None)]),
        ("`a_b_ **c**`", "a_b_ **c**", [("code", "a_b_ **c**", None)]),
        ("`{{x}} {n}`", "{x} 2", [("code", "{x} 2", None)]),
        ("``a`b``", "a`b", [("code", "a`b", None)]),
        ("```a`b```", "a`b", [("pre", "a`b", None)]),
        ("x\n```\n{n} **c**\n```\ny", "x\n2 **c**\ny", [("pre", "2 **c**", None)]),
        ("```a b\nc```", "a b\nc", [("pre", "a b\nc", None)]),
        ("`a` ``` {n}```", "a  2", [("code", "a", None), ("pre", " 2", None)]),
        ("an __underlined__ word", "an underlined word", [("underline", "underlined", None)]),
        ("~~5~~ 4", "5 4", [("strike", "5", None)]),
        ("it was ||the {name}||!", "it was the Ann!", [("spoiler", "the Ann", None)]),
        ("> a\n> b {n}\nc", "a\nb 2\nc", [("quote", "a\nb 2", None)]),
        ("> a\n\n> b", "a\n\nb", [("quote", "a", None), ("quote", "b", None)]),
        ("a\n>\n> **b**\n", "a\n\nb\n", [("quote", "\nb", None), ("bold", "b", None)]),
        ("**a\n> b** c", "**a\nb** c", [("quote", "b** c", None)]),
        ("> **a\nb**", "**a\nb**", [("quote", "**a", None)]),
        (
            "__a _b_ ~~c~~__",
            "a b c",
            [
                ("underline", "a b c", None),
                ("italic", "b", None),
                ("strike", "c", None),
            ],
        ),
        ("[here](https://x.org/a_b_(c))", "here", [("link", "here", "https://x.org/a_b_(c)")]),
        ("[x](HTTP://y)", "x", [("link", "x", "HTTP://y")]),
        (
            "[a {name}](https://x.org/?q={evil}&n={n})",
            "a Ann",
            [
                (
                    "link",
                    "a Ann",
                    "https://x.org/?q=%2A%2Ax%2A%2A%20_y_%20" + EVIL_REST + "&n=2",
                )
            ],
        ),
        ("[x](https://y/{{a}})", "x", [("link", "x", "https://y/{a}")]),
        ("**a _b_ c**", "a b c", [("bold", "a b c", None), ("italic", "b", None)]),
        ("**[go](https://x.y)**", "go", [("bold", "go", None), ("link", "go", "https://x.y")]),
        ("**{name}**, _{n}_", "Ann, 2", [("bold", "Ann", None), ("italic", "2", None)]),
        ("**a _b** c_", "a _b c_", [("bold", "a _b", None)]),
        ("***a***", "*a*", [("bold", "*a", None)]),
        ("**{empty}{nope}**x", "x", []),
        ("**a** **b**", "a b", [("bold", "a", None), ("bold", "b", None)]),
        ("[a [b](https://c.d)](https://e.f)", "[a b](https://e.f)", [("link", "b", "https://c.d")]),
    ],
)
def test_the_authors_marks_are_read(
    source: str, text: str, found: list[tuple[str, str, str | None]]
) -> None:
    assert words(source) == text
    assert marks(source) == found


@pytest.mark.parametrize(
    "source",
    [
        "snake_case_name", "a__init__b", "__ a __", "___a___", "a_b _c", "{n}_{n}_",
        "2 ** 3 ** 4", "** a **", "**a", "a**",
        "****", "_a", "_ a _", "* a *", "`a", "``", "a ` b", "`a``", "[a](foo)", "[a](ftp://x.y)",
        "[a](https://x y)", "[a](https://x.y", "[a] (https://x.y)", "[](https://x.y)", "a](https://x.y)",
        "a ~~ b ~~ c", "~a~", "a | b", "a || b", ">5", "a > b", "->",
        "[a", "c:\\new", "\\", "1 < 2 & 3", "[**a](https://x.y)"[0:5],
    ],
)  # fmt: skip
def test_a_sign_without_its_partner_is_a_plain_character(source: str) -> None:
    expected = source.replace("{n}", "2")
    assert compiled(source).text(WORLD) == (expected, ())


def test_a_backslash_makes_a_sign_plain() -> None:
    source = r"\*\*a\*\* \_b\_ \`c\` \[d\](https://x.y) \\ \{n\}"
    assert compiled(source).text(WORLD) == ("**a** _b_ `c` [d](https://x.y) \\ {n}", ())


def test_offsets_count_code_points() -> None:
    text, found = compiled("\N{PARTY POPPER}{name} **b\N{PARTY POPPER}**").text(WORLD)
    assert found == (Mark("bold", 5, 2),)
    assert text[5:7] == "b\N{PARTY POPPER}"


@pytest.mark.parametrize(
    ("source", "column", "code"),
    [
        ("a { b", 7, "text:syntax"),
        ("a } b", 7, "text:syntax"),
        ("`{`", 6, "text:syntax"),
        ("{'a}", 6, "expr:syntax"),
        ("{}", 6, "expr:syntax"),
        ("{n |}", 9, "expr:syntax"),
        ("{n +}", 8, "expr:syntax"),
        ("ä {n ** 2}", 8, "expr:syntax"),
        ("{lenn(n)}", 6, "expr:function"),
        ("[a](https://{name})", 17, "text:syntax"),
        ("[a](https://x{name}/)", 18, "text:syntax"),
        ("[a](https://x/{)", 19, "text:syntax"),
        ("{n = 2}", 8, "expr:syntax"),
    ],
)
def test_a_faulty_text_is_refused_with_its_place(source: str, column: int, code: str) -> None:
    error = refusal(source)
    assert (error.code, error.place) == (code, Place("form.yaml", 10, column))


def test_a_place_on_a_later_line_is_counted() -> None:
    assert refusal("one\ntwo {n +}").place == Place("form.yaml", 11, 12)


def test_texts_are_bounded() -> None:
    assert refusal("x" * (SOURCE_MAX + 1)).code == "text:syntax"
    assert refusal("{n}" * (HOLES_MAX + 1)).code == "text:syntax"
    assert words("{n}" * HOLES_MAX) == "2" * HOLES_MAX


def test_a_rendered_text_is_bounded() -> None:
    with pytest.raises(Fault) as caught:
        words("{big}{n}")
    assert caught.value.code == "text:limit"
    assert words("{big}") == "x" * TEXT_MAX


def test_a_link_with_a_value_is_bounded() -> None:
    with pytest.raises(Fault) as caught:
        words("[a](https://x.y/{big})")
    assert caught.value.code == "text:limit"
    assert len(marks("[a](https://x.y/{'b'})")[0][2] or "") < URL_MAX


def test_an_address_that_does_not_end_soon_is_no_link() -> None:
    source = f"[a](https://x.y/{'z' * URL_MAX})"
    assert compiled(source).text(WORLD) == (source, ())


def test_a_fault_tells_the_place_in_the_text() -> None:
    with pytest.raises(Fault) as caught:
        words("Hi {name},\n{n} and {1 / 0}")
    assert caught.value.place == Place("form.yaml", 11, 14)
    with pytest.raises(Fault) as caught:
        words("[a](https://x.y/{n - name})")
    assert caught.value.place == Place("form.yaml", 10, 22)


def test_an_exhausted_stack_is_a_fault() -> None:
    class Bottomless(World):
        @property
        def data(self) -> Mapping[str, Value]:
            return self.data

        @data.setter
        def data(self, _: Mapping[str, Value]) -> None: ...

    with pytest.raises(Fault) as caught:
        compiled("{n}").text(Bottomless())
    assert caught.value.code == "text:limit"


def test_a_text_tells_what_it_reads() -> None:
    text = compiled(
        "{len(name)} [x](https://y/{n}) {city | label} {a | default(b)} {in_state('f')}"
    )
    assert [name.path for name in text.names] == [("name",), ("n",), ("city",), ("a",), ("b",)]
    assert text.labels == (Name(("city",), Place("form.yaml", 10, 37)),)
    assert text.calls == ("len", "in_state")
    assert [name.path for name in text.states] == [("f",)]


def test_local_names_are_read_where_the_place_provides_them() -> None:
    text = compile_text("{item.id}", PLACE, lang="en", locals=frozenset({"item"}))
    assert text.text(World(local={"item": {"id": "x"}})) == ("x", ())


def test_a_plain_text_is_taken_as_it_is() -> None:
    text = plain("**{n}** \\_")
    assert text.text(WORLD) == ("**{n}** \\_", ())
    assert text.names == ()
