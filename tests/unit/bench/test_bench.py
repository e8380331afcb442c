"""Each benchmark runs in a tiny form; how fast it is, only a person can judge."""

import re
from pathlib import Path

import pytest

from bench import chart, dispatch, records, step
from bench.peers import Peers
from bench.timing import Measured, in_turns, table
from engine.compiler.bot import load
from engine.core.machine import LeanMachine
from engine.core.step import step as apply
from engine.runtime.records.entries import shape_of
from engine.stores.sqlite import SqliteStore


def test_the_cost_of_an_event_is_measured_beside_its_floor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    step.main(["--rounds", "1", "--calls", "1"])
    printed = capsys.readouterr().out
    for event in ("an answer", "a wrong answer", "the press of a choice", "/help"):
        assert event in printed
    for machine in ("a table by hand", "LeanMachine", "transitions"):
        assert machine in printed


def test_the_measured_events_do_what_their_names_say() -> None:
    program = load(step.BOT).program
    did = {}
    for case in step.cases(program):
        session = step.decode(case.text, case.event.owner).session
        outcome = apply(program, session, case.event, case.now)
        (frame,) = outcome.session.chats[step.CHAT].stack[:1]
        assert not [entry for entry in outcome.log if entry.level != "debug"]
        did[case.name] = (frame.leaf.state, frame.leaf.tries, frame.data)
    name = {"name": "Ann"}
    assert did == {
        "an answer": ("city", 0, {**name, "age": 40}),
        "a wrong answer": ("age", 1, name),
        "the press of a choice": ("address", 0, {**name, "age": 40, "city": "vienna"}),
        "/help, an internal transition": ("age", 0, name),
    }


def test_the_machines_that_are_compared_make_the_same_moves() -> None:
    table_by_hand = dispatch.Table()
    lean = dispatch.library(LeanMachine)
    model = dispatch.Model("s0")
    for _ in range(3):
        assert table_by_hand.fire()
        assert lean.fire(model, dispatch.EVENT)
    assert (model.state, model.moves) == ("s3", 9)
    assert table_by_hand.model.state == "s3"


def test_the_dialogue_is_held_to_its_end_with_everyone(tmp_path: Path) -> None:
    pytest.importorskip("aiogram")
    from bench import telegram  # noqa: PLC0415 - aiogram is an extra

    run = telegram.run_here(3, tmp_path)
    assert run.name == telegram.OURS
    assert run.calls == 8
    assert telegram.OURS in telegram.compare({run.name: [run]})


def test_peers_that_are_not_there_are_skipped_with_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Peers.find(tmp_path, "python") is None
    assert "peers skipped" in capsys.readouterr().out


def test_cases_are_timed_in_turns() -> None:
    order: list[str] = []
    cases = {"a": lambda: order.append("a"), "b": lambda: order.append("b")}
    measured = in_turns(cases, rounds=2, calls=1)
    assert order == ["a", "b"] * 3  # the first of each is not counted
    assert len(measured["a"].rounds) == 2


def test_a_ratio_is_that_of_the_best_rounds() -> None:
    assert Measured((3.0, 9.0)).ratio(Measured((2.0, 1.5))) == 2.0


def test_a_table_is_aligned_markdown() -> None:
    assert table(("a", "b"), [["long", "1"]]) == "| a    |  b |\n| ---- | -: |\n| long |  1 |"


def test_records_are_measured_in_a_chat_with_few_and_in_one_with_many(
    capsys: pytest.CaptureFixture[str],
) -> None:
    records.main(["--sizes", "3", "9", "--calls", "2", "--persons", "2"])
    printed = capsys.readouterr().out
    for asked in records.ASKS:
        assert f"| {asked} " in printed
    assert "p99 of 9" in printed


async def test_the_measured_questions_find_what_they_look_for(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "bench.db", "bench")
    await store.open()
    try:
        await store.record_store.prepare([shape_of(records.FACTS)])
        await records.fill(store, "1", 300)
        for number in range(0, 300, 60):
            name = records.subject(number)
            for ask in ("get by subject", "find, a typing error"):
                found = await records.ASKS[ask](records.records(store, "1"), name, number)
                (row,) = found if isinstance(found, list) else [found]
                assert isinstance(row, dict)
                assert row["subject"] == name
    finally:
        await store.close()


def test_a_chart_draws_each_bar_as_long_as_its_figure() -> None:
    drawn = chart.bars("t", "us", [chart.Bar("a", 5), chart.Bar("b <c>", 10, ours=True)], goal=2.5)
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="20"', drawn)]
    assert widths[0] == pytest.approx(widths[1] / 2, abs=0.1)
    assert "b &lt;c&gt;" in drawn
    assert "goal 2.5" in drawn


def test_a_logarithmic_chart_gives_each_power_of_ten_the_same_room() -> None:
    rows = [chart.Bar(str(figure), figure) for figure in (1, 10, 100, 1_000)]
    drawn = chart.bars("t", "us", rows, logarithmic=True)
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="20"', drawn)]
    room = widths[3] / 3
    assert widths[1:3] == pytest.approx([room, 2 * room], abs=0.2)
