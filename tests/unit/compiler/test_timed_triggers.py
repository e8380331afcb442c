"""Triggers by the clock: what is read of them, and what is refused."""

from pathlib import Path

import pytest

from engine.compiler.bot import Bot, InvalidBot, load
from engine.core.access import Rate
from tests.unit.core.flow_fixture import write_bot

STATES = "states:\n  end: {type: final}\n"


def load_bot(folder: Path, main: str, bot: str | None = None) -> Bot:
    return load(write_bot(folder / "bot", main, bot=bot))


def test_a_trigger_has_its_rule_clock_condition_and_rate(tmp_path: Path) -> None:
    text = "triggers: [{cron: 0 9 * * *, tz: Europe/Berlin, for: now > '2', rate: 5/10s}]\n"
    (trigger,) = load_bot(tmp_path, text + STATES).program.timed.values()
    assert (trigger.flow, trigger.rule, trigger.tz) == ("main", "0 9 * * *", "Europe/Berlin")
    assert (trigger.selects is not None, trigger.rate) == (True, Rate(5, 10_000))


def test_the_clock_of_the_bot_counts_where_none_is_named(tmp_path: Path) -> None:
    text = "triggers: [{every: 1d}, {every: {every: week, on: [mon], at: '09:00'}}]\n"
    timed = load_bot(tmp_path, text + STATES, bot="tz: Asia/Tokyo\n").program.timed.values()
    assert {trigger.tz for trigger in timed} == {"Asia/Tokyo"}
    assert [trigger.rule for trigger in timed] == [
        86_400, {"every": "week", "on": ["mon"], "at": "09:00"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("trigger", "code"),
    [
        ("{every: 30s}", "SC043"),
        ("{every: {every: day}}", "SC043"),
        ("{cron: 0 25 * * *}", "SC043"),
        ("{cron: 0 9 * * *, every: 1d}", "SC010"),
        ("{for: true}", "SC010"),
        ("{every: 1d, tz: Nowhere/Land}", "SC010"),
        ("{every: 1d, rate: fast}", "SC010"),
        ("{every: 1d, for: user.nobody}", "SC022"),
        ("{every: 1d, for: n > 1}", "SC022"),
        ("{every: 1d, until: noon}", "SC012"),
    ],
)
def test_a_trigger_that_cannot_come_is_refused(tmp_path: Path, trigger: str, code: str) -> None:
    text = f"triggers: [{trigger}]\ndata: {{n: {{type: int, default: 1}}}}\n{STATES}"
    with pytest.raises(InvalidBot) as refused:
        load_bot(tmp_path, text)
    assert [found.code for found in refused.value.diagnostics] == [code]
