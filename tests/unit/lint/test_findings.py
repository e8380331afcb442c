"""What the rules of graphs, guards and input find beyond what their pages show."""

from pathlib import Path

import pytest

from tests.unit.lint.finding import found


def test_a_second_guard_that_reads_the_same_is_never_taken(tmp_path: Path) -> None:
    flow = """
    states:
      a:
        invoke:
          action: records.count
          with: {collection: things}
          done: end
          error:
            - {guard: error.code == 'timeout', target: end}
            - {guard: error.code == 'timeout', target: a}
            - {target: end}
      end: {type: final}
    """
    bot = "bot: b\nrecords: {things: {fields: {x: {type: int}}}}"
    why = "this is never taken: what stands above it takes every case"
    assert found(tmp_path, "SC204", flow, bot=bot) == [(12, why)]


def test_what_stands_below_a_transition_without_guard_is_never_taken(tmp_path: Path) -> None:
    flow = """
    states:
      a:
        ask: A?
        choices: {x: X}
        on: {/help: [{say: Help.}, {say: More help.}]}
        next: end
      end: {type: final}
    """
    why = "this is never taken: what stands above it has no guard"
    assert found(tmp_path, "SC204", flow) == [(8, why)]


def test_a_guard_that_cannot_be_judged_takes_no_case_for_sure(tmp_path: Path) -> None:
    flow = """
    data: {n: {type: int}, m: {type: int, default: 1}}
    states:
      n:
        ask: N?
        next: [{guard: n > m, target: end}, {guard: n > 3, target: end}, end]
      end: {type: final}
    """
    assert found(tmp_path, "SC204", flow) == []


def test_an_answer_is_missed_only_if_it_can_be_given(tmp_path: Path) -> None:
    flow = """
    data: {size: {type: enum}}
    states:
      size:
        ask: Size?
        choices: {s: S, m: M, l: L}
        next: [{guard: size == 's', target: end}, {guard: "size in ['m']", target: end}]
      end: {type: final}
    """
    assert found(tmp_path, "SC205", flow) == [
        (6, "after the answer `l` to `size` no way on is open")
    ]
    own_way = flow.replace("l: L", "l: {label: L, target: end}")
    assert found(tmp_path, "SC205", own_way) == []


def test_a_case_is_missed_only_whatever_the_other_variables_are(tmp_path: Path) -> None:
    flow = """
    data: {n: {type: int, min: 1, max: 2}, b: {type: bool, default: false}}
    states:
      n:
        ask: N?
        next: [{guard: n == 1, target: end}, {guard: n == 2 and b, target: end}]
      end: {type: final}
    """
    assert found(tmp_path, "SC205", flow) == []


NESTED = """
on: {/where: {say: root}}
initial: form
states:
  form:
    initial: a
    on: {done: end}
    states:
      a: {ask: A?, choices: {x: X}, on: {/where: {say: a}}, next: b}
      b: {ask: B?, choices: {x: X}, on: {/where: HERE}, next: c}
      c: {type: final}
  end: {type: final}
"""


@pytest.mark.parametrize(
    ("here", "lines"),
    [("{say: b}", [3]), ("{guard: turn.args == 'b', say: b}", [])],
    ids=["all hear it themselves", "one only with a guard"],
)
def test_an_outer_handler_is_heard_unless_all_states_inside_hear_first(
    tmp_path: Path, here: str, lines: list[int]
) -> None:
    heard = found(tmp_path, "SC302", NESTED.replace("HERE", here))
    assert [line for line, _ in heard] == lines


def test_a_state_that_is_left_at_once_hears_nothing(tmp_path: Path) -> None:
    flow = """
    states:
      a: {say: A, on: {/x: end}, after: {5m: end}, next: b}
      b: {ask: B?, choices: {x: X}, on: {/x: end}, after: {5m: end}, next: end}
      end: {type: final}
    """
    assert [line for line, _ in found(tmp_path, "SC302", flow)] == [5, 5]


def test_a_loop_is_heard_where_it_is_noticed(tmp_path: Path) -> None:
    flow = """
    states:
      spin: {always: spin, on: {error: end}}
      end: {type: final}
    """
    assert found(tmp_path, "SC302", flow) == []


