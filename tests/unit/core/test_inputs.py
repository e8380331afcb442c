"""Typed inputs: what people write, what is never guessed, and what a flow may assign."""

import string

import pytest

from engine.core import inputs
from engine.core.inputs import TYPED_MAX, TYPES, Person, Variable, WrongAnswer, fits, readable
from engine.core.numerals import decimal_sign
from engine.core.patterns import compile_pattern
from engine.core.phrases import NO, PHRASES, YES, languages, normalize, phrase
from engine.core.values import DEPTH_MAX, INT_MAX, LIST_MAX, TEXT_MAX, VALUE_MAX, Value
from engine.errors import Place

CODE = compile_pattern("[A-Z]{2}[0-9]+", Place("form.yaml", 1, 1))


def read(variable: Variable, text: str, lang: str) -> Value:
    return inputs.read(variable, text, Person(lang))


def hint(variable: Variable, lang: str) -> str:
    return inputs.hint(variable, Person(lang))


def wrong(variable: Variable, text: str, lang: str = "en") -> str:
    with pytest.raises(WrongAnswer) as caught:
        read(variable, text, lang)
    return caught.value.hint


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "7", 7), ("en", " 7 ", 7), ("en", "+7", 7), ("en", "-7", -7),
        ("en", "\N{MINUS SIGN}7", -7),
        ("en", "007", 7), ("en", "٤٢", 42), ("en", "\uff11\uff12", 12), ("en", "1,234", 1234),
        ("en", "1,234,567", 1234567), ("en", "1 234 567", 1234567), ("de", "1.234", 1234),
        ("de", "1.234.567", 1234567), ("de", "1'234", 1234), ("fr", "1\u202f234", 1234),
        ("en", str(INT_MAX), INT_MAX), ("en", str(-INT_MAX), -INT_MAX),
    ],
)  # fmt: skip
def test_whole_numbers_are_read_as_people_write_them(lang: str, text: str, expected: int) -> None:
    found = read(Variable("x", "int"), text, lang)
    assert (type(found), found) == (int, expected)


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "3.5", 3.5), ("de", "3,5", 3.5), ("de-at", "-3,5", -3.5), ("en", "1,234.5", 1234.5),
        ("de", "1.234,5", 1234.5), ("de", "1'234,5", 1234.5), ("de", "1.234.567", 1234567),
        ("en", "1.234", 1.234), ("de", "0,500", 0.5), ("en", ".5", 0.5), ("de", "-,5", -0.5),
        ("en", "7", 7), ("xx", "3.5", 3.5), ("not a language", "3.5", 3.5), ("ru", "3,5", 3.5),
    ],
)  # fmt: skip
def test_numbers_are_read_in_the_persons_language(lang: str, text: str, expected: float) -> None:
    assert read(Variable("x", "number"), text, lang) == expected


@pytest.mark.parametrize(
    ("type_", "lang", "text"),
    [
        ("int", "en", "17 Jahre"), ("int", "en", "seventeen"), ("int", "en", "3.0"),
        ("int", "en", "1.234"), ("int", "de", "1,234"), ("int", "en", "12,34"),
        ("int", "en", "1,23,456"), ("int", "en", "1,234 567"), ("int", "en", "0,123"),
        ("int", "en", "1e5"), ("int", "en", "1_000"), ("int", "en", "--5"), ("int", "en", "+-5"),
        ("int", "en", "5-"), ("int", "en", "- 5"), ("int", "en", "²"), ("int", "en", "½"),
        ("int", "en", "0x10"), ("int", "en", ""), ("int", "en", "   "), ("int", "en", "9" * 19),
        ("int", "en", "9" * 5000), ("int", "en", "-"), ("number", "en", "3,5"),
        ("number", "de", "3.5"), ("number", "de", "1.234"), ("number", "en", "1,234"),
        ("number", "en", "5."), ("number", "en", "."), ("number", "en", "1.2.3"),
        ("number", "de", "1,2,3"), ("number", "en", "inf"), ("number", "en", "nan"),
        ("number", "en", "5%"), ("number", "en", "3.5 kg"), ("number", "en", "1.5e3"),
        ("number", "en", "9" * 30 + ".5"), ("number", "en", "1.234,5"), ("number", "en", "3 . 5"),
        ("number", "en", "1.-5"),
    ],
)  # fmt: skip
def test_what_could_mean_two_numbers_or_none_is_refused(type_: str, lang: str, text: str) -> None:
    assert wrong(Variable("x", type_), text, lang) == hint(Variable("x", type_), lang)


def test_a_number_beyond_its_limits_is_refused_with_the_limits() -> None:
    age = Variable("age", "int", min=16, max=120)
    assert read(age, "16", "en") == 16
    assert wrong(age, "15") == "Please send a whole number from 16 to 120."
    assert wrong(age, "121", "de") == "Bitte schicke eine ganze Zahl von 16 bis 120."


