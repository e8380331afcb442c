"""Several choices as one answer: toggled by presses, or typed as a list."""

from pathlib import Path

import pytest

from engine.core.effects import Message
from engine.core.events import Press
from tests.unit.core.flow_fixture import Talk, ok, talk

SPOTS = """
languages: [en, de]
data: {spots: {type: list, optional: true}, knees: {type: bool, default: true}}
on: {/help: {say: Help.}, /back: .back, /no_knees: {set: {knees: false}, reprompt: false}}
states:
  first: {confirm: Does it hurt?, yes: spots, no: end}
  spots:
    ask: Where?
    multi: {min: 1, max: 3}
    columns: 2
    choices:
      head: Head
      knee: {label: Knee, guard: knees, also: [leg]}
      back: Back
      arm: Arm
      none: {label: Read more, url: "https://example.org/pain"}
    skip: {say: Fine., target: end}
    next: end
  end: {type: final, say: "{spots | label | list}"}
"""


def spots(folder: Path, **options: str) -> Talk:
    chat = talk(folder, SPOTS, texts={"main.de.yaml": "spots.choices.head: Kopf"}, **options)  # type: ignore[arg-type]
    chat.hear("/start")
    assert chat.tap("yes") == ["Where?"]
    return chat


def menu_of(chat: Talk) -> list[str]:
    """The labels that the person sees now, in the message of the open question."""
    return chat.buttons


