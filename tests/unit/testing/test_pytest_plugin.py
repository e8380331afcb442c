"""`pytest flows/`: conversations as pytest's own tests."""

from pathlib import Path

import pytest

from tests.unit.core.flow_fixture import write_bot

pytest_plugins = ["pytester"]

FLOW = """
states:
  name: {ask: Your name?, into: x, next: end}
  end: {type: final, say: Bye.}
data: {x: {type: text}}
"""
TESTS = """\
- test: it greets
  chat: [{user: /start}, {bot: Your name?}]
- test: it ends
  chat: [{user: [/start, Ann]}, {end: end}]
- test: it says what it does not
  chat: [{user: /start}, {bot: Who are you?}]
"""
PLUGIN = (
    "-p",
    "no:statechat",
    "-p",
    "engine.testing.pytest_plugin",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:asyncio",
)


def bot(folder: Path, tests: str = TESTS) -> None:
    write_bot(folder / "flows", FLOW, texts={"main.test.yaml": tests})


def test_each_conversation_is_a_test_that_fails_as_a_dialogue(pytester: pytest.Pytester) -> None:
    bot(pytester.path)
    result = pytester.runpytest_inprocess(*PLUGIN, "flows")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*  - bot:  Who are you?", "*  + bot:  Your name?"])
    result.stdout.fnmatch_lines(["FAILED flows/main.test.yaml::it says what it does not*"])
    result.stdout.no_fnmatch_line("*player.py*")


def test_they_are_selected_like_any_other(pytester: pytest.Pytester) -> None:
    bot(pytester.path)
    result = pytester.runpytest_inprocess(*PLUGIN, "flows", "-k", "ends")
    result.assert_outcomes(passed=1, deselected=2)
    result = pytester.runpytest_inprocess(*PLUGIN, "flows/main.test.yaml::it greets")
    result.assert_outcomes(passed=1)


def test_they_run_in_several_processes(pytester: pytest.Pytester) -> None:
    bot(pytester.path)
    result = pytester.runpytest_subprocess(*PLUGIN, "-n", "2", "flows")
    result.assert_outcomes(passed=2, failed=1)


def test_a_bot_with_faults_is_an_error_with_their_places(pytester: pytest.Pytester) -> None:
    bot(pytester.path, "- test: odd\n  chat: [{user: /start}, {state: nam}]\n")
    result = pytester.runpytest_inprocess(*PLUGIN, "flows")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no state `nam`*"])


def test_test_files_of_other_programs_are_left_alone(pytester: pytest.Pytester) -> None:
    (pytester.path / "values.test.yaml").write_text("image: nginx\n")
    result = pytester.runpytest_inprocess(*PLUGIN)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_it_costs_nothing_where_there_is_no_test_file(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_else_is_loaded():
            loaded = {name for name in sys.modules if name.startswith("engine.")}
            assert loaded == {"engine.testing", "engine.testing.pytest_plugin"}
        """
    )
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=1)