@pytest.mark.parametrize(
    ("variable", "lang", "expected"),
    [
        (Variable("x", "int"), "en", "Please send a whole number."),
        (Variable("x", "int", min=1), "en", "Please send a whole number from 1 upwards."),
        (Variable("x", "int", max=9), "en", "Please send a whole number up to 9."),
        (Variable("x", "number"), "de-at", "Bitte schicke eine Zahl, zum Beispiel 3,5."),
        (Variable("x", "number", min=0.5), "de", "Bitte schicke eine Zahl ab 0,5."),
        (Variable("x", "number", max=2.0), "en", "Please send a number up to 2."),
        (Variable("x", "number", min=0, max=1), "en", "Please send a number from 0 to 1."),
        (Variable("x", "text"), "fr", "Please send a text."),
        (Variable("x", "text", min=2, max=60), "en", "Please send a text of 2 to 60 characters."),
        (Variable("x", "bool"), "de", "Bitte antworte mit Ja oder Nein."),
        (Variable("x", "enum", values=("a", "b")), "en", "Please choose one of: a, b."),
        (Variable("x", "enum"), "en", "Please choose one of: ."),
        (Variable("x", "location"), "en", "Please send a location."),
        (Variable("x", "object"), "en", "Please send something else."),
    ],
)
def test_a_hint_names_the_limits_in_the_persons_language(
    variable: Variable, lang: str, expected: str
) -> None:
    assert hint(variable, lang) == expected


def test_a_text_is_trimmed_and_bounded_by_its_length() -> None:
    name = Variable("name", "text", min=2, max=5)
    assert read(name, "  Ann ", "en") == "Ann"
    assert wrong(name, "A") == wrong(name, "Annabel") == wrong(name, "   ") == hint(name, "en")
    assert read(Variable("x", "text"), "x" * TYPED_MAX, "en") == "x" * TYPED_MAX
    assert wrong(Variable("x", "text"), "x" * (TYPED_MAX + 1))
    assert read(Variable("x", "text", max=9000), "x" * 9000, "en") == "x" * 9000
    assert wrong(Variable("x", "text", max=1e9), "x" * (TEXT_MAX + 1))


def test_a_text_must_fit_its_pattern_as_a_whole() -> None:
    code = Variable("code", "text", match=CODE)
    assert read(code, "AB12", "en") == "AB12"
    assert wrong(code, "AB12x") == "This does not have the expected form."


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "yes", True), ("en", "Y", True), ("en", "NO.", False), ("en", "true", True),
        ("de", "Ja!", True), ("de", "nein", False), ("de", "yes", True), ("de-at", "n", False),
        ("fr", "no", False), ("de", "Nö", False),
    ],
)  # fmt: skip
def test_yes_and_no_are_read_in_the_language_and_in_english(
    lang: str, text: str, expected: Value
) -> None:
    assert read(Variable("x", "bool"), text, lang) is expected


@pytest.mark.parametrize(
    ("lang", "text"), [("en", "ja"), ("en", "maybe"), ("de", "1"), ("en", ".")]
)
def test_any_other_word_is_neither_yes_nor_no(lang: str, text: str) -> None:
    assert wrong(Variable("x", "bool"), text, lang)


def test_an_enum_takes_its_ids_in_any_letter_case_if_only_one_is_meant() -> None:
    city = Variable("city", "enum", values=("berlin", "Vienna", "VIENNA"))
    assert read(city, "Berlin", "en") == "berlin"
    assert read(city, "Vienna", "en") == "Vienna"
    assert wrong(city, "vienna")
    assert wrong(city, "rome")
    assert wrong(Variable("x", "enum"), "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.org", "ann@example.org"), (" Ann@EXAMPLE.org ", "Ann@example.org"),
        ("ann@exämple.org", "ann@exämple.org"),
    ],
)  # fmt: skip
def test_an_email_address_is_read_without_asking_the_network(text: str, expected: str) -> None:
    assert read(Variable("x", "email"), text, "en") == expected


@pytest.mark.parametrize(
    "text",
    ["ann", "ann@", "a b@c.de", "Ann <ann@c.de>", "a@b", "a@b@c.de", "a@" + "b" * 9000 + ".de"],
)
def test_what_is_no_email_address_is_refused(text: str) -> None:
    assert wrong(Variable("x", "email"), text) == hint(Variable("x", "email"), "en")


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "HTTP://example.org/a?b=c#d",
        "https://[::1]:80/",
        "https://exämple.org",
    ],
)
def test_a_link_is_kept_as_it_was_written(text: str) -> None:
    assert read(Variable("x", "url"), f" {text} ", "en") == text


