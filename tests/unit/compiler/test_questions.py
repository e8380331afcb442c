"""Compiled questions: where answers are kept, what choices are, and what is wrong with them."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.core.program import Question
from tests.unit.compiler.test_names import findings
from tests.unit.core.flow_fixture import write_bot


def question(folder: Path, state: str, data: str) -> Question:
    flow = f"data: {{{data}}}\nstates:\n  q: {state}\n  end: {{type: final}}"
    bot = load(write_bot(folder, flow))
    found = bot.program.flows["main"].states["q"].question
    assert found is not None
    return found


def test_the_answer_goes_to_the_variable_named_like_the_state(tmp_path: Path) -> None:
    slot = question(tmp_path, "{ask: Q?, next: end}", "q: {type: int}").slot
    assert slot is not None
    assert (slot.name, slot.of_user) == ("q", False)


def test_or_to_the_one_that_into_names(tmp_path: Path) -> None:
    data = "q: {type: int}, u: {type: text, scope: user}"
    slot = question(tmp_path, "{ask: Q?, into: user.u, next: end}", data).slot
    assert slot is not None
    assert (slot.name, slot.of_user) == ("u", True)


def test_an_enum_without_values_has_the_ids_of_the_choices_that_fill_it(tmp_path: Path) -> None:
    state = "{ask: Q?, choices: {a: A, b: B}, next: end}"
    slot = question(tmp_path, state, "q: {type: enum}").slot
    assert slot is not None
    assert slot.variable.values == ("a", "b")


def test_a_choice_is_a_label_or_says_more(tmp_path: Path) -> None:
    state = "{ask: Q?, choices: {a: 1, b: {label: B, also: [Bee, ' BE '], target: end}}, next: end}"
    first, second = question(tmp_path, state, "q: {type: enum}").choices
    assert (first.id, first.own) == ("a", False)
    assert first.label.base.source == "1"
    assert second.also == {"bee", "be"}
    assert second.own


@pytest.mark.parametrize(
    ("state", "data", "code"),
    [
        ("{ask: Q?, next: end}", "p: {type: text}", "SC022"),
        ("{ask: Q?, into: x, next: end}", "q: {type: text}", "SC022"),
        ("{ask: Q?, next: end}", "q: {type: object}", "SC010"),
        ("{ask: Q?, next: end}", "q: {type: enum}", "SC040"),
        ("{ask: Q?, choices: {a: A}, next: end}", "q: {type: int}", "SC042"),
        ("{ask: Q?, choices: {c: C}, next: end}", "q: {type: enum, values: [a]}", "SC024"),
        ("{ask: Q?, choices: {}, next: end}", "q: {type: enum}", "SC010"),
        ("{ask: Q?, choices: {a: {target: end}}}", "q: {type: enum}", "SC011"),
        ("{ask: Q?, choices: {a: {label: A, guard: x}}, next: end}", "q: {type: enum}", "SC022"),
        ("{ask: Q?, retry: {max: 2, target: x}, next: end}", "q: {type: int}", "SC020"),
    ],
)
def test_a_question_that_cannot_work_is_found(
    tmp_path: Path, state: str, data: str, code: str
) -> None:
    flow = f"data: {{{data}}}\nstates:\n  q: {state}\n  end: {{type: final}}"
    assert code in [one.code for one in findings(tmp_path, flow)]
