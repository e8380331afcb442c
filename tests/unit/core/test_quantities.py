"""Durations, amounts of money and phone numbers as people write them."""

import pytest

from engine.core.inputs import Person, Variable, WrongAnswer, fits, read
from engine.core.values import Value

NOW = "2026-11-26T12:00:00Z"


def understood(variable: Variable, text: str, lang: str, tz: str | None = "Europe/Vienna") -> Value:
    try:
        return read(variable, text, Person(lang, tz, NOW))
    except WrongAnswer:
        return None


@pytest.mark.parametrize(
    ("lang", "text", "seconds"),
    [
        ("en", "1h30", 5400), ("en", "1h30m", 5400), ("en", "1 h 30", 5400), ("en", "90 min", 5400),
        ("en", "2 days", 172800), ("en", "an hour", 3600), ("en", "half an hour", 1800),
        ("en", "one and a half hours", 5400), ("en", "1.5 hours", 5400), ("en", "2 weeks", 1209600),
        ("en", "2 days and 4 hours", 187200), ("en", "1 hour, 30 minutes", 5400),
        ("en", "2h30m10s", 9010), ("en", "2.5 seconds", 2.5), ("en", "45 secs.", 45),
        ("de", "anderthalb Stunden", 5400), ("de", "eineinhalb Stunden", 5400),
        ("de", "eine halbe Stunde", 1800), ("de", "1,5 Stunden", 5400),
        ("de", "1 Std. 30 Min.", 5400), ("de", "eine Stunde und 30 Minuten", 5400),
        ("de", "zwei Wochen", 1209600), ("fr", "2 heures", 7200), ("fr", "1h30", 5400),
        ("ru", "5 минут", 300), ("es", "3 días", 259200), ("pl", "2 godziny", 7200),
    ],
)  # fmt: skip
def test_a_duration_is_read_with_its_units(lang: str, text: str, seconds: float) -> None:
    found = understood(Variable("x", "duration"), text, lang)
    assert (type(found), found) == (type(seconds), seconds)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "90"), ("en", "1:30"), ("en", "1 month"), ("en", "2 years"), ("en", "30m 1h"),
        ("en", "2h 2h"), ("en", "-1 hour"), ("en", "0 min"), ("en", "hour"), ("en", "and 1 hour"),
        ("en", "1 hour and"), ("en", "about an hour"), ("en", "1h 5"), ("en", "1h75"),
        ("en", "an hour or two"), ("en", "1,5 hours"), ("de", "1.5 Stunden"), ("en", "1h30 x"),
        ("de", "drei viertel Stunde"), ("en", "9" * 30 + " days"), ("en", "one two hours"),
        ("en", "x" * 5000), ("en", "1d1d"), ("en", "until 5 hours"),
    ],
)  # fmt: skip
def test_what_is_no_whole_duration_is_refused(lang: str, text: str) -> None:
    assert understood(Variable("x", "duration"), text, lang) is None


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "€12.50", euro("12.50")), ("en", "12.50 EUR", euro("12.50")),
        ("en", "eur 12.5", euro("12.50")), ("en", "5 euros", euro("5.00")),
        ("en", "1,234.50 €", euro("1234.50")), ("en", "1,234 €", euro("1234.00")),
        ("en", "-5 EUR", euro("-5.00")), ("en", "-€5", euro("-5.00")),
        ("de", "12,50 €", euro("12.50")),
        ("de", "12,5 Euro", euro("12.50")), ("de", "1.234 €", euro("1234.00")),
        ("de", "1.234,50 EUR", euro("1234.50")), ("de", "€ 12", euro("12.00")),
        ("en", "5 US dollars", {"amount": "5.00", "currency": "USD"}),
        ("en", "£3", {"amount": "3.00", "currency": "GBP"}),
        ("en-us", "$3", {"amount": "3.00", "currency": "USD"}),
        ("en-au", "$3", {"amount": "3.00", "currency": "AUD"}),
        ("en", "¥500", {"amount": "500", "currency": "JPY"}),
        ("en", "0.125 KWD", {"amount": "0.125", "currency": "KWD"}),
    ],
)  # fmt: skip
def test_an_amount_is_read_with_its_currency(lang: str, text: str, expected: Value) -> None:
    assert understood(Variable("x", "money"), text, lang) == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "12.50"), ("en", "12.505 EUR"), ("en", "¥500.5"), ("en", "5 EUR 6"), ("en", "EUR"),
        ("en", "5 dollars"), ("en", "€5 EUR"), ("en", "five euros"), ("en", "1.2.3 EUR"),
        ("de", "12.50 €"), ("en", "1e3 EUR"), ("en", "5 XXX"), ("en", "5 EURO CENT"),
        ("en", "9" * 20 + " EUR"), ("en", "$" * 5000), ("en", "--5 EUR"), ("en", "5 EUR?"),
    ],
)  # fmt: skip
def test_what_could_be_another_amount_is_refused(lang: str, text: str) -> None:
    assert understood(Variable("x", "money"), text, lang) is None


