"""Which variables are still read from a state on."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.compiler.liveness import live
from tests.unit.core.flow_fixture import write_bot


def lives(folder: Path, flow: str) -> dict[str, set[str]]:
    bot = load(write_bot(folder, flow, actions=["do"], child="states: {e: {type: final}}"))
    found = live(bot.program.flows["main"])
    return {path: set(names) for path, names in found.items()}


FORM = """
data: {a: {type: text}, b: {type: text}, c: {type: text}, d: {type: text}}
states:
  a: {ask: A?, next: b}
  b: {ask: "B, {a}?", next: c}
  c: {ask: C?, next: end}
  end: {type: final, say: "{b} {c}"}
"""


def test_an_answer_is_live_from_its_question_to_where_it_is_read_last(tmp_path: Path) -> None:
    assert lives(tmp_path, FORM) == {"a": set(), "b": {"a"}, "c": {"b"}, "end": set()}


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("on: {/x: {target: end, guard: d == 'x'}}", {"d"}),
        ("on: {/x: {target: end, set: {d: a}}}", {"a"}),
        ("on: {/x: [{target: end, guard: a == d}, end]}", {"a", "d"}),
        ("{on: {/x: end}, exit: [{say: '{d}'}]}", {"d"}),
        ("{after: [{after: d, target: end}], on: {/x: end}}", set()),
        ("{call: child, into: d, on: {e: {target: end, say: '{d}'}}}", set()),
        ("{invoke: {action: do, into: d, with: {x: a}, done: {target: end, say: '{d}'}}}", {"a"}),
        ("{invoke: {action: do, done: {target: end, say: '{d}'}}}", {"d"}),
        ("{ask: Q?, into: d, next: {target: end, say: '{d}'}}", set()),
        ("{ask: Q?, into: d, next: {target: end, guard: a == d}}", {"a"}),
        ("{ask: Q?, into: d, retry: {max: 2, target: sad}, next: end}", {"c"}),
        ("{ask: '{c}', choices: {x: '{a}'}, next: end}", {"a", "c"}),
        ("{on: {/x: {raise: y}, y: {target: end, say: '{user.name} {turn.text} {d}'}}}", {"d"}),
        ("{initial: in, states: {in: {on: {/x: end}}}, on: {/y: {say: '{d}'}}}", {"d"}),
    ],
)
def test_what_a_state_reads_before_it_writes_is_live_there(
    tmp_path: Path, state: str, names: set[str]
) -> None:
    found = lives(
        tmp_path,
        f"""
        data:
          a: {{type: text}}
          c: {{type: text}}
          d: {{type: text}}
          name: {{type: text, scope: user}}
        states:
          s: {state if state.startswith("{") else "{" + state + "}"}
          sad: {{say: "{{c}}", next: end}}
          end: {{type: final}}
        """,
    )
    path = "s.in" if "s.in" in found else "s"
    assert found[path] == names


def test_what_a_loop_reads_later_is_live_before(tmp_path: Path) -> None:
    flow = """
    data: {n: {type: int}, m: {type: int}}
    states:
      s: {on: {/again: t}}
      t: {on: {/back: {target: s, set: {m: n + 1}}, /end: {target: e, say: "{m}"}}}
      e: {type: final}
    """
    assert lives(tmp_path, flow) == {"s": {"n", "m"}, "t": {"n", "m"}, "e": set()}


def test_what_any_region_reads_is_live_in_it(tmp_path: Path) -> None:
    flow = """
    data: {n: {type: int}, m: {type: int}, k: {type: int}}
    states:
      p:
        type: parallel
        on: {/out: {target: h, say: "{k}"}}
        states:
          a: {initial: q, states: {q: {ask: "{n}", into: k, next: f}, f: {type: final}}}
          b: {initial: r, states: {r: {on: {/x: {say: "{m}"}}}}}
          was: {type: history}
      h: {on: {/in: p.was}}
    """
    found = lives(tmp_path, flow)
    assert found["p.a.q"] == {"n", "k", "m"}
    assert found["p.b.r"] == {"m", "k", "n"}
    assert found["h"] == {"n", "m", "k"}
