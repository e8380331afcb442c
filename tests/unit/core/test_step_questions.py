"""Questions: answers, choices, wrong answers, and the ways on."""

from pathlib import Path

import pytest

from engine.core.events import Press
from tests.unit.core.flow_fixture import Talk, talk

CITY = """
data: {city: {type: enum}, member: {type: bool, default: false}}
languages: [en, de]
states:
  city:
    ask: Where?
    columns: 2
    choices:
      berlin: Berlin
      vienna: {label: Vienna, also: [wean, The Capital]}
      club: {label: The club, guard: member, target: club}
      else: {label: Elsewhere, set: {city: "'berlin'"}}
    on: {/join: {set: {member: true}}, /leave: {set: {member: false}, reprompt: false}}
    next: over
  club: {type: final, say: Welcome to the club.}
  over: {type: final, say: "{city}: {city | label}"}
"""
GERMAN = {
    "main.de.yaml": """
    city.ask: Wo?
    city.choices.vienna: Wien
    city.choices.else: Anderswo
    """
}


@pytest.fixture
def city(tmp_path: Path) -> Talk:
    chat = talk(tmp_path, CITY, texts=GERMAN)
    assert chat.hear("/start") == ["Where?"]
    assert chat.buttons == ["Berlin", "Vienna", "Elsewhere"]
    return chat


def test_a_press_answers_with_the_id_of_the_choice(city: Talk) -> None:
    assert city.tap("vienna") == ["vienna: Vienna"]


@pytest.mark.parametrize(
    "typed", ["Vienna", "  vIENNA ", "\uff36ienna", "wien", "WEAN", "the capital", "2"]
)
def test_a_typed_label_in_any_language_a_synonym_or_the_number_answers(
    city: Talk, typed: str
) -> None:
    assert city.hear(typed) == ["vienna: Vienna"]


def test_the_buttons_stand_in_rows_of_the_given_length(city: Talk) -> None:
    rows = city._heard[-1].buttons
    assert [len(row) for row in rows] == [2, 1]


@pytest.mark.parametrize("typed", ["Paris", "0", "5", "1.", "The club", "", "²³"])
def test_what_is_no_choice_gets_the_choices_as_a_hint(city: Talk, typed: str) -> None:
    assert city.hear(typed) == ["Please choose one of: Berlin, Vienna, Elsewhere."]
    assert city.top.leaf.tries == 1


def test_a_choice_is_offered_only_while_its_guard_holds(city: Talk) -> None:
    assert city.hear("/join") == ["Where?"]
    assert city.buttons == ["Berlin", "Vienna", "The club", "Elsewhere"]
    assert city.hear("3") == ["Welcome to the club."]


def test_a_button_whose_guard_holds_no_more_answers_nothing(city: Talk) -> None:
    city.hear("/join", "/leave")
    assert city.tap("club") == ["Sorry, I did not understand that."] or city.top.leaf.tries == 0
    assert city.state == "city"
    assert city.top.leaf.tries == 0


def test_what_a_choice_does_itself_happens_before_the_common_way_on(city: Talk) -> None:
    assert city.tap("else") == ["berlin: Berlin"]


def test_the_labels_are_shown_in_the_language_of_the_person(tmp_path: Path) -> None:
    chat = talk(tmp_path, CITY, texts=GERMAN, lang="de")
    assert chat.hear("/start") == ["Wo?"]
    assert chat.buttons == ["Berlin", "Wien", "Anderswo"]
    assert chat.hear("vienna") == ["vienna: Wien"]