def test_a_text_with_limits_leaves_something_to_the_text_handler(tmp_path: Path) -> None:
    flow = """
    data: {a: {type: text, max: 20}}
    states:
      a: {ask: A?, on: {text: {say: Shorter.}}, next: end}
      end: {type: final}
    """
    assert found(tmp_path, "SC302", flow) == []


def test_an_event_that_the_caller_hears_is_heard(tmp_path: Path) -> None:
    flow = """
    states:
      a: {call: child, on: {end: end}}
      end: {type: final, entry: [{raise: told}]}
    on: {told: {say: I was told.}}
    """
    child = """
    flow: child
    initial: end
    states:
      end: {type: final, entry: [{raise: told}, {raise: nothing}]}
    """
    assert found(tmp_path, "SC303", flow, child=child) == [(4, "nothing hears the event `nothing`")]


def test_a_trigger_that_bot_yaml_hears_begins_nothing(tmp_path: Path) -> None:
    flow = "states:\n  end: {type: final}"
    bot = "bot: b\non: {/start: {say: Hello.}}"
    assert found(tmp_path, "SC304", flow, bot=bot) == [
        (2, "`/start` begins nothing: bot.yaml hears it first")
    ]
    guarded = "bot: b\non: {/start: {guard: turn.args == 'x', say: Hello.}}"
    assert found(tmp_path, "SC304", flow, bot=guarded) == []


def test_no_pattern_is_tried_where_a_flow_takes_every_text(tmp_path: Path) -> None:
    flow = """
    triggers: [text, ~order]
    states:
      end: {type: final}
    """
    assert found(tmp_path, "SC304", flow) == [
        (3, "`~order` begins nothing: `text` begins `main` before")
    ]


def test_a_caller_that_hears_more_than_the_end_is_a_way_out(tmp_path: Path) -> None:
    flow = """
    on: {/cancel: end}
    states:
      a: {call: child, on: {end: end}}
      end: {type: final}
    """
    child = """
    flow: child
    data: {phone: {type: phone}}
    initial: phone
    states:
      phone: {ask: Phone?, retry: {say: Again.}, next: end}
      end: {type: final, say: "{phone}"}
    """
    assert found(tmp_path, "SC301", flow, child=child) == []
    alone = flow.replace("on: {/cancel: end}", "")
    assert len(found(tmp_path, "SC301", alone, child=child)) == 1


def test_what_one_state_of_several_at_once_writes_another_may_read(tmp_path: Path) -> None:
    flow = """
    data: {x: {type: text}, y: {type: text}}
    states:
      both:
        type: parallel
        on: {done: end}
        states:
          one: {initial: a, states: {a: {ask: X?, into: x, next: b}, b: {type: final}}}
          two: {initial: a, states: {a: {ask: Y?, into: y, next: b}, b: {type: final}}}
      end: {type: final, say: "{x} {y}"}
    """
    assert found(tmp_path, "SC201", flow) == []


def test_what_a_nested_flow_of_questions_asks_is_written_when_it_is_done(tmp_path: Path) -> None:
    flow = """
    data: {x: {type: text}}
    states:
      form:
        initial: x
        on: {done: end}
        states:
          x: {ask: X?, next: over}
          over: {type: final}
      end: {type: final, say: "{x}"}
    """
    assert found(tmp_path, "SC201", flow) == []


def test_a_timer_that_a_state_waits_for_is_no_interruption(tmp_path: Path) -> None:
    flow = """
    states:
      a: {ask: A?, choices: {x: X}, next: wait}
      wait: {say: I will tell you., after: {5m: end}}
      end: {type: final, say: Now!}
    """
    assert found(tmp_path, "SC104", flow) == []


def test_a_state_that_goes_back_at_once_can_be_looked_at(tmp_path: Path) -> None:
    flow = """
    states:
      a: {ask: A?, choices: {x: {label: X, target: again}, y: {label: Y, target: end}}}
      again: {say: Once more., next: .back}
      end: {type: final}
    """
    assert found(tmp_path, "SC", flow) == []


def test_a_set_fits_a_variable_whose_value_is_not_known_before(tmp_path: Path) -> None:
    flow = """
    data: {n: {type: int, max: 9, default: 1}, m: {type: int, max: len('abc'), default: 1}}
    states:
      a: {set: {n: n + 100, m: 7}, ask: "{n} {m}", choices: {x: X}, next: end}
      end: {type: final}
    """
    assert found(tmp_path, "SC207", flow) == []


