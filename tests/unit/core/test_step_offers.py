"""Buttons that begin flows: they hold when the run that offered them has ended."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine import load
from engine.core.events import CHOICE, Press
from engine.core.offers import OFFERS_MAX
from engine.core.phrases import phrase
from engine.core.values import PLAN_MAX
from tests.unit.core.flow_fixture import Talk, talk, write_bot
from tests.unit.core.group_fixture import ROOM, group

OLD = phrase("old_button", "en")
FALLBACK = phrase("fallback", "en")
MAIN = """
triggers: [/start, /ring]
data: {note: {type: text, default: tea}}
states:
  ring:
    type: final
    say:
      text: "Ring {note}"
      once: true
      buttons:
        done: {label: Done, start: finished, with: {note: note}}
        later: {label: "In ten minutes", start: snooze, with: {note: note}, guard: "note == 'tea'"}
        web: {label: Web, url: "https://example.org"}
"""
FINISHED = """
input: {note: {type: text}}
states:
  a: {type: final, say: {text: "Done {note} {turn.choice}", edit: true}}
"""
SNOOZE = """
input: {note: {type: text}}
states:
  a: {ask: "How long, {note}?", into: x, next: b}
  b: {type: final, say: "{x} then."}
data: {x: {type: text, optional: true}}
"""
FORM = """
triggers: [/form]
data: {name: {type: text}, sure: {type: enum}}
states:
  name: {ask: Your name?, next: sure}
  sure: {ask: Sure?, choices: {yes: Sure, done: Never}, next: end}
  end: {type: final, say: "{name}, {sure}."}
"""
WORK = """
triggers: [/work]
states:
  w: {invoke: {action: slow, done: d, error: d}}
  d: {type: final, say: Worked.}
