"""Reading a person's words in an action: as a question of a flow does."""

import pytest

from engine import Person, StatechatError, Value, WrongAnswer, read_value

NOW = "2026-11-23T09:00:00Z"
"""A Monday."""


@pytest.mark.parametrize(
    ("type_", "text", "lang", "value"),
    [
        ("datetime", "tomorrow 3pm", "en", "2026-11-24T14:00:00Z"),
        ("datetime", "morgen um 15 Uhr", "de", "2026-11-24T14:00:00Z"),
        ("date", "24 December 2026", "en", "2026-12-24"),
        ("time", "3pm", "en", "15:00"),
        ("duration", "1h30m", "en", 5400),
        ("number", "3,5", "de", 3.5),
        ("int", "1.234", "de", 1234),
        ("bool", "ja", "de", True),
        ("email", "ann@example.org", "en", "ann@example.org"),
    ],
)
def test_words_are_read_in_the_persons_language_and_by_their_clock(
    type_: str, text: str, lang: str, value: Value
) -> None:
    assert read_value(type_, text, Person(lang, "Europe/Berlin", NOW)) == value


def test_the_options_of_a_declaration_hold() -> None:
    ann = Person("en", "UTC", NOW)
    assert read_value("int", "7", ann, min=5, max=9) == 7
    assert read_value("enum", "tea", ann, values=["tea", "coffee"]) == "tea"
    assert read_value("phone", "030 123456", ann, region="DE") == "+4930123456"
    assert read_value("date", "24 November 2026", ann, min=NOW) == "2026-11-24"
    with pytest.raises(WrongAnswer, match="5 to 9"):
        read_value("int", "10", ann, min=5, max=9)
    with pytest.raises(WrongAnswer):
        read_value("date", "20 November 2026", ann, min=NOW)


def test_what_is_not_fully_understood_is_not_guessed_and_the_hint_helps() -> None:
    for text in ("", "soon", "3", "morgen und später"):
        with pytest.raises(WrongAnswer) as wrong:
            read_value("date", text, Person("de", None, NOW))
        assert "Datum" in wrong.value.hint


@pytest.mark.parametrize(
    ("type_", "cure"), [("dat", "date"), ("photo", "phone"), ("", "There are")]
)
def test_a_type_that_nobody_can_write_is_told(type_: str, cure: str) -> None:
    with pytest.raises(StatechatError) as error:
        read_value(type_, "x", Person(now=NOW))
    assert error.value.code == "type:unknown"
    assert cure in (error.value.cure or "")


def test_a_limit_that_is_none_is_told() -> None:
    with pytest.raises(StatechatError) as error:
        read_value("date", "tomorrow", Person(now=NOW), min="someday")
    assert error.value.code == "type:limit"