def test_a_button_of_an_earlier_visit_never_answers(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {a: {type: enum}}
        states:
          a: {ask: A?, choices: {x: X, y: Y}, next: b}
          b: {ask: B?, choices: {x: X, z: {label: Z, target: a}}, into: a, next: a}
        """,
        bot="texts: {old_button: Too old.}",
    )
    chat.hear("/start")
    first = chat.top.leaf.visit
    chat.tap("x")
    assert chat.event("choice", press=Press(first, "x")) == ["Too old."]
    assert chat.state == "b"
    chat.tap("z")
    assert chat.event("choice", press=Press(first, "x")) == ["Too old."]
    assert chat.event("choice", press=Press(chat.top.leaf.visit, "nothing")) == ["Too old."]
    assert chat.state == "a"
    assert chat.event("choice", press=Press(chat.top.leaf.visit, "x")) == ["B?"]


def test_a_button_pressed_where_no_question_is_open_is_old(tmp_path: Path) -> None:
    chat = talk(tmp_path, CITY, bot="texts: {old_button: Too old.}")
    assert chat.event("choice", press=Press(1, "x")) == ["Too old."]
    chat.hear("/start", "1")
    assert chat.event("choice", press=Press(1, "berlin")) == ["Too old."]


def test_a_choice_question_without_a_variable_stores_nothing(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          q: {ask: Sure?, choices: {yes: {label: "Yes", target: a}, no: {label: "No", target: b}}}
          a: {type: final, say: "a {turn.choice}"}
          b: {type: final}
        """,
    )
    chat.hear("/start")
    assert chat.data == {}
    assert chat.tap("yes") == ["a yes"]


RETRY = """
data: {n: {type: int, max: 9}}
on: {/help: {say: Help.}}
states:
  n:
    ask: N?
    retry: {max: 3, say: "Wrong.", target: gave_up}
    next: end
    on: {/again: n}
  gave_up: {type: final, say: Enough.}
  end: {type: final, say: "{n}"}
"""
DETOUR = """
triggers: [/other]
data: {x: {type: int}}
states:
  x: {ask: X?, next: end}
  end: {type: final}
"""


def test_wrong_answer_number_max_goes_to_the_target_instead_of_the_hint(tmp_path: Path) -> None:
    chat = talk(tmp_path, RETRY)
    chat.hear("/start")
    assert chat.hear("x", "10") == ["Wrong.", "Wrong."]
    assert chat.hear("y") == ["Enough."]


def test_wrong_answers_are_counted_over_internal_transitions_and_digressions(
    tmp_path: Path,
) -> None:
    chat = talk(tmp_path, RETRY, other=DETOUR)
    chat.hear("/start", "x")
    chat.hear("/help")
    assert chat.top.leaf.tries == 1
    assert chat.hear("/other", "no number", "1")[-1] == "N?"
    assert chat.top.leaf.tries == 1
    assert chat.hear("y", "z") == ["Wrong.", "Enough."]


def test_another_visit_counts_anew(tmp_path: Path) -> None:
    chat = talk(tmp_path, RETRY)
    chat.hear("/start", "x", "y", "/again")
    assert chat.top.leaf.tries == 0
    assert chat.hear("x", "y") == ["Wrong.", "Wrong."]


def test_without_retry_the_type_hints_as_often_as_it_takes(tmp_path: Path) -> None:
    chat = talk(tmp_path, DETOUR.replace("/other", "/start"))
    chat.hear("/start")
    assert len(set(chat.hear(*["x"] * 20))) == 1
    assert chat.top.leaf.tries == 20


def test_the_bots_text_for_wrong_answers_stands_in_for_the_types_hint(tmp_path: Path) -> None:
    chat = talk(
        tmp_path, DETOUR.replace("/other", "/start"), bot="texts: {wrong: Not that.}"
    )  # fmt: skip
    assert chat.hear("/start", "x") == ["X?", "Not that."]


def test_the_way_on_depends_on_guards_that_see_the_answer(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int}}
        states:
          n:
            ask: N?
            next:
              - {guard: n > 100, target: large}
              - {guard: n > 10, say: on the way, target: small}
          large: {type: final, say: large}
          small: {type: final, say: small}
        """,
    )
    chat.hear("/start")
    assert chat.hear("11") == ["on the way", "small"]
    chat.hear("/start")
    assert chat.hear("101") == ["large"]


def test_where_no_way_is_open_after_an_answer_the_question_is_asked_again(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int}}
        states:
          n: {ask: N?, next: {guard: n > 10, target: end}}
          end: {type: final}
        """,
    )
    chat.hear("/start")
    assert chat.hear("5") == ["N?"]
    assert chat.hear("50") == []
    assert chat.active is None