"""


def bot(folder: Path, main: str = MAIN) -> Talk:
    return talk(
        folder, main, finished=FINISHED, snooze=SNOOZE, form=FORM, work=WORK, actions={"slow": []}
    )


def press(chat: Talk, message: int, id_: str) -> list[str]:
    """Press a button of the message that was offered so many messages ago."""
    offer = chat.chat.offers[-message]
    return chat.event(CHOICE, press=Press(offer.visit, id_), ref="bot:1")


def test_a_button_begins_its_flow_when_the_run_that_offered_it_has_ended(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    assert chat.hear("/ring") == ["Ring tea"]
    assert chat.buttons == ["Done", "In ten minutes", "Web"]
    assert chat.active is None
    assert chat.tap("done") == ["Done tea done"]
    assert chat.active is None


def test_it_holds_days_later_and_is_not_mixed_up_with_another_message(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring", "/ring")
    chat.after("9d")
    assert press(chat, 2, "later") == ["How long, tea?"]
    assert chat.hear("1h") == ["1h then."]
    assert press(chat, 1, "done") == ["Done tea done"]
    assert chat.chat.offers == ()


def test_who_is_in_the_middle_of_something_goes_on_after_it(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring", "/form")
    assert press(chat, 1, "done") == ["Done tea done", "Your name?"]
    assert chat.hear("Ann") == ["Sure?"]
    chat.hear("/ring")
    assert press(chat, 1, "later") == ["How long, tea?"]
    assert chat.hear("1h") == ["1h then.", "Sure?"]
    assert chat.tap("done") == ["Ann, done."]


def test_what_runs_does_not_hear_the_press_as_one_of_its_own(tmp_path: Path) -> None:
    chat = talk(
        tmp_path, MAIN, finished=FINISHED, snooze=SNOOZE,
        form="""
        triggers: [/form]
        on: {choice.done: bad}
        states:
          name: {ask: Sure?, choices: {done: {label: Ready, target: end}}}
          end: {type: final, say: End.}
          bad: {type: final, say: Bad.}
        """,
    )  # fmt: skip
    chat.hear("/ring", "/form")
    assert press(chat, 1, "done") == ["Done tea done", "Sure?"]


def test_once_means_that_the_first_press_uses_all_of_them_up(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring")
    offer = chat.chat.offers[0]
    press(chat, 1, "done")
    for id_ in ("done", "later"):
        assert chat.event(CHOICE, press=Press(offer.visit, id_), ref="bot:1") == [OLD]


def test_without_once_a_button_may_be_pressed_again(tmp_path: Path) -> None:
    chat = bot(tmp_path, MAIN.replace("once: true", "once: false"))
    chat.hear("/ring")
    assert [press(chat, 1, "done") for _ in range(3)] == [["Done tea done"]] * 3


def test_nobody_can_press_what_was_not_offered(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring")
    visit = chat.chat.offers[0].visit
    for made in (Press(visit, "other"), Press(visit, ".done"), Press(visit + 1, "done")):
        assert chat.event(CHOICE, press=made, ref="bot:1") == [OLD]
    assert chat.tap("web") == [OLD]


def test_a_guard_leaves_a_button_out(tmp_path: Path) -> None:
    chat = bot(tmp_path, MAIN.replace("default: tea", "default: milk"))
    chat.hear("/ring")
    assert chat.buttons == ["Done", "Web"]
    assert press(chat, 1, "later") == [OLD]


@pytest.mark.parametrize("words", ["done", "DONE", " Done "])
def test_a_label_can_be_typed(tmp_path: Path, words: str) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring")
    assert chat.hear(words) == ["Done tea done"]


@pytest.mark.parametrize("words", ["1", "don", "dome", "Web", "Done it"])
def test_what_is_no_label_begins_nothing(tmp_path: Path, words: str) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring")
    assert chat.hear(words) == [FALLBACK]


def test_an_open_question_reads_what_is_typed_first(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring", "/form")
    assert chat.hear("Done") == ["Sure?"]
    assert chat.hear("In ten minutes") == ["How long, tea?"]
    assert chat.hear("1h") == ["1h then.", "Sure?"]
    assert chat.hear("Sure") == ["Done, yes."]


def test_a_label_means_the_latest_message_with_it_and_in_a_reply_that_message(
    tmp_path: Path,
) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring", "/ring", "/form")
    first = chat.chat.offers[0].visit
    chat.type("done", reply_to="Ring tea")
    assert chat.take() == ["Done tea done", "Your name?"]
    assert [one.visit for one in chat.chat.offers] == [first]


def test_while_an_action_works_the_press_waits(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    chat.by_hand = True
    chat.hear("/ring", "/work")
    assert press(chat, 1, "done") == []
    assert chat.finish() == ["Worked.", "Done tea done"]


def test_a_new_version_of_the_bot_keeps_the_buttons(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring")
    changed = FINISHED.replace("Done {note}", "Well done, {note}, {more}").replace(
        "note: {type: text}", "note: {type: text}, more: {type: text, default: indeed}"
    )
    chat.program = load(write_bot(tmp_path, MAIN, finished=changed, snooze=SNOOZE)).program
    assert press(chat, 1, "done") == ["Well done, tea, indeed done"]


def test_a_version_without_the_flow_makes_it_an_old_button(tmp_path: Path) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring")
    flows = {name: one for name, one in chat.program.flows.items() if name != "finished"}
    chat.program = replace(chat.program, flows=flows)
    assert press(chat, 1, "done") == [OLD]


def test_an_input_that_does_not_fit_any_more_is_a_fault_and_the_button_stays(
    tmp_path: Path,
) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring")
    changed = FINISHED.replace("type: text", "type: int")
    main = MAIN.replace("with: {note: note}}", "with: {note: 5}}", 1)
    chat.program = load(write_bot(tmp_path, main, finished=changed, snooze=SNOOZE)).program
    assert press(chat, 1, "done") == [phrase("error", "en")]
    assert len(chat.chat.offers) == 1


def test_the_flow_of_a_button_that_runs_already_begins_anew_with_the_new_inputs(
    tmp_path: Path,
) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring", "/ring")
    press(chat, 2, "later")
    assert press(chat, 1, "later") == ["How long, tea?"]
    assert len(chat.chat.stack) == 1


def test_a_subflow_that_was_called_is_not_ended_by_a_button_that_begins_the_same(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path, MAIN, finished=FINISHED, snooze=SNOOZE,
        form="""
        triggers: [/form]
        states:
          c: {call: snooze, with: {note: "'caller'"}, on: {b: end}}
          end: {type: final, say: End.}
        """,
    )  # fmt: skip
    chat.hear("/ring", "/form")
    assert press(chat, 1, "later") == ["How long, tea?"]
    assert chat.hear("1h") == ["1h then.", "How long, caller?"]
    assert chat.hear("2h") == ["2h then.", "End."]


@pytest.mark.parametrize(
    ("busy", "said"),
    [("replace", ["Done tea done"]), ("ignore", [FALLBACK]),
     ("digress", ["Done tea done", "Your name?"])],
)  # fmt: skip
def test_its_flow_says_what_becomes_of_the_one_that_runs(
    tmp_path: Path, busy: str, said: list[str]
) -> None:
    finished = f"when_busy: {busy}\n{FINISHED}"
    chat = talk(tmp_path, MAIN, finished=finished, snooze=SNOOZE, form=FORM)
    chat.hear("/ring", "/form")
    assert press(chat, 1, "done") == said
    assert bool(chat.chat.offers) is (busy == "ignore")


def test_the_latest_messages_are_remembered_and_older_ones_have_old_buttons(
    tmp_path: Path,
) -> None:
    chat = bot(tmp_path)
    chat.hear("/ring")
    first = chat.chat.offers[0].visit
    chat.hear(*["/ring"] * OFFERS_MAX)
    assert len(chat.chat.offers) == OFFERS_MAX
    assert chat.event(CHOICE, press=Press(first, "done"), ref="bot:1") == [OLD]
    assert press(chat, OFFERS_MAX, "done") == ["Done tea done"]


def test_heavy_inputs_are_bounded(tmp_path: Path) -> None:
    chat = bot(tmp_path, MAIN.replace("default: tea", f"default: {'x' * 3_000}"))
    chat.hear(*["/ring"] * 30)
    assert 1 <= len(chat.chat.offers) < 12
    chat = bot(tmp_path, MAIN.replace("default: tea", f"default: {'x' * PLAN_MAX}"))
    chat.hear("/ring")
    assert "fault:offer:size" in chat.codes
    assert chat.chat.offers == ()


def test_labels_are_translated(tmp_path: Path) -> None:
    german = {
        "main.de.yaml": "ring.say: Klingel\nring.say.buttons.done: Fertig\n"
        "ring.say.buttons.later: Später\nring.say.buttons.web: Netz\n"
    }
    main = f"languages: [en, de]\n{MAIN}"
    chat = talk(tmp_path, main, texts=german, lang="de", finished=FINISHED, snooze=SNOOZE)
    assert chat.hear("/ring") == ["Klingel"]
    assert chat.buttons == ["Fertig", "Später", "Netz"]
    assert chat.hear("fertig") == ["Done tea done"]


IN_GROUP = """
triggers: [/ring]
states:
  ring:
    type: final
    say: {text: Ring, once: true, buttons: {done: {label: Done, start: finished}}}
