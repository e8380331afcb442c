"""Faults of a flow: they become `error` events, or are undone; never an exception."""

from pathlib import Path
from typing import Any

import pytest

from engine.core.events import Press
from engine.core.values import MICROSTEPS_MAX
from tests.unit.core.flow_fixture import talk

ERROR_TEXT = "texts: {error: 'Something broke.'}"


def test_a_guard_that_fails_is_false_and_logged_with_its_place(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, optional: true}}
        states:
          s:
            on:
              /go:
                - {guard: n > 1, say: more}
                - {say: otherwise}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/go") == ["otherwise"]
    (entry,) = [entry for entry in chat.log if entry.code == "fault:expr:type"]
    assert entry.level == "warning"
    assert str(entry.place).endswith("main.yaml:9:19")


HANDLED = """
data: {n: {type: int, optional: true}, q: {type: text}}
on: {error: {say: "caught {error.code}"}}
states:
  q:
    ask: Q?
    on:
      /go:
        actions: [{say: before}, {set: {n: "'x'"}}, {say: never}]
      /loop: spin
    next: end
  spin: {always: spin}
  end: {type: final}
"""


def test_a_handled_fault_skips_the_rest_of_its_block_and_what_was_sent_stays(
    tmp_path: Path,
) -> None:
    chat = talk(tmp_path, HANDLED)
    chat.hear("/start")
    assert chat.hear("/go") == ["before", "caught data:type", "Q?"]


def test_a_fault_in_one_block_does_not_stop_the_entries_that_follow(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        on: {error: {say: caught}}
        states:
          box:
            initial: inner
            entry: [{say: "{1 / 0}"}, {say: never}]
            states: {inner: {say: inner, on: {/x: inner}}}
        """,
    )
    assert chat.hear("/start") == ["inner", "caught"]


def test_an_error_handler_may_lead_elsewhere(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          s: {on: {/go: {say: "{1 / 0}", target: t}, error: sorry}}
          t: {on: {error: sorry}}
          sorry: {type: final, say: "Sorry."}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/go") == ["Sorry."]


def test_an_unhandled_fault_undoes_stack_and_data_and_tells_the_error_text(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 1}, u: {type: int, default: 1, scope: user}}
        states:
          s: {on: {/go: {set: {n: 2, user.u: 2}, say: gone, target: t}}}
          t: {say: "{1 / 0}", on: {/x: s}}
        """,
        bot=ERROR_TEXT,
    )
    chat.hear("/start")
    before = chat.chat
    assert chat.hear("/go") == ["Something broke."]
    assert chat.chat.stack == before.stack
    assert chat.session.user == {"u": 1}
    assert "step:undone" in chat.codes
    (entry,) = [entry for entry in chat.log if entry.code == "fault:expr:divide"]
    assert str(entry.place).endswith("main.yaml:7:14")


def test_an_undone_event_still_counts_as_the_persons_input(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          s: {idle: {10m: {say: idle}}, on: {/go: {say: "{1 / 0}"}}}
        """,
        bot=ERROR_TEXT,
    )
    chat.hear("/start")
    assert chat.after("9m") == []
    assert chat.event("/go", via="reply to this") == ["Something broke."]
    assert chat.chat.via == "reply to this"
    assert chat.after("9m") == []
    assert chat.after("1m") == ["idle"]


def test_a_fault_while_a_timer_is_applied_consumes_the_timer(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "states: {s: {after: {1m: {say: '{1 / 0}'}, 2m: {say: two}}, on: {/x: s}}}",
        bot=ERROR_TEXT,
    )
    chat.hear("/start")
    assert chat.after("1m") == ["Something broke."]
    assert len(chat.session.timers) == 1
    assert chat.after("1m") == ["two"]


def test_a_loop_becomes_an_error_that_a_state_may_handle(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          s: {on: {/go: spin}}
          spin: {always: spin, on: {error: stopped}}
          stopped: {say: "stopped", on: {/x: s}}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/go") == ["stopped"]
    spun = [entry for entry in chat.log if entry.detail == "always"]
    assert len(spun) in (MICROSTEPS_MAX, MICROSTEPS_MAX + 1)


def test_a_loop_that_nobody_handles_undoes_all(tmp_path: Path) -> None:
    chat = talk(
        tmp_path, HANDLED.replace('on: {error: {say: "caught {error.code}"}}', ""), bot=ERROR_TEXT
    )
    chat.hear("/start")
    assert chat.hear("/loop") == ["Something broke."]
    assert "fault:loop:too_long" in chat.codes
    assert chat.state == "q"


def test_a_handler_that_lets_the_loop_go_on_is_heard_once(tmp_path: Path) -> None:
    chat = talk(tmp_path, HANDLED, bot=ERROR_TEXT)
    chat.hear("/start")
    assert chat.hear("/loop") == ["Something broke."]
    assert chat.state == "q"


def test_an_error_handler_that_fails_itself_ends_as_a_loop(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          s: {on: {/go: {say: "{1 / 0}"}, error: {say: "{1 / 0}"}}}
        """,
        bot=ERROR_TEXT,
    )
    chat.hear("/start")
    assert chat.hear("/go") == ["Something broke."]
    assert chat.state == "s"


