"""Who hears an event first: section 4 of the language."""

from pathlib import Path

import pytest

from tests.unit.core.flow_fixture import Talk, talk

NESTED = """
on:
  /where: {say: root}
  /root: {say: root}
states:
  form:
    initial: name
    on:
      /where: {say: form}
      /form: {say: form}
    states:
      name:
        ask: Name?
        on: {/where: {say: name}}
        into: name
        next: end
  end: {type: final}
data: {name: {type: text}}
"""
BOT = """
on:
  /where: {say: bot}
  /root: {say: bot}
  /bot: {say: bot}
texts: {fallback: What?, old_button: Too old.}
"""


@pytest.mark.parametrize(
    ("typed", "heard"), [("/where", "name"), ("/form", "form"), ("/root", "root"), ("/bot", "bot")]
)
def test_the_innermost_state_that_has_a_handler_takes_the_event(
    tmp_path: Path, typed: str, heard: str
) -> None:
    chat = talk(tmp_path, NESTED, bot=BOT)
    chat.hear("/start")
    assert chat.hear(typed) == [heard, "Name?"]


def test_the_caller_hears_after_the_called_flow_and_before_the_bot(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        on: {/a: {say: root of the caller}}
        states:
          calls: {call: child, on: {done: end, /a: {say: caller}, /b: {say: caller}}}
          end: {type: final}
        """,
        bot="on: {/a: {say: bot}, /b: {say: bot}, /c: {say: bot}}",
        child="""
        data: {q: {type: text}}
        on: {/a: {say: child}}
        states:
          q: {ask: Q?, next: done}
          done: {type: final}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/a") == ["child", "Q?"]
    assert chat.hear("/b") == ["caller", "Q?"]
    assert chat.hear("/c") == ["bot", "Q?"]
    assert chat.state == "q"


def test_a_guard_that_does_not_hold_lets_the_next_transition_and_then_the_parent_hear(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {n: {type: int, default: 0}}
        on: {/go: {say: root, set: {n: n + 1}}}
        states:
          wait:
            on:
              /go:
                - {guard: n == 1, say: one, set: {n: 2}}
                - {guard: n == 2, say: two, set: {n: 3}}
        """,
    )
    chat.hear("/start")
    said = [chat.hear("/go") for _ in range(4)]
    assert said == [["root"], ["one"], ["two"], ["root"]]


ORDER = """
data: {age: {type: int}}
states:
  age:
    ask: Age?
    into: age
    retry: {say: A number!}
    on:
      ~secret: {say: pattern}
      "text": {say: text handler}
    next: end
  end: {type: final, say: "{age}"}
"""


def test_a_pattern_in_on_hears_before_the_open_question(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER.replace("~secret", '"~4."'))
    chat.hear("/start")
    assert chat.hear("42") == ["pattern", "Age?"]


def test_an_answer_goes_before_text_handlers_and_before_triggers(tmp_path: Path) -> None:
    chat = talk(
        tmp_path, ORDER,
        other="""
        triggers: ["~4"]
        states: {s: {type: final, say: other}}
        """,
    )  # fmt: skip
    chat.hear("/start")
    assert chat.hear("42") == ["42"]


def test_a_trigger_goes_before_text_handlers_and_wrong_answers(tmp_path: Path) -> None:
    chat = talk(
        tmp_path, ORDER,
        other="""
        triggers: ["~weather"]
        states: {s: {type: final, say: Rain.}}
        """,
    )  # fmt: skip
    chat.hear("/start")
    assert chat.hear("the weather") == ["Rain.", "Age?"]
    assert chat.top.leaf.tries == 0


def test_a_text_handler_goes_before_a_wrong_answer(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER)
    chat.hear("/start")
    assert chat.hear("nonsense") == ["text handler", "Age?"]
    assert chat.top.leaf.tries == 0


def test_text_and_star_of_one_state_hear_before_those_of_the_states_around_it(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        on: {text: {say: outer text}, "*": {say: outer star}}
        states:
          a:
            on: {"*": {say: inner star}, /b: b}
          b: {on: {"*": {say: "never for texts"}, text: {say: inner text}, /c: c}}
          c: {on: {/a: a}}
        """,
    )
    chat.hear("/start")
    assert chat.hear("x") == ["inner star"]
    assert chat.hear("/b", "x") == ["inner text"]
    assert chat.hear("/c", "x") == ["outer text"]
    assert chat.event("photo") == ["outer star"]


def test_a_star_hears_what_a_person_sends_and_never_timers_done_or_errors(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}}
        on: {"*": {say: star}}
        states:
          box:
            initial: inside
            after: {1m: {say: timer}}
            on: {done: last}
            states:
              inside: {on: {/on: over}}
              over: {type: final}
          last: {entry: [{say: "{1 / 0}"}], on: {error: {say: handled}, /again: last}}
        """,
    )
    chat.hear("/start")
    assert chat.hear("hello") == ["star"]
    assert chat.after("1m") == ["timer"]
    assert chat.hear("/on") == ["handled"]
    assert chat.hear("/unknown") == ["star"]


def test_an_edit_never_answers_and_stays_unanswered_unless_it_is_handled(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER)
    chat.hear("/start")
    assert chat.event("edited", text="40") == []
    assert chat.event("reaction") == chat.event("joined") == chat.event("left") == []
    assert chat.state == "age"


def test_an_edit_and_a_reaction_are_heard_by_their_names(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "states: {s: {on: {edited: {say: 'edited: {turn.text}'}, reaction: {say: nice}}}}",
    )
    chat.hear("/start")
    assert chat.event("edited", text="b") == ["edited: b"]
    assert chat.event("reaction") == ["nice"]


def test_what_nothing_hears_gets_the_fallback(tmp_path: Path) -> None:
    chat = talk(tmp_path, NESTED, bot=BOT)
    assert chat.hear("hello") == ["What?"]
    assert chat.hear("/nothing") == ["What?"]
    assert chat.event("sticker") == ["What?"]
    chat.hear("/start")
    assert chat.hear("/nothing") == ["What?"]


def test_media_that_does_not_read_is_a_wrong_answer(tmp_path: Path) -> None:
    chat = talk(tmp_path, ORDER)
    chat.hear("/start")
    assert chat.event("location") == ["A number!"]
    assert chat.top.leaf.tries == 1


def test_a_button_is_heard_by_on_before_the_question(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          q:
            ask: Q?
            choices: {a: A, b: B}
            on: {choice.a: {say: heard}}
            next: end
          end: {type: final, say: "{turn.choice}"}
        """,
    )
    chat.hear("/start")
    assert chat.tap("a") == ["heard", "Q?"]
    assert chat.tap("b") == ["b"]


