"""Loops and options in texts."""

import pytest

from engine.core.effects import Mark
from engine.core.faults import Fault
from engine.core.fragments import ROUNDS_MAX, trimmed
from engine.core.scope import Name
from engine.core.tags import DEPTH_MAX
from engine.core.texts import Text, compile_text
from engine.core.values import TEXT_MAX, Value
from engine.errors import Place, StatechatError
from tests.unit.core.test_texts import World

PLACE = Place("form.yaml", 10, 5)
CART: Value = [{"name": "Tea", "price": 3}, {"name": "**Milk**", "price": 1.5}]
WORLD = World(
    data={
        "cart": CART, "none": None, "empty": [], "n": 2, "name": "Ann",
        "address": {"city": "Wien", "zip": "1010"},
        "long": [[None] * 100] * 100,
    },
)  # fmt: skip


def compiled(source: str) -> Text:
    return compile_text(source, PLACE, lang="en")


def words(source: str) -> str:
    return compiled(source).text(WORLD)[0]


def refusal(source: str) -> StatechatError:
    with pytest.raises(StatechatError) as caught:
        compiled(source)
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{for item in cart}{item.name}, {/for}{n}", "Tea, **Milk**, 2"),
        ("{for i in [1, 2]}{for j in [3, 4]}{i}{j} {/for}{/for}", "13 14 23 24 "),
        ("{for i in cart}{loop.number}/{loop.count}{if not loop.last}, {/if}{/for}", "1/2, 2/2"),
        ("{for i in [1, 2]}{if loop.first}<{/if}{loop.number}{/for}", "<12"),
        ("{for key in address}{key} {/for}", "city zip "),
        ("{for key, value in address}{key}={value} {/for}", "city=Wien zip=1010 "),
        ("{for i in none}x{/for}{for i in empty}x{/for}{for a, b in none}x{/for}", ""),
        ("{for i in cart}{i.price | money('EUR')} {/for}", "€3.00 €1.50 "),
        ("{ for  i  in[1] }{i}{ /for }", "1"),
        ("{for n in [7]}{n}{/for}{n}", "72"),
        ("{if n > 1}many{else}one{/if}", "many"),
        ("{if n > 2}many{else}one{/if}", "one"),
        ("a{if none} b{/if}", "a"),
        ("{if(n)}{name}{/if}", "Ann"),
        ("{if n}{if none}a{else}b{/if}{else}c{/if}", "b"),
    ],
)
def test_parts_of_a_text_repeat_or_are_left_out(source: str, expected: str) -> None:
    assert words(source) == expected


def test_a_tag_alone_on_its_line_leaves_no_line_behind() -> None:
    source = (
        "Your order:\n"
        "{for item in cart}\n"
        "- {item.name}\n"
        "  {if item.price > 2}\n"
        "  (dear)\n"
        "  {else}\n"
        "  (cheap)\n"
        "  {/if}\n"
        "{/for}\n"
        "Thanks!"
    )
    expected = "Your order:\n- Tea\n  (dear)\n- **Milk**\n  (cheap)\nThanks!"
    assert words(source) == expected


def test_marks_of_a_body_are_set_in_each_round() -> None:
    text, marks = compiled("{n}: {for i in cart}**{i.name}** `{i.price}` {/for}").text(WORLD)
    assert text == "2: Tea 3 **Milk** 1.5 "
    assert marks == (
        Mark("bold", 3, 3),
        Mark("code", 7, 1),
        Mark("bold", 9, 8),
        Mark("code", 18, 3),
    )


def test_a_mark_goes_around_a_whole_loop_but_not_across_its_border() -> None:
    assert compiled("**{for i in cart}_{i.price}_{/for}**").text(WORLD) == (
        "31.5",
        (Mark("bold", 0, 4), Mark("italic", 0, 1), Mark("italic", 1, 3)),
    )
    assert compiled("**a {if n}b** c{/if}").text(WORLD) == ("**a b** c", ())


def test_a_loop_in_a_quote_is_one_quote() -> None:
    source = "> List\n> {for i in cart}\n> - {i.name}\n> {/for}\n> end\nafter"
    text, marks = compiled(source).text(WORLD)
    assert text == "List\n- Tea\n- **Milk**\nend\nafter"
    assert marks == (Mark("quote", 0, text.index("\nafter")),)


