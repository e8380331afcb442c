"""A translation fills in what the text does that it stands for."""

from pathlib import Path

import pytest

from tests.unit.compiler.test_names import findings, shown

FLOW = """
languages: [en, de]
data: {name: {type: text, scope: user}, a: {type: text}, b: {type: text, optional: true}}
states:
  a: {ask: "A, {user.name | default('you')} ({a | upper})?", next: end}
  end: {type: final}
"""


def warned(tmp_path: Path, text: str) -> list[str]:
    return shown(findings(tmp_path, FLOW, texts={"main.de.yaml": f'a.ask: "{text}"\n'}))


@pytest.mark.parametrize("text", ["{a} {user.name}", "{user.name | upper}, {a | trim}? {a}"])
def test_order_filters_and_repetition_are_the_translators(tmp_path: Path, text: str) -> None:
    assert warned(tmp_path, text) == []


def test_a_value_that_is_left_out_is_a_warning(tmp_path: Path) -> None:
    assert warned(tmp_path, "A, {a}?") == [
        "main.de.yaml:1:8 SC026 the translation does not fill in `user.name`, as the text does"
    ]


def test_a_value_that_only_the_translation_has_is_a_warning_at_its_place(tmp_path: Path) -> None:
    assert warned(tmp_path, "{a} {user.name} {b}") == [
        "main.de.yaml:1:26 SC026 the translation fills in `b`, and the text does not"
    ]


def test_a_translation_with_a_fault_is_not_blamed_twice(tmp_path: Path) -> None:
    assert warned(tmp_path, "{a") == ["main.de.yaml:1:9 SC031 This { is never closed."]


def test_what_is_empty_in_a_translation_file_is_not_translated_yet(tmp_path: Path) -> None:
    assert shown(findings(tmp_path, FLOW, texts={"main.de.yaml": "a.ask:\n"})) == []
