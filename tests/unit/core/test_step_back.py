"""`.back`: the snapshot before the last answered question."""

import gc
from pathlib import Path

import pytest

from engine.core.events import Press
from engine.core.values import BACK_MAX, BACK_WEIGHT
from tests.unit.core.flow_fixture import Talk, ok, talk

FORM = """
data:
  a: {type: text}
  b: {type: text}
  c: {type: int}
  seen: {type: int, default: 0, scope: user}
on: {/back: .back}
states:
  a: {ask: A?, next: between}
  between: {say: between, set: {user.seen: user.seen + 1}, next: b}
  b:
    say: entry of b
    ask: "B? ({a})"
    idle: {2m: {say: idle}}
    after: {3m: {say: after}}
    on: {/detour: {say: internal}}
    next: c
  c: {ask: C?, retry: {max: 3, say: Wrong., target: end}, next: end}
  end: {type: final, say: "{a} {b} {c}"}
"""


@pytest.fixture
def form(tmp_path: Path) -> Talk:
    return talk(tmp_path, FORM, bot="texts: {old_button: Too old.}")


def test_at_the_first_question_it_only_asks_again(form: Talk) -> None:
    form.hear("/start")
    before = form.top
    assert form.hear("/back") == ["A?"]
    assert form.top == before


def test_it_asks_the_last_answered_question_again_without_entry_actions(form: Talk) -> None:
    form.hear("/start", "one", "two")
    assert form.hear("/back") == ["B? (one)"]
    assert form.hear("/back") == ["A?"]
    assert form.hear("/back") == ["A?"]
    assert form.hear("uno") == ["between", "entry of b", "B? (uno)"]


def test_the_data_are_those_of_before_the_answer_but_not_what_the_person_keeps(
    form: Talk,
) -> None:
    form.hear("/start", "one")
    assert form.hear("/back") == ["A?"]
    assert "a" not in form.data
    assert form.session.user == {"seen": 1}
    form.hear("two")
    assert form.session.user == {"seen": 2}


def test_its_timers_run_anew_and_those_of_the_state_that_was_left_are_gone(form: Talk) -> None:
    form.hear("/start", "one")
    form.after("90s")
    form.hear("two")
    assert form.session.timers == ()
    form.hear("/back")
    assert form.after("2m") == ["idle"]
    assert form.after("1m") == ["after"]


def test_wrong_answers_are_counted_anew(form: Talk) -> None:
    form.hear("/start", "one", "two", "x", "y")
    assert form.top.leaf.tries == 2
    form.hear("/back", "two")
    assert form.hear("x", "y") == ["Wrong.", "Wrong."]
    form.hear("/back")
    assert form.top.leaf.tries == 0


def test_internal_transitions_and_wrong_answers_are_no_answered_questions(form: Talk) -> None:
    form.hear("/start", "one", "/detour", "two", "wrong")
    assert form.hear("/back") == ["B? (one)"]


def test_buttons_of_the_question_that_was_left_are_old_and_so_are_its_own(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        on: {/back: .back}
        data: {a: {type: enum}, b: {type: enum}}
        states:
          a: {ask: A?, choices: {x: X, y: Y}, next: b}
          b: {ask: B?, choices: {x: X}, next: a}
        """,
        bot="texts: {old_button: Too old.}",
    )
    chat.hear("/start")
    first = chat.top.leaf.visit
    chat.tap("x")
    second = chat.top.leaf.visit
    chat.hear("/back")
    assert chat.event("choice", press=Press(first, "y")) == ["Too old."]
    assert chat.event("choice", press=Press(second, "x")) == ["Too old."]
    assert chat.top.leaf.visit > second
    assert chat.tap("y") == ["B?"]


def test_it_leads_out_of_a_subflow_and_into_it(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {a: {type: text}, b: {type: text}, got: {type: any}}
        on: {/back: .back}
        states:
          a: {ask: A?, next: calls}
          calls: {call: child, with: {a: a}, into: got, on: {done: b}}
          b: {ask: "B? {got}", next: end}
          end: {type: final}
        """,
        child="""
        input: {a: {type: text}}
        data: {q: {type: text}}
        idle: {5m: {say: child idle}}
        states:
          q: {ask: "Q? {a}", next: done}
          done: {type: final, output: q}
        """,
    )
    assert chat.hear("/start", "one", "two") == ["A?", "Q? one", "B? two"]
    assert chat.hear("/back") == ["Q? one"]
    assert [frame.flow for frame in chat.chat.stack] == ["main", "child"]
    assert chat.after("5m") == ["child idle"]
    assert chat.hear("/back") == ["A?"]
    assert [frame.flow for frame in chat.chat.stack] == ["main"]
    assert chat.session.timers == ()
    assert chat.hear("uno", "due") == ["Q? uno", "B? due"]


