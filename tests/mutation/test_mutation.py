"""A sample of `python -m tests.mutation`: faults in the bots that ship are found."""

from pathlib import Path

import pytest

import flows
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.score import EQUIVALENT, every_mutant, judge, tree_of

SHIPPED = sorted(one.parent for one in Path(flows.__path__[0]).glob("*/bot.yaml"))
SAMPLE = 30
"""Mutants of each bot that are judged here."""


@pytest.mark.parametrize("bot", SHIPPED, ids=lambda bot: bot.name)
def test_a_sample_of_small_faults_is_found(bot: Path, tmp_path: Path) -> None:
    wanted = [one for one in every_mutant(bot) if one.name not in EQUIVALENT]
    sample = wanted[:: max(1, len(wanted) // SAMPLE)]
    survived = [one.mutant.name for one in judge(bot, sample, tmp_path) if one.by == "nothing"]
    assert len(survived) <= 0.1 * len(sample), survived


def test_what_is_called_equivalent_is_a_mutant_that_is_made() -> None:
    made = {one.name for bot in SHIPPED for one in every_mutant(bot)}
    assert made >= set(EQUIVALENT)


def test_a_bot_that_is_written_anew_without_a_fault_is_found_by_nothing(tmp_path: Path) -> None:
    bot = next(one for one in SHIPPED if one.name == "registration")
    files = sorted({one.file for one in every_mutant(bot)})
    by_file = {file: Mutant("unchanged", file, (), tree_of(bot / file)) for file in files}
    judged = judge(bot, list(by_file.values()), tmp_path)
    assert {one.mutant.file: (one.by, one.how) for one in judged} == dict.fromkeys(
        by_file, ("nothing", "")
    )


def test_each_kind_of_mistake_is_made_where_it_can_be() -> None:
    tree = {
        "flow": "f", "triggers": ["/f"], "data": {"n": {"type": "int", "max": 3}}, "initial": "a",
        "on": {"/x": "b"}, "idle": {"1h30m": "b"},
        "states": {
            "a": {
                "ask": "{m}?", "into": "n", "choices": {"x": "X", "y": {"label": "Y"}},
                "next": [{"guard": "n > 1", "target": "b"}, "b"],
            },
            "b": {"type": "final", "say": "{n} {m}", "set": {"n": 1}, "output": {"n": "n"}},
        },
    }  # fmt: skip
    made = {(one.kind, ".".join(map(str, one.path))): one.tree for one in mutants("f.yaml", tree)}
    assert made["target changed", "on./x"]["on"] == {"/x": "a"}
    assert made["guard negated", "states.a.next.0.guard"]["states"]["a"]["next"][0] == {
        "guard": "not (n > 1)", "target": "b",
    }  # fmt: skip
    assert made["timer changed", "idle.1h30m"]["idle"] == {"2h60m": "b"}
    assert made["label doubled", "states.a.choices.y"]["states"]["a"]["choices"]["y"] == {
        "label": "X"
    }
    assert made["placeholder changed", "states.a.ask"]["states"]["a"]["ask"] == "{n}?"
    kinds = {kind for kind, _ in made}
    assert kinds >= {
        "state dropped", "choice dropped", "handler dropped", "into dropped", "set dropped",
        "output dropped", "final dropped", "max changed", "triggers dropped",
    }  # fmt: skip