def test_a_round_that_waits_for_long_or_asks_is_no_livelock(tmp_path: Path) -> None:
    flow = """
    on: {/stop: end}
    states:
      news: {say: News., after: {WAIT: again}}
      again: {next: news}
      end: {type: final}
    """
    assert found(tmp_path, "SC107", flow.replace("WAIT", "1d")) == []
    assert [line for line, _ in found(tmp_path, "SC107", flow.replace("WAIT", "5s"))] == [6]
    waits, asks = "after: {WAIT: again}", "ask: More?, choices: {x: X}, next: again"
    asks = flow.replace(waits, asks)
    assert found(tmp_path, "SC107", asks) == []


def test_a_flow_may_call_itself_where_an_answer_leads_past(tmp_path: Path) -> None:
    flow = """
    states:
      a: {confirm: More?, yes: b, no: end}
      b: {call: main, on: {end: end}}
      end: {type: final}
    """
    assert found(tmp_path, "SC106", flow) == []
    caught = flow.replace("no: end", "no: b")
    assert len(found(tmp_path, "SC106", caught)) == 1


def test_an_end_that_two_flows_find_only_in_each_other_is_none(tmp_path: Path) -> None:
    flow = """
    states:
      a: {ask: A?, choices: {x: X}, next: b}
      b: {call: other, on: {end: end}}
      end: {type: final}
    """
    other = flow.replace("call: other", "call: main")
    caught = found(tmp_path, "SC106", flow, other=other)
    assert {message for _, message in caught} >= {
        "`main` ends only after this call, and that only after `main` has"
    }


def test_an_action_that_another_state_waits_before_is_not_begun_again_at_once(
    tmp_path: Path,
) -> None:
    flow = """
    states:
      a: {invoke: {action: records.count, with: {collection: t}, done: end, error: AFTER}}
      b: {after: {1m: a}}
      end: {type: final}
    """
    bot = "bot: b\nrecords: {t: {fields: {x: {type: int}}}}"
    assert found(tmp_path, "SC505", flow.replace("AFTER", "b"), bot=bot) == []
    assert len(found(tmp_path, "SC505", flow.replace("AFTER", "a"), bot=bot)) == 1


def test_a_choice_that_is_only_kept_is_told_as_that(tmp_path: Path) -> None:
    flow = """
    data: {a: {type: enum}, b: {type: text}}
    states:
      a: {ask: A?, choices: {x: X}, next: b}
      b: {ask: B?, next: end}
      end: {type: final}
    """
    assert [message for _, message in found(tmp_path, "SC202", flow)] == [
        "the choice is kept in `a`, and nothing ever reads it",
        "nothing ever reads `b`",
    ]


def test_a_timer_of_a_flow_that_is_called_for_a_chat_sets_nothing_of_one_person(
    tmp_path: Path,
) -> None:
    flow = """
    per: chat
    states:
      a: {call: other, on: {end: end}}
      end: {type: final}
    """
    other = """
    data: {n: {type: int, scope: user}}
    states:
      b: {after: {1h: {actions: [{set: {user.n: 1}}], target: end}}}
      end: {type: final}
    """
    why = (
        "`user.n` belongs to one person, and when this timer of `other`, called by `main`, "
        "fires nobody acts"
    )
    assert found(tmp_path, "SC210", flow, other=other) == [(5, why)]
    assert found(tmp_path, "SC210", flow.replace("per: chat", ""), other=other) == []


def test_who_answers_or_acts_for_a_chat_sets_what_is_theirs(tmp_path: Path) -> None:
    flow = """
    per: chat
    data: {n: {type: int, scope: user}}
    on: {/reset: {set: {user.n: 0}}}
    states:
      n: {ask: N?, next: end}
      end: {type: final}
    """
    assert found(tmp_path, "SC210", flow) == []


def test_a_flow_for_a_chat_may_read_what_belongs_to_one_person(tmp_path: Path) -> None:
    flow = """
    per: chat
    data: {n: {type: int, scope: user, default: 1}}
    states:
      a: {entry: [{set: {turn.n: user.n}}], say: "{user.n}", always: end}
      end: {type: final}
    """
    assert found(tmp_path, "SC210", flow) == []