@pytest.mark.parametrize(
    "text",
    [
        "example.org", "ftp://example.org", "https://", "https:///path", "https://a b.org",
        "javascript:alert(1)", "https://[::1", "https://a:99999", "https://a:x", "https://..",
        "https://a..b", "https://.a", "https://a\\b", "https://a\tb", "https://" + "a" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_link_is_refused(text: str) -> None:
    assert wrong(Variable("x", "url"), text) == hint(Variable("x", "url"), "en")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        (Variable("x", "text"), "x" * TEXT_MAX), (Variable("x", "text", match=CODE), "AB1"),
        (Variable("x", "int", min=1), 1), (Variable("x", "number"), 3),
        (Variable("x", "number"), 3.5), (Variable("x", "bool", min=5), False),
        (Variable("x", "enum", values=("a",)), "a"), (Variable("x", "enum"), "anything"),
        (Variable("x", "email"), "ann@example.org"), (Variable("x", "url"), "https://a.b"),
        (Variable("x", "list", max=2), [1, "a"]), (Variable("x", "list"), ("a",)),
        (Variable("x", "object"), {"a": [1, {"b": None}]}), (Variable("x", "any"), [True]),
        (Variable("x", "any"), None), (Variable("x", "int", optional=True), None),
        (Variable("x", "location"), {"latitude": 1.5, "longitude": 2}),
        (Variable("x", "contact"), {"phone": "+1"}),
    ],
)  # fmt: skip
def test_a_value_of_the_declared_type_fits(variable: Variable, value: Value) -> None:
    assert fits(variable, value) is None


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        (Variable("x", "text"), 1, "no text"), (Variable("x", "text", max=2), "abc", "max"),
        (Variable("x", "text", match=CODE), "x", "match"), (Variable("x", "int"), 3.0, "whole"),
        (Variable("x", "int"), True, "whole"), (Variable("x", "int", min=1), 0, "min"),
        (Variable("x", "number"), "3", "number"), (Variable("x", "number"), False, "number"),
        (Variable("x", "bool"), 1, "bool"), (Variable("x", "enum", values=("a", "b")), "c", "a, b"),
        (Variable("x", "enum"), 1, "text"), (Variable("x", "email"), "x", "email"),
        (Variable("x", "email"), 1, "email"), (Variable("x", "url"), "x", "link"),
        (Variable("x", "list"), "abc", "list"), (Variable("x", "list", min=1), [], "min"),
        (Variable("x", "object"), [], "object"), (Variable("x", "location"), 1, "location"),
        (Variable("x", "contact"), "x", "contact"), (Variable("x", "int"), None, "optional"),
        (Variable("x", "any"), INT_MAX + 1, "large"),
        (Variable("x", "any"), [float("nan")], "finite"),
        (Variable("x", "any"), [float("inf")], "finite"), (Variable("x", "any"), [b"x"], "JSON"),
        (Variable("x", "any"), {1: 2}, "key"), (Variable("x", "any"), [0] * (LIST_MAX + 1), "list"),
        (Variable("x", "any"), "x" * (TEXT_MAX + 1), "text"), (Variable("x", "any"), {1}, "JSON"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_told_why(
    variable: Variable, value: Value, reason: str
) -> None:
    assert reason in (fits(variable, value) or "")


def test_a_value_that_shares_its_parts_is_judged_in_bounded_work() -> None:
    shared: Value = [0]
    for _ in range(DEPTH_MAX - 1):
        shared = [shared, shared]
    assert 2 ** (DEPTH_MAX - 1) > VALUE_MAX
    assert "too large" in (fits(Variable("x", "any"), shared) or "")


def test_a_value_nested_too_deeply_does_not_fit() -> None:
    nested: Value = 1
    for _ in range(DEPTH_MAX):
        nested = [nested]
    assert "nested" in (fits(Variable("x", "any"), nested) or "")


@pytest.mark.parametrize("name", TYPES)
def test_every_type_has_a_hint_and_takes_null_where_it_is_optional(name: str) -> None:
    for lang in PHRASES:
        assert hint(Variable("x", name, values=("a",)), lang)
    assert fits(Variable("x", name, optional=True), None) is None


def test_nobody_can_answer_with_an_object() -> None:
    assert set(TYPES) - set(readable()) == {"object"}


def test_every_built_in_language_has_the_same_phrases_and_parameters() -> None:
    def shape(lang: str) -> dict[str, set[str | None]]:
        parse = string.Formatter().parse
        return {
            key: {part[1] for part in parse(text)} - {None} for key, text in PHRASES[lang].items()
        }

    assert YES.keys() == NO.keys() == PHRASES.keys()
    for lang in PHRASES:
        assert shape(lang) == shape("en")
        assert not YES[lang] & (NO[lang] | NO["en"])
        assert not NO[lang] & YES["en"]
        assert all(word == word.casefold() for word in YES[lang] | NO[lang])


def test_a_phrase_is_looked_up_in_the_nearest_language() -> None:
    assert normalize("pt_BR") == "pt-br"
    assert languages("de-AT") == ("de", "en")
    assert languages("fr") == languages("en") == ("en",)
    assert phrase("yes", "de_CH") == "ja"
    assert phrase("choice", "fr", choices="{yes}") == "Please choose one of: {yes}."
    with pytest.raises(KeyError):
        phrase("nothing of the kind", "en")


def test_the_defaults_of_a_bots_texts_are_built_in() -> None:
    for key in ("fallback", "error", "old_button", "refused"):
        assert phrase(key, "de") != phrase(key, "en")
    assert "busy" not in PHRASES["en"]
    assert "wrong" not in PHRASES["en"]


def test_the_sign_of_a_fraction_is_a_point_or_a_comma() -> None:
    assert [decimal_sign(lang) for lang in ("en", "de", "de-at", "fa", "zz")] == [
        ".", ",", ",", ".", ".",
    ]  # fmt: skip