def test_an_answer_may_stay_with_the_person(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {name: {type: text, scope: user}}
        states:
          q: {ask: Name?, into: user.name, next: end}
          end: {type: final, say: "Hello {user.name}!"}
        """,
    )
    assert chat.hear("/start", "Ann") == ["Name?", "Hello Ann!"]
    assert chat.session.user == {"name": "Ann"}


@pytest.mark.parametrize(
    "text",
    ["a" * 65_536, "🦉" * 65_536, "\x00\x01\x7f", "a\r\nb\rc", "\ud800", "\u202e\u2066", "   "],
    ids=["64 KiB", "owls", "controls", "line ends", "surrogate", "bidi", "blank"],
)
def test_any_text_is_an_answer_or_a_wrong_one_and_never_a_fault(tmp_path: Path, text: str) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text, max: 100000}}
        states:
          q: {ask: Q?, next: again}
          again: {say: "{q}", next: q}
        """,
    )
    chat.hear("/start")
    said = chat.hear(text)
    assert said
    assert "step:undone" not in chat.codes
    assert chat.state == "q"


def test_an_answer_of_a_pattern_like_type_is_held_to_its_match(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {code: {type: text, match: "[0-9]{4}"}}
        states:
          code: {ask: Code?, next: end}
          end: {type: final, say: "{code}"}
        """,
    )
    chat.hear("/start")
    assert chat.hear("12345") == ["This does not have the expected form."]
    assert chat.hear(" 1234 ") == ["1234"]


def test_wrong_answers_get_the_texts_in_turn_and_the_last_one_again(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        languages: [en, de]
        data: {n: {type: int}}
        states:
          n: {ask: N?, retry: {say: [First., "Again, {turn.text}.", Last.]}, next: end}
          end: {type: final}
        """,
        texts={"main.de.yaml": "n.retry.say.0: Erstens."},
    )
    chat.hear("/start")
    assert chat.hear("a", "b", "c", "d") == ["First.", "Again, b.", "Last.", "Last."]


SKIP = """
languages: [en, de]
data: {note: {type: text, optional: true}, n: {type: int, optional: true}}
on: {/back: .back}
states:
  note:
    ask: A note?
    skip: {say: As you like., target: n}
    next: n
  n: {ask: N?, skip: end, next: end}
  end: {type: final, say: "{note | default('none')}, {n | default('none')}"}
"""


def test_a_question_is_left_out_by_its_button(tmp_path: Path) -> None:
    chat = talk(tmp_path, SKIP)
    chat.hear("/start")
    assert chat.buttons == ["Skip"]
    assert chat.tap("skip") == ["As you like.", "N?"]
    assert chat.data["note"] is None
    assert chat.hear("7") == ["none, 7"]


@pytest.mark.parametrize("typed", ["skip", " SKIP ", "überspringen"])
def test_a_question_is_left_out_by_the_word_in_any_language_of_the_bot(
    tmp_path: Path, typed: str
) -> None:
    assert talk(tmp_path, SKIP).hear("/start", typed)[1:] == ["As you like.", "N?"]


@pytest.mark.parametrize("typed", ["skip it", "ski", "skipp"])
def test_any_other_text_is_the_answer_of_a_question_for_texts(tmp_path: Path, typed: str) -> None:
    chat = talk(tmp_path, SKIP)
    assert chat.hear("/start", typed) == ["A note?", "N?"]
    assert chat.data["note"] == typed


def test_the_button_is_in_the_language_of_the_person(tmp_path: Path) -> None:
    chat = talk(tmp_path, SKIP, lang="de")
    chat.hear("/start")
    assert chat.buttons == ["Überspringen"]


def test_back_returns_to_a_question_that_was_left_out(tmp_path: Path) -> None:
    chat = talk(tmp_path, SKIP)
    chat.hear("/start", "skip")
    assert chat.hear("/back") == ["A note?"]
    assert chat.hear("Oh", "skip") == ["N?", "Oh, none"]


CONFIRM = """
languages: [en, de]
data: {sure: {type: bool, optional: true}}
states:
  sure: {confirm: "Sure?", yes: {say: Good., target: end}, next: end}
  end: {type: final, say: "{sure}, {sure | label}"}
"""


@pytest.mark.parametrize("typed", ["yes", "Ja", "j", "1", "OK", "yea"])
def test_yes_is_understood_in_the_languages_of_the_bot(tmp_path: Path, typed: str) -> None:
    assert talk(tmp_path, CONFIRM).hear("/start", typed) == ["Sure?", "Good.", "yes, Yes"]


