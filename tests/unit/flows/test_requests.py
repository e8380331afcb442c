"""How the reminders bot splits a request into a moment, a rule and a text."""

import pytest

from engine import Person
from flows.reminders.actions import split

NOW = "2026-11-23T09:00:00Z"
"""A Monday; it is ten o'clock in Berlin."""


def person(lang: str = "en", now: str = NOW) -> Person:
    return Person(lang, "Europe/Berlin", now)


@pytest.mark.parametrize(
    ("lang", "request_", "at", "note"),
    [
        ("en", "tomorrow 3pm buy milk", "2026-11-24T14:00:00Z", "buy milk"),
        ("en", "in 10 minutes call Ann at 5", "2026-11-23T09:10:00Z", "call Ann at 5"),
        ("en", "24 December 2026 18:00 presents", "2026-12-24T17:00:00Z", "presents"),
        ("en", "friday 9am report\nof 2 pages", "2026-11-27T08:00:00Z", "report\nof 2 pages"),
        ("en", "1 July 2027 9am swim", "2027-07-01T07:00:00Z", "swim"),
        ("de", "morgen um 15 Uhr Milch kaufen", "2026-11-24T14:00:00Z", "Milch kaufen"),
        ("de", "in 2 Stunden Tee", "2026-11-23T11:00:00Z", "Tee"),
        ("en", "tomorrow 3pm", "2026-11-24T14:00:00Z", ""),
    ],
)
def test_a_moment_at_the_beginning_is_sure(lang: str, request_: str, at: str, note: str) -> None:
    found = split(request_, person(lang))
    assert found == {"at": at, "every": None, "note": note, "sure": True}


@pytest.mark.parametrize(
    ("lang", "request_", "at", "note"),
    [
        ("en", "tomorrow buy milk", "2026-11-24T08:00:00Z", "buy milk"),
        ("en", "3pm buy milk", "2026-11-23T14:00:00Z", "buy milk"),
        ("en", "8am buy milk", "2026-11-24T07:00:00Z", "buy milk"),
        ("de", "um 8 Uhr Milch", "2026-11-24T07:00:00Z", "Milch"),
        ("en", "buy milk tomorrow 3pm", "2026-11-24T14:00:00Z", "buy milk"),
        ("en", "buy milk", None, "buy milk"),
        ("en", "28 March 2027 02:30 the hour that is not there", "2027-03-28T07:00:00Z",
         "02:30 the hour that is not there"),
    ],
)  # fmt: skip
def test_what_was_filled_in_is_not_sure(
    lang: str, request_: str, at: str | None, note: str
) -> None:
    found = split(request_, person(lang))
    assert found == {"at": at, "every": None, "note": note, "sure": False}


@pytest.mark.parametrize(
    ("lang", "request_", "rule", "note"),
    [
        ("en", "every day 9am water", {"every": "day", "at": "09:00"}, "water"),
        ("en", "daily at 9:30am water", {"every": "day", "at": "09:30"}, "water"),
        ("de", "täglich um 9 Uhr Blumen", {"every": "day", "at": "09:00"}, "Blumen"),
        ("en", "weekdays 8:00 stand up", {"every": "weekday", "at": "08:00"}, "stand up"),
        ("de", "werktags um 8 Uhr los", {"every": "weekday", "at": "08:00"}, "los"),
        ("en", "every monday 9am rent", {"every": "week", "on": ["mon"], "at": "09:00"}, "rent"),
        ("de", "jeden Montag um 9 Uhr Müll",
         {"every": "week", "on": ["mon"], "at": "09:00"}, "Müll"),
        ("en", "monthly on the 31st 9am rent",
         {"every": "month", "day": 31, "at": "09:00"}, "rent"),
        ("de", "jeden Monat am 1. um 9 Uhr Miete",
         {"every": "month", "day": 1, "at": "09:00"}, "Miete"),
        ("en", "every year 24 December 9am gifts",
         {"every": "year", "month": 12, "day": 24, "at": "09:00"}, "gifts"),
        ("de", "jährlich am 24. Dezember um 9 Uhr Gans",
         {"every": "year", "month": 12, "day": 24, "at": "09:00"}, "Gans"),
    ],
)  # fmt: skip
def test_a_rule_is_read(lang: str, request_: str, rule: dict[str, object], note: str) -> None:
    found = split(request_, person(lang))
    assert found == {"at": None, "every": rule, "note": note, "sure": True}


def test_a_rule_without_its_time_is_not_sure() -> None:
    found = split("every day water", person())
    assert found == {
        "at": None, "every": {"every": "day", "at": "09:00"}, "note": "water", "sure": False,
    }  # fmt: skip


def test_a_rule_that_lacks_its_day_is_none() -> None:
    assert split("monthly rent", person())["every"] is None
