"""Sessions that an earlier version of the bot has left, and sessions placed by a test."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.effects import Drop
from engine.core.events import Event
from engine.core.session import Chat, Session, Timer
from engine.core.step import step
from tests.unit.core.flow_fixture import NOW, Talk, talk

OLD = """
data: {q: {type: text}, r: {type: text}}
on: {/back: .back}
states:
  q: {ask: Q?, next: calls}
  calls: {call: child, on: {done: r}}
  r: {ask: R?, next: work}
  work: {invoke: {action: do, done: end}}
  end: {type: final}
"""
CHILD = """
data: {x: {type: text}}
after: {1h: {say: child timer}}
states:
  x: {ask: X?, next: done}
  done: {type: final}
"""
TEXTS = "texts: {error: Broken., fallback: What?}"


def versions(folder: Path, new: str, child: str = CHILD) -> tuple[Talk, Talk]:
    """A conversation with the old version, and one with the new version to move it to."""
    old = talk(folder / "old", OLD, bot=TEXTS, actions={"do": ()}, child=CHILD)
    old.by_hand = True
    old.hear("/start")
    changed = talk(folder / "new", new, bot=TEXTS, actions={"do": ()}, child=child)
    changed.by_hand = True
    return old, changed


def test_a_state_that_is_still_there_goes_on_in_the_new_version(tmp_path: Path) -> None:
    old, new = versions(tmp_path, OLD.replace("R?", "R anew?"))
    old.hear("a")
    new.session = old.session
    assert new.hear("b") == ["R anew?"]


def test_a_state_that_is_gone_ends_its_run_and_tells_the_person(tmp_path: Path) -> None:
    old, new = versions(tmp_path, OLD.replace("q:", "p:").replace("p: {type", "q: {type")
                        .replace("p: {ask: Q?,", "p: {ask: Q?, into: q,"))  # fmt: skip
    new.session = old.session
    assert new.hear("b") == ["Broken.", "What?"]
    assert new.active is None
    assert "version:state_gone" in new.codes


def test_a_subflow_whose_state_is_gone_is_called_anew(tmp_path: Path) -> None:
    old, new = versions(
        tmp_path, OLD, CHILD.replace("  x: {ask", "  y: {into: x, ask").replace("X?", "Y?")
    )
    old.hear("a")
    assert old.session.timers
    new.session = old.session
    assert new.hear("/unknown") == ["Broken.", "What?", "Y?"]
    assert [frame.flow for frame in new.chat.stack] == ["main", "child"]
    assert {timer.run for timer in new.session.timers} == {new.top.run}


def test_an_invoke_under_way_in_a_state_that_is_gone_is_dropped(tmp_path: Path) -> None:
    old, new = versions(tmp_path, OLD.replace("work:", "toil:").replace("next: work", "next: toil"))
    old.hear("a", "b", "c")
    pending = old.top.leaf.pending
    assert pending is not None
    event = Event("e:1", "text", old.session.id, "1", NOW, text="hello")
    outcome = step(new.program, old.session, event, NOW)
    assert Drop(pending.id) in outcome.effects
    assert outcome.session.chats["1"].stack == ()


def test_back_never_restores_a_state_that_is_gone(tmp_path: Path) -> None:
    old, new = versions(
        tmp_path,
        OLD.replace("  q: {ask: Q?", "  p: {ask: Q?, into: q").replace("initial: q", ""),
    )
    old.hear("a", "b")
    new.session = old.session
    assert new.hear("/back", "/back") == ["X?", "X?"]
    assert new.chat.back == ()


def test_a_flow_that_is_gone_ends_its_run(tmp_path: Path) -> None:
    old, new = versions(tmp_path, OLD)
    chat = old.session.chats["1"]
    (frame,) = chat.stack
    stack = (replace(frame, flow="gone"),)
    new.session = replace(old.session, chats={"1": replace(chat, stack=stack)})
    assert new.hear("x") == ["Broken.", "What?"]


def test_a_timer_of_a_run_that_is_gone_is_consumed(tmp_path: Path) -> None:
    chat = talk(tmp_path, OLD, actions={"do": ()}, child=CHILD)
    chat.session = Session(
        chat.session.id, chats={"1": Chat()}, timers=(Timer("1.1", NOW, "1", 7, "after::1h"),)
    )
    assert chat.event("timer", timer="1.1") == []
    assert chat.session.timers == ()


def test_a_placed_session_stands_in_its_state_as_if_entered_with_nothing_said(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 3}, q: {type: text}, u: {type: int, default: 1, scope: user}}
        states:
          q: {say: entry, ask: Q?, after: {1m: {say: "n {n} u {user.u}"}}, next: end}
          end: {type: final, say: "{q}"}
        """,
    )
    assert chat.stand("q", {"q": "old"}) == []
    assert chat.after("1m") == ["n 3 u 1"]
    assert chat.hear("new") == ["new"]


def test_what_a_placed_state_begins_by_itself_is_begun(tmp_path: Path) -> None:
    chat = talk(tmp_path, OLD, actions={"do": ()}, child=CHILD)
    chat.by_hand = True
    assert chat.stand("calls") == ["X?"]
    assert [frame.link for frame in chat.chat.stack] == ["root", "call"]
    chat.stand("work")
    assert chat.working


def test_a_placed_state_that_fails_at_once_leaves_the_session_as_it_was(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "states: {s: {invoke: {action: do, with: {x: 1 / 0}, done: e}}, e: {type: final}}",
        actions={"do": ()},
        bot=TEXTS,
    )
    assert chat.stand("s") == ["Broken."]
    assert chat.active is None
    assert "step:undone" in chat.codes


@pytest.mark.parametrize("name", ["text", "/start", "timer", "result", "choice", "edited"])
def test_any_kind_of_event_may_come_first(tmp_path: Path, name: str) -> None:
    chat = talk(tmp_path, OLD, actions={"do": ()}, child=CHILD)
    chat.event(name)
    assert chat.session.steps == 1
