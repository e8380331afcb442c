"""The judge of the fault harness finds what is wrong, and nothing else."""

from collections.abc import Mapping, Sequence

import pytest

from bench.faults.explanation import NOTHING, Explanation
from bench.faults.judge import Judgement, judge
from bench.faults.model.form import MINUTE, State
from bench.faults.model.order import Order
from bench.faults.model.registration import Registration
from bench.faults.people import Person, Said, Told

DAY = 24 * 60 * MINUTE
FORM = (
    "> /start", "Welcome! Four short questions.", "What is your name?",
    "> Ann", "How old are you, Ann?",
    "> 40", "Where do you live?",
    "> Berlin", "Which street and number? Send /skip to leave the address out.",
    "> /skip", "Ann, 40, Berlin. Correct?",
    "> Yes", "Done, Ann!",
)  # fmt: skip
"""One conversation; what stands behind `>` was said."""
STEPS = 7
"""Six things said, and the result of the action."""
SHORT = "Please send a text of 5 to 200 characters."
REMINDER = "Are you still there?"


def talk(lines: Sequence[str]) -> Person:
    """A conversation, a second between two lines: `+10` lets minutes pass, `!` kills the bot."""
    person, at, life = Person("1", "1"), 1_000_000_000, 1
    for line in lines:
        at += 1_000
        if line.startswith("+"):
            at += int(line) * MINUTE
        elif line == "!":
            life += 1
        elif line.startswith("> "):
            number = len(person.said)
            person.said.append(Said(f"telegram:{number}", line[2:], line == "> Yes", at))
        else:
            person.told.append(Told(line, {}, len(person.told), life, at, answered=True))
    return person


def judged(
    lines: Sequence[str],
    steps: int,
    deaths: Sequence[int] = (),
    aside: Mapping[str, int] = NOTHING,
) -> Judgement:
    person = talk(lines)
    ends = [person.said[-1].at, person.told[-1].at]
    explanation = Explanation(Registration(), person, deaths, max(ends) + 1_000, aside)
    return judge(explanation, {"steps": steps})


def with_(line: str, *others: str) -> list[str]:
    """The conversation with something else for one of its lines."""
    at = FORM.index(line)
    return [*FORM[:at], *others, *FORM[at + 1 :]]


def test_a_conversation_that_went_well_is_explained() -> None:
    assert judged(FORM, STEPS).faults == ()


@pytest.mark.parametrize("steps", [STEPS + 1, STEPS + 2])
def test_a_reminder_that_came_twice_is_one_step_or_two_as_the_document_says(steps: int) -> None:
    # Once before the answer and once while its action ran, or the first one twice after a death.
    found = judged(with_("> Yes", "+10", REMINDER, "> Yes", "!", "+10", REMINDER), steps)
    assert found.faults == ()
    assert found.path is not None
    assert found.path.silences == steps - STEPS
    assert found.path.doubled == 2 - found.path.silences


def test_a_reminder_may_come_again_before_the_next_one_does() -> None:
    lines = with_("> Yes", "+10", REMINDER, "> Yes", "!", REMINDER, "+10", REMINDER)
    assert judged(lines, STEPS + 2).faults == ()
    assert judged(lines, STEPS + 3).faults != ()


NAME, AGE, CITY = "What is your name?", "How old are you, Ann?", "Where do you live?"
FORGOTTEN = [*FORM[:5], "> Bea", *[line.replace("Ann", "Bea") for line in FORM[4:]]]
"""She is asked for her age, and answers with her name again: the bot knows nothing of the first."""
WRONG = "Please send a number from 16 to 120."


@pytest.mark.parametrize(
    ("lines", "steps", "kind"),
    [
        (FORM[:-1], STEPS - 1, "event lost"),
        (FORM[:-1], STEPS, "message lost"),
        ([*FORM[:5], "> 40"], 2, "event lost"),
        (FORGOTTEN, STEPS, "event lost"),
        (with_(NAME), STEPS, "message lost"),
        (with_(AGE, AGE, WRONG), STEPS + 1, "applied twice"),
        (FORM, STEPS + 1, "applied twice"),
        (with_(CITY, CITY, CITY), STEPS, "message doubled"),
        (with_("> 40", REMINDER, "> 40"), STEPS + 1, "timer lost or doubled"),
        (with_("> 40", "+10", REMINDER, REMINDER, "> 40"), STEPS + 2, "timer lost or doubled"),
        (with_("> 40", "+10", REMINDER, "!", REMINDER, "> 40"), STEPS + 2, "timer lost or doubled"),
        (with_("> 40", "+11", "> 40"), STEPS, "timer lost or doubled"),
        (with_("> 40", "> 40", "> a lot", WRONG), STEPS + 1, "order broken"),
        ([FORM[0], NAME, FORM[1], *FORM[3:]], STEPS, "order broken"),
        (with_(CITY, CITY, AGE), STEPS, "message doubled"),
        (with_("Done, Ann!", "Something broke. We will write to you."), STEPS, "other"),
    ],
)
def test_what_must_not_be_is_named(lines: Sequence[str], steps: int, kind: str) -> None:
    assert [fault.kind for fault in judged(lines, steps).faults] == [kind]


def test_what_no_way_explains_is_a_fault_too() -> None:
    assert judged(with_(CITY, "Nothing that this bot says."), STEPS).faults


def test_an_event_is_set_aside_only_when_deaths_have_followed_it() -> None:
    lines = (*FORM, "> /help")
    last = talk(lines).said[-1]
    deaths = [last.at + 1, last.at + 2, last.at + 300]
    assert judged(lines, STEPS, deaths, {last.id: last.at + 3}).faults == ()
    assert judged(lines, STEPS, deaths, {last.id: last.at + 1}).faults


def test_of_many_faults_the_first_are_named() -> None:
    lines = ["> /start", *[line for line in FORM[1:] for _ in range(1 if line[0] == ">" else 2)]]
    kinds = [fault.kind for fault in judged(lines, STEPS).faults]
    assert kinds == ["message doubled", "message doubled", "other"]


def test_what_follows_an_event_that_was_set_aside_is_taken_for_its_answer() -> None:
    asked = State("address", {"extras": ()})
    turn = Order().hears(asked, "Skip")
    assert (turn.state.at, turn.texts) == ("address", (SHORT,))
