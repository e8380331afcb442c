"""Data of a conversation: answers of every type, and limits, defaults and values by expression."""

from pathlib import Path

import pytest

from engine.compiler.bot import InvalidBot, load
from tests.unit.core.flow_fixture import talk, write_bot

ASK = "states: {{v: {{ask: Now?, next: end}}, end: {{type: final, say: '{{v}}'}}}}"
PHOTO = {"kind": "photo", "id": "AgAC", "transport": "telegram"}


def asked(type_: str) -> str:
    return f"data: {{v: {type_}}}\n" + ASK.format()


@pytest.mark.parametrize(
    ("type_", "typed", "said"),
    [
        ("{type: date}", "tomorrow", "2026-01-06"),
        ("{type: time}", "5pm", "17:00"),
        ("{type: datetime}", "tomorrow 5pm", "2026-01-06T17:00:00Z"),
        ("{type: duration}", "1h30", "5400"),
        ("{type: phone, region: AT}", "01 5123456", "+4315123456"),
        ("{type: money, currency: EUR}", "12.5", "amount: 12.50, currency: EUR"),
        ("{type: list, items: {type: int}}", "1, 2", "1, 2"),
        ("{type: any}", "007", "007"),
    ],
)
def test_a_question_reads_an_answer_by_the_type_of_its_variable(
    tmp_path: Path, type_: str, typed: str, said: str
) -> None:
    assert talk(tmp_path, asked(type_)).hear("/start", typed) == ["Now?", said]


def test_a_date_is_read_in_the_persons_language_and_time_zone(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "languages: [en, de]\n" + asked("{type: datetime}"),
        bot="tz: Europe/Vienna",
        lang="de",
    )
    assert chat.hear("/start", "morgen um 17 Uhr") == ["Now?", "2026-01-06T16:00:00Z"]


def test_a_photo_answers_a_question_for_one_and_is_kept_as_it_came(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {v: {type: photo}}
        states: {v: {ask: Face?, next: w}, w: {ask: Again?, into: v, next: end}, end: {type: final}}
        """,
    )
    chat.hear("/start")
    film = {**PHOTO, "kind": "video"}
    assert chat.event("video", extra={"media": film}) == ["Please send a photo."]
    assert chat.hear("a photo") == ["Please send a photo."]
    assert chat.event("photo", extra={"media": PHOTO}) == ["Again?"]
    assert chat.data == {"v": PHOTO}


def test_a_place_and_a_contact_answer_a_question_for_them(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {place: {type: location}, who: {type: contact}}
        states:
          place: {ask: Where?, next: who}
          who: {ask: Who?, next: end}
          end: {type: final, say: "{place.latitude} {who.phone}"}
        """,
    )
    chat.hear("/start")
    place = {"kind": "location", "latitude": 48.5, "longitude": 16.25}
    assert chat.event("location", extra={"media": place}) == ["Who?"]
    assert chat.event("contact", extra={"media": {"phone": "+431", "name": "Ann"}}) == ["48.5 +431"]


def test_a_limit_may_be_an_expression_and_the_hint_tells_what_it_gives(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data:
          first: {type: date, min: today()}
          last: {type: date, min: first, max: "shift(first, 2, 'weeks')"}
        states:
          first: {ask: From?, next: last}
          last: {ask: To?, next: end}
          end: {type: final}
        """,
    )
    chat.hear("/start")
    assert chat.hear("yesterday") == ["Please send a date from January 5, 2026 onwards."]
    assert chat.hear("tomorrow") == ["To?"]
    between = "Please send a date from January 6, 2026 to January 20, 2026."
    assert chat.hear("today", "in 3 weeks") == [between, between]
    chat.hear("in 2 weeks")
    assert [one.state for one in chat.endings] == ["end"]


def test_a_limit_that_is_an_expression_holds_for_assignments_too(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {most: {type: int, default: 3}, n: {type: int, max: most, default: 0}}
        on: {/set: {set: {n: 4}}}
        states: {s: {ask: "{n}?", into: n, next: end}, end: {type: final}}
        """,
    )
    chat.hear("/start", "/set")
    assert "fault:data:type" in chat.codes
    assert chat.data["n"] == 0


def test_a_limit_that_fails_is_a_fault_of_the_flow(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {low: {type: text, default: x}, n: {type: int, min: low}}
        states: {n: {ask: How many?, next: end}, end: {type: final}}
        """,
    )
    chat.hear("/start", "4")
    assert "fault:expr:type" in chat.codes


def test_a_default_may_be_an_expression_that_reads_those_before_it(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data:
          day: {type: date, default: today()}
          due: {type: date, default: "shift(day, 7, 'days')"}
          size: {type: int, default: 3}
          word: {type: text, default: today()}
        states: {s: {say: "{day} {due} {size} {word}", type: final}}
        """,
    )
    assert chat.hear("/start") == ["2026-01-05 2026-01-12 3 today()"]


