"""Dates, times and moments as people write them, and what is never guessed.

The numbers are those of issues of dateparser, whose wrong readings must stay refused.
"""

import pytest

from engine.core.inputs import Person, Variable, WrongAnswer, read
from engine.core.values import Value

THURSDAY = "2026-11-26T12:00:00Z"


def understood(
    type_: str, text: str, lang: str = "en", *, tz: str = "Europe/Vienna", **limits: str
) -> Value:
    """What a text is read as on Thursday, 26 November 2026; none where it is refused."""
    try:
        return read(
            Variable("x", type_, min=limits.get("min"), max=limits.get("max")),
            text,
            Person(lang, tz, THURSDAY),
        )
    except WrongAnswer:
        return None


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "today", "2026-11-26"), ("en", "Tomorrow!", "2026-11-27"),
        ("en", "yesterday", "2026-11-25"), ("en", "the day after tomorrow", "2026-11-28"),
        ("en", "day before yesterday", "2026-11-24"), ("en", "in 3 days", "2026-11-29"),
        ("en", "in two weeks", "2026-12-10"), ("en", "in a week", "2026-12-03"),
        ("en", "in 1 month", "2026-12-26"), ("en", "3 days ago", "2026-11-23"),
        ("en", "next friday", "2026-11-27"), ("en", "next thursday", "2026-12-03"),
        ("en", "this thursday", "2026-11-26"), ("en", "last friday", "2026-11-20"),
        ("en", "last thursday", "2026-11-19"), ("en", "friday", "2026-11-27"),
        ("en", "on Sunday", "2026-11-29"), ("en", "26 November 2026", "2026-11-26"),
        ("en", "November 27, 2026", "2026-11-27"), ("en", "May 3rd", "2027-05-03"),
        ("en", "3rd of May", "2027-05-03"), ("en", "Tuesday the 1st of December", "2026-12-01"),
        ("en", "26 Nov 26", "2026-11-26"), ("en", "2027-03-04", "2027-03-04"),
        ("en", "2027/3/4", "2027-03-04"), ("en", "31/12", "2026-12-31"),
        ("en", "29 feb 2028", "2028-02-29"), ("en", "\uff12\uff10\uff12\uff17-03-04", "2027-03-04"),
        ("de", "heute", "2026-11-26"), ("de", "übermorgen", "2026-11-28"),
        ("de", "vorgestern", "2026-11-24"), ("de", "nächsten Freitag", "2026-11-27"),
        ("de", "kommenden Montag", "2026-11-30"), ("de", "am Freitag", "2026-11-27"),
        ("de", "26.11.2026", "2026-11-26"), ("de", "26.11.26", "2026-11-26"),
        ("de", "1.2.", "2027-02-01"), ("de", "3. Mai", "2027-05-03"),
        ("de", "den 3. Mai 2027", "2027-05-03"), ("de", "in drei Tagen", "2026-11-29"),
        ("de", "vor 3 Tagen", "2026-11-23"), ("de", "Montag, 30.11.2026", "2026-11-30"),
        ("de", "Mo, 30. November", "2026-11-30"), ("fr", "après-demain", "2026-11-28"),
        ("fr", "vendredi prochain", "2026-11-27"), ("fr", "1er mai", "2027-05-01"),
        ("fr", "le 26 novembre 2026", "2026-11-26"),
        ("es", "26 de noviembre de 2026", "2026-11-26"),
        ("es", "el próximo martes", "2026-12-01"), ("ru", "послезавтра", "2026-11-28"),
        ("ru", "в пятницу", "2026-11-27"), ("zh", "2026年11月26日", "2026-11-26"),
        ("pl", "26 listopada 2026 r.", "2026-11-26"), ("ru", "26 ноября 2026 года", "2026-11-26"),
        ("en", "Friday, 20 November", "2026-11-20"), ("hu", "2026. november 26.", "2026-11-26"),
        ("ja", "明日", "2026-11-27"), ("xx", "tomorrow", "2026-11-27"),
    ],
)  # fmt: skip
def test_a_day_is_read_in_the_persons_language(lang: str, text: str, expected: str) -> None:
    assert understood("date", text, lang) == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        # Words that have no part in the date, or change it (#787, #856, #921).
        ("en", "tomorrow banana"), ("en", "tomorrow or friday"), ("en", "not tomorrow"),
        ("en", "tomorrow tomorrow"), ("en", "about tomorrow"), ("en", "before friday"),
        ("en", "after 3 days"), ("en", "by monday"), ("en", "from tomorrow"), ("en", "(tomorrow)"),
        ("en", "sunday?"), ("en", "20 30 September 2027"), ("en", "1 2 3 may"),
        ("en", "in 3 days 2 weeks"), ("en", "26 November 2026 5"), ("de", "etwa morgen"),
        ("de", "nach morgen"), ("de", "morgen früh"), ("de", "am Morgen"), ("de", "der Morgen"),
        ("en", "in tomorrow"), ("en", "friday and"), ("en", "and friday"), ("en", "friday in"),
        ("en", "monday at"), ("en", "a may"), ("en", "may one"), ("de", "ein Mai"),
        ("de", "Freitag um"), ("de", "im Freitag"), ("fr", "demain et"), ("fr", "le demain"),
        ("es", "viernes de"), ("es", "de viernes"), ("es", "el mañana"), ("de", "3. 27"),
        ("de", "1.13.2027"), ("en", "may friday 1st"), ("fr", "le le samedi"),
        ("de", "heute in 2 Wochen"),
        ("fr", "environ demain"), ("es", "pasado mañana no"), ("en", "in -3 days"),
        ("en", "3-5 May 2027"), ("en", "Dec 25 26"),
        # A whole week, month or year is no day (#1163); half a phrase neither.
        ("en", "next week"), ("en", "this week"), ("en", "next month"), ("en", "last year"),
        ("de", "nächste Woche"), ("de", "diesen Monat"), ("en", "may"), ("de", "Mai"),
        ("en", "december 2027"), ("en", "the 3rd"), ("en", "5"), ("en", "2026"), ("en", "26112026"),
        ("en", "2 days"), ("en", "in 1.5 days"), ("en", "in 99999 days"), ("en", "weekend"),
        ("en", "now"), ("en", "10:30"), ("en", "10am"), ("en", "tomorrow 3pm"),
        # Words that are a weekday by chance (#1065 and the like).
        ("de", "so"), ("de", "mi"), ("de", "do"), ("es", "mar 3"), ("it", "mar 3"),
        ("es", "11 de a"), ("en", "1 min"), ("es", "pasado mañana"),
        # Days that the calendar does not have, and the wrong weekday.
        ("en", "30 february 2027"), ("de", "31.4.2027"), ("de", "29.2.2027"), ("en", "0/0/2027"),
        ("en", "2027-13-01"), ("en", "monday 26 november 2026"), ("de", "Montag, 26.11.2026"),
        ("en", "Friday 1 May"),
        # A year, or an order of day and month, that could be another.
        ("en", "20 november"), ("en", "20 june"), ("en", "feb 29"), ("en", "1/2/50"),
        ("de", "1.2.50"), ("en", "thursday"), ("ja", "11/12/13"), ("en", "November"),
        ("en", "x" * 5000), ("en", "1" * 100), ("en", "\ud800"), ("en", "- - -"),
    ],
)  # fmt: skip
def test_what_is_not_fully_understood_is_no_day(lang: str, text: str) -> None:
    assert understood("date", text, lang) is None