def test_a_press_toggles_in_place_and_sends_no_new_message(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    assert menu_of(chat) == ["Head", "Knee", "Back", "Arm", "Read more", "Skip"]
    asked = len(chat._heard)
    chat.press("knee")
    (edit,) = chat.said
    assert (edit.text, edit.edit) == ("", f"bot:{asked}")
    assert len(chat._heard) == asked
    assert menu_of(chat) == ["Head", "✓ Knee", "Back", "Arm", "Read more", "Done", "Skip"]
    chat.press("knee")
    assert menu_of(chat) == ["Head", "Knee", "Back", "Arm", "Read more", "Skip"]
    assert chat.top.leaf.tries == 0


def test_done_takes_what_is_marked_in_the_order_of_the_choices(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    chat.press("back")
    chat.press("head")
    assert chat.tap("done") == ["Head and Back"]


def test_done_appears_from_the_least_on_and_not_before(tmp_path: Path) -> None:
    chat = talk(tmp_path, SPOTS.replace("min: 1", "min: 2"))
    chat.hear("/start")
    chat.tap("yes")
    chat.press("head")
    assert "Done" not in menu_of(chat)
    visit = chat.top.leaf.visit
    assert chat.event("choice", press=Press(visit, ".done"), ref=f"bot:{len(chat._heard)}") == []
    assert chat.state == "spots"
    chat.press("arm")
    assert "Done" in menu_of(chat)


def test_reaching_the_most_is_the_answer_and_is_shown(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    for choice in ("arm", "head", "knee"):
        chat.press(choice)
    assert menu_of(chat)[:4] == ["✓ Head", "✓ Knee", "Back", "✓ Arm"]
    assert chat.take() == ["Head, Knee, and Arm"]


def test_more_than_the_most_is_never_marked(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: list}}
        states:
          q: {ask: Q?, multi: {max: 2}, choices: {a: A, b: B, c: C}, check: free, next: end}
          end: {type: final, say: "{q | list}"}
        """,
        actions={"free": [ok("Not these."), ok(value=True)]},
        checks=["free"],
    )
    chat.hear("/start")
    chat.press("a")
    assert chat.tap("b") == ["Not these."]
    chat.press("c")
    assert menu_of(chat) == ["✓ A", "✓ B", "C", "Done"]
    chat.press("a")
    assert chat.tap("c") == ["b and c"]


@pytest.mark.parametrize(
    "typed", ["1, 3", "3 1", "head, back", "Kopf;back", "HEAD, 3", "hea, bac", "1,3,1"]
)
def test_a_typed_list_is_the_whole_answer(tmp_path: Path, typed: str) -> None:
    chat = spots(tmp_path)
    chat.press("arm")
    assert chat.hear(typed) == ["Head and Back"]


def test_one_typed_choice_is_a_list_of_one(tmp_path: Path) -> None:
    assert spots(tmp_path).hear("leg") == ["Knee"]


@pytest.mark.parametrize("typed", ["1, 9", "1, 2, 3, 4", "head tail", "5", "done", "Read more"])
def test_what_is_no_such_list_is_a_wrong_answer(tmp_path: Path, typed: str) -> None:
    chat = spots(tmp_path)
    assert chat.hear(typed) == [
        "Please choose 1 to 3 of: Head, Knee, Back, Arm. Put commas between."
    ]
    assert chat.top.leaf.tries == 1


def test_done_can_be_typed_in_any_language_of_the_bot(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    chat.press("head")
    assert chat.hear("fertig") == ["Head"]


def test_none_is_a_list_too_where_none_need_be_chosen(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: list}}
        states:
          q: {ask: Q?, multi: {min: 0}, choices: {a: A, b: B}, next: end}
          end: {type: final, say: "{len(q)}"}
        """,
    )
    chat.hear("/start")
    assert menu_of(chat) == ["A", "B", "Done"]
    assert chat.tap("done") == ["0"]
    chat.hear("/start")
    assert chat.hear("a, b") == ["2"]


def test_marks_outlast_what_interrupts_the_question(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    chat.press("head")
    assert chat.hear("/help") == ["Help.", "Where?"]
    assert menu_of(chat)[0] == "✓ Head"
    chat.press("knee")
    assert chat.said[-1].edit == f"bot:{len(chat._heard)}"


def test_an_older_message_of_the_same_visit_can_be_pressed_and_changes_itself(
    tmp_path: Path,
) -> None:
    chat = spots(tmp_path)
    asked = len(chat._heard)
    chat.hear("/help")
    visit = chat.top.leaf.visit
    chat.event("choice", press=Press(visit, "arm"), ref=f"bot:{asked}")
    assert chat._heard[asked - 1].buttons[1][1].label == "✓ Arm"


def test_where_the_pressed_message_has_no_name_the_question_is_asked_anew(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    assert chat.event("choice", press=Press(chat.top.leaf.visit, "arm"), ref=None) == ["Where?"]
    assert menu_of(chat)[3] == "✓ Arm"


def test_a_mark_whose_choice_is_offered_no_more_does_not_count(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    chat.press("knee")
    chat.hear("/no_knees")
    chat.press("head")
    assert chat.tap("done") == ["Head"]


def test_buttons_of_an_older_visit_toggle_nothing(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    visit = chat.top.leaf.visit
    chat.press("head")
    assert chat.hear("/back")[-1] == "Does it hurt?"
    assert chat.tap("yes") == ["Where?"]
    assert menu_of(chat)[0] == "Head"
    assert chat.event("choice", press=Press(visit, "arm")) == ["This button is no longer in use."]
    assert chat.top.leaf.marked == ()


def test_back_shows_what_was_marked_and_asks_again(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: list}, r: {type: text}}
        on: {/back: .back}
        states:
          q: {ask: Q?, multi: {min: 1}, choices: {a: A, b: B}, next: r}
          r: {ask: R?, next: end}
          end: {type: final, say: "{q | list}"}
        """,
    )
    chat.hear("/start")
    chat.press("a")
    assert chat.tap("done") == ["R?"]
    assert chat.hear("/back") == ["Q?"]
    assert menu_of(chat) == ["✓ A", "B", "Done"]
    chat.press("b")
    assert chat.tap("done") == ["R?"]
    assert chat.hear("x") == ["a and b"]


def test_what_can_be_left_out_stores_null(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    chat.press("head")
    assert chat.tap("skip") == ["Fine."]
    assert chat.frame is not None
    assert chat.state is None


def test_a_link_has_no_number_and_answers_nothing(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    asked: Message = chat._heard[-1]
    link = asked.buttons[2][0]
    assert (link.label, link.number, link.url) == ("Read more", 0, "https://example.org/pain")
    assert chat.hear("4") == ["Arm"]


def test_the_most_is_the_answer_where_messages_have_no_names_too(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    visit = chat.top.leaf.visit
    for choice, said in (("arm", ["Where?"]), ("head", ["Where?"]), ("knee", [])):
        heard = chat.event("choice", press=Press(visit, choice))
        assert heard[: len(said)] == said
    assert heard == ["Head, Knee, and Arm"]


def test_a_label_that_fails_once_something_is_marked_is_a_fault_of_the_flow(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: list}, n: {type: int, default: 1}}
        states:
          q:
            ask: Q?
            multi: {min: 1}
            choices: {a: A, b: "B {1 // n}"}
            next: end
            on:
              choice.a: {set: {n: 0}, reprompt: false}
              error: {say: "{error.code}", target: end}
          end: {type: final, say: End.}
        """,
    )
    chat.hear("/start")
    assert chat.tap("a") == []
    assert chat.tap("b") == ["expr:divide", "End."]


def test_a_button_of_the_bots_own_that_fails_is_a_fault_of_the_flow(tmp_path: Path) -> None:
    chat = spots(tmp_path, bot="texts: {done: '{1 // 0}'}")
    assert chat.tap("head") == ["Sorry, something went wrong. Please try again later."]
    assert "fault:expr:divide" in chat.codes
    assert chat.top.leaf.marked == ()


def test_media_are_a_wrong_answer_where_choices_are_asked_for(tmp_path: Path) -> None:
    chat = spots(tmp_path)
    assert chat.event("photo", extra={"media": {"kind": "photo", "id": "x"}}) == [
        "Please choose 1 to 3 of: Head, Knee, Back, Arm. Put commas between."
    ]
