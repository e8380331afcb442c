"""History: a target that means what was active when the state around was left."""

from pathlib import Path

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
