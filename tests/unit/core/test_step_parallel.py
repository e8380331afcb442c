"""Parallel states: regions that advance side by side, in one run."""

from pathlib import Path

import pytest

from tests.unit.core.flow_fixture import Talk, ok, talk

LIGHTS = """
states:
  day:
    type: parallel
    on: {done: night}
    states:
      lamp:
        initial: off
        states:
          off: {on: {/lamp: lit}, exit: [{say: off-}]}
          lit: {entry: [{say: on+}], on: {/dark: dark}}
          dark: {type: final}
      door:
        initial: shut
        states:
          shut: {on: {/door: open}}
          open: {on: {/dark: dark}, always: {guard: "in_state('day.lamp.lit')", target: lit}}
          lit: {on: {/dark: dark}, entry: [{say: lit+}]}
          dark: {type: final}
  night: {type: final, say: Night.}
"""


def states(chat: Talk) -> list[str]:
    return [leaf.state for leaf in chat.top.leaves]


def test_entering_a_parallel_state_enters_each_region(tmp_path: Path) -> None:
    chat = talk(tmp_path, LIGHTS)
    chat.hear("/start")
    assert states(chat) == ["day.lamp.off", "day.door.shut"]


def test_regions_advance_independently(tmp_path: Path) -> None:
    chat = talk(tmp_path, LIGHTS)
    chat.hear("/start", "/door")
    assert states(chat) == ["day.lamp.off", "day.door.open"]


def test_a_guard_sees_the_states_of_the_other_region(tmp_path: Path) -> None:
    chat = talk(tmp_path, LIGHTS)
    chat.hear("/start", "/door")
    assert chat.hear("/lamp") == ["off-", "on+", "lit+"]
    assert states(chat) == ["day.lamp.lit", "day.door.lit"]


def test_one_event_moves_every_region_that_hears_it_and_all_finals_are_done(tmp_path: Path) -> None:
    chat = talk(tmp_path, LIGHTS)
    chat.hear("/start", "/door", "/lamp")
    assert chat.hear("/dark") == ["Night."]


def test_a_parallel_state_is_not_done_while_one_region_is_not(tmp_path: Path) -> None:
    chat = talk(tmp_path, LIGHTS)
    chat.hear("/start", "/lamp")
    assert chat.hear("/dark") == []
    assert states(chat) == ["day.lamp.dark", "day.door.shut"]


ORDER = """
data: {log: {type: text, default: ""}}
states:
  p:
    type: parallel
    entry: [{set: {log: log + 'P+'}}]
    exit: [{set: {log: log + 'P-'}}]
    on: {/out: {target: end, set: {log: log + '!'}}}
    states:
      a:
        initial: x
        entry: [{set: {log: log + 'A+'}}]
        exit: [{set: {log: log + 'A-'}}]
        states:
          x:
            entry: [{set: {log: log + 'X+'}}]
            exit: [{set: {log: log + 'X-'}}]
            on: {/both: {target: y, set: {log: log + '1'}}, /cross: p.b.z}
          y: {entry: [{set: {log: log + 'Y+'}}], exit: [{set: {log: log + 'Y-'}}]}
      b:
        initial: v
        entry: [{set: {log: log + 'B+'}}]
        exit: [{set: {log: log + 'B-'}}]
        on: {/both: {set: {log: log + '2'}}, /b: b.z}
        states:
          v: {entry: [{set: {log: log + 'V+'}}], exit: [{set: {log: log + 'V-'}}]}
          z: {entry: [{set: {log: log + 'Z+'}}], exit: [{set: {log: log + 'Z-'}}]}
  end: {type: final, say: "{log}"}
"""


def test_all_exits_come_first_then_all_actions_then_all_entries(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER)
    chat.hear("/start")
    assert chat.data["log"] == "P+A+X+B+V+"
    chat.hear("/both")
    assert chat.data["log"] == "P+A+X+B+V+" + "X-" + "12" + "Y+"


def test_a_transition_that_leaves_its_region_leaves_the_parallel_state(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER)
    chat.hear("/start", "/b")
    assert chat.data["log"] == "P+A+X+B+V+" + "V-B-X-A-P-" + "P+A+X+B+Z+"