def test_a_quote_ends_before_a_line_with_a_tag() -> None:
    text, marks = compiled("> a\n{if n}\nb\n{/if}\n> c").text(WORLD)
    assert text == "a\nb\nc"
    assert marks == (Mark("quote", 0, 1), Mark("quote", 4, 1))


def test_links_in_a_loop_lead_where_its_items_say() -> None:
    text, marks = compiled("{for i in [1, 2]}[{i}](https://x.org/{i}) {/for}").text(WORLD)
    assert text == "1 2 "
    assert [mark.url for mark in marks] == ["https://x.org/1", "https://x.org/2"]


def test_a_text_tells_what_its_parts_read_but_not_their_own_names() -> None:
    text = compiled("{for i in cart}{i.name}{n}{loop.number}{/for}{if len(none)}{name}{/if}")
    assert [name.path for name in text.names] == [("cart",), ("n",), ("none",), ("name",)]
    assert text.calls == ("len",)
    outside = compiled("{for i in cart}x{/for}{i}{loop}")
    assert [name.path for name in outside.names] == [("cart",), ("i",), ("loop",)]


def test_the_items_of_a_list_of_choices_have_its_labels() -> None:
    text = compiled("{for i in cart}{i | label}{/for}")
    assert text.labels == (Name(("cart",), Place("form.yaml", 10, 21)),)
    world = World(data={"cart": ["a", "b"]})
    assert text.text(world)[0] == "cart=acart=b"


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("a {for i in cart}", 7),
        ("{if n}{else}", 5),
        ("{/for}", 5),
        ("{else}", 5),
        ("{if n}{/for}", 11),
        ("{for i in cart}{else}{/for}", 20),
        ("{if n}{else}{else}{/if}", 17),
        ("{for cart}{/for}", 5),
        ("{for a, b, c in cart}{/for}", 5),
        ("{for now in cart}{/for}", 17),
        ("{for a, a in cart}{/for}", 18),
        ("{if n | upper}{/if}", 11),
        ("`{for i in cart}{/for}`", 6),
        ("[x](https://y/{if n}{/if})", 19),
        ("{if n}" * (DEPTH_MAX + 1) + "{/if}" * (DEPTH_MAX + 1), 5 + 6 * DEPTH_MAX),
    ],
)
def test_parts_that_do_not_fit_are_refused_with_their_place(source: str, column: int) -> None:
    error = refusal(source)
    assert (error.code, error.place) == ("text:syntax", Place("form.yaml", 10, column))


def test_a_condition_and_a_list_are_expressions() -> None:
    assert refusal("{if n +}{/if}").code == "expr:syntax"
    assert refusal("{for i in lenn(n)}{/for}").code == "expr:function"


@pytest.mark.parametrize(
    "source",
    [
        "{for i in n}{/for}",
        "{for i in name}{/for}",
        "{for a, b in cart}{/for}",
        "{if 1 / 0}{/if}",
        "{for i in cart}{i.name + 1}{/for}",
    ],
)
def test_a_part_that_fails_is_a_fault_with_its_place(source: str) -> None:
    with pytest.raises(Fault) as caught:
        words(source)
    assert caught.value.code in ("text:type", "expr:type", "expr:divide")
    assert caught.value.place is not None
    assert caught.value.place.column > PLACE.column


def test_loops_are_bounded_however_they_are_nested() -> None:
    with pytest.raises(Fault) as caught:
        words("{for i in long}{for j in long}{for k in j}{/for}{/for}{/for}")
    assert (caught.value.code, str(ROUNDS_MAX) in caught.value.message) == ("text:limit", True)
    with pytest.raises(Fault) as caught:
        words("{for i in long}{for j in i}" + "x" * (TEXT_MAX // 1000) + "{/for}{/for}")
    assert caught.value.code == "text:limit"


def test_blanks_at_the_end_of_a_message_are_dropped_and_its_marks_cut() -> None:
    marks = (Mark("quote", 0, 4), Mark("bold", 1, 1), Mark("code", 3, 1))
    assert trimmed("ab \n", marks) == ("ab", (Mark("quote", 0, 2), Mark("bold", 1, 1)))
    assert trimmed("ab", marks[1:2]) == ("ab", marks[1:2])
    assert trimmed(" \n", (Mark("bold", 0, 1),)) == ("", ())


def test_words_that_only_begin_like_tags_are_values() -> None:
    world = World(data={"format": "pdf", "iffy": "x", "elsewhere": "y"})
    source = "{format}{iffy}{elsewhere}"
    assert compiled(source).text(world)[0] == "pdfxy"
