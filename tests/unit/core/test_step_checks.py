"""Registered checks: an answer is judged outside, and then taken or refused."""

from pathlib import Path

import pytest

from engine.core.events import Press
from engine.testing.script import Attempt
from tests.unit.core.flow_fixture import Talk, failed, ok, talk

ZIP = """
data: {zip: {type: text, max: 9}, country: {type: text, default: AT}, n: {type: int}}
on:
  /back: .back
  /help: {say: Help.}
  /stop: stopped
states:
  n: {ask: N?, next: zip}
  zip:
    ask: Zip?
    check: {name: geo.zip, with: {country: country}, timeout: 5s, retry: {max: 2, delay: 1s}}
    retry: {max: 3, say: Not a zip., target: gave_up}
    next: end
  gave_up: {type: final, say: Enough.}
  stopped: {type: final, say: Stopped.}
  end: {type: final, say: "{zip}!"}
"""


def zip_(folder: Path, *results: Attempt, flow: str = ZIP, bot: str | None = None) -> Talk:
    chat = talk(folder, flow, actions={"geo.zip": results}, checks=["geo.zip"], bot=bot)
    chat.hear("/start", "1")
    return chat


def test_true_takes_the_answer(tmp_path: Path) -> None:
    assert zip_(tmp_path, ok(value=True)).hear("1010") == ["1010!"]


def test_false_refuses_it_with_the_usual_hint_and_counts_it(tmp_path: Path) -> None:
    chat = zip_(tmp_path, ok(value=False), ok(value=False), ok(value=False))
    assert chat.hear("1") == ["Not a zip."]
    assert chat.top.leaf.tries == 1
    assert chat.hear("2") == ["Not a zip."]
    assert chat.hear("3") == ["Enough."]


def test_a_text_refuses_it_with_that_hint(tmp_path: Path) -> None:
    chat = zip_(tmp_path, ok("There is no such place."), ok(value=True))
    assert chat.hear("9") == ["There is no such place."]
    assert chat.hear("1010") == ["1010!"]


def test_without_retry_false_gives_the_hint_of_the_type(tmp_path: Path) -> None:
    flow = ZIP.replace("    retry: {max: 3, say: Not a zip., target: gave_up}\n", "")
    assert zip_(tmp_path, ok(value=False), flow=flow).hear("1") == [
        "Please send a text of at most 9 characters."
    ]


def test_a_check_gets_the_answer_its_arguments_and_its_limits(tmp_path: Path) -> None:
    chat = zip_(tmp_path)
    chat.by_hand = True
    chat.hear("1010")
    (work,) = chat.working.values()
    assert (work.action, work.args, work.timeout) == (
        "geo.zip", {"value": "1010", "country": "AT"}, 5_000,
    )  # fmt: skip
    assert work.key.endswith(work.id)


def test_nothing_is_stored_before_the_check_has_ended(tmp_path: Path) -> None:
    chat = zip_(tmp_path)
    chat.by_hand = True
    assert chat.hear("1010") == []
    assert "zip" not in chat.data
    assert chat.top.leaf.pending is not None
    assert chat.finish(value=True) == ["1010!"]


def test_what_does_not_read_is_wrong_without_a_check(tmp_path: Path) -> None:
    chat = zip_(tmp_path)
    assert chat.hear("1" * 10) == ["Not a zip."]


def test_what_is_sent_meanwhile_is_kept_and_heard_after_the_check(tmp_path: Path) -> None:
    chat = zip_(tmp_path, bot="texts: {busy: One moment.}")
    chat.by_hand = True
    chat.hear("9")
    assert chat.hear("8") == ["One moment."]
    assert chat.finish(value=False) == ["Not a zip."]
    assert chat.finish(value=True) == ["8!"]


def test_on_hears_what_is_sent_meanwhile_and_the_question_is_not_asked_again(
    tmp_path: Path,
) -> None:
    chat = zip_(tmp_path)
    chat.by_hand = True
    chat.hear("1010")
    assert chat.hear("/help") == ["Help."]
    assert chat.finish(value=True) == ["1010!"]


