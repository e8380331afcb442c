"""The table of types: each has its examples, its page, and a hint that its own reader takes."""

import pytest

from engine.core.datatypes.kind import Example, Kind
from engine.core.inputs import TYPES, Person, Variable, WrongAnswer, fits, hint, read, read_media
from engine.core.phrases import PHRASES
from schemas import schema

THURSDAY = "2026-11-26T12:00:00Z"
EXAMPLES = [(kind, each) for kind in TYPES.values() for each in kind.examples]


def person(lang: str) -> Person:
    return Person(lang, "Europe/Vienna", THURSDAY)


@pytest.mark.parametrize(
    ("kind", "example"), EXAMPLES, ids=[f"{kind.name}: {each.text}" for kind, each in EXAMPLES]
)
def test_the_example_of_a_type_is_true(kind: Kind, example: Example) -> None:
    variable = Variable("x", kind.name)
    if example.value is None:
        with pytest.raises(WrongAnswer) as caught:
            read(variable, example.text, person(example.lang))
        assert caught.value.hint
        return
    found = read(variable, example.text, person(example.lang))
    assert found == example.value
    assert fits(variable, found) is None


@pytest.mark.parametrize("kind", TYPES.values(), ids=list(TYPES))
def test_a_type_says_what_it_is_and_stores_what_it_shows(kind: Kind) -> None:
    assert kind.doc.endswith(".")
    assert fits(Variable("x", kind.name), kind.stored) is None
    typed_in = kind.read is not None and kind.name != "enum"
    assert bool(kind.examples) is typed_in


@pytest.mark.parametrize("lang", PHRASES)
@pytest.mark.parametrize("name", [name for name, kind in TYPES.items() if kind.example])
def test_what_a_hint_gives_as_an_example_is_an_answer(name: str, lang: str) -> None:
    kind = TYPES[name]
    assert kind.example is not None
    shown = kind.example(person(lang))
    assert shown in hint(Variable("x", name), person(lang))
    assert read(Variable("x", name), shown, person(lang)) is not None


@pytest.mark.parametrize(
    ("type_", "low", "high", "lang", "expected"),
    [
        ("date", "2026-12-01", None, "en", "Please send a date from December 1, 2026 onwards."),
        ("date", None, "2026-12-24", "de", "Bitte schicke ein Datum bis zum 24. Dezember 2026."),
        ("time", "09:00", "17:30", "de", "Bitte schicke eine Uhrzeit von 09:00 bis 17:30."),
        ("duration", "30m", 7200, "en", "Please send how long: from 30 minutes to 2 hours."),
        ("money", 5, None, "de", "Bitte schicke einen Betrag ab 5."),
        ("money", {"amount": "5.00", "currency": "EUR"}, None, "en", "an amount from €5.00 up"),
        ("list", 1, 3, "en", "Please send a list of 1 to 3 items,"),
        ("datetime", "2026-11-27", None, "en", "a day and a time from November 27, 2026 onwards."),
        ("datetime", None, "2026-11-27T12:00:00Z", "de", "bis zum 27. November 2026 13:00."),
    ],
)  # fmt: skip
def test_a_hint_shows_limits_of_every_type_in_the_persons_language(
    type_: str, low: str, high: str, lang: str, expected: str
) -> None:
    variable = Variable("x", type_, min=low, max=high)
    assert expected in hint(variable, person(lang))


@pytest.mark.parametrize(
    ("type_", "low", "high", "inside", "outside"),
    [
        ("date", "2026-11-27", "2026-12-24", ["tomorrow", "24 December 2026"], ["today", "25 Dec"]),
        ("time", "09:00", "17:00", ["9am", "17:00"], ["8:59", "17:01"]),
        ("datetime", "2026-11-27", "2026-11-27", ["tomorrow 0:00", "tomorrow 23:59"],
         ["today 23:59", "28 Nov 2026 0:00"]),
        ("duration", "30m", "2h", ["30 min", "2 hours"], ["29 min", "121 min"]),
        ("money", 5, 9.5, ["5 EUR", "9.50 EUR"], ["4.99 EUR", "9.51 EUR"]),
        ("list", 2, 3, ["a, b", "a, b, c"], ["a", "a, b, c, d"]),
    ],
)  # fmt: skip
def test_limits_bound_every_type_that_has_an_order(
    type_: str, low: str, high: str, inside: list[str], outside: list[str]
) -> None:
    variable = Variable("x", type_, min=low, max=high)
    for text in inside:
        assert fits(variable, read(variable, text, person("en")), person("en")) is None
    for text in outside:
        with pytest.raises(WrongAnswer):
            read(variable, text, person("en"))


PHOTO = {"kind": "photo", "id": "AgAC", "transport": "telegram", "width": 90, "caption": "Me"}


def test_media_are_kept_as_the_reference_that_came() -> None:
    assert read_media(Variable("x", "photo"), "photo", PHOTO, person("en")) == PHOTO
    assert read_media(Variable("x", "any"), "photo", PHOTO, person("en")) == PHOTO


@pytest.mark.parametrize(
    ("type_", "event", "details"),
    [
        ("photo", "video", {**PHOTO, "kind": "video"}),
        ("photo", "photo", {"kind": "photo"}),
        ("photo", "photo", None),
        ("video", "photo", PHOTO),
        ("text", "photo", PHOTO),
        ("location", "location", {"latitude": 91, "longitude": 0}),
        ("location", "location", {"latitude": True, "longitude": 0}),
        ("contact", "contact", {}),
    ],
)
def test_other_media_are_a_wrong_answer(type_: str, event: str, details: object) -> None:
    with pytest.raises(WrongAnswer) as caught:
        read_media(Variable("x", type_), event, details, person("en"))  # type: ignore[arg-type]
    assert caught.value.hint == hint(Variable("x", type_), person("en"))


def test_a_list_holds_only_items_of_its_type() -> None:
    ages = Variable("x", "list", items=Variable("x", "int", min=1, max=9))
    assert fits(ages, [1, 9]) is None
    assert fits(ages, [1, 10]) == "item 2: it is beyond `min` or `max`"
    assert fits(ages, ["a"]) == "item 1: it is no whole number"
    assert read(ages, "1, 2, 3", person("en")) == [1, 2, 3]
    with pytest.raises(WrongAnswer):
        read(ages, "1, 20", person("en"))


def test_an_object_holds_its_fields_and_no_others() -> None:
    fields = {
        "street": Variable("street", "text"),
        "floor": Variable("floor", "int", optional=True),
    }
    address = Variable("x", "object", fields=fields)
    assert fits(address, {"street": "Ring"}) is None
    assert fits(address, {"street": "Ring", "floor": 2}) is None
    assert fits(address, {"floor": 2}) == "`street`: it is not optional"
    assert fits(address, {"street": "Ring", "floor": "2"}) == "`floor`: it is no whole number"
    assert fits(address, {"street": "Ring", "town": "x"}) is not None


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"enum", "object", "any"}))
def test_every_type_has_a_hint_of_its_own_in_every_built_in_language(name: str) -> None:
    for lang, phrases in PHRASES.items():
        assert name in phrases, f"add a hint for {name} in {lang} to engine/core/phrases.py"


def test_the_schema_knows_every_type_and_every_option() -> None:
    definitions = schema("flow")["$defs"]
    options = {option for kind in TYPES.values() for option in kind.options}
    for part in (
        definitions["variables"]["additionalProperties"],
        definitions["inputs"]["additionalProperties"],
        definitions["part"],
    ):
        assert set(TYPES) <= set(part["properties"]["type"]["examples"])
        assert options <= set(part["properties"])