@pytest.mark.parametrize(
    ("lang", "tz", "text", "expected"),
    [
        ("en-us", "UTC", "3/4/2027", "2027-03-04"), ("en-gb", "UTC", "3/4/2027", "2027-04-03"),
        ("en", "America/New_York", "3/4/2027", "2027-03-04"),
        ("en", "Europe/London", "3/4/2027", "2027-04-03"), ("en", "UTC", "3/4/2027", None),
        ("en", "UTC", "13/4/2027", "2027-04-13"), ("en", "UTC", "4/13/2027", "2027-04-13"),
        ("en", "UTC", "4/4/2027", "2027-04-04"),
        ("de", "America/New_York", "3.4.2027", "2027-04-03"),
        ("fr", "UTC", "3/4/2027", "2027-04-03"), ("ja", "Asia/Tokyo", "3/4/2027", None),
    ],
)  # fmt: skip
def test_day_and_month_stand_in_the_order_of_the_language_and_the_territory(
    lang: str, tz: str, text: str, expected: str | None
) -> None:
    assert understood("date", text, lang, tz=tz) == expected


@pytest.mark.parametrize(
    ("text", "limits", "expected"),
    [
        ("friday", {"max": "2026-11-26"}, "2026-11-20"),
        ("thursday", {"min": "2026-11-27"}, "2026-12-03"),
        ("20 november", {"max": "2026-11-26"}, "2026-11-20"),
        ("20 november", {"min": "2026-11-26"}, "2027-11-20"),
        ("1/2/50", {"max": "2026-11-26"}, "1950-02-01"),
        ("3 may", {"min": "2027-06-01"}, None),
        ("3/4/2027", {"min": "2027-03-20"}, "2027-04-03"),
    ],
)
def test_limits_say_which_of_several_days_is_meant(
    text: str, limits: dict[str, str], expected: str | None
) -> None:
    tz = "UTC" if text == "3/4/2027" else "Europe/Vienna"
    assert understood("date", text, tz=tz, **limits) == expected