@pytest.mark.parametrize("typed", ["no", "NEIN", "n", "2"])
def test_no_too_and_what_is_not_led_goes_to_next(tmp_path: Path, typed: str) -> None:
    assert talk(tmp_path, CONFIRM).hear("/start", typed) == ["Sure?", "no, No"]


@pytest.mark.parametrize("typed", ["maybe", "yes and no", "3"])
def test_anything_else_is_a_wrong_answer(tmp_path: Path, typed: str) -> None:
    assert talk(tmp_path, CONFIRM).hear("/start", typed)[1:] == ["Please choose one of: Yes, No."]


def test_yes_and_no_are_buttons_in_the_language_of_the_person(tmp_path: Path) -> None:
    chat = talk(tmp_path, CONFIRM, lang="de")
    chat.hear("/start")
    assert chat.buttons == ["Ja", "Nein"]
    assert chat.tap("no") == ["no, Nein"]


def test_yes_and_no_are_transitions_with_guards(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 3}}
        states:
          q:
            confirm: Again?
            yes: [{guard: n > 2, set: {n: n - 1}, target: q}, {target: end}]
            no: end
          end: {type: final, say: "{n}"}
        """,
    )
    assert chat.hear("/start", "yes", "yes") == ["Again?", "Again?", "2"]


def test_a_link_beside_a_free_question_answers_nothing(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {code: {type: int}, base: {type: text, default: "https://a.example"}}
        states:
          code:
            ask: Your code?
            choices: {get: {label: Get one, url: "{base}/code"}}
            next: end
          end: {type: final, say: "{code}"}
        """,
    )
    chat.hear("/start")
    assert chat._heard[-1].buttons[0][0].url == "https://a.example/code"
    assert chat.hear("Get one") == ["Please send a whole number."]
    assert chat.hear("7") == ["7"]


def test_a_link_that_no_button_can_open_is_a_fault(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}, url: {type: text, default: "javascript:alert(1)"}}
        states:
          q: {ask: Q?, choices: {get: {label: Get, url: "{url}"}}, next: end}
          end: {type: final}
        """,
    )
    chat.hear("/start")
    assert "fault:choices:url" in chat.codes


def test_a_choice_does_all_that_a_transition_does(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 0}}
        states:
          q:
            ask: Q?
            choices:
              a:
                label: A
                set: {n: 1}
                say: "{n}"
                actions: [{set: {n: n + 1}}, {say: "{n}"}]
                raise: told
            on: {told: {say: Told., target: end}}
            next: wait
          wait: {on: {told: {say: Told later., target: end}}}
          end: {type: final}
        """,
    )
    chat.hear("/start")
    assert chat.tap("a") == ["1", "2", "Told later."]


FRENCH = """
languages: [fr, en]
data: {q: {type: list, optional: true}}
states:
  q: {ask: "Lesquels ?", multi: {min: 1}, choices: {a: A, b: B}, skip: sure, next: sure}
  sure: {confirm: "Vraiment ?", yes: end, no: q}
  end: {type: final, say: Voilà.}
"""
WORDS = "languages: [fr, en]\ntexts: {done: Fini, skip: Passer, 'yes': Oui, 'no': Non}"


def test_the_author_words_the_buttons_of_the_engine_in_any_language(tmp_path: Path) -> None:
    english = {"bot.en.yaml": "texts.done: Finished"}
    chat = talk(tmp_path, FRENCH, bot=WORDS, texts=english)
    chat.hear("/start")
    assert chat.buttons == ["A", "B", "Passer"]
    chat.press("a")
    assert chat.buttons == ["✓ A", "B", "Fini", "Passer"]
    chat.take()
    assert chat.hear("finished") == ["Vraiment ?"]
    assert chat.buttons == ["Oui", "Non"]
    assert chat.hear("non", "passer", "OUI") == ["Lesquels ?", "Vraiment ?", "Voilà."]


def test_a_language_that_is_not_brought_has_the_buttons_in_english(tmp_path: Path) -> None:
    chat = talk(tmp_path, FRENCH)
    chat.hear("/start")
    assert chat.buttons == ["A", "B", "Skip"]
