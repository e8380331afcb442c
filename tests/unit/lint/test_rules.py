"""Each rule finds what its page shows, and leaves alone what is almost the same.

`STATECHAT_GOLDEN=1` writes the expected texts anew.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import flows
import tools.rules
from engine.compiler.bot import Compilation, compile_bot
from engine.diagnostics import CODES, Diagnostic
from engine.lint.output import render
from engine.lint.rule import Rule
from engine.lint.rules import RULES
from engine.lint.runner import lint
from tests.unit.core.flow_fixture import write_bot

EXPECTED = Path(__file__).parent / "found"

SHIPPED = sorted(file.parent for file in Path(flows.__path__[0]).glob("*/bot.yaml"))


def compiled(
    folder: Path, flow: str, beside: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Compilation:
    name = next(line for line in flow.splitlines() if line.startswith("flow: "))[6:]
    folder.mkdir(exist_ok=True)
    for file, text in {**beside, f"{name}.yaml": flow.lstrip("\n")}.items():
        (folder / file).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    return compile_bot(Path())


def codes(found: list[Diagnostic]) -> list[str]:
    return [one.code for one in found]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_what_its_page_shows_in_these_words(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = compiled(tmp_path, rule.found, rule.found_beside, monkeypatch)
    assert [one for one in bot.found if one.severity == "error"] == []
    found = lint(bot, [rule.code])
    assert set(codes(found)) == {rule.code}
    printed = render(found, bot.bot.files, color=False) + "\n"
    expected = EXPECTED / f"{rule.name}.txt"
    if os.environ.get("STATECHAT_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(printed, encoding="utf-8")
    assert printed == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_leaves_alone_what_is_almost_the_same(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lint(compiled(tmp_path, rule.near, rule.near_beside, monkeypatch), [rule.code]) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_a_rule_leaves_alone_is_a_sound_flow(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = compiled(tmp_path, rule.near, rule.near_beside, monkeypatch)
    assert bot.found == ()
    assert lint(bot) == []


def test_every_rule_is_registered_under_the_name_of_its_code() -> None:
    named = {code: name for code, name in CODES.items() if code > "SC100"}
    assert {rule.code: rule.name for rule in RULES} == named
    assert [rule.code for rule in RULES] == sorted(rule.code for rule in RULES)


def test_the_table_of_the_page_names_every_rule_and_no_other_code() -> None:
    named = set(re.findall(r"SC\d{3}", tools.rules.HEAD.partition("|---|")[2]))
    assert named <= set(CODES)
    assert {rule.code for rule in RULES} <= named


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_why_and_how_to_cure_it(rule: Rule) -> None:
    assert rule.summary.endswith(".")
    assert rule.page.count("\n\n") >= 1


@pytest.mark.parametrize("bot", SHIPPED, ids=lambda bot: bot.name)
def test_the_bots_that_ship_are_clean_under_all_rules(bot: Path) -> None:
    assert lint(compile_bot(bot)) == []
    assert not any("noqa" in file.read_text("utf-8") for file in bot.glob("*.yaml"))


def test_a_comment_silences_the_finding_of_its_line(tmp_path: Path) -> None:
    flow = """
    states:
      a: {ask: A?, choices: {x: X}, next: end}
      left: {next: end}  # noqa: SC101
      end: {type: final}
    """
    assert lint(compile_bot(write_bot(tmp_path, flow))) == []


def test_a_comment_that_silences_nothing_is_found(tmp_path: Path) -> None:
    flow = """
    states:
      a: {ask: A?, choices: {x: X}, next: end}  # noqa: SC101, SC999
      end: {type: final}
    """
    found = lint(compile_bot(write_bot(tmp_path, flow)))
    assert [(one.code, one.place.line, one.message) for one in found] == [
        ("SC100", 5, "`noqa: SC101` silences nothing: `unreachable-state` is not found here"),
        ("SC100", 5, "`noqa: SC999` silences nothing: no such code"),
    ]


def test_rules_are_chosen_by_the_beginning_of_their_codes(tmp_path: Path) -> None:
    flow = """
    data: {x: {type: text}}
    states:
      a: {ask: A?, choices: {x: X}, into: x, next: end}
      left: {next: end}
      end: {type: final}
    """
    bot = compile_bot(write_bot(tmp_path, flow))
    assert codes(lint(bot)) == ["SC202", "SC101"]
    assert codes(lint(bot, ["SC1"])) == ["SC101"]
    assert codes(lint(bot, [], ["SC1"])) == ["SC202"]


def test_a_language_may_have_fewer_variations(tmp_path: Path) -> None:
    flow = """
    languages: [en, de]
    states:
      end: {type: final, say: [Bye., See you., Take care.]}
    """
    texts = {"main.de.yaml": "end.say.0: Tschüss."}
    bot = compile_bot(write_bot(tmp_path, flow, texts=texts))
    assert lint(bot) == []
