"""Flows that the clock begins for everybody whom they concern."""

from pathlib import Path

from engine.core.schedules import scheduled
from tests.unit.core.flow_fixture import talk

MAIN = """
data:
  n: {type: int}
  member: {type: bool, scope: user, default: false}
on:
  /join: {set: {user.member: true}, reprompt: false}
  /work: work
states:
  n: {ask: How many?, next: n}
  work: {invoke: {action: slow, done: n, error: n}}
"""
NEWS = """
triggers: [{every: 1h, for: user.member}]
states:
  news: {type: final, say: News!}
"""
DAILY = """
triggers: [{cron: 0 9 * * *, tz: Europe/Berlin}]
states:
  daily: {type: final, say: Good morning!}
"""


def test_an_interval_counts_on_for_whom_the_condition_selects(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, news=NEWS, actions={"slow": []})
    chat.hear("/start")
    assert chat.after("1h") == []
    chat.hear("/join")
    assert chat.after("59m") == []
    assert chat.after("1m") == ["News!", "How many?"]
    assert chat.after("2h") == ["News!", "How many?", "News!", "How many?"]


def test_nobody_hears_of_it_who_has_never_written(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, daily=DAILY, actions={"slow": []})
    assert chat.after("2d") == []


def test_a_line_of_cron_goes_by_the_clock_of_its_zone(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, daily=DAILY, actions={"slow": []})
    chat.hear("/start")
    assert chat.after("1d") == ["Good morning!", "How many?"]
    assert chat.session.timers == ()


def test_a_flow_that_must_not_interrupt_waits_and_is_not_listed(tmp_path: Path) -> None:
    quiet = NEWS.replace(", for: user.member", "") + "when_busy: ignore\n"
    main = MAIN.replace("next: n}", "next: end}") + "  end: {type: final}\n"
    chat = talk(tmp_path, main, news=quiet, actions={"slow": []})
    chat.hear("/start")
    assert chat.after("1h") == []
    assert [timer.plan and timer.plan.name for timer in chat.session.timers] == [""]
    assert scheduled(chat.session.timers, "1") == []
    chat.hear("3")
    assert chat.after("10s") == ["News!"]
    assert chat.session.timers == ()


def test_until_names_the_moment_of_a_timer(tmp_path: Path) -> None:
    main = """
    states:
      wait: {after: [{after: {until: "plus(now, 600)"}, target: end}]}
      end: {type: final, say: Now.}
    """
    chat = talk(tmp_path, main)
    chat.hear("/start")
    assert chat.after("9m") == []
    assert chat.after("1m") == ["Now."]
