"""Conversations on a virtual clock: time, actions and buttons without a shell."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.errors import StatechatError
from engine.stores.document import encode
from engine.stores.items import Document
from engine.stores.protocol import Record
from engine.testing import conversation
from tests.unit.core.flow_fixture import NOW, Talk, failed, ok, talk, write_bot

FLOW = """
data: {q: {type: text}, c: {type: enum}}
states:
  c: {ask: C?, choices: {x: X, y: Y}, next: w}
  w: {invoke: {action: do, retry: {max: 2, delay: 10s}, done: q, error: end},
     after: {5s: {say: 5 s}}}
  q: {ask: Q?, after: {1m: {say: 1 min}, 2m: end}, next: end}
  end: {type: final}
"""


def test_time_passes_only_by_wait_and_timers_fire_in_their_order(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, actions={"do": [ok()]})
    chat.hear("/start", "x")
    assert chat.now == NOW
    assert chat.after("1m30s") == ["1 min"]
    assert chat.now == NOW + 90_000
    chat.after("1h")
    assert [(ending.flow, ending.state) for ending in chat.endings] == [("main", "end")]


def test_an_attempt_runs_when_it_is_due_between_the_timers(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, actions={"do": [failed("timeout", transient=True), ok()]})
    chat.hear("/start", "x")
    assert chat.after("9s") == ["5 s"]
    assert chat.after("1s") == ["Q?"]


def test_a_button_of_the_open_question_is_pressed_else_the_last_that_was_shown(
    tmp_path: Path,
) -> None:
    chat = talk(tmp_path, FLOW, actions={"do": [ok()]}, bot="texts: {old_button: Old.}")
    chat.hear("/start")
    assert chat.tap("x") == ["Q?"]
    assert chat.tap("y") == ["Old."]


def test_a_button_that_was_never_shown_cannot_be_pressed(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, actions={"do": ()})
    with pytest.raises(StatechatError, match="no button `z`") as caught:
        chat.tap("z")
    assert caught.value.cure == "No buttons were shown so far."
    chat.hear("/start")
    with pytest.raises(StatechatError) as caught:
        chat.tap("z")
    assert caught.value.cure == "Shown so far: `x`, `y`."


def test_an_action_without_a_result_says_what_is_missing(tmp_path: Path) -> None:
    chat = Talk(load(write_bot(tmp_path / "a", FLOW, actions=["do"])))
    with pytest.raises(StatechatError, match="`do` was called by the flow") as caught:
        chat.hear("/start", "x")
    assert caught.value.code == "test:no_result"
    chat = talk(tmp_path / "b", FLOW, actions={"do": [failed("timeout", transient=True)]})
    chat.hear("/start", "x")
    with pytest.raises(StatechatError, match="more often than the test says"):
        chat.after("1m")


def test_a_conversation_that_never_comes_to_rest_is_stopped(tmp_path: Path) -> None:
    chat = talk(tmp_path, "states: {a: {after: {1s: a}}}")
    chat.hear("/start")
    with pytest.raises(StatechatError, match="in one wait") as caught:
        chat.after("1h")
    assert caught.value.code == "test:endless"


def test_the_last_run_can_still_be_looked_at_when_it_has_ended(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, actions={"do": [ok()]})
    chat.hear("/start", "x", "answer")
    assert chat.chat.stack == ()
    frame = chat.frame
    assert frame is not None
    assert frame.data["c"] == "x"


def test_only_what_the_stored_form_holds_reaches_the_next_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {a: {type: text}, b: {type: text}}
        states:
          a: {ask: A?, next: b}
          b: {ask: B?, next: end}
          end: {type: final, say: "{a} {b}"}
        """,
    )
    chat.hear("/start")

    def forgetful(record: Record) -> Document:
        document = encode(record)
        document["chats"]["1"]["stack"][0].pop("data", None)
        return document

    with monkeypatch.context() as patched:
        patched.setattr(conversation, "encode", forgetful)
        chat.hear("x")
    assert chat.hear("y") == [" y"]
