"""Coverage: everything that conversations can use, and what of it they have used."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.cli.main import main
from engine.compiler.bot import load
from engine.testing.coverage import Coverage, Probe, as_data
from engine.testing.runner import run
from schemas import schema
from tests.unit.core.flow_fixture import write_bot

FLOW = """
languages: [en, de]
data: {age: {type: int}, what: {type: list, default: []}, pick: {type: enum}}
on: {/cancel: end, "*": {say: Hm?}}
states:
  age:
    ask: Age?
    next: [{guard: age < 18, target: young}, {target: what}]
  young: {type: final, say: Sorry.}
  what: {ask: What?, choices: {ham: Ham, corn: Corn}, multi: {min: 1, max: 2}, next: pick}
  pick:
    ask: Pick?
    choices: {a: {label: A, target: both}, b: {label: B, guard: age > 30}}
    next: both
  both:
    type: parallel
    on: {done: end}
    states:
      left: {initial: l1, states: {l1: {on: {/left: l2}}, l2: {type: final}}}
      right: {initial: r1, states: {r1: {on: {/right: r2}}, r2: {type: final}}}
  end: {type: final, say: Bye.}
"""
GERMAN = {"main.de.yaml": "age.ask: Alter?\n"}


def covered(folder: Path, *chats: str, lang: str = "en") -> Coverage:
    tests = "".join(f"- {{test: t, lang: {lang}, chat: [{{user: {chat}}}]}}\n" for chat in chats)
    bot = load(write_bot(folder, FLOW, texts=GERMAN | {"main.test.yaml": tests}))
    probe = Probe(bot.program)
    report = run(bot, program=probe.program)
    assert report.render(color=False) == ""
    assert run(bot).passed == len(chats)
    assert set(probe.hits) <= probe.items
    return probe.coverage(bot.program.bot)


def used(coverage: Coverage, kind: str) -> list[str]:
    return sorted(one.name for one, count in coverage.hits.items() if count and one.kind == kind)


def test_states_are_those_that_were_entered_also_in_passing(tmp_path: Path) -> None:
    coverage = covered(tmp_path, "[/start, 20, corn, a, /left, /right]")
    parallel = {"both.left", "both.left.l1", "both.left.l2"}
    parallel |= {"both.right", "both.right.r1", "both.right.r2"}
    assert set(used(coverage, "states")) == {"age", "what", "pick", "both", "end"} | parallel
    assert coverage.share(kind="states").used == 11
    assert coverage.share(kind="states").total == 12


def test_a_transition_counts_where_it_is_written_and_only_if_it_is_taken(tmp_path: Path) -> None:
    coverage = covered(tmp_path, "[/start, hm, /foo, /cancel]")
    assert used(coverage, "transitions") == [
        "(everywhere): *",
        "(everywhere): /cancel -> end",
    ]


def test_every_choice_of_an_answer_counts_pressed_or_typed(tmp_path: Path) -> None:
    coverage = covered(tmp_path, "[/start, 20, 'corn, ham', {choice: a}]")
    assert used(coverage, "choices") == ["pick: [a]", "what: [corn]", "what: [ham]"]
    assert [one.name for one in coverage.missing() if one.kind == "choices"] == ["pick: [b]"]


def test_each_outcome_of_a_guard_counts_also_of_a_choice(tmp_path: Path) -> None:
    (only,) = used(covered(tmp_path, "[/start, 7]"), "guards")
    assert only.startswith("age < 18 (")
    coverage = covered(tmp_path, "[/start, 7]", "[/start, 20, ham, a]", "[/start, 40, ham, b]")
    assert coverage.share(kind="guards").percent == 100


def test_each_language_of_a_text_counts(tmp_path: Path) -> None:
    assert "age.ask" in used(covered(tmp_path, "/start"), "texts")
    german = used(covered(tmp_path, "[/start, 20]", lang="de"), "texts")
    assert "age.ask [de]" in german
    assert "age.ask" not in german
    assert {"what.choices.ham", "what.ask"} <= set(german)


def test_the_report_as_data_is_what_its_schema_says(tmp_path: Path) -> None:
    data = json.loads(json.dumps(as_data([covered(tmp_path, "[/start, 20]")])))
    assert list(Draft202012Validator(schema("coverage")).iter_errors(data)) == []


def cli(folder: Path, *words: str, tests: str = "") -> int:
    text = tests or "- {test: one, chat: [{user: [/start, 7]}, {end: young}]}\n"
    write_bot(folder / "bot", FLOW, texts={"main.test.yaml": text})
    return main(["test", str(folder / "bot"), *words])


def test_too_little_coverage_fails_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli(tmp_path, "--fail-under", "10") == 0
    assert cli(tmp_path, "--fail-under", "90") == 1
    assert "below 90 %" in capsys.readouterr().err
    (tmp_path / "statechat.toml").write_text("[coverage]\nstates = 100\n")
    assert cli(tmp_path) == 1
    assert "coverage of states is 16.6 %, below 100 %" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["states = 101", "states = true", "state = 1"])
def test_a_limit_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "statechat.toml").write_text(f"[coverage]\n{line}\n")
    assert cli(tmp_path) == 2


@pytest.mark.parametrize(
    ("report", "sign"),
    [("text", "not used:"), ("json", '"version": 1'), ("html", '<td class="unused">')],
)
def test_a_report_is_printed_or_written_to_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], report: str, sign: str
) -> None:
    assert cli(tmp_path, f"--coverage={report}") == 0
    assert sign in capsys.readouterr().out
    file = tmp_path / "out"
    assert cli(tmp_path, f"--coverage={report}", "--coverage-file", str(file)) == 0
    assert sign in file.read_text()
    assert "1 passed, 0 failed" in capsys.readouterr().out


def test_several_processes_find_what_one_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = "".join(
        f"- {{test: t{n}, chat: [{{user: [/start, '{n}']}}, {{state: what}}]}}\n"
        for n in (16, 17, 18, 40, 50)
    )
    shown = []
    for workers in ("1", "3"):
        assert cli(tmp_path, "-j", workers, "--coverage", tests=tests) == 1
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert "3 passed, 2 failed" in shown[0]


def test_the_diagram_shows_what_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli(tmp_path, "--coverage=html") == 0
    page = capsys.readouterr().out
    assert '<rect class="box question covered"' in page
    assert '<rect class="box question missed"' in page
    assert '<path class="arrow covered"' in page
    assert '<path class="arrow missed"' in page
