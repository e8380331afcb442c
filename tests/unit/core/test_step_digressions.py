"""Flows that interrupt each other, replace each other, and begin anew."""

from pathlib import Path

import pytest

from engine.core.phrases import phrase
from engine.core.values import STACK_MAX
from tests.unit.core.flow_fixture import Talk, completed, talk, write

MAIN = """
data: {n: {type: int, default: 0}, q: {type: text}}
on: {/help: {say: main helps}}
states:
  q: {ask: "Q{n}?", on: {/up: {set: {n: n + 1}}}, exit: [{say: left q}], next: end}
  end: {type: final, say: end}
"""
OTHER = """
triggers: [/other, "~weather in (?P<place>[a-z]+)"]
when_busy: digress
data: {x: {type: text}}
states:
  x: {ask: X?, next: done}
  done: {type: final, say: done}
"""


def other(busy: str) -> str:
    return OTHER.replace("when_busy: digress", f"when_busy: {busy}")


def test_a_digression_suspends_the_flow_which_then_repeats_its_question(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, other=OTHER)
    chat.hear("/start", "/up")
    assert chat.hear("/other") == ["X?"]
    assert [frame.link for frame in chat.chat.stack] == ["root", "digress"]
    assert chat.hear("x") == ["done", "Q1?"]
    assert [frame.flow for frame in chat.chat.stack] == ["main"]


def test_on_of_a_suspended_flow_does_not_hear(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, other=OTHER, bot="on: {/help: {say: bot helps}}")
    chat.hear("/start")
    assert chat.hear("/help")[0] == "main helps"
    chat.hear("/other")
    assert chat.hear("/help") == ["bot helps", "X?"]


def test_a_flow_that_replaces_ends_the_running_one(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, other=other("replace"))
    chat.hear("/start")
    assert chat.hear("/other") == ["left q", "X?"]
    assert chat.hear("x") == ["done"]
    assert chat.active is None


def test_a_flow_that_ignores_begins_only_when_nothing_runs(tmp_path: Path) -> None:
    chat = talk(
        tmp_path, MAIN, other=other("ignore"), bot="texts: {fallback: What?, wrong: Wrong.}"
    )  # fmt: skip
    chat.hear("/start")
    assert chat.hear("/other") == ["What?"]
    chat.hear("answer")
    assert chat.hear("/other") == ["X?"]


def test_a_pattern_begins_a_flow_and_its_groups_land_in_turn_match(tmp_path: Path) -> None:
    flow = OTHER.replace("ask: X?", 'ask: "X in {turn.match.place}?"')
    chat = talk(tmp_path, MAIN.replace("q: {type: text}", "q: {type: int}"), other=flow)
    assert chat.hear("weather in rome") == ["X in rome?"]
    chat.hear("x", "/start")
    assert chat.hear("the weather in oslo") == ["X in oslo?"]


def test_the_running_flows_own_trigger_restarts_it(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN)
    chat.hear("/start", "/up")
    run = chat.top.run
    assert chat.hear("/start") == ["left q", "Q0?"]
    assert chat.top.run > run
    assert len(chat.chat.stack) == 1


def test_the_trigger_of_a_suspended_flow_restarts_it_and_ends_what_lay_on_it(
    tmp_path: Path,
) -> None:
    chat = talk(tmp_path, MAIN, other=OTHER)
    chat.hear("/start", "/up", "/other")
    assert chat.hear("/start") == ["left q", "Q0?"]
    assert [frame.link for frame in chat.chat.stack] == ["root"]


