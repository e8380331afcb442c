"""What comes again, held against dateutil's rules and a search through every second of a clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st

from engine.core.cron import MONTHS, WEEKDAYS
from engine.core.faults import Fault
from engine.core.recurrence import instant, next_time
from engine.core.values import Value

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
STEP = timedelta(minutes=1)
AT = "08:05"

SINCE = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall clock
moments = st.integers(0, 40 * 365 * 24 * 3600).map(lambda past: SINCE + timedelta(seconds=past))
rules = st.one_of(
    st.just(({"every": "day"}, {"freq": rrule.DAILY})),
    st.just(({"every": "weekday"}, {"freq": rrule.DAILY, "byweekday": range(5)})),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(
        lambda days: (
            {"every": "week", "on": sorted(days)},
            {"freq": rrule.WEEKLY, "byweekday": [WEEKDAYS.index(day) for day in days]},
        )
    ),
    st.integers(1, 31).map(
        lambda day: (
            {"every": "month", "day": day},
            # The last of the days up to this one that the month has.
            {"freq": rrule.MONTHLY, "bymonthday": [*range(1, day + 1)], "bysetpos": -1},
        )
    ),
    st.integers(1, 12).map(
        lambda month: (
            {"every": "year", "month": month, "day": 29},
            {
                "freq": rrule.YEARLY, "bymonth": month, "bymonthday": [*range(1, 30)],
                "bysetpos": -1,
            },
        )
    ),
)  # fmt: skip


@given(rules, moments)
def test_a_rule_comes_when_dateutil_says(rule: tuple[Any, Any], after: datetime) -> None:
    ours, theirs = rule
    begin = after - timedelta(days=800)
    peer = rrule.rrule(dtstart=begin, byhour=8, byminute=5, bysecond=0, **theirs)
    found = next_time({**ours, "at": AT}, after.replace(tzinfo=UTC), "UTC")
    assert found == peer.after(after).replace(tzinfo=UTC)


@given(
    st.integers(0, 59), st.integers(0, 23), st.integers(1, 31), st.integers(1, 12), moments,
    st.sampled_from(["day", "month", "week", "either"]),
)  # fmt: skip
def test_a_line_of_cron_comes_when_dateutil_says(
    minute: int, hour: int, day: int, month: int, after: datetime, kind: str
) -> None:
    weekday = day % 7
    clock: dict[str, Any] = {"byhour": hour, "byminute": minute, "bysecond": 0}
    daily = {**clock, "freq": rrule.DAILY, "dtstart": after - timedelta(days=1)}
    by_month, by_week = {**daily, "bymonthday": day}, {**daily, "byweekday": weekday}
    line, peers = {
        "day": ("* * *", [daily]),
        "month": (f"{day} {MONTHS[month % 12]} *", [{**by_month, "bymonth": month % 12 + 1}]),
        "week": (f"* * {WEEKDAYS[weekday]}", [by_week]),
        "either": (f"{day} * {weekday + 1}", [by_month, by_week]),
    }[kind]
    until = after + timedelta(days=9 * 366)
    coming = [rrule.rrule(**peer, until=until).after(after) for peer in peers]
    expected = min((one for one in coming if one is not None), default=None)
    found = next_time(f"{minute} {hour} {line}", after.replace(tzinfo=UTC), "UTC")
    assert found == (expected and expected.replace(tzinfo=UTC))


@given(
    st.sampled_from(ZONES), st.integers(2000, 2037), st.integers(0, 365 * 24 * 60),
)  # fmt: skip
def test_an_instant_is_the_first_at_which_the_clock_has_come_to_a_time(
    tz: str, year: int, minute: int
) -> None:
    zone = ZoneInfo(tz)
    local = SINCE.replace(year=year) + minute * STEP
    found = instant(local, zone)

    def shown(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    assert shown(found) >= local
    assert shown(found) == local or shown(found - timedelta(seconds=1)) < local
    earlier = [found - offset * STEP for offset in range(1, 181)]
    assert all(shown(moment) < local for moment in earlier), "it was so late before"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-03-28T12:00:00", "2026-03-29T01:00:00"),
        ("2026-10-24T12:00:00", "2026-10-25T00:30:00"),
        ("2026-10-25T00:30:00", "2026-10-26T01:30:00"),
    ],
)
def test_half_past_two_comes_once_a_day_also_when_clocks_change(after: str, expected: str) -> None:
    found = next_time(
        "30 2 * * *", datetime.fromisoformat(after).replace(tzinfo=UTC), "Europe/Berlin"
    )
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_that_never_comes_is_none() -> None:
    assert next_time("0 8 30 2 *", datetime(2026, 1, 1, tzinfo=UTC), None) is None


@pytest.mark.parametrize(
    "rule",
    [
        "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
        "*/0 * * * *", "5-1 * * * *", "a * * * *", "1,,2 * * * *", "/5 * * * *", 59, True, None, [],
        {}, {"every": "hour", "at": AT}, {"every": "day"}, {"every": "day", "at": "25:00"},
        {"every": "day", "at": AT, "on": ["mon"]}, {"every": "week", "at": AT, "on": []},
        {"every": "month", "at": AT, "day": 32}, {"every": "year", "at": AT, "month": 2, "day": 30},
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: Value) -> None:
    with pytest.raises(Fault) as refused:
        next_time(rule, datetime(2026, 1, 1, tzinfo=UTC), None)
    assert refused.value.code == "time:rule"