def test_leaving_the_question_forgets_the_check(tmp_path: Path) -> None:
    chat = zip_(tmp_path)
    chat.by_hand = True
    chat.hear("1010")
    (id_,) = chat.working
    assert chat.hear("/stop") == ["Stopped."]
    assert id_ in chat.dropped


def test_back_takes_an_answer_back_that_is_being_checked(tmp_path: Path) -> None:
    chat = zip_(tmp_path)
    chat.by_hand = True
    chat.hear("1010")
    (id_,) = chat.working
    assert chat.hear("/back") == ["Zip?"]
    assert id_ in chat.dropped
    assert chat.hear("/back") == ["N?"]


def test_back_goes_behind_a_checked_answer(tmp_path: Path) -> None:
    flow = ZIP.replace("next: end", "next: last").replace(
        "  end:", "  last: {confirm: Sure?, yes: end, no: zip}\n  end:"
    )
    chat = zip_(tmp_path, ok(value=True), flow=flow)
    assert chat.hear("1010") == ["Sure?"]
    assert chat.hear("/back") == ["Zip?"]
    assert "zip" not in chat.data


def test_a_transient_failure_is_tried_again(tmp_path: Path) -> None:
    chat = zip_(tmp_path, failed("timeout", transient=True), ok(value=True))
    assert chat.hear("1010") == []
    assert chat.after("1s") == ["1010!"]


def test_a_failure_is_a_fault_and_leaves_the_question_open(tmp_path: Path) -> None:
    chat = zip_(tmp_path, failed("down"), ok(value=True))
    assert chat.hear("1010") == [
        "Sorry, something went wrong. Please try again later.", "Zip?",
    ]  # fmt: skip
    assert "fault:action:down" in chat.codes
    assert chat.state == "zip"
    assert chat.hear("1010") == ["1010!"]


def test_a_failure_can_be_handled(tmp_path: Path) -> None:
    flow = ZIP.replace(
        "    next: end\n",
        "    next: end\n    on: {error: {say: '{error.code}', target: stopped}}\n",
    )
    assert zip_(tmp_path, failed("down"), flow=flow).hear("1010") == ["action:down", "Stopped."]


@pytest.mark.parametrize("value", [None, 1, "", [], {"ok": True}])
def test_anything_else_that_a_check_returns_is_a_fault(tmp_path: Path, value: object) -> None:
    chat = zip_(tmp_path, ok(value))  # type: ignore[arg-type]
    chat.hear("1010")
    assert "fault:check:result" in chat.codes
    assert chat.state == "zip"


def test_a_choice_is_checked_and_then_goes_its_own_way(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}, rows: {type: list, default: [a, b]}}
        states:
          q:
            ask: Q?
            choices_from: {for: rows, as: row, say: "{row} taken", target: own}
            check: free
          own: {type: final, say: "{q}"}
        """,
        actions={"free": [ok("a is taken."), ok(value=True)]},
        checks=["free"],
    )
    chat.hear("/start")
    assert chat.tap("a") == ["a is taken."]
    assert chat.tap("b") == ["b taken", "b"]


def test_what_is_left_out_is_not_checked(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text, optional: true}}
        states:
          q: {ask: Q?, check: free, skip: end, next: end}
          end: {type: final, say: "{q | default('nothing')}"}
        """,
        checks=["free"],
    )
    chat.hear("/start")
    assert chat.tap("skip") == ["nothing"]


def test_buttons_of_a_question_whose_answer_is_checked_wait(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: enum}}
        states:
          q: {ask: Q?, choices: {a: A, b: B}, check: free, next: end}
          end: {type: final, say: "{q}"}
        """,
        checks=["free"],
    )
    chat.by_hand = True
    chat.hear("/start")
    chat.tap("a")
    visit = chat.top.leaf.visit
    assert chat.event("choice", press=Press(visit, "b")) == []
    assert chat.finish(value=False) == ["Please choose one of: A, B."]
    assert chat.finish(value=True) == ["b"]
