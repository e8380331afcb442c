"""Work outside: its result, its repetition, and what a person sends meanwhile."""

from pathlib import Path

import pytest

from engine.core.events import Failure, Result
from engine.core.values import HELD_MAX
from tests.unit.core.flow_fixture import NOW, Talk, failed, ok, talk

FLOW = """
data: {n: {type: int, default: 1}, got: {type: any}, q: {type: text}}
on: {/help: {say: Help.}, /cancel: cancelled}
states:
  q: {ask: Q?, next: work}
  work:
    say: Working.
    invoke:
      action: pay
      with: {amount: n * 2, note: "'x'", list: [n, "n + 1", 3]}
      timeout: 5s
      into: got
      done: paid
      error:
        - {guard: error.code == "poor", target: poor}
        - {guard: error.transient, say: "transient {error.attempt}", target: down}
        - {guard: error.code == "odd", target: down}
    exit: [{say: leaving}]
  paid: {say: "paid {got}", on: {text: {say: "got {turn.text}"}, /again: work}}
  poor: {type: final, say: poor}
  down: {type: final, say: down}
  cancelled: {type: final, say: cancelled}
"""


@pytest.fixture
def work(tmp_path: Path) -> Talk:
    chat = talk(tmp_path, FLOW, actions={"pay": ()}, bot="texts: {error: Broken., fallback: What?}")
    chat.by_hand = True
    chat.hear("/start")
    assert chat.hear("go") == ["Working."]
    return chat


def test_an_action_is_planned_with_its_arguments_its_key_and_its_time_limit(work: Talk) -> None:
    (invoke,) = work.working.values()
    assert invoke.action == "pay"
    assert invoke.args == {"amount": 2, "note": "x", "list": [1, 2, 3]}
    assert (invoke.timeout, invoke.at, invoke.attempt) == (5_000, NOW, 1)
    assert invoke.key == f"{work.session.id}#test:{invoke.id}"


def test_the_result_goes_into_its_variable_and_the_item_is_dropped(work: Talk) -> None:
    assert work.finish("R1") == ["leaving", "paid R1"]
    assert len(work.dropped) == 1
    assert work.top.leaf.pending is None


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure("poor"), ["leaving", "poor"]),
        (Failure("slow", transient=True), ["leaving", "transient 1", "down"]),
        (Failure("odd"), ["leaving", "down"]),
    ],
)
def test_the_first_error_branch_whose_guard_holds_is_taken(
    work: Talk, failure: Failure, said: list[str]
) -> None:
    assert work.finish(failure=failure) == said


def test_a_failure_without_an_open_branch_ends_the_run(work: Talk) -> None:
    assert work.finish(failure=Failure("else", "no reason")) == ["Broken."]
    assert work.active is None
    assert "fault:action:else" in work.codes
    assert work.dropped


def test_a_result_is_applied_once_and_one_of_another_attempt_never(work: Talk) -> None:
    invoke = next(iter(work.working.values()))
    assert work.finish("R1", attempt=2) == []
    assert work.event("result", result=Result("9.9", 1, "R1")) == []
    assert work.state == "work"
    work.finish("R1")
    assert work.event("result", result=Result(invoke.id, 1, "R1")) == []
    assert work.codes.count("step:result_gone") == 3


def test_leaving_the_state_drops_the_item_and_ignores_its_result(work: Talk) -> None:
    invoke = next(iter(work.working.values()))
    assert work.hear("/cancel") == ["leaving", "cancelled"]
    assert work.dropped == [invoke.id]
    assert work.event("result", result=Result(invoke.id, 1, "R1")) == []


def test_what_a_person_sends_meanwhile_goes_to_on_else_is_kept_and_replayed_in_order(
    work: Talk,
) -> None:
    assert work.hear("/help") == ["Help."]
    assert work.hear("one", "/nothing", "two") == []
    assert work.finish("R") == ["leaving", "paid R", "got one", "What?", "got two"]
    assert work.chat.held == ()


def test_what_was_kept_waits_again_if_it_begins_another_action(work: Talk) -> None:
    work.hear("/again", "later")
    assert work.finish(1) == ["leaving", "paid 1", "Working."]
    assert [event.text for event in work.chat.held] == ["later"]
    assert work.finish(2) == ["leaving", "paid 2", "got later"]


def test_only_so_many_events_are_kept(work: Talk) -> None:
    assert set(work.hear(*["x"] * (HELD_MAX + 2))) == {"What?"}
    assert len(work.chat.held) == HELD_MAX
    assert work.codes.count("step:held_too_many") == 2


def test_busy_is_said_once_and_only_where_the_author_wrote_it(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, actions={"pay": ()}, bot="texts: {busy: One moment.}")
    chat.by_hand = True
    chat.hear("/start", "go")
    assert chat.hear("a", "b") == ["One moment."]


def test_an_event_that_fails_when_it_is_replayed_is_consumed(tmp_path: Path) -> None:
    flow = FLOW.replace('"got {turn.text}"', '"got {6 / len(turn.text)}"')
    chat = talk(tmp_path, flow, actions={"pay": ()}, bot="texts: {error: Broken.}")
    chat.by_hand = True
    chat.hear("/start", "go")
    chat.hear("", "abc")
    assert chat.finish(1) == ["leaving", "paid 1", "Broken.", "got 2"]


def test_a_result_that_does_not_fit_its_variable_ends_the_run(tmp_path: Path) -> None:
    flow = FLOW.replace("got: {type: any}", "got: {type: int, optional: true}")
    chat = talk(tmp_path, flow, actions={"pay": ()}, bot="texts: {error: Broken.}")
    chat.by_hand = True
    chat.hear("/start", "go")
    assert chat.finish("a text") == ["Broken."]
    assert chat.active is None