def test_a_variable_says_which_currencies_it_takes_and_which_goes_without_saying() -> None:
    price = Variable("x", "money", currency=("EUR", "CHF"), min=1, max=100)
    assert understood(price, "12.5", "en") == euro("12.50")
    assert understood(price, "12.5 CHF", "en") == {"amount": "12.50", "currency": "CHF"}
    for text in ("12.5 USD", "0.99", "100.01 CHF", "$5"):
        assert understood(price, text, "en") is None
    assert fits(price, euro("5.00")) is None
    assert fits(price, {"amount": "5.00", "currency": "USD"}) == "it is no amount of money"
    assert understood(Variable("x", "money", currency=("CAD",)), "$5", "en") == {
        "amount": "5.00",
        "currency": "CAD",
    }


@pytest.mark.parametrize(
    "value",
    [
        {"amount": 5, "currency": "EUR"}, {"amount": "5"}, {"amount": "5", "currency": "eur"},
        {"amount": "5,00", "currency": "EUR"}, {"amount": "1e5", "currency": "EUR"}, "5 EUR", 5,
        {"amount": "5", "currency": "EUR", "more": 1},
    ],
)  # fmt: skip
def test_what_is_no_amount_cannot_be_assigned(value: Value) -> None:
    assert fits(Variable("x", "money"), value) == "it is no amount of money"


@pytest.mark.parametrize(
    ("lang", "tz", "region", "text", "expected"),
    [
        ("en", None, None, "+49 30 901820", "+4930901820"),
        ("en", None, None, "0049 (30) 90 18 20", "+4930901820"),
        ("en", "Europe/Berlin", None, "030 901820", "+4930901820"),
        ("de-at", None, None, "0664 1234567", "+436641234567"),
        ("en", "America/New_York", "AT", "0664/1234567", "+436641234567"),
        ("pl", None, None, "512 345 678", "+48512345678"),
        ("en-us", None, None, "(202) 456-1414", "+12024561414"),
        ("en", None, None, "202 456 1414", None), ("de", None, None, "0664 1234567", None),
        ("en", None, None, "9876543210", None), ("en", None, "AT", "123", None),
        ("en", None, None, "+49 30", None), ("en", None, "DE", "030 901820 ext 5", None),
        ("en", None, "DE", "call 030 901820", None), ("en", None, "US", "1-800-FLOWERS", None),
        ("en", None, "DE", "030 901820" * 20, None), ("en", None, "DE", "+", None),
    ],
)  # fmt: skip
def test_a_phone_number_is_read_by_the_territory_and_never_by_a_guess(
    lang: str, tz: str | None, region: str | None, text: str, expected: str | None
) -> None:
    assert understood(Variable("x", "phone", region=region), text, lang, tz) == expected


@pytest.mark.parametrize("value", ["030 901820", "+49 30 901820", "+4930", "", 4930901820])
def test_only_a_number_as_it_is_stored_can_be_assigned(value: Value) -> None:
    assert fits(Variable("x", "phone"), value) is not None
