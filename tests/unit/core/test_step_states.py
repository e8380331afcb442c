"""Moving between states: order of exits, actions and entries as in SCXML, and what bubbles."""

from pathlib import Path

from tests.unit.core.flow_fixture import talk

TREE = """
states:
  a:
    initial: b
    entry: [{say: +a}]
    exit: [{say: -a}]
    on:
      /self: {target: a, say: ~}
      /child: {target: a.c, say: ~}
      /inner: {target: a.b.y, say: ~}
    states:
      b:
        initial: x
        entry: [{say: +b}]
        exit: [{say: -b}]
        states:
          x:
            entry: [{say: +x}]
            exit: [{say: -x}]
            on:
              /again: {target: x, say: ~}
              /sibling: {target: y, say: ~}
              /uncle: {target: a.c, say: ~}
              /parent: {target: a.b, say: ~}
              /far: {target: d, say: ~}
              /stay: {say: ~}
          y: {entry: [{say: +y}], exit: [{say: -y}]}
      c: {entry: [{say: +c}], exit: [{say: -c}]}
  d: {entry: [{say: +d}], on: {/self: d}}
""".replace("~", "'!'")


def moves(folder: Path, event: str) -> str:
    chat = talk(folder, TREE)
    assert chat.hear("/start") == ["+a", "+b", "+x"]
    return " ".join(chat.hear(event))


def test_an_external_self_transition_leaves_and_enters_its_state(tmp_path: Path) -> None:
    assert moves(tmp_path, "/again") == "-x ! +x"


def test_a_transition_to_a_sibling_stays_inside_their_parent(tmp_path: Path) -> None:
    assert moves(tmp_path, "/sibling") == "-x ! +y"


def test_exits_run_from_the_inside_then_the_actions_then_entries_from_the_outside(
    tmp_path: Path,
) -> None:
    assert moves(tmp_path, "/uncle") == "-x -b ! +c"
    assert moves(tmp_path, "/far") == "-x -b -a ! +d"


def test_a_transition_to_the_own_parent_leaves_and_enters_that_too(tmp_path: Path) -> None:
    assert moves(tmp_path, "/parent") == "-x -b ! +b +x"


def test_a_transition_of_a_compound_state_to_itself_or_into_itself_leaves_it(
    tmp_path: Path,
) -> None:
    assert moves(tmp_path, "/self") == "-x -b -a ! +a +b +x"
    assert moves(tmp_path, "/child") == "-x -b -a ! +a +c"
    assert moves(tmp_path, "/inner") == "-x -b -a ! +a +b +y"


def test_a_transition_without_target_leaves_and_enters_nothing(tmp_path: Path) -> None:
    assert moves(tmp_path, "/stay") == "!"


def test_the_roots_entry_runs_once_and_its_exit_at_the_end(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        entry: [{say: hello}]
        exit: [{say: bye}]
        states:
          one: {on: {/two: two, /one: one}}
          two: {type: final, say: two, exit: [{say: out}]}
        """,
    )
    assert chat.hear("/start") == ["hello"]
    assert chat.hear("/one") == []
    assert chat.hear("/two") == ["two", "out", "bye"]
    assert chat.active is None


def test_a_final_inside_raises_done_on_its_parent_and_it_does_not_leave_that(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          outer:
            initial: inner
            on: {done: never}
            states:
              inner:
                initial: q
                on: {done: later}
                states:
                  q: {on: {/end: e}}
                  e: {type: final, say: e}
              later: {on: {/end: over}}
              over: {type: final}
          never: {say: outer is done, on: {/end: outer}}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/end") == ["e"]
    assert chat.state == "outer.later"
    assert chat.hear("/end") == ["outer is done"]


def test_a_done_that_nobody_hears_ends_nothing(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          box:
            initial: e
            on: {/x: {say: still here}}
            states: {e: {type: final}}
        """,
    )
    chat.hear("/start")
    assert chat.state == "box.e"
    assert chat.hear("/x") == ["still here"]


def test_a_state_hears_itself_by_its_path_in_expressions(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        on: {/in: {say: "{in_state('box')} {in_state('box.b')} {in_state('bo')}"}}
        states:
          box: {initial: b, states: {b: {on: {/out: out}}}}
          out: {}
          bo: {on: {/x: out}}
        """.replace("out: {}", "out: {on: {/x: bo}}"),
    )
    chat.hear("/start")
    assert chat.hear("/in") == ["yes yes no"]
    assert chat.hear("/out", "/in") == ["no no no"]


def test_set_say_other_actions_and_ask_happen_in_this_order_on_entry(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 1}, q: {type: text}}
        states:
          q:
            ask: "ask {n}"
            entry: [{set: {n: n * 10}}, {say: "entry {n}"}]
            say: "say {n}"
            set: {n: n + 1}
            next: end
          end: {type: final}
        """,
    )
    assert chat.hear("/start") == ["say 2", "entry 20", "ask 20"]


def test_set_say_actions_and_raise_happen_in_this_order_in_a_transition(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 1}}
        states:
          s:
            on:
              /go:
                raise: after
                actions: [{set: {n: n * 10}}, {say: "actions {n}"}]
                say: "say {n}"
                set: {n: n + 1}
              after: {say: "raised {n}"}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/go") == ["say 2", "actions 20", "raised 20"]


def test_next_without_a_question_and_always_are_followed_in_the_same_step(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 0}}
        states:
          one: {say: one, next: two}
          two:
            say: "two {n}"
            set: {n: n + 1}
            always:
              - {guard: n < 3, target: two}
              - three
          three: {say: three}
        """.replace("three: {say: three}", "three: {say: three, on: {/x: one}}"),
    )
    assert chat.hear("/start") == ["one", "two 1", "two 2", "two 3", "three"]
    assert chat.state == "three"


def test_an_always_goes_before_raised_events(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          a: {entry: [{raise: ping}], on: {ping: {say: heard by a}}, next: b}
          b: {on: {ping: {say: heard by b}}}
        """,
    )
    assert chat.hear("/start") == ["heard by b"]


def test_raised_events_are_heard_in_order_and_those_nobody_hears_are_lost(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          a:
            entry: [{raise: one}, {raise: lost}, {raise: two}]
            on: {one: {say: 1}, two: {say: 2}}
          b: {on: {lost: {say: too late}, /x: a}}
        """,
    )
    assert chat.hear("/start") == ["1", "2"]


def test_a_question_that_was_just_asked_is_not_repeated_after_an_internal_transition(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 0}, q: {type: text}}
        states:
          q:
            ask: Q?
            always: {guard: n == 0, set: {n: 1}}
            next: end
          end: {type: final}
        """,
    )
    assert chat.hear("/start") == ["Q?"]


def test_after_an_internal_transition_the_question_is_asked_again_unless_reprompt_is_false(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}}
        on: {/a: {set: {turn.x: 1}}, /b: {say: B, reprompt: false}}
        states:
          q: {ask: Q?, after: {1m: {say: tick}}, next: end}
          end: {type: final}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/a") == ["Q?"]
    assert chat.hear("/b") == ["B"]
    assert chat.after("1m") == ["tick"]
