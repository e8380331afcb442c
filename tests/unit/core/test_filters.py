"""Filters: what each gives in several languages, and what it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from engine.core.faults import Fault
from engine.core.filters import FILTERS, Filter
from engine.core.local_filters import locale_of
from engine.core.pipes import FILTERS_MAX
from engine.core.texts import compile_text
from engine.core.values import INT_MAX, TEXT_MAX, Value
from engine.errors import Place, StatechatError

PLACE = Place("form.yaml", 10, 5)
NARROW = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"


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
        return f"{'.'.join(path)} {value}".title() if path != ("city",) else str(value).title()


def rendered(source: str, world: World) -> str:
    return compile_text(source, PLACE, lang=world.lang).text(world)[0]


def shown(source: str, lang: str = "en", tz: str | None = None, **data: Value) -> str:
    return rendered(source, World(data, lang=lang, tz=tz))


def fault(source: str, tz: str | None = None, **data: Value) -> str:
    with pytest.raises(Fault) as caught:
        rendered(source, World(data, tz=tz))
    assert caught.value.place is not None
    return caught.value.code


@pytest.mark.parametrize("entry", FILTERS.values(), ids=list(FILTERS))
def test_the_example_of_a_filter_is_true(entry: Filter) -> None:
    source, data, expected = entry.example
    assert rendered(source, World(data)) == expected
    assert entry.doc.endswith(".")
    assert f"| {entry.name}" in source


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"default"}))
def test_null_passes_through_every_filter_but_default(name: str) -> None:
    arguments = {
        "money": "('EUR')", "truncate": "(9)", "plural": "(other='#')", "select": "(other='x')",
    }.get(name, "")  # fmt: skip
    assert shown(f"[{{nope | {name}{arguments}}}]") == "[]"


@pytest.mark.parametrize(
    ("lang", "source", "expected"),
    [
        ("de", "{n | number}", "1.234.567,891"),
        ("de-at", "{n | number(1)}", "1.234.567,9"),
        ("fr", "{n | number(0)}", f"1{NARROW}234{NARROW}568"),
        ("de", "{n | money('EUR')}", f"1.234.567,89{SPACE}€"),
        ("en", "{n | money('JPY')}", "¥1,234,568"),
        ("de", "{0.256 | percent}", f"26{SPACE}%"),
        ("en", "{0.256 | percent(1)}", "25.6%"),
        ("de", "{at | date('long')}", "23. November 2026"),
        ("de", "{at | date}", "23.11.2026"),
        ("en", "{at | date('short')}", "11/23/26"),
        ("de", "{at | time}", "21:18"),
        ("de", "{at | date('full')}", "Montag, 23. November 2026"),
        ("de", "{'2026-11-24' | ago}", "morgen"),
        ("de", "{'2026-11-21' | ago}", "vorgestern"),
        ("en", "{'2026-12-03' | ago}", "in 1 week"),
        ("de", "{'2026-11-23T21:48:16Z' | ago}", "in 30 Minuten"),
        ("de", "{93784 | duration}", "1 Tag, 2 Stunden, 3 Minuten und 4 Sekunden"),
        ("en", "{5400 | duration('short')}", "1 hr, 30 min"),
        ("en", "{0 | duration}", "0 seconds"),
        ("en", "{-90 | duration}", "-1 minute, 30 seconds"),
        ("en", "{1.5 | duration}", "1.5 seconds"),
        ("en", "{'+4930901820' | phone('national')}", "030 901820"),
        ("en", "{'straße' | capitalize}", "Straße"),
        ("en", "{'' | capitalize}", ""),
        ("en", "{'hello world' | truncate(11)}", "hello world"),
        ("en", "{'hello world' | truncate(10)}", "hello…"),
        ("en", "{'hello world' | truncate(6)}", "hello…"),
        ("en", "{'abcdefgh' | truncate(5, '..')}", "abc.."),
        ("de", "{sum | money}", f"1.234,50{SPACE}€"),
        ("en", "{sum | money('EUR')}", "€1,234.50"),
        ("de", "{at | time('medium')}", "21:18:16"),
        ("de", "{at | datetime('long')}", "23. November 2026, 21:18"),
        ("en", "{at | datetime}", f"Nov 23, 2026, 9:18{NARROW}PM"),
        ("de", "{'07:05' | time}", "07:05"),
        ("de", "{'2026-11-23' | date('short')}", "23.11.26"),
        ("de", "{['a', 'b', 'c'] | list}", "a, b und c"),
        ("de", "{['a', true] | list('or')}", "a oder ja"),
        ("en", "{[] | list}", ""),
        ("xx-unknown", "{n | number}", "1,234,567.891"),
    ],
)
def test_values_are_written_as_a_language_does(lang: str, source: str, expected: str) -> None:
    money = {"amount": "1234.50", "currency": "EUR"}
    assert shown(source, lang, n=1234567.891, at="2026-11-23T21:18:16Z", sum=money) == expected


@pytest.mark.parametrize(
    ("lang", "forms", "expected"),
    [
        ("en", "zero='none', one='# day', other='# days'", ["none", "1 day", "2 days", "1.5 days"]),
        ("en", "one='a day', other='# days'", ["0 days", "a day", "2 days", "1.5 days"]),
        ("ru", "one='# a', few='# b', many='# c', other='# d'", ["0 c", "1 a", "2 b", "1,5 d"]),
        ("ar", "two='!', other='#'", ["0", "1", "!", "1.5"]),
    ],
)
def test_a_plural_takes_the_form_of_the_texts_language(
    lang: str, forms: str, expected: list[str]
) -> None:
    source = f"{{n | plural({forms})}}"
    assert [shown(source, lang, n=n) for n in (0, 1, 2, 1.5)] == expected


def test_negative_numbers_have_plurals_too() -> None:
    assert shown("{n | plural(one='# point', other='# points')}", n=-1) == "-1 point"


def test_a_text_of_another_language_than_the_session_keeps_its_own() -> None:
    text = compile_text("{n | number} {at | date('long')}", PLACE, lang="en")
    world = World({"n": 1234.5, "at": "2026-11-23"}, lang="de")
    assert text.text(world)[0] == "1,234.5 November 23, 2026"
    assert str(locale_of("en-gb", "en")) == "en_GB"
    assert str(locale_of("de-at", "de")) == "de_AT"
    assert str(locale_of("pt_BR", "pt")) == "pt_BR"
    assert str(locale_of("en-zz-what", "en")) == "en"


def test_moments_are_told_by_the_sessions_time_zone_and_dates_are_not() -> None:
    at = "2026-11-23T23:30:00Z"
    assert shown("{at | datetime('short')}", "de", "Europe/Vienna", at=at) == "24.11.26, 00:30"
    assert shown("{at | date('short')}", "de", "Europe/Vienna", at="2026-11-23") == "23.11.26"
    assert shown("{at | time}", "de", "America/New_York", at=at) == "18:30"


def test_filters_are_applied_from_left_to_right() -> None:
    assert shown("{name | trim | upper | default('x')}", name=" ann ") == "ANN"
    assert shown("{nope | default(other + '!') | upper}", other="x") == "X!"
    assert shown("{nope | default(a) | default(b)}", b="y") == "y"


def test_a_label_of_a_list_is_that_of_each_item() -> None:
    assert shown("{spots | label | list}", spots=["a", "b"]) == "Spots A and Spots B"
    assert shown("{user.city | label}") == ""
    assert shown("{city | label}", city="berlin") == "Berlin"


def test_select_takes_the_form_named_like_the_value() -> None:
    source = "{x | select(true='on', two='2', other='?')}"
    assert [shown(source, x=x) for x in (True, "two", False, 7)] == ["on", "2", "?", "?"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{n | upper}", "text:type"), ("{name | number}", "text:type"),
        ("{true | money('EUR')}", "text:type"), ("{name | list}", "text:type"),
        ("{name | date}", "expr:type"), ("{n | time}", "expr:type"),
        ("{'25:00' | time}", "expr:type"), ("{'2026-11-23' | datetime}", "text:type"),
        ("{name | plural(other='#')}", "text:type"), ("{wide | upper}", "expr:limit"),
        ("{'a' + n | upper}", "expr:type"),
    ],
)  # fmt: skip
def test_a_value_that_a_filter_cannot_take_is_a_fault(source: str, code: str) -> None:
    assert fault(source, n=2, name="Ann", wide="ß" * TEXT_MAX) == code


def test_arguments_may_be_expressions() -> None:
    assert shown("{n | money(currency)}", n=19, currency="EUR") == "€19.00"
    assert shown("{n | number(digits + 1)}", n=2.5, digits=1) == "2.50"
    assert shown("{n | plural(one='#', other='# ' + word)}", n=3, word="points") == "3 points"
    assert shown("{n | money(currency)}", currency="EUR") == ""


@pytest.mark.parametrize(
    "currency", ["EURO", 7, None, ["EUR"], {"EUR": 1}], ids=["word", "int", "null", "list", "map"]
)
def test_an_argument_that_turns_out_wrong_is_a_fault(currency: Value) -> None:
    assert fault("{n | money(currency)}", n=19, currency=currency) == "text:type"


def test_a_name_in_an_argument_is_one_that_the_text_reads() -> None:
    text = compile_text("{n | money(user.currency)}", PLACE, lang="en")
    assert [name.path for name in text.names] == [("n",), ("user", "currency")]


def test_an_unknown_time_zone_is_a_fault() -> None:
    assert fault("{now | time}", tz="Mars/Olympus") == "time:zone"


@pytest.mark.parametrize("n", [INT_MAX, -INT_MAX, 1.7e308, -5e-324, 1e22, 0.1])
@pytest.mark.parametrize(
    "how", ["number", "number(12)", "money('EUR')", "percent", "percent(12)", "plural(other='#')"]
)
def test_extreme_numbers_are_written_or_are_a_fault(n: float, how: str) -> None:
    try:
        text = shown(f"{{n | {how}}}", n=n)
    except Fault as error:
        text, code = "", error.code
        assert code == "text:limit"
    assert len(text) < 1000


@pytest.mark.parametrize(
    ("source", "column", "cure"),
    [
        ("{n | nubmer}", 10, "Did you mean `number`?"),
        ("{n | zzz}", 10, "There are ago, "),
        ("{n | 7}", 10, None),
        ("{n | a.b}", 10, None),
        ("{n | number('x')}", 10, "It is written number(digits?)."),
        ("{n | number(13)}", 10, "It is written"),
        ("{n | number(true)}", 10, "It is written"),
        ("{n | number(-1)}", 10, "It is written"),
        ("{n | number(1, 2)}", 10, "It is written"),
        ("{n | percent(99)}", 10, "It is written"),
        ("{n | money('EURO')}", 10, "It is written"),
        ("{n | money(2)}", 10, "It is written"),
        ("{n | money(n, n)}", 10, "It is written"),
        ("{n | money(null)}", 10, "It is written"),
        ("{n | money(-'EUR')}", 10, "It is written"),
        ("{n | plural(one=n)}", 10, "It is written"),
        ("{n | plural(one='a', one='b', other='c')}", 10, "It is written"),
        ("{n | upper(1)}", 10, "It is written upper."),
        ("{n | date('whole')}", 10, "It is written"),
        ("{n | duration('x')}", 10, "It is written"),
        ("{n | truncate(0)}", 10, "It is written"),
        ("{n | truncate(2, '...')}", 10, "It is written"),
        ("{n | truncate}", 10, "It is written"),
        ("{n | phone('x')}", 10, "It is written"),
        ("{n | time('long')}", 10, "It is written"),
        ("{n | list('xor')}", 10, "It is written"),
        ("{n | plural(one='x')}", 10, "It is written"),
        ("{n | plural(other=1)}", 10, "It is written"),
        ("{n | plural(other='x', some='y')}", 10, "It is written"),
        ("{n | plural(**x)}", 10, "It is written"),
        ("{n | select(other=1)}", 10, "It is written"),
        ("{n | default}", 10, "It is written default(value)."),
        ("{n | default(1, 2)}", 10, "It is written"),
        ("{n | label(1)}", 10, "It is written label."),
        ("{n + 1 | label}", 14, "Write {city | label}."),
        ("{n | upper | label}", 18, "Write {city | label}."),
    ],
)
def test_a_faulty_filter_is_refused_with_its_place(
    source: str, column: int, cure: str | None
) -> None:
    with pytest.raises(StatechatError) as caught:
        compile_text(source, PLACE, lang="en")
    assert (caught.value.code, caught.value.place) == (
        "text:filter",
        Place("form.yaml", 10, column),
    )
    assert (caught.value.cure or "").startswith(cure or "")


def test_a_value_goes_through_a_bounded_number_of_filters() -> None:
    assert shown("{n" + " | trim" * FILTERS_MAX + "}", n="x") == "x"
    with pytest.raises(StatechatError) as caught:
        compile_text("{n" + " | trim" * (FILTERS_MAX + 1) + "}", PLACE, lang="en")
    assert caught.value.code == "text:filter"