"""
ENDED = "states: {a: {type: final, say: Finished.}}"


def test_in_a_group_a_button_of_one_persons_flow_is_that_persons(tmp_path: Path) -> None:
    chat = group(tmp_path, IN_GROUP, finished=ENDED)
    assert chat.say("ann", "/ring") == ["Ring"]
    assert chat.press("ann", "done", of="ann") == ["Finished."]


def test_in_a_group_anybody_may_press_what_was_offered_to_all(tmp_path: Path) -> None:
    shared = f"per: chat\n{IN_GROUP}"
    chat = group(tmp_path, shared, finished=f"per: chat\n{ENDED}")
    chat.say("ann", "/ring")
    assert chat.press("bob", "done") == ["Finished."]
    assert chat.press("cleo", "done") == [OLD]


def test_in_a_group_a_label_counts_only_where_it_is_said_to_the_bot(tmp_path: Path) -> None:
    chat = group(tmp_path, IN_GROUP, finished=ENDED)
    chat.say("ann", "/ring")
    assert chat.say("ann", "done") == []
    assert chat.say("bob", "done", to_bot=True) == [FALLBACK]
    assert chat.say("ann", "done", to_bot=True) == ["Finished."]


def test_a_button_of_all_does_not_begin_what_is_one_persons(tmp_path: Path) -> None:
    chat = group(tmp_path, f"per: chat\n{IN_GROUP}", finished=ENDED)
    chat.say("ann", "/ring")
    assert chat.press("bob", "done") == [OLD]
    assert chat.sessions[ROOM].chats["room"].offers
