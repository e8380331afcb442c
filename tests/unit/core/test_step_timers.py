"""Durable timers: armed by states, fired once, kept while their flow is suspended."""

from pathlib import Path

import pytest

from engine.core.faults import Fault
from engine.core.timers import moment
from engine.core.values import TIMERS_MAX, Value
from engine.errors import Place
from tests.unit.core.flow_fixture import NOW, talk

FLOW = """
data: {q: {type: text}}
on: {/stay: {say: Staying.}, /again: q}
after: {1h: {say: an hour}}
states:
  q:
    ask: Q?
    after:
      1m: {say: a minute}
      3m: late
    idle:
      2m: {say: still there?}
    next: end
  late: {type: final, say: too late}
  end: {type: final, say: end}
"""


def test_timers_fire_once_each_and_in_their_order(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    assert chat.after("1m") == ["a minute"]
    assert chat.after("1m") == ["still there?"]
    assert chat.after("1m") == ["too late"]
    assert chat.session.timers == ()


def test_after_counts_from_the_entry_and_idle_from_the_last_input(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    chat.after("30s")
    chat.hear("/stay")
    assert chat.after("30s") == ["a minute"]
    assert chat.after("1m") == []
    assert chat.after("30s") == ["still there?"]


def test_an_idle_timer_that_has_fired_is_armed_again_by_the_next_input(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW.replace("3m: late", "3h: late"))
    chat.hear("/start")
    assert chat.after("2m") == ["a minute", "still there?"]
    assert chat.after("2m") == []
    chat.hear("/stay")
    assert chat.after("2m") == ["still there?"]


def test_entering_a_state_again_arms_its_timers_anew(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    chat.after("50s")
    chat.hear("/again")
    assert chat.after("50s") == []
    assert chat.after("10s") == ["a minute"]


def test_the_roots_timers_count_from_the_beginning_of_the_run(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW.replace("3m: late", "3h: late"))
    chat.hear("/start")
    chat.after("50m")
    chat.hear("/again")
    assert "an hour" in chat.after("10m")


def test_leaving_a_state_disarms_its_timers(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start", "answer")
    assert chat.session.timers == ()
    assert chat.after("2h") == []


def test_a_timer_that_is_not_pending_any_more_is_ignored(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    stale = chat.session.timers[0].id
    chat.hear("/again", "answer")
    before = chat.chat
    assert chat.event("timer", timer=stale) == []
    assert chat.event("timer") == []
    assert chat.chat == before
    assert chat.codes.count("step:timer_gone") == 2


def test_a_timer_with_a_guard_that_does_not_hold_is_consumed(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "states: {s: {after: {1m: {guard: turn.text != null, say: never}}, on: {/x: s}}}",
    )
    chat.hear("/start")
    assert chat.after("1m") == []
    assert chat.session.timers == ()


COMPUTED = """
data: {wait: {type: any, default: 90}}
on: {error: {say: "caught {error.code}"}, /go: s, /set: {set: {wait: turn.args}}}
states:
  s:
    after:
      - {after: wait, say: now}
      - {after: "wait", guard: "false", say: never}
"""


def test_a_list_of_afters_takes_written_durations_beside_computed_ones(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {wait: {type: int, default: 5}}
        states:
          s:
            after:
              - {after: 1h30m, say: much later}
              - {after: wait * 60, say: soon}
        """,
    )
    chat.type("/start")
    assert sorted(timer.due - NOW for timer in chat.session.timers) == [300_000, 5_400_000]


@pytest.mark.parametrize(
    ("wait", "due"),
    [
        ("90", 90),
        ("0.5", 0.5),
        ("-5", 0),
        ("'2026-01-05T12:02:00Z'", 120),
        ("'2026-01-05T14:01:00+02:00'", 60),
    ],
)
def test_a_computed_after_is_seconds_or_a_moment(tmp_path: Path, wait: str, due: float) -> None:
    chat = talk(tmp_path, COMPUTED.replace("90", wait.strip("'") if "'" in wait else wait))
    chat.by_hand = True
    event = chat.event("/start")
    fired = ["now"] if due == 0 else []
    assert event == fired
    if due:
        assert min(timer.due for timer in chat.session.timers) == NOW + round(due * 1000)


def test_a_computed_after_that_is_no_time_is_a_fault(tmp_path: Path) -> None:
    chat = talk(tmp_path, COMPUTED.replace("90", "soon"))
    assert chat.hear("/start") == ["caught timer:moment"]


@pytest.mark.parametrize(
    "value",
    [None, True, "", "tomorrow", "2026-01-05", "2026-01-05T12:00:00", 1e300, [], {}, 10**12],
)
def test_what_is_no_moment_is_refused_with_its_place(value: Value) -> None:
    place = Place("f", 1, 2)
    with pytest.raises(Fault, match="neither seconds") as caught:
        moment(value, NOW, place)
    assert caught.value.place is place


@pytest.mark.parametrize("value", [-1e308, float("-inf"), -(10**18)])
def test_a_moment_however_far_in_the_past_is_now(value: float) -> None:
    assert moment(value, NOW, Place("f", 1, 1)) == NOW


SUSPENDED = """
data: {q: {type: text}}
on: {/menu: q}
states:
  q:
    ask: Q?
    after: {1m: {say: a minute}, 5m: late}
    idle: {2m: {say: idle}}
    next: late
  late: {type: final, say: late}
"""
OTHER = """
triggers: [/other]
data: {x: {type: text}}
states:
  x: {ask: X?, after: {4m: done}, next: done}
  done: {type: final, say: back}
"""


def test_timers_of_a_suspended_flow_are_applied_once_on_its_return(tmp_path: Path) -> None:
    chat = talk(tmp_path, SUSPENDED, other=OTHER)
    chat.hear("/start")
    assert chat.hear("/other") == ["X?"]
    assert chat.after("3m") == []
    assert chat.chat.stack[0].late == ("after:q:1m", "idle:q:2m")
    assert chat.hear("x") == ["back", "a minute", "idle", "Q?"]
    assert chat.top.late == ()
    assert chat.after("1m") == []


def test_a_suspended_flow_whose_time_is_over_ends_on_its_return(tmp_path: Path) -> None:
    chat = talk(tmp_path, SUSPENDED, other=OTHER.replace("4m", "1h"))
    chat.hear("/start", "/other")
    assert chat.after("6m") == []
    assert chat.hear("x") == ["back", "a minute", "idle", "late"]
    assert chat.active is None


def test_a_timer_may_end_the_digression_and_the_question_is_asked_again(tmp_path: Path) -> None:
    chat = talk(tmp_path, SUSPENDED, other=OTHER)
    chat.hear("/start", "/other")
    assert chat.after("4m") == ["back", "a minute", "idle", "Q?"]


CALLER = """
idle: {10m: {say: caller idle}}
states:
  calls: {call: child, after: {20m: over}, on: {done: over}}
  over: {type: final, say: over}
"""
CHILD = """
data: {q: {type: text}}
idle: {5m: {say: child idle}}
states:
  q: {ask: Q?, next: done}
  done: {type: final}
"""


def test_timers_of_the_caller_run_while_its_subflow_does(tmp_path: Path) -> None:
    chat = talk(tmp_path, CALLER, child=CHILD)
    chat.hear("/start")
    assert chat.after("5m") == ["child idle"]
    assert chat.after("5m") == ["caller idle"]
    assert chat.after("10m") == ["over"]
    assert chat.active is None
    assert chat.session.timers == ()


def test_timers_of_a_suspended_caller_are_applied_on_return_as_well(tmp_path: Path) -> None:
    chat = talk(tmp_path, CALLER, child=CHILD, other=OTHER.replace("4m", "2h"))
    chat.hear("/start", "/other")
    assert chat.after("12m") == []
    assert chat.hear("x") == ["back", "caller idle", "child idle", "Q?"]
    chat.hear("/other")
    chat.after("20m")
    assert chat.hear("x") == ["back", "over"]


def test_a_late_timer_that_fails_is_consumed_so_that_nobody_is_stuck(tmp_path: Path) -> None:
    flow = SUSPENDED.replace("1m: {say: a minute}", '1m: {say: "{1 / 0}"}')
    chat = talk(tmp_path, flow, other=OTHER, bot="texts: {error: Broken.}")
    chat.hear("/start", "/other")
    chat.after("90s")
    assert chat.hear("x") == ["Broken."]
    assert chat.state == "x"
    assert chat.chat.stack[0].late == ()
    assert chat.hear("x") == ["back", "Q?"]


def test_more_timers_than_one_person_may_have_are_a_fault(tmp_path: Path) -> None:
    many = ", ".join(f"{minute}m: {{say: x}}" for minute in range(1, TIMERS_MAX + 2))
    chat = talk(
        tmp_path,
        "on: {error: {say: 'caught {error.code}'}}\nstates: {s: {after: {" + many + "}}}",
    )
    assert chat.hear("/start") == ["caught timer:too_many"]
    assert len(chat.session.timers) == TIMERS_MAX


def test_an_idle_timer_beyond_the_bound_is_left_out_and_logged(tmp_path: Path) -> None:
    many = ", ".join(f"{hour}h: {{say: x}}" for hour in range(1, TIMERS_MAX - 1))
    chat = talk(
        tmp_path,
        "after: {"
        + many
        + "}\n"
        + """
idle: {5m: {say: idle}}
states:
  s: {after: {6m: t}}
  t: {after: {7h: {say: t}, 8h: {say: t}}, on: {/x: s}}
""",
        bot="texts: {fallback: What?}",
    )
    chat.hear("/start")
    assert len(chat.session.timers) == TIMERS_MAX
    assert chat.after("6m") == ["idle"]
    assert chat.hear("hello") == ["What?"]
    assert len(chat.session.timers) == TIMERS_MAX
    assert "fault:timer:too_many" in chat.codes
