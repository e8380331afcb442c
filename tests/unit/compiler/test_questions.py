"""Compiled questions: where answers are kept, what choices are, and what is wrong with them."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.core.nodes import Question
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
    assert (first.id, first.event) == ("a", None)
    assert first.label is not None
    assert first.label.base.source == "1"
    assert second.also == {"bee", "be"}
    assert second.event == "answer.b"


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
        ("{ask: Q?, skip: end, next: end}", "q: {type: int}", "SC042"),
        ("{ask: Q?, skip: x, next: end}", "q: {type: int, optional: true}", "SC020"),
        ("{confirm: Q?, next: end}", "q: {type: text}", "SC042"),
        ("{ask: Q?, multi: {min: 1}, next: end}", "q: {type: list}", "SC040"),
        ("{ask: Q?, multi: {min: 1}, choices: {a: A}, next: end}", "q: {type: enum}", "SC042"),
        (
            "{ask: Q?, multi: {min: 2, max: 1}, choices: {a: A}, next: end}",
            "q: {type: list}",
            "SC040",
        ),
        ("{ask: Q?, multi: {min: 2}, choices: {a: A}, next: end}", "q: {type: list}", "SC040"),
        (
            "{ask: Q?, multi: {min: 1}, choices: {a: {label: A, target: end}}, next: end}",
            "q: {type: list}",
            "SC040",
        ),
        ("{ask: Q?, choices_from: rows, next: end}", "q: {type: text}", "SC022"),
        ("{ask: Q?, choices_from: '[1]', next: end}", "q: {type: bool}", "SC042"),
        (
            "{ask: Q?, choices_from: {for: '[1]', label: '{row.x}'}, next: end}",
            "q: {type: int}",
            "SC022",
        ),
        ("{ask: Q?, choices_from: {for: '[1]', as: q}, next: end}", "q: {type: int}", "SC027"),
        ("{ask: Q?, choices_from: {for: '[1]', as: now}, next: end}", "q: {type: int}", "SC040"),
        ("{ask: Q?, choices_from: {id: item}, next: end}", "q: {type: int}", "SC011"),
        (f"{{ask: Q?, choices: {{{'🍕' * 13}: A}}, next: end}}", "q: {type: enum}", "SC043"),
        ("{ask: Q?, choices: {abc: A}, next: end}", "q: {type: text, max: 2}", "SC042"),
        (
            "{ask: Q?, multi: {min: 1}, choices: {a: A}, next: end}",
            "q: {type: list, items: {type: enum, values: [b]}}",
            "SC024",
        ),
        (
            "{ask: Q?, multi: {min: 1}, choices: {a: A}, next: end}",
            "q: {type: list, items: {type: int}}",
            "SC042",
        ),
        ("{ask: Q?, check: there, next: end}", "q: {type: int}", "SC023"),
        (
            "{ask: Q?, choices: {a: {label: A, url: a.example}}, next: end}",
            "q: {type: int}",
            "SC010",
        ),
    ],
)
def test_a_question_that_cannot_work_is_found(
    tmp_path: Path, state: str, data: str, code: str
) -> None:
    flow = f"data: {{{data}}}\nstates:\n  q: {state}\n  end: {{type: final}}"
    (tmp_path / "actions.py").write_text("", encoding="utf-8")
    assert code in [one.code for one in findings(tmp_path, flow)]


@pytest.mark.parametrize(
    ("choices", "warned"),
    [
        ("{a: Red, b: ' RED'}", True),
        ("{a: Red, b: {label: Crimson, also: [red]}}", True),
        ("{a: Red, b: Redder}", False),
        ("{a: Red, b: {label: Red, guard: false}}", False),
        ('{a: "{q}", b: "{q}"}', False),
    ],
)
def test_two_choices_of_one_name_are_warned_of(
    tmp_path: Path,
    choices: str,
    warned: bool,  # noqa: FBT001 - what the case expects
) -> None:
    flow = f"data: {{q: {{type: enum}}}}\nstates:\n  q: {{ask: Q?, choices: {choices}, next: end}}"
    bot = load(write_bot(tmp_path, f"{flow}\n  end: {{type: final}}"))
    assert [one.code for one in bot.warnings] == (["SC027"] if warned else [])


def test_names_of_checks_and_of_actions_are_told_apart(tmp_path: Path) -> None:
    flow = """
    data: {q: {type: int}}
    states:
      q: {ask: Q?, check: save, next: save}
      save: {invoke: {action: even, done: end}}
      end: {type: final}
    """
    write_bot(tmp_path, flow, actions=["save"], checks=["even"])
    found = [one.message for one in findings(tmp_path, flow)]
    assert found == [
        "`save` is registered as an action, not as a check",
        "`even` is registered as a check, not as an action",
    ]


def test_arguments_of_a_check_are_held_against_its_signature(tmp_path: Path) -> None:
    flow = """
    data: {q: {type: int}}
    states:
      q: {ask: Q?, check: {name: even, with: {base: 2, value: q}}, next: end}
      end: {type: final}
    """
    source = '@check("even")\nasync def even(call, value, least): ...\n'
    (tmp_path / "actions.py").write_text(source, encoding="utf-8")
    found = sorted(one.message for one in findings(tmp_path, flow))
    assert found == [
        "`even` needs `least`",
        "`even` takes no `base`",
        "`value` is what the person answered",
    ]


def test_what_is_offered_to_everyone_is_known_before_anyone_asks(tmp_path: Path) -> None:
    asked = question(
        tmp_path, "{ask: X?, choices: {a: Apple, b: Pear}, next: end}", "q: {type: enum}"
    )
    (options,) = asked.settled.values()
    assert [(each.id, each.label, each.number) for each in options] == [
        ("a", "Apple", 1),
        ("b", "Pear", 2),
    ]


@pytest.mark.parametrize(
    "choices",
    [
        "{a: Apple, b: {label: Pear, guard: n > 1}}",
        "{a: Apple, b: 'Pear {n}'}",
        "{a: Apple, b: {label: Pear, url: 'https://pear.example'}}",
    ],
)
def test_what_depends_on_the_person_is_not(tmp_path: Path, choices: str) -> None:
    state = f"{{ask: X?, choices: {choices}, next: end}}"
    assert not question(tmp_path, state, "q: {type: enum}, n: {type: int, default: 1}").settled
