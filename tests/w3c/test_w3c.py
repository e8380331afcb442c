"""The W3C's tests of SCXML: those that mean something here, run as flows of our own."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.core.flow_fixture import Talk, ok, talk

HERE = Path(__file__).parent
TRANSLATED: dict[str, Any] = yaml.safe_load((HERE / "translated.yaml").read_text(encoding="utf-8"))
LEFT_OUT: list[Any] = yaml.safe_load((HERE / "left_out.yaml").read_text(encoding="utf-8"))
ENDS = "  pass: {type: final}\n  fail: {type: final}\n"
STATES = re.compile(r"^states:\n", re.MULTILINE)
BOT = "texts: {fallback: 'Unheard.', error: 'Broken.'}"


def begun(folder: Path, test: dict[str, Any]) -> Talk:
    """A conversation with the test's flow; its two ends are added behind its states."""
    head, states = STATES.split(test["flow"], maxsplit=1)
    block = re.match(r"(?:[ \n].*\n?)+", states)
    assert block is not None
    main = f"{head}states:\n{block[0].rstrip()}\n{ENDS}{states[block.end() :]}"
    others = {"child": test["child"]} if "child" in test else {}
    names = {name: [ok(value)] for name, value in test.get("actions", {}).items()}
    return talk(folder, main, bot=BOT, actions={**names, "wrong": []}, **others)


@pytest.mark.parametrize("number", TRANSLATED)
def test_the_assertion_of_the_suite_holds(tmp_path: Path, number: str) -> None:
    test = TRANSLATED[number]
    chat = begun(tmp_path, test)
    chat.hear("/start")
    for move in test.get("do", ()):
        if isinstance(move, str):
            chat.hear(move)
        else:
            chat.after(move["wait"])
    assert chat.active is None, f"the flow stands in {chat.top.leaves}"
    ended = next(entry for entry in reversed(chat.log) if entry.code == "step:final")
    assert (ended.flow, ended.detail) == ("main", "pass")


def test_every_test_of_the_suite_is_translated_or_left_out_for_a_reason() -> None:
    suite = (HERE / "numbers.txt").read_text(encoding="utf-8").split()
    assert len(suite) == len(set(suite)) == 233
    left_out = [str(number) for group in LEFT_OUT for number in group["tests"]]
    assert all(len(group["why"]) > 20 for group in LEFT_OUT)
    assert len(left_out) == len(set(left_out))
    assert not set(left_out) & set(TRANSLATED)
    assert sorted([*left_out, *TRANSLATED]) == sorted(suite)
