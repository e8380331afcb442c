"""Buttons of messages: what `check` says of those that cannot work."""

from pathlib import Path

import pytest

from engine.compiler.bot import InvalidBot, load
from tests.unit.core.flow_fixture import write_bot

NEEDY = "input: {n: {type: int}}\nstates: {a: {type: final}}"


def faults(folder: Path, say: str, ask: str = "Well?") -> list[str]:
    flow = f"states:\n  a: {{say: {say}, next: b}}\n  b: {{ask: {ask}, into: x, next: a}}\n"
    path = write_bot(folder, flow + "data: {x: {type: text, optional: true}}", needy=NEEDY)
    try:
        load(path)
    except InvalidBot as invalid:
        return [f"{one.code} {one.message}" for one in invalid.diagnostics]
    return []


@pytest.mark.parametrize(
    ("button", "fault"),
    [
        ("{label: X, start: neady, with: {n: 1}}", "SC021 there is no flow `neady`"),
        ("{label: X, start: needy}", "SC042 `needy` needs the input `n`"),
        ("{label: X, start: needy, with: {n: 1, m: 2}}", "SC042 `needy` takes no input `m`"),
        ("{label: X, start: needy, with: {n: \"'a'\"}}", "SC042 `n` of `needy` holds"),
        ("{label: X}", "SC011 a button has one of `start` and `url`"),
        ("{label: X, start: needy, with: {n: 1}, url: 'https://a.b'}",
         "SC011 a button has one of `start` and `url`"),
        ("{label: X, url: 'javascript:1'}", "SC010 `javascript:1` is no link"),
        ("{start: needy, with: {n: 1}}", "SC011 `label` is missing in `one`"),
        ("{label: X, start: needy, with: {n: zz}}", "SC022 there is no variable `zz`"),
        ("X", "SC010"),
    ],
)  # fmt: skip
def test_a_button_that_cannot_work_is_told(tmp_path: Path, button: str, fault: str) -> None:
    found = faults(tmp_path, f"{{text: Hi, buttons: {{one: {button}}}}}")
    assert [one for one in found if one.startswith(fault)], found


def test_an_id_that_does_not_fit_into_a_button_is_told(tmp_path: Path) -> None:
    id_ = "ü" * 30
    found = faults(
        tmp_path, f"{{text: Hi, buttons: {{{id_}: {{label: X, start: needy, with: {{n: 1}}}}}}}}"
    )
    assert found == ["SC043 the id of this button is too long"]


def test_a_question_has_choices_instead(tmp_path: Path) -> None:
    buttons = "{one: {label: X, start: needy, with: {n: 1}}}"
    found = faults(tmp_path, "Hi", f"{{text: Well?, buttons: {buttons}}}")
    assert found == ["SC040 `buttons` belong to what is said"]


def test_what_is_right_has_no_faults(tmp_path: Path) -> None:
    buttons = "{one: {label: 'X {now}', start: needy, with: {n: len(now)}, guard: now != null}}"
    assert faults(tmp_path, f"{{text: Hi, columns: 2, once: true, buttons: {buttons}}}") == []