def test_a_transition_across_regions_leaves_the_parallel_state_and_enters_it_anew(
    tmp_path: Path,
) -> None:
    chat = talk(tmp_path, ORDER)
    chat.hear("/start", "/cross")
    assert chat.data["log"] == "P+A+X+B+V+" + "V-B-X-A-P-" + "P+A+X+B+Z+"
    assert states(chat) == ["p.a.x", "p.b.z"]


def test_of_two_transitions_that_clash_the_inner_one_is_taken(tmp_path: Path) -> None:
    flow = """
    states:
      p:
        type: parallel
        on: {/go: outside}
        states:
          a: {initial: x, states: {x: {on: {/go: y}}, y: {on: {/never: x}}}}
          b: {initial: v, states: {v: {on: {/never: v}}}}
      outside: {type: final, say: Out.}
    """
    chat = talk(tmp_path, flow)
    chat.hear("/start")
    assert chat.hear("/go") == []
    assert states(chat) == ["p.a.y", "p.b.v"]


def test_a_transition_out_of_the_parallel_state_leaves_every_region(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER)
    chat.hear("/start")
    assert chat.hear("/out") == ["P+A+X+B+V+V-B-X-A-P-!"]


TWO = """
data: {name: {type: text}, age: {type: int}}
states:
  form:
    type: parallel
    on: {done: end}
    states:
      who:
        initial: name
        states: {name: {ask: Name?, next: done}, done: {type: final}}
      old:
        initial: age
        states: {age: {ask: Age?, next: done}, done: {type: final}}
  end: {type: final, say: "{name} {age}"}
"""


def test_of_two_open_questions_the_one_asked_last_is_answered(tmp_path: Path) -> None:
    chat = talk(tmp_path, TWO)
    assert chat.hear("/start") == ["Name?", "Age?"]
    assert chat.hear("40") == []
    assert chat.hear("Ann") == ["Ann 40"]


def reply(chat: Talk, text: str, to: str) -> list[str]:
    """Type a text as a reply to a message: `bot:1` is the first one that the bot has sent."""
    return chat.event("text", text=text, extra={"reply_to": {"ref": to}})


def test_of_two_open_questions_the_one_replied_to_is_answered(tmp_path: Path) -> None:
    chat = talk(tmp_path, TWO)
    chat.hear("/start")
    assert reply(chat, "7", "bot:1") == []
    assert chat.data == {"name": "7"}
    assert chat.hear("40") == ["7 40"]


def test_a_wrong_answer_counts_for_the_question_replied_to(tmp_path: Path) -> None:
    chat = talk(tmp_path, TWO.replace("{type: text}", "{type: text, max: 2}"))
    chat.hear("/start")
    assert reply(chat, "too long", "bot:1") == ["Please send a text of at most 2 characters."]
    assert [leaf.tries for leaf in chat.top.leaves] == [1, 0]


@pytest.mark.parametrize("to", ["bot:1", "bot:2", "user:1", "nowhere"])
def test_a_reply_to_what_is_no_open_question_answers_the_one_asked_last(
    tmp_path: Path, to: str
) -> None:
    chat = talk(tmp_path, TWO + "on: {/back: .back}\n")
    chat.hear("/start", "40")
    assert chat.hear("/back") == ["Name?", "Age?"]
    assert reply(chat, "41", to) == []
    assert chat.data == {"age": 41}


def test_a_reply_to_a_question_whose_answer_is_checked_waits_for_that(tmp_path: Path) -> None:
    flow = TWO.replace("ask: Name?", "ask: Name?, check: free")
    chat = talk(tmp_path, flow, actions={"free": []}, checks=["free"])
    chat.by_hand = True
    chat.hear("/start")
    assert reply(chat, "Ann", "bot:1") == []
    assert reply(chat, "7", "bot:1") == []
    assert chat.hear("40") == []
    assert chat.data == {"age": 40}
    assert chat.finish("Taken.") == ["Taken."]
    assert chat.finish(value=True) == ["7 40"]


def test_a_wrong_answer_counts_for_the_question_asked_last(tmp_path: Path) -> None:
    chat = talk(tmp_path, TWO)
    chat.hear("/start")
    assert chat.hear("x") == ["Please send a whole number."]
    assert [leaf.tries for leaf in chat.top.leaves] == [0, 1]