def test_the_trigger_of_a_called_flow_calls_it_anew(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {got: {type: any}}
        states:
          calls: {call: child, with: {n: 5}, into: got, on: {done: end}}
          end: {type: final, say: "got {got}"}
        """,
        child="""
        triggers: [/child]
        input: {n: {type: int, default: 1}}
        data: {a: {type: text}, b: {type: text}}
        states:
          a: {ask: "A{n}?", next: b}
          b: {ask: B?, next: done}
          done: {type: final, output: n}
        """,
    )
    assert chat.hear("/start", "x") == ["A5?", "B?"]
    assert chat.hear("/child") == ["A5?"]
    assert [frame.link for frame in chat.chat.stack] == ["root", "call"]
    assert chat.hear("x", "y") == ["B?", "got 5"]


def test_the_stack_of_suspended_flows_is_bounded(tmp_path: Path) -> None:
    flow = "states: {s: {on: {/end: e}}, e: {type: final}}"
    for index in range(STACK_MAX + 1):
        write(tmp_path, f"f{index}.yaml", completed(f"f{index}", f"triggers: [/f{index}]\n{flow}"))
    chat = talk(tmp_path, MAIN, bot="texts: {error: Too deep.}")
    for index in range(STACK_MAX):
        assert chat.hear(f"/f{index}") == []
    assert chat.hear(f"/f{STACK_MAX}") == ["Too deep."]
    assert len(chat.chat.stack) == STACK_MAX
    assert "fault:stack:too_deep" in chat.codes


def test_a_fault_at_the_end_of_a_digression_is_not_heard_by_the_flow_below(
    tmp_path: Path,
) -> None:
    main = MAIN.replace("/help: {say: main helps}", "error: {say: never}")
    flow = OTHER.replace("say: done", 'say: "{1 / 0}"')
    chat = talk(tmp_path, main, other=flow, bot="texts: {error: Broken.}")
    chat.hear("/start", "/other")
    assert chat.hear("x") == ["Broken."]
    assert chat.state == "x"


def test_the_bot_may_handle_the_fault_at_the_end_of_a_digression(tmp_path: Path) -> None:
    flow = OTHER.replace("say: done", 'output: "1 / 0"')
    chat = talk(tmp_path, MAIN, other=flow, bot="on: {error: {say: 'bot {error.code}'}}")
    chat.hear("/start", "/other")
    assert chat.hear("x") == ["bot expr:divide", "Q0?"]


@pytest.mark.parametrize("typed", ["/other", "x"])
def test_numbers_of_runs_and_visits_are_never_used_again(tmp_path: Path, typed: str) -> None:
    chat = talk(tmp_path, MAIN, other=OTHER)
    seen: list[tuple[int, int]] = []
    for text in ("/start", typed, "/start", "y", "/start", "/other", "x"):
        chat.hear(text)
        seen.append((chat.chat.runs, chat.chat.visits))
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]


def test_a_text_that_fits_no_pattern_begins_nothing(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, other=OTHER, bot="texts: {fallback: What?}")
    assert chat.hear("the news") == ["What?"]
    assert chat.active is None


def test_a_suspended_flow_that_fails_on_its_return_after_a_broken_digression_stays(
    tmp_path: Path,
) -> None:
    """Neither the digression, which cannot go on, nor the person's place below it is lost."""
    chat = talk(
        tmp_path,
        MAIN.replace('"Q{n}?"', '"Q{1 / n}?"').replace("default: 0", "default: 1")
        .replace("set: {n: n + 1}", "set: {n: 0}, reprompt: false"),
        other="""
        triggers: [/other]
        states:
          w: {invoke: {action: do, done: broken}}
          broken: {say: "{1 / 0}", next: done}
          done: {type: final}
        """,
        actions={"do": ()},
        bot="texts: {error: Broken.}",
    )  # fmt: skip
    chat.by_hand = True
    chat.hear("/start", "/up", "/other")
    assert chat.finish(1) == ["Broken."]
    assert [frame.flow for frame in chat.chat.stack] == ["main"]


def test_the_label_of_a_choice_is_known_in_texts_and_other_values_show_as_they_are(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        """
        data: {c: {type: any}}
        on: {/show: {say: "[{c | label}]"}, /set: {set: {c: turn.args}}}
        states:
          c: {ask: C?, choices: {x: The X}, next: kept}
          kept: {on: {/again: c}}
        """,
    )
    chat.hear("/start")
    assert chat.hear("/show") == ["[]", "C?"]
    chat.hear("the x")
    assert chat.hear("/show", "/set y", "/show") == ["[The X]", "[y]"]


def test_an_empty_text_is_not_sent(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {c: {type: text, optional: true}}
        states: {s: {say: "{c}", on: {/x: {say: " "}}}}
        """,
    )
    assert chat.hear("/start", "/x") == []


WEATHER = """
triggers: [/weather]
states:
  w: {say: Looking., invoke: {action: slow, done: d, error: d}}
  d: {type: final, say: Sunny.}
"""
FORM = """
data: {name: {type: text}, age: {type: int}}
on: {/help: {say: Helped.}}
states:
  name: {ask: Name?, next: age}
  age: {ask: "Age, {name}?", next: end}
  end: {type: final, say: "{name} is {age}."}
"""


def waiting(folder: Path) -> Talk:
    """Somebody who is asked for a name, and has asked for the weather instead."""
    chat = talk(folder, FORM, weather=WEATHER, actions={"slow": []})
    chat.by_hand = True
    assert chat.hear("/start", "/weather") == ["Name?", "Looking."]
    return chat


def test_a_digression_that_waits_for_an_action_repeats_the_question_when_it_ends(
    tmp_path: Path,
) -> None:
    assert waiting(tmp_path).finish() == ["Sunny.", "Name?"]


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (["Ann"], ["Age, Ann?"]),
        (["Ann", "40"], ["Age, Ann?", "Ann is 40."]),
        (["Ann", "old"], ["Age, Ann?", "Please send a whole number."]),
        (["/help"], ["Helped.", "Name?"]),
        (["/help", "Ann"], ["Helped.", "Age, Ann?"]),
        (["/help", "/unknown"], ["Helped.", phrase("fallback", "en"), "Name?"]),
        (["/start"], ["Name?"]),
    ],
)
def test_what_was_said_meanwhile_is_heard_before_the_question_is_repeated(
    tmp_path: Path, meanwhile: list[str], said: list[str]
) -> None:
    chat = waiting(tmp_path)
    assert chat.hear(*meanwhile) == []
    assert chat.finish() == ["Sunny.", *said]


def test_after_a_second_digression_the_question_is_repeated_once(tmp_path: Path) -> None:
    chat = waiting(tmp_path)
    chat.hear("/weather")
    assert chat.finish() == ["Sunny.", "Looking."]
    assert chat.finish() == ["Sunny.", "Name?"]


def test_what_fails_meanwhile_does_not_swallow_the_question(tmp_path: Path) -> None:
    broken = """
    triggers: [/broken]
    states: {a: {type: final, say: "{1 / 0}"}}
    """
    chat = talk(tmp_path, FORM, weather=WEATHER, broken=broken, actions={"slow": []})
    chat.by_hand = True
    chat.hear("/start", "/weather", "/broken")
    assert chat.finish() == ["Sunny.", phrase("error", "en"), "Name?"]