def test_a_person_is_told_that_the_year_is_missing() -> None:
    with pytest.raises(WrongAnswer) as caught:
        read(Variable("x", "date"), "20 November", Person("en", None, THURSDAY))
    expected = "Which day is that? Please send it with its year, such as November 26, 2026."
    assert caught.value.hint == expected


@pytest.mark.parametrize(
    ("now", "tz", "expected"),
    [
        # Today is the person's day, not that of UTC (#307, #927, #1092, #1239).
        ("2026-11-26T23:30:00Z", "Europe/Vienna", "2026-11-28"),
        ("2026-11-26T23:30:00Z", "UTC", "2026-11-27"),
        ("2026-11-26T02:00:00Z", "America/Los_Angeles", "2026-11-26"),
        # The month's end (#1202, #1243).
        ("2026-11-30T12:00:00Z", "UTC", "2026-12-01"),
        ("2024-10-31T21:37:00Z", "America/New_York", "2024-11-01"),
    ],
)
def test_tomorrow_is_counted_from_the_persons_day(now: str, tz: str, expected: str) -> None:
    assert read(Variable("x", "date"), "tomorrow", Person("en", tz, now)) == expected
    friday = read(Variable("x", "date"), "Friday", Person("en", "UTC", "2024-10-31T21:37:00Z"))
    assert friday == "2024-11-01"


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "17:00", "17:00"), ("en", "5pm", "17:00"), ("en", "5:30 p.m.", "17:30"),
        ("en", "5.30pm", "17:30"), ("en", "12am", "00:00"), ("en", "12 pm", "12:00"),
        ("en", "at noon", "12:00"), ("en", "midnight", "00:00"), ("en", "17.30", "17:30"),
        ("en", "9:05", "09:05"), ("de", "17 Uhr", "17:00"), ("de", "um 17:30 Uhr", "17:30"),
        ("de", "17.30 Uhr", "17:30"), ("de", "17 Uhr 30", "17:30"), ("de", "mittags", "12:00"),
        ("fr", "à 17h30", "17:30"), ("fr", "17 heures", "17:00"), ("fr", "midi", "12:00"),
        ("es", "a las 17:00", "17:00"), ("ar", "\u0665:\u0663\u0660", "05:30"),
    ],
)  # fmt: skip
def test_a_time_of_day_is_read_in_the_persons_language(lang: str, text: str, expected: str) -> None:
    assert understood("time", text, lang) == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "5"), ("en", "17"), ("en", "5 o'clock"), ("en", "13pm"), ("en", "0am"),
        ("en", "24:00"), ("en", "17:60"), ("en", "25:00"), ("en", "5pm 6pm"), ("en", "about 5pm"),
        ("en", "half past five"), ("en", "17:00 EST"), ("en", "-5:00"), ("en", "17:00-18:00"),
        ("de", "halb sechs"), ("de", "5 Uhr nachmittags"), ("de", "gegen 5 Uhr"), ("en", "1:2"),
        ("en", "tomorrow"), ("en", "12:30:45"), ("en", "1" * 5000),
    ],
)  # fmt: skip
def test_what_could_be_another_time_is_none(lang: str, text: str) -> None:
    assert understood("time", text, lang) is None


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "tomorrow 3pm", "2026-11-27T14:00:00Z"),
        ("en", "3pm tomorrow", "2026-11-27T14:00:00Z"),
        ("en", "tomorrow at 17:00", "2026-11-27T16:00:00Z"),
        ("en", "tomorrow noon", "2026-11-27T11:00:00Z"),
        ("en", "Friday 15:53", "2026-11-27T14:53:00Z"),
        ("en", "next friday at 5pm", "2026-11-27T16:00:00Z"),
        ("en", "2026-11-27 17:00", "2026-11-27T16:00:00Z"),
        ("en", "2026-11-27T17:00", "2026-11-27T16:00:00Z"),
        ("en", "2026-11-27T17:00Z", "2026-11-27T17:00:00Z"),
        ("en", "2026-11-27T17:00:30+02:00", "2026-11-27T15:00:30Z"),
        ("en", "in 2 hours", "2026-11-26T14:00:00Z"), ("en", "2 hours ago", "2026-11-26T10:00:00Z"),
        ("en", "in half an hour", "2026-11-26T12:30:00Z"), ("en", "now", THURSDAY),
        ("en", "15 July 2027 10:00", "2027-07-15T08:00:00Z"),
        ("de", "morgen um 17 Uhr", "2026-11-27T16:00:00Z"),
        ("de", "26.11.2026, 17 Uhr", "2026-11-26T16:00:00Z"),
        ("de", "in einer halben Stunde", "2026-11-26T12:30:00Z"), ("de", "jetzt", THURSDAY),
        ("fr", "demain à 17h30", "2026-11-27T16:30:00Z"),
        ("ru", "завтра в 17:00", "2026-11-27T16:00:00Z"),
    ],
)  # fmt: skip
def test_a_moment_is_read_by_the_clock_where_the_person_is(
    lang: str, text: str, expected: str
) -> None:
    assert understood("datetime", text, lang) == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "tomorrow"), ("en", "5pm"), ("en", "tomorrow at 5"), ("de", "übermorgen um 8"),
        ("en", "tomorrow 5pm 6pm"), ("en", "5pm EST tomorrow"), ("en", "17:00 UTC tomorrow"),
        ("en", "tomorrow at midnight"), ("en", "in 2 days"), ("en", "€ 30 h ago"),
        ("en", "in 30 minutes at"), ("de", "vor 5 Stunden und"), ("de", "in und 30 Minuten"),
        ("en", "17 uhr tomorrow"), ("en", "1 minute"), ("en", "1 hour"),
        ("en", "next week 5pm"), ("en", "20 November 10:00"), ("en", "2027-02-30T10:00Z"),
        ("en", "9:57 PM MDT"), ("en", "tomorrow -17:00"), ("en", "0001-01-01T00:00+05:00"),
    ],
)  # fmt: skip
def test_a_day_without_a_time_and_a_time_without_a_day_are_no_moment(lang: str, text: str) -> None:
    assert understood("datetime", text, lang) is None


@pytest.mark.parametrize(
    ("text", "tz"),
    [
        ("2027-03-28 02:30", "Europe/Vienna"), ("2027-10-31 02:30", "Europe/Vienna"),
        ("14 March 2027 02:30", "America/New_York"), ("7 November 2027 1:30", "America/New_York"),
    ],
)  # fmt: skip
def test_a_time_that_the_clocks_skip_or_repeat_is_asked_again(text: str, tz: str) -> None:
    with pytest.raises(WrongAnswer) as caught:
        read(Variable("x", "datetime"), text, Person("en", tz, THURSDAY))
    assert caught.value.hint.startswith("The clocks change then")


def test_the_hours_around_a_change_of_the_clocks_are_read() -> None:
    assert understood("datetime", "2027-03-28 01:59") == "2027-03-28T00:59:00Z"
    assert understood("datetime", "2027-03-28 03:00") == "2027-03-28T01:00:00Z"
    assert understood("datetime", "2027-10-31 03:00") == "2027-10-31T02:00:00Z"