def test_it_never_leaves_a_digression_and_that_leaves_nothing_behind(tmp_path: Path) -> None:
    chat = talk(
        tmp_path, FORM,
        other="""
        triggers: [/other]
        on: {/back: .back}
        data: {x: {type: text}, y: {type: text}}
        states:
          x: {ask: X?, next: y}
          y: {ask: Y?, next: end}
          end: {type: final}
        """,
    )  # fmt: skip
    chat.hear("/start", "one", "/other")
    assert chat.hear("/back") == ["X?"]
    assert chat.hear("1", "/back") == ["Y?", "X?"]
    assert chat.hear("1", "2") == ["Y?", "B? (one)"]
    assert chat.hear("/back") == ["A?"]


WORK = """
data: {a: {type: text}, got: {type: any}, b: {type: text}}
on: {/back: .back}
states:
  a: {ask: A?, next: w}
  w: {invoke: {action: do, safe: false, into: got, done: b}}
  b: {ask: B?, next: end}
  end: {type: final}
"""


def test_a_completed_invoke_ends_what_can_be_gone_back_to(tmp_path: Path) -> None:
    chat = talk(tmp_path, WORK, actions={"do": [ok(1)]})
    assert chat.hear("/start", "x", "/back") == ["A?", "B?", "B?"]
    assert chat.state == "b"
    assert chat.chat.back == ()


def test_a_safe_invoke_can_be_gone_behind(tmp_path: Path) -> None:
    chat = talk(tmp_path, WORK.replace("safe: false", "safe: true"), actions={"do": [ok(1)]})
    assert chat.hear("/start", "x", "/back") == ["A?", "B?", "A?"]
    assert "got" not in chat.data


def test_going_back_from_an_invoke_that_is_under_way_drops_it(tmp_path: Path) -> None:
    chat = talk(tmp_path, WORK, actions={"do": ()})
    chat.by_hand = True
    chat.hear("/start", "x")
    assert chat.hear("/back") == ["A?"]
    assert len(chat.dropped) == 1
    assert chat.top.leaf.pending is None


def test_what_the_transition_back_does_is_undone_with_the_rest_but_its_fault_is_told(
    tmp_path: Path,
) -> None:
    flow = FORM.replace("/back: .back", '/back: {say: "Back. {1 / 0}", target: .back}')
    chat = talk(tmp_path, flow, bot="texts: {error: Broken.}")
    chat.hear("/start", "one")
    assert chat.hear("/back") == ["Broken."]
    assert chat.state == "b"


def test_events_raised_on_the_way_back_are_lost(tmp_path: Path) -> None:
    flow = FORM.replace("/back: .back", "/back: {raise: ping, target: .back}, ping: {say: ping}")
    chat = talk(tmp_path, flow)
    chat.hear("/start", "one")
    assert chat.hear("/back") == ["A?"]


def test_as_many_questions_as_are_kept_can_be_gone_back(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 0}, q: {type: text}}
        on: {/back: .back}
        states:
          q: {set: {n: n + 1}, ask: "Q{n}?", next: q}
        """,
    )
    chat.hear("/start", *["x"] * 30)
    assert len(chat.chat.back) == BACK_MAX
    said = chat.hear(*["/back"] * (BACK_MAX + 3))
    assert said[-4:] == ["Q11?"] * 4


def test_what_is_kept_to_go_back_is_bounded_by_its_weight(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text, max: 60000}}
        on: {/back: .back}
        states: {q: {ask: "Q?", next: q}}
        """,
    )
    chat.hear("/start", *["x" * (BACK_WEIGHT // 2)] * 5)
    assert len(chat.chat.back) == 1


@pytest.mark.parametrize(("heard", "kept"), [("on: {/back: .back}", 1), ("on: {/back: a}", 0)])
def test_what_was_is_kept_only_where_a_transition_leads_back(
    tmp_path: Path, heard: str, kept: int
) -> None:
    talking = talk(tmp_path, FORM.replace("on: {/back: .back}", heard))
    talking.hear("/start", "one")
    (chat,) = talking.session.chats.values()
    assert len(chat.back) == kept


def test_a_step_leaves_no_circle_of_references_for_the_collector(form: Talk) -> None:
    form.hear("/start", "one")
    gc.collect()
    gc.disable()
    try:
        form.hear("two", "/detour", "wrong", "/back")
        assert gc.collect() == 0
    finally:
        gc.enable()
