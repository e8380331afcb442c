"""History: a target that means what was active when the state around was left."""

from pathlib import Path

import pytest

from tests.unit.core.flow_fixture import talk

FLOW = """
states:
  work:
    initial: one
    on: {/pause: pause}
    states:
      one: {initial: a, states: {a: {on: {/next: b}}, b: {on: {/two: work.two}}}}
      two: {initial: c, states: {c: {on: {/next: d}}, d: {on: {/never: c}}}}
      shallow: {type: history}
      deep: {type: history, deep: true, target: two}
  pause: {on: {/shallow: work.shallow, /deep: work.deep}}
"""


def test_a_deep_history_enters_what_was_active(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start", "/next", "/pause", "/deep")
    assert chat.state == "work.one.b"


def test_a_shallow_history_enters_the_child_and_its_initial_state(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start", "/next", "/two", "/next", "/pause", "/shallow")
    assert chat.state == "work.two.c"


def test_a_history_without_memory_enters_its_target(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW.replace("initial: one\n    on", "initial: deep\n    on"))
    chat.hear("/start")
    assert chat.state == "work.two.c"


def test_a_history_without_target_enters_the_first_state(tmp_path: Path) -> None:
    flow = FLOW.replace("states:\n  work:", "initial: pause\nstates:\n  work:")
    chat = talk(tmp_path, flow)
    chat.hear("/start", "/shallow")
    assert chat.state == "work.one.a"


def test_a_deep_history_of_a_parallel_state_restores_each_region(tmp_path: Path) -> None:
    flow = """
    states:
      p:
        type: parallel
        on: {/pause: pause}
        states:
          a: {initial: x, states: {x: {on: {/a: y}}, y: {on: {/never: x}}}}
          b: {initial: v, states: {v: {on: {/b: w}}, w: {on: {/never: v}}}}
          was: {type: history, deep: true}
      pause: {on: {/on: p.was}}
    """
    chat = talk(tmp_path, flow)
    chat.hear("/start", "/b", "/pause", "/on")
    assert [leaf.state for leaf in chat.top.leaves] == ["p.a.x", "p.b.w"]
    chat.hear("/a", "/pause", "/on")
    assert [leaf.state for leaf in chat.top.leaves] == ["p.a.y", "p.b.w"]


def test_an_internal_transition_enters_what_is_inside_without_leaving_the_state(
    tmp_path: Path,
) -> None:
    flow = """
    states:
      s:
        initial: a
        entry: [{say: S+}]
        exit: [{say: S-}]
        on:
          /in: {target: s.b, internal: true}
          /out: s.b
        states:
          a: {on: {/never: b}}
          b: {on: {/never: a}}
    """
    chat = talk(tmp_path, flow)
    assert chat.hear("/start") == ["S+"]
    assert chat.hear("/in") == []
    assert chat.state == "s.b"
    assert chat.hear("/out") == ["S-", "S+"]


def test_a_transition_to_a_history_leaves_all_that_it_enters(tmp_path: Path) -> None:
    flow = """
    states:
      outer:
        initial: box
        states:
          box:
            initial: a
            entry: [{say: box+}]
            exit: [{say: box-}]
            after: {1h: end}
            states:
              a: {entry: [{say: a+}], exit: [{say: a-}], on: {/again: outer.exact}}
          exact: {type: history, deep: true, target: outer.box.a}
      out: {on: {/back_in: outer.exact}}
      end: {type: final}
    on: {/out: out}
    """
    chat = talk(tmp_path, flow)
    assert chat.hear("/start") == ["box+", "a+"]
    assert chat.hear("/again") == ["a-", "box-", "box+", "a+"]
    assert len(chat.session.timers) == 1
    assert chat.hear("/out", "/back_in") == ["a-", "box-", "box+", "a+"]
    assert chat.hear("/again") == ["a-", "box-", "box+", "a+"]
    assert len(chat.session.timers) == 1


SEEN = "{in_state('s')} {in_state('s.a')} {in_state('t')} {in_state('t.b')}"
ONE_BY_ONE = """
states:
  s:
    initial: a
    exit: [{say: "s- SEEN"}]
    on: {/go: {target: t, say: "go SEEN"}}
    states:
      a: {exit: [{say: "a- SEEN"}]}
      BESIDE
  t:
    initial: b
    entry: [{say: "t+ SEEN"}]
    on: {/never: s}
    states:
      b: {entry: [{say: "b+ SEEN"}]}
"""


@pytest.mark.parametrize("beside", ["", "w: {type: history}"])
def test_actions_see_states_leave_and_come_one_by_one(tmp_path: Path, beside: str) -> None:
    chat = talk(tmp_path, ONE_BY_ONE.replace("SEEN", SEEN).replace("BESIDE", beside))
    chat.hear("/start")
    assert chat.hear("/go") == [
        "a- yes yes no no",
        "s- yes no no no",
        "go no no no no",
        "t+ no no yes no",
        "b+ no no yes yes",
    ]


def test_a_region_may_rest_in_a_state_without_a_way_on(tmp_path: Path) -> None:
    flow = """
    states:
      both:
        type: parallel
        states:
          a: {}
          b: {initial: b1, states: {b1: {on: {/go: end}}}}
      end: {type: final, say: Over.}
    """
    chat = talk(tmp_path, flow)
    chat.hear("/start")
    assert chat.hear("/go") == ["Over."]


def test_a_split_draws_the_same_for_the_same_visit_and_all_ways_in_the_long_run(
    tmp_path: Path,
) -> None:
    flow = """
    data: {log: {type: text, default: ""}}
    states:
      toss: {split: {heads: 3, tails: 1}}
      heads: {entry: [{set: {log: log + 'H'}}], on: {/again: toss}}
      tails: {entry: [{set: {log: log + 'T'}}], on: {/again: toss}}
    """
    first, second = talk(tmp_path, flow), talk(tmp_path, flow)
    for chat in (first, second):
        chat.hear("/start", *["/again"] * 200)
    drawn = first.data["log"]
    assert isinstance(drawn, str)
    assert drawn == second.data["log"]
    assert 120 < drawn.count("H") < 180
    assert drawn.count("H") + drawn.count("T") == 201