def test_the_bot_may_handle_what_no_flow_does(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "states: {s: {on: {/go: {say: '{1 / 0}'}}}}",
        bot="on: {error: {say: 'bot: {error.code}'}}",
    )
    chat.hear("/start")
    assert chat.hear("/go") == ["bot: expr:divide"]


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("fallback", {"name": "/unknown"}),
        ("error", {"name": "/go"}),
        ("old_button", {"name": "choice", "press": Press(99, "x")}),
        ("wrong", {"name": "text", "text": "seven"}),
    ],
)
def test_a_fault_in_a_text_of_the_bot_itself_is_logged_and_never_leaves_the_step(
    tmp_path: Path, text: str, event: dict[str, Any]
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: int}}
        states:
          q: {ask: Q?, on: {/go: {say: "{1 % 0}"}}, next: end}
          end: {type: final}
        """,
        bot="texts: {" + text + ": '{1 // 0}'}",
    )
    chat.hear("/start")
    said = chat.event(**event)
    assert len(said) == (text != "error")
    assert any(entry.place and "bot.yaml" in str(entry.place) for entry in chat.log)
    assert chat.state == "q"


def test_a_label_that_fails_while_a_text_is_read_is_a_fault_of_the_flow(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 1}}
        states:
          q:
            ask: Q?
            choices: {a: "{6 / n}"}
            on: {/break: {set: {n: 0}, reprompt: false}}
            next: end
          end: {type: final, say: over}
        """,
        bot=ERROR_TEXT,
    )
    assert chat.hear("/start") == ["Q?"]
    chat.hear("/break")
    assert chat.hear("6") == ["Something broke."]
    assert chat.hear("1") == ["Something broke."]
    assert chat.state == "q"


def test_a_hint_that_fails_is_a_fault_of_the_flow(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: int}}
        states:
          q: {ask: Q?, retry: {say: "{1 / 0}"}, next: end}
          end: {type: final}
        """,
        bot=ERROR_TEXT,
    )
    chat.hear("/start")
    assert chat.hear("x") == ["Something broke."]
    assert chat.top.leaf.tries == 0


def test_a_fault_in_a_top_level_final_is_not_heard_by_the_flow_that_has_ended(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        on: {error: {say: never}}
        states:
          s: {on: {/end: end}}
          end: {type: final, say: "{1 / 0}"}
        """,
        bot=ERROR_TEXT,
    )
    chat.hear("/start")
    assert chat.hear("/end") == ["Something broke."]
    assert chat.state == "s"


def test_a_choice_that_its_variable_cannot_hold_is_a_fault_of_the_flow(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {c: {type: text, max: 1 + 2}}
        on: {error: {say: "caught {error.code}"}}
        states:
          c: {ask: C?, choices: {long_id: Long}, next: end}
          end: {type: final}
        """,
    )
    chat.hear("/start")
    assert chat.tap("long_id") == ["caught data:type", "C?"]


def test_a_value_that_is_too_heavy_for_a_variable_is_a_fault(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {c: {type: any}}
        on: {error: {say: "caught {error.code}"}}
        states: {s: {on: {/go: {set: {c: [turn.args, turn.args, turn.args, turn.args]}}}}}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/go " + "x" * 40_000) == ["caught data:size"]
