"""What expressions and texts see: languages, the person's own variables, the turn, the session."""

from pathlib import Path

import pytest

from engine.core.events import Event
from engine.core.turn import hinted_language
from tests.unit.core.flow_fixture import talk

FLOW = """
languages: [en, de]
data: {lang: {type: text, default: de}}
on:
  /set: {set: {session.lang: turn.args}, say: Hello.}
  /zone: {set: {session.tz: turn.args}, say: "{session.tz}"}
  /number: {set: {session.lang: 7}}
  error: {say: "caught {error.code}"}
states:
  s: {say: Hello., on: {/x: s}}
"""
GERMAN = {"main.de.yaml": "on./set.say: Hallo.\ns.say: Hallo.\n"}


def test_the_language_of_the_session_may_be_set_and_holds_at_once(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, texts=GERMAN)
    assert chat.hear("/start") == ["Hello."]
    assert chat.hear("/set de") == ["Hallo."]
    assert chat.session.lang == "de"
    assert chat.hear("/x") == ["Hallo."]


@pytest.mark.parametrize("typed", ["/set fr", "/number"])
def test_a_language_that_the_bot_does_not_speak_is_a_fault(tmp_path: Path, typed: str) -> None:
    chat = talk(tmp_path, FLOW, texts=GERMAN)
    chat.hear("/start")
    assert chat.hear(typed) == ["caught data:type"]
    assert chat.session.lang is None


def test_the_time_zone_may_be_set_to_one_that_there_is(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    assert chat.hear("/zone Europe/Vienna") == ["Europe/Vienna"]
    assert chat.session.tz == "Europe/Vienna"
    assert chat.hear("/zone Mars/Olympus") == ["caught time:zone"]
    assert chat.session.tz == "Europe/Vienna"
    (entry,) = [entry for entry in chat.log if entry.code == "fault:time:zone"]
    assert entry.place is not None


def test_the_transports_hint_of_a_language_is_used_until_one_is_set(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, texts=GERMAN)
    assert chat.event("/start", lang="de-AT") == ["Hallo."]
    assert chat.session.lang == "de"


@pytest.mark.parametrize(
    ("hint", "language"),
    [("de", "de"), ("DE_at", "de"), ("pt-BR", "pt-br"), ("pt", None), ("fr", None), (None, None)],
)
def test_a_hint_names_a_language_exactly_or_without_its_region(
    hint: str | None, language: str | None
) -> None:
    event = Event("x:1", "/start", "b/x:1", "1", 0, lang=hint)
    assert hinted_language(event, ("en", "de", "pt-br")) == language


def test_a_missing_translation_falls_back_to_the_base_language(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, texts={"main.de.yaml": "s.say: Hallo.\n"}, lang="de")
    assert chat.hear("/start", "/set de") == ["Hallo.", "Hello."]


def test_variables_of_the_person_outlive_the_run_and_are_shared_by_flows(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 5, scope: user}, m: {type: int, default: 5}}
        states:
          s: {set: {user.n: user.n + 1, m: m + 1}, type: final, say: "{user.n} {m}"}
        """,
        other="""
        triggers: [/other]
        data: {n: {type: int, default: 99, scope: user}}
        states: {s: {type: final, say: "{user.n}"}}
        """,
    )
    assert chat.hear("/start", "/start", "/other") == ["6 6", "7 6", "7"]
    assert chat.session.user == {"n": 7}


def test_the_turn_lives_for_one_event_and_may_be_written(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        on:
          /note: {set: {turn.note: turn.args}, raise: read}
          read: {say: "{turn.note}"}
          /read: {say: "[{turn.note}] {turn.event} {turn.args == ''}"}
        states: {s: {on: {/x: s}}}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/note hello") == ["hello"]
    assert chat.hear("/read") == ["[] /read yes"]


def test_the_groups_of_a_pattern_land_in_turn_match(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        r"""
        states:
          s:
            on:
              '~(?P<n>\d+) (?P<what>\w+)': {say: "{turn.match.what}: {turn.match.n}"}
              text: {say: "no match"}
        """,
    )
    chat.hear("/start")
    assert chat.hear("please 3 pizzas") == ["pizzas: 3"]
    assert chat.hear("none") == ["no match"]


def test_the_session_and_the_moment_can_be_read(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          s:
            say: "{session.id} {session.transport} {session.chat} {session.started} {now}
              {session.lang} {session.tz}"
            on: {/x: s}
        """,
        bot="bot: demo\ntz: Europe/Vienna\n",
    )
    moment = "2026-01-05T12:00:00Z"
    assert chat.hear("/start") == [f"demo/test:1 test 1 {moment} {moment} en Europe/Vienna"]


def test_moments_are_shown_in_the_time_zone_of_the_session(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        on: {/zone: {set: {session.tz: turn.args}}}
        states: {s: {on: {/when: {say: "{'2026-01-05T23:30:00Z' | date('short')}"}}}}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/when") == ["1/5/26"]
    assert chat.hear("/zone Europe/Vienna", "/when") == ["1/6/26"]
