"""`access` and `limits` as bot.yaml writes them, and what is wrong with them."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.compiler.rules import rate
from engine.core.access import Access, Limits, Rate
from tests.unit.compiler.test_names import findings
from tests.unit.core.flow_fixture import write_bot

FLOW = "states: {a: {type: final}}"


def test_without_rules_everybody_may_and_nothing_is_lowered(tmp_path: Path) -> None:
    program = load(write_bot(tmp_path, FLOW)).program
    assert program.access == Access()
    assert program.limits == Limits()
    assert not program.gated


def test_rules_are_read_as_they_are_written(tmp_path: Path) -> None:
    bot = """
    access:
      allow: [telegram:1, nostr]
      deny: [console]
      admins: [telegram:2]
      roles: {editor: [telegram:1, telegram:3], cook: []}
      chat_admins: true
    limits: {rate: 5/10s, text: 100, timers: 9, flows: 2, held: 0, back: 3}
    """
    program = load(write_bot(tmp_path, FLOW, bot=bot)).program
    assert program.access == Access(
        frozenset({"telegram:1", "nostr"}),
        frozenset({"console"}),
        frozenset({"telegram:2"}),
        {"editor": frozenset({"telegram:1", "telegram:3"}), "cook": frozenset()},
        chat_admins=True,
    )
    assert program.limits == Limits(Rate(5, 10_000), 100, 9, 2, 0, 3)
    assert program.gated


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20/m", Rate(20, 60_000)),
        ("1/s", Rate(1, 1_000)),
        ("3/2h", Rate(3, 7_200_000)),
        ("9/d", Rate(9, 86_400_000)),
        ("0/m", None),
        ("20", None),
        ("20/0m", None),
        ("20/w", None),
        ("-1/m", None),
    ],
)
def test_a_rate_is_a_number_and_a_period(text: str, found: Rate | None) -> None:
    assert rate(text) == found


@pytest.mark.parametrize(
    ("bot", "code", "message"),
    [
        ("access: {allow: ['@ann']}", "SC010", "a person such as telegram:4711"),
        ("access: {allow: [4711]}", "SC010", "a person such as telegram:4711"),
        ("access: {allow: telegram:1}", "SC010", "a list of persons"),
        ("access: {deny: ['telegram:']}", "SC010", "a person such as telegram:4711"),
        ("access: {admin: [telegram:1]}", "SC012", "unknown key `admin`"),
        ("access: {roles: {a b: [telegram:1]}}", "SC010", "a name without blanks"),
        ("access: {admins: [telegram:1, telegram:1]}", "SC010", "stands twice"),
        ("limits: {rate: 20}", "SC010", "a rate such as 20/m"),
        ("limits: {rate: 20 per minute}", "SC010", "a rate such as 20/m"),
        ("limits: {timers: 201}", "SC010", "at most 200"),
        ("limits: {text: 0}", "SC010", "at least 1"),
        ("limits: {stack: 3}", "SC012", "unknown key `stack`"),
        ("on: {/a: {set: {user.is_admin: true}}}", "SC022", "what `access` says"),
        ("on: {/a: {guard: user.is_admn}}", "SC022", "no variable `user.is_admn`"),
    ],
)
def test_a_wrong_rule_is_told_at_its_place(
    tmp_path: Path, bot: str, code: str, message: str
) -> None:
    found = findings(tmp_path, FLOW, bot=bot)
    assert [one.code for one in found] == [code]
    assert message in found[0].message


def test_no_variable_of_the_person_can_have_the_name_of_a_right(tmp_path: Path) -> None:
    flow = "data: {roles: {type: list, scope: user}, is_admin: {type: bool}}\n" + FLOW
    (found,) = findings(tmp_path, flow)
    assert (found.code, found.message) == ("SC040", "`user.roles` is what `access` says")


def test_who_is_denied_and_named_elsewhere_is_a_warning(tmp_path: Path) -> None:
    bot = "access: {deny: [telegram:1], admins: [telegram:1], roles: {a: [telegram:1]}}"
    warnings = load(write_bot(tmp_path, FLOW, bot=bot)).warnings
    assert [(one.code, one.severity) for one in warnings] == [("SC040", "warning")] * 2
    assert "`telegram:1` is denied" in warnings[0].message