@pytest.mark.parametrize("typed", ["A", "1", "a"])
def test_a_choice_that_is_typed_is_heard_like_its_button(tmp_path: Path, typed: str) -> None:
    chat = talk(
        tmp_path,
        """
        states:
          q:
            ask: Q?
            choices: {a: A, b: B}
            on: {choice.a: {say: "heard {turn.choice}"}, text: {say: unheard}}
            next: end
          end: {type: final, say: "{turn.choice}"}
        """,
    )
    chat.hear("/start")
    assert chat.hear(typed) == ["heard a", "Q?"]
    assert chat.hear("neither") == ["unheard", "Q?"]
    assert chat.hear("B") == ["b"]


def test_an_answer_in_words_of_its_own_is_no_choice(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}}
        on: {choice.a: {say: heard}}
        states:
          q: {ask: Q?, next: r}
          r: {ask: "{q} {turn.choice}", choices: {a: A}, next: q}
        """,
    )
    chat.hear("/start")
    assert chat.hear("a") == ["a"]
    assert chat.hear("a") == ["heard", "a a"]


def test_where_no_flow_runs_only_the_bot_hears(tmp_path: Path) -> None:
    chat = talk(tmp_path, NESTED, bot=BOT)
    assert chat.hear("/where") == ["bot"]


@pytest.fixture
def media(tmp_path: Path) -> Talk:
    return talk(
        tmp_path,
        """
        data: {q: {type: text}}
        states:
          q: {ask: Q?, on: {photo: {say: "A photo of {turn.media.size}."}}, next: end}
          end: {type: final}
        """,
    )


def test_media_are_events_of_their_own_and_carry_what_the_transport_knows(media: Talk) -> None:
    media.hear("/start")
    assert media.event("photo", extra={"media": {"size": 7}}) == ["A photo of 7.", "Q?"]
