"""Flows that begin by themselves: each at its time, once, whatever else goes on in the chat."""

from pathlib import Path

import pytest

from engine.core.schedules import again
from engine.core.values import PLAN_MAX, TIMERS_MAX
from tests.unit.core.flow_fixture import talk

MAIN = """
data: {what: {type: text}, n: {type: int, default: 0}}
on:
  /in: {actions: [{schedule: {id: turn.args, at: 60, start: ring, with: {what: turn.args}}}]}
  /daily:
    schedule:
      id: "'d'"
      every: "{'every': 'day', 'at': '08:00'}"
      start: ring
      with: {what: "'up'"}
  /cron:
    schedule: {id: 7, every: turn.args, start: ring, with: {what: "'cron'"}}
  /not: {unschedule: turn.args}
  /list:
    say: "{for one in session.scheduled}{one.id} {one.at} {one.given.what};{/for}"
    reprompt: false
  /work: work
states:
  what: {ask: What?, next: what}
  work: {invoke: {action: slow, done: what, error: what}}
"""
RING = """
input: {what: {type: text}}
states:
  ring: {type: final, say: "{what}!"}
"""


def test_a_scheduled_flow_begins_at_its_time_and_the_open_question_is_asked_again(
    tmp_path: Path,
) -> None:
    chat = talk(tmp_path, MAIN, ring=RING, actions={"slow": []})
    chat.hear("/start")
    chat.hear("/in tea")
    assert chat.after("59s") == []
    assert chat.after("1s") == ["tea!", "What?"]
    assert chat.session.timers == ()


def test_one_of_the_same_name_takes_the_place_of_the_other(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, ring=RING, actions={"slow": []})
    for text in ("/start", "/in tea", "/in milk"):
        chat.hear(text)
    chat.after("30s")
    chat.hear("/in tea")
    assert chat.after("30s") == ["milk!", "What?"]
    assert chat.after("30s") == ["tea!", "What?"]


def test_what_is_to_come_can_be_listed_and_forgotten(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, ring=RING, actions={"slow": []})
    for text in ("/start", "/daily", "/in tea"):
        chat.hear(text)
    said = chat.hear("/list")
    assert said == ["tea 2026-01-05T12:01:00Z tea;d 2026-01-06T08:00:00Z up;"]
    chat.hear("/not tea")
    chat.hear("/not nothing")
    assert chat.hear("/list") == ["d 2026-01-06T08:00:00Z up;"]


def test_what_comes_again_fires_once_after_a_downtime_and_goes_on(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, ring=RING, actions={"slow": []})
    chat.hear("/start")
    chat.hear("/daily")
    ids = {timer.id for timer in chat.session.timers}
    assert chat.after("20h") == ["up!", "What?"]
    assert chat.hear("/list") == ["d 2026-01-07T08:00:00Z up;"]
    assert {timer.id for timer in chat.session.timers}.isdisjoint(ids)
    assert chat.after("24h") == ["up!", "What?"]


def test_what_is_due_waits_until_an_action_has_ended(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, ring=RING, actions={"slow": []})
    chat.by_hand = True
    for text in ("/start", "/in tea", "/work"):
        chat.hear(text)
    assert chat.top.leaf.pending is not None
    assert chat.after("1m") == []
    assert len(chat.session.timers) == 1
    chat.finish()
    assert chat.after("10s") == ["tea!", "What?"]


def test_a_flow_that_does_not_disturb_waits_for_the_end_of_the_others(tmp_path: Path) -> None:
    main = MAIN + "  bye: {type: final}\n"
    main = main.replace("/work: work", "/bye: bye")
    main = main.replace("  work: {invoke: {action: slow, done: what, error: what}}\n", "")
    chat = talk(tmp_path, main, ring="when_busy: ignore\n" + RING)
    chat.hear("/start")
    chat.hear("/in tea")
    assert chat.after("5m") == []
    chat.hear("/bye")
    assert chat.after("10s") == ["tea!"]


def test_a_fault_in_a_scheduled_flow_does_not_end_what_comes_again(tmp_path: Path) -> None:
    ring = RING.replace("{what}!", "{1 / 0}")
    chat = talk(tmp_path, MAIN, ring=ring, actions={"slow": []})
    chat.hear("/start")
    chat.hear("/daily")
    chat.after("20h")
    assert "step:undone" in chat.codes
    assert chat.hear("/list") == ["d 2026-01-07T08:00:00Z up;"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"/in {65 * 'x'}", "schedule:name"),
        ("/cron * * *", "time:rule"),
        ("/cron 0 0 30 2 *", "timer:moment"),
    ],
)
def test_what_cannot_be_scheduled_is_a_fault(tmp_path: Path, text: str, code: str) -> None:
    chat = talk(tmp_path, MAIN, ring=RING, actions={"slow": []})
    chat.hear("/start")
    chat.hear(text)
    assert f"fault:{code}" in chat.codes
    assert chat.session.timers == ()


def test_what_a_flow_is_given_has_a_bound(tmp_path: Path) -> None:
    main = MAIN.replace("with: {what: turn.args}", "with: {what: turn.text}").replace(
        "id: turn.args", "id: 1"
    )
    chat = talk(tmp_path, main, ring=RING, actions={"slow": []})
    chat.hear("/start")
    chat.hear("/in " + "x" * PLAN_MAX)
    assert "fault:schedule:size" in chat.codes


def test_a_person_has_no_more_of_them_than_timers(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, ring=RING, actions={"slow": []})
    chat.hear("/start")
    for number in range(TIMERS_MAX + 1):
        chat.hear(f"/in {number}")
    assert len(chat.session.timers) == TIMERS_MAX
    assert "fault:timer:too_many" in chat.codes
    assert len([said for said in chat.after("1m") if said.endswith("!")]) == TIMERS_MAX


def test_each_firing_has_an_id_of_its_own() -> None:
    assert [again("5.1"), again("5.1.2"), again("5.1.9")] == ["5.1.2", "5.1.3", "5.1.10"]