def test_a_result_for_which_no_way_is_open_ends_the_run(tmp_path: Path) -> None:
    flow = FLOW.replace("done: paid", "done: {guard: got == 1, target: paid}")
    chat = talk(tmp_path, flow, actions={"pay": ()}, bot="texts: {error: Broken.}")
    chat.by_hand = True
    chat.hear("/start", "go")
    assert chat.finish(2) == ["Broken."]
    assert "fault:invoke:stuck" in chat.codes
    assert chat.active is None


def test_a_fault_while_a_result_is_applied_ends_only_the_digression(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}}
        on: {/x: end}
        states:
          q: {ask: Q?, next: end}
          end: {type: final}
        """,
        bot="texts: {error: Broken.}",
        actions={"pay": ()},
        other="""
        triggers: [/other]
        states:
          outer: {call: inner, on: {done: done}}
          done: {type: final}
        """,
        inner="""
        states:
          work: {invoke: {action: pay, done: broken}}
          broken: {say: "{1 / 0}", next: done}
          done: {type: final}
        """,
    )  # fmt: skip
    chat.by_hand = True
    chat.hear("/start")
    assert chat.hear("/other") == []
    assert chat.finish(1) == ["Broken.", "Q?"]
    assert [frame.flow for frame in chat.chat.stack] == ["main"]


def test_a_handled_fault_of_a_result_skips_the_way_on(tmp_path: Path) -> None:
    flow = FLOW.replace("got: {type: any}", "got: {type: int, optional: true}")
    flow = flow.replace("/cancel: cancelled", "/cancel: cancelled, error: poor")
    chat = talk(tmp_path, flow, actions={"pay": ()})
    chat.by_hand = True
    chat.hear("/start", "go")
    assert chat.finish("a text") == ["leaving", "poor"]


def test_arguments_that_fail_are_a_fault_and_plan_nothing(tmp_path: Path) -> None:
    flow = FLOW.replace("amount: n * 2", "amount: n / 0")
    chat = talk(tmp_path, flow, actions={"pay": ()}, bot="texts: {error: Broken.}")
    chat.by_hand = True
    chat.hear("/start")
    assert chat.hear("go") == ["Broken."]
    assert chat.working == {}
    assert chat.state == "q"


RETRY = """
data: {n: {type: int, default: 2}}
on: {/zero: {set: {n: 0}}, error: {say: "caught {error.code}"}}
states:
  work:
    invoke:
      action: pay
      with: {n: 6 / n}
      retry: {max: 4, delay: 2s, factor: 3}
      done: end
      error: failed
  end: {type: final, say: done}
  failed: {type: final, say: "failed"}
"""


def test_a_transient_failure_is_repeated_after_growing_pauses_with_the_same_key(
    tmp_path: Path,
) -> None:
    chat = talk(tmp_path, RETRY, actions={"pay": ()})
    chat.by_hand = True
    chat.hear("/start")
    planned = []
    for _ in range(3):
        planned.append(next(iter(chat.working.values())))
        assert chat.finish(failure=Failure("timeout", transient=True)) == []
    planned.append(next(iter(chat.working.values())))
    assert [invoke.at - NOW for invoke in planned] == [0, 2_000, 6_000, 18_000]
    assert [invoke.attempt for invoke in planned] == [1, 2, 3, 4]
    assert len({invoke.key for invoke in planned}) == len({invoke.id for invoke in planned}) == 1
    assert chat.dropped == []
    assert chat.finish(failure=Failure("timeout", transient=True)) == ["failed"]


def test_a_failure_that_is_not_transient_is_not_repeated(tmp_path: Path) -> None:
    chat = talk(tmp_path, RETRY, actions={"pay": [failed("poor")]})
    assert chat.hear("/start") == ["failed"]


def test_a_late_result_of_an_earlier_attempt_is_ignored(tmp_path: Path) -> None:
    chat = talk(tmp_path, RETRY, actions={"pay": ()})
    chat.by_hand = True
    chat.hear("/start")
    chat.finish(failure=Failure("timeout", transient=True))
    assert chat.finish("too late", attempt=1) == []
    assert chat.finish("in time") == ["done"]


def test_what_is_repeated_is_decided_by_if(tmp_path: Path) -> None:
    flow = RETRY.replace("factor: 3", "factor: 3, if: error.code == 'again' and error.attempt < 3")
    chat = talk(
        tmp_path, flow,
        actions={"pay": [failed("again"), failed("again"), failed("again"), ok()]},
    )  # fmt: skip
    chat.hear("/start")
    assert chat.after("1m") == ["failed"]
    assert chat.codes.count("step:retry") == 2


def test_arguments_that_fail_at_a_repetition_drop_the_item(tmp_path: Path) -> None:
    chat = talk(tmp_path, RETRY, actions={"pay": ()})
    chat.by_hand = True
    chat.hear("/start")
    chat.hear("/zero")
    assert chat.finish(failure=Failure("timeout", transient=True)) == ["caught expr:divide"]
    assert len(chat.dropped) == 1
    assert chat.top.leaf.pending is None


def test_a_pause_never_grows_beyond_a_day(tmp_path: Path) -> None:
    flow = RETRY.replace("delay: 2s, factor: 3", "delay: 23h, factor: 10")
    chat = talk(tmp_path, flow, actions={"pay": ()})
    chat.by_hand = True
    chat.hear("/start")
    for _ in range(3):
        chat.finish(failure=Failure("timeout", transient=True))
    assert next(iter(chat.working.values())).at - NOW == 24 * 3600 * 1000