def test_a_default_that_fails_is_a_fault_and_the_run_goes_on_without_it(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 1 // 0, optional: true}}
        on: {error: {say: "{error.code}"}}
        states: {s: {ask: Yes?, into: n, next: end}, end: {type: final}}
        """,
    )
    assert chat.hear("/start")[:2] == ["Yes?", "expr:divide"]


def test_an_argument_of_a_call_stands_over_a_default(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states: {s: {call: child, with: {n: 5}, on: {done: t}}, t: {call: child, on: {done: end}},
                 end: {type: final}}
        """,
        child="""
        input: {n: {type: int, default: 1 + 1}}
        states: {done: {type: final, say: "{n}"}}
        """,
    )
    assert chat.hear("/start") == ["5", "2"]


def test_an_argument_beyond_a_limit_that_is_an_expression_is_a_fault_of_the_called_flow(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        states: {s: {call: child, with: {day: "'2026-01-04'", n: 2}, on: {done: end}},
                 end: {type: final}}
        """,
        child="""
        input: {day: {type: date, min: today()}, n: {type: int, max: 1 + 1}}
        on: {error: {say: "{error.code}"}}
        states: {s: {ask: "{day}|{n}?", into: n, next: done}, done: {type: final}}
        """,
    )
    assert chat.hear("/start")[:2] == ["|2?", "data:type"]


ORDER = """
    data:
      price: {type: number, default: 5}
      count: {type: int, default: 0}
      net: {type: number, computed: price * count}
      gross: {type: number, computed: net * 1.2}
    states:
      count: {ask: "How many? {gross}", next: again}
      again: {ask: "{gross}", into: count, next: {guard: gross > 50, target: end}}
      end: {type: final, say: "{gross | money('EUR')}", output: {gross: gross}}
"""


def test_a_computed_value_is_evaluated_whenever_it_is_read(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER)
    assert chat.hear("/start", "2", "3", "10") == ["How many? 0", "12", "18", "€60.00"]


def test_a_computed_value_is_never_stored(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER)
    chat.hear("/start", "2")
    assert set(chat.data) == {"price", "count"}


def test_a_computed_value_of_another_type_is_a_fault_at_its_place(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, computed: 1 / 2}, m: {type: int}}
        states: {m: {ask: "{n}", next: end}, end: {type: final}}
        """,
    )
    chat.hear("/start")
    fault = next(entry for entry in chat.log if entry.code == "fault:data:type")
    assert fault.detail == "`n`: it is no whole number"
    assert fault.place is not None
    assert (fault.place.line, fault.place.column) == (4, 33)


def test_a_computed_value_of_the_person_is_read_in_every_flow(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data:
          born: {type: date, scope: user, max: today()}
          age: {type: int, scope: user, computed: "years_between(user.born, today())"}
        states: {s: {ask: Born?, into: user.born, next: end}, end: {type: final, say: "{user.age}"}}
        """,
        other="triggers: [/age]\nstates: {s: {type: final, say: 'You are {user.age}.'}}",
        bot="on: {/old: {say: '{user.age}'}}",
    )
    assert chat.hear("/start", "6 January 2000") == ["Born?", "25"]
    assert chat.hear("/age", "/old") == ["You are 25.", "25"]


@pytest.mark.parametrize(
    "flow",
    [
        "data: {n: {type: int, computed: 1}}\nstates: {s: {set: {n: 2}, type: final}}",
        "data: {n: {type: int, computed: 1}}\nstates: {s: {ask: x, into: n, next: e}, e: {type: final}}",  # noqa: E501 - a flow
        "data: {n: {type: int, computed: 1}}\nstates: {n: {ask: x, next: e}, e: {type: final}}",
        "input: {n: {type: int, computed: 1}}\nstates: {s: {type: final}}",
        "data: {a: {type: int}, n: {type: int, scope: user, computed: a}}\nstates: {s: {type: final}}",  # noqa: E501 - as above
    ],
)
def test_what_is_computed_cannot_be_given_a_value(tmp_path: Path, flow: str) -> None:
    with pytest.raises(InvalidBot) as caught:
        load(write_bot(tmp_path, flow))
    assert [found.code for found in caught.value.diagnostics] in (["SC022"], ["SC012"])


def test_what_stays_with_the_person_outlasts_the_run(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {visits: {type: int, scope: user, default: 0}}
        states: {s: {set: {user.visits: user.visits + 1}, type: final, say: "{user.visits}"}}
        """,
    )
    assert chat.hear("/start", "/start") == ["1", "2"]
    assert chat.session.user == {"visits": 2}