def test_all_open_questions_are_repeated_in_their_order(tmp_path: Path) -> None:
    chat = talk(tmp_path, TWO, help="triggers: [/help]\nstates: {h: {type: final, say: Help.}}")
    chat.hear("/start")
    assert chat.hear("/help") == ["Help.", "Name?", "Age?"]


def test_going_back_restores_every_region(tmp_path: Path) -> None:
    chat = talk(tmp_path, TWO + "on: {/back: .back}\n")
    chat.hear("/start", "40")
    assert chat.hear("/back") == ["Name?", "Age?"]
    assert chat.hear("41", "Ann") == ["Ann 41"]


def test_a_button_answers_the_question_of_its_region(tmp_path: Path) -> None:
    flow = """
    states:
      p:
        type: parallel
        on: {done: end}
        states:
          a: {initial: q, states: {q: {ask: A?, choices: {x: X}, next: f}, f: {type: final}}}
          b: {initial: q, states: {q: {ask: B?, choices: {y: Y}, next: f}, f: {type: final}}}
      end: {type: final, say: End.}
    """
    chat = talk(tmp_path, flow)
    chat.hear("/start")
    assert chat.tap("x") == []
    chat.tap("x")
    assert chat.codes[-1] == "step:old_button"
    assert chat.tap("y") == ["End."]


CALLS = """
data: {one: {type: any}, two: {type: any}}
states:
  p:
    type: parallel
    on: {done: end}
    states:
      a:
        initial: c
        states: {c: {call: sub, into: one, on: {done: f}}, f: {type: final}}
      b:
        initial: c
        states: {c: {call: sub, into: two, on: {done: f}}, f: {type: final}}
      side:
        initial: s
        states: {s: {on: {/side: f}}, f: {type: final}}
  end: {type: final, say: "{one} {two}"}
"""
SUB = """
data: {q: {type: int}}
states:
  q: {ask: Q?, next: done}
  done: {type: final, output: q}
"""


def test_regions_call_one_flow_after_the_other(tmp_path: Path) -> None:
    chat = talk(tmp_path, CALLS, sub=SUB)
    assert chat.hear("/start") == ["Q?"]
    assert chat.hear("1") == ["Q?"]
    chat.hear("/side")
    assert chat.hear("2") == ["1 2"]


def test_a_region_beside_a_call_goes_on(tmp_path: Path) -> None:
    chat = talk(tmp_path, CALLS, sub=SUB)
    chat.hear("/start")
    assert chat.hear("/side") == []
    assert [leaf.state for leaf in chat.chat.stack[0].leaves] == ["p.a.c", "p.b.c", "p.side.f"]
    assert len(chat.chat.stack) == 2


WORKS = """
data: {n: {type: int}}
states:
  p:
    type: parallel
    on: {done: end}
    states:
      a:
        initial: w
        states: {w: {invoke: {action: job, into: n, done: f}}, f: {type: final}}
      b: {initial: q, states: {q: {ask: Sure?, choices: {"yes": "Yes"}, next: f}, f: {type: final}}}
  end: {type: final, say: "{n}"}
"""


def test_a_question_is_answered_while_another_region_works(tmp_path: Path) -> None:
    chat = talk(tmp_path, WORKS, actions={"job": [ok(7)]})
    chat.by_hand = True
    assert chat.hear("/start") == ["Sure?"]
    assert chat.hear("yes") == []
    assert chat.finish(7) == ["7"]


def test_what_does_not_answer_is_kept_until_the_work_is_done(tmp_path: Path) -> None:
    chat = talk(tmp_path, WORKS, actions={"job": [ok(7)]})
    chat.by_hand = True
    chat.hear("/start")
    assert chat.hear("hm") == []
    assert chat.finish(7) == ["Please choose one of: Yes."]
    assert chat.hear("yes") == ["7"]


def test_regions_that_end_at_once_complete_their_parallel_state_once(tmp_path: Path) -> None:
    flow = """
    states:
      both:
        type: parallel
        on: {done: {say: both}}
        states:
          a:
            initial: a1
            on: {done: {say: a}}
            states: {a1: {on: {/go: both.a.end}}, end: {type: final}}
          b:
            initial: b1
            on: {done: {say: b}}
            states: {b1: {on: {/go: both.b.end}}, end: {type: final}}
    """
    chat = talk(tmp_path, flow)
    chat.hear("/start")
    assert chat.hear("/go") == ["a", "b", "both"]
