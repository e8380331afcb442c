"""What is counted and timed, and that nothing of what people write is in it."""

import re
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from engine.core.events import TIMER, Event
from engine.core.outcome import LogEntry
from engine.runtime.ports import RefusedError
from engine.runtime.prometheus import PrometheusMeter
from tests.unit.runtime.fakes import (
    OWNER,
    FakeTransport,
    MemoryStore,
    Running,
    postponed,
    said,
    until,
)


@pytest.fixture
def meter() -> PrometheusMeter:
    return PrometheusMeter("demo")


def page(meter: PrometheusMeter) -> str:
    def start(*_: object) -> None:
        pass

    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    return b"".join(meter.page(environ, start)).decode()


def value(meter: PrometheusMeter, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", page(meter), re.MULTILINE)
    assert found is not None, f"no {sample} in\n{page(meter)}"
    return float(found[1])


async def test_a_running_bot_counts_events_messages_steps_and_commits(
    meter: PrometheusMeter,
) -> None:
    transport = FakeTransport()
    app = await Running(MemoryStore(), transport, meter=meter).started()
    await transport.apply(said(1, "a"), said(2, "b"), said(1, "a"))
    await until(lambda: len(transport.sent) == 2)
    await app.end()
    assert value(meter, 'statechat_events_applied_total{kind="text",transport="fake"}') == 2
    assert value(meter, 'statechat_messages_total{how="sent",transport="fake"}') == 2
    assert value(meter, "statechat_step_seconds_count") == 2
    assert value(meter, "statechat_commit_seconds_count") >= 2
    assert value(meter, 'statechat_queue_length{queue="events"}') == 0
    assert value(meter, 'statechat_queue_length{queue="chats_sending"}') == 0
    assert value(meter, 'statechat_queue_length{queue="actions"}') == 0
    assert value(meter, 'statechat_bot{bot="demo"}') == 1


async def test_what_became_of_messages_is_told_apart(meter: PrometheusMeter) -> None:
    transport = FakeTransport()
    transport.errors["c"] = [postponed(1), ValueError("a bug"), RefusedError("blocked")]
    app = await Running(MemoryStore(), transport, meter=meter).started()
    await transport.apply(said(1, "a"))
    await until(lambda: len(transport.tried) == 3)
    await app.end()
    for how in ("postponed", "failed", "refused"):
        assert value(meter, f'statechat_messages_total{{how="{how}",transport="fake"}}') == 1


def test_timers_are_counted_as_events_and_by_themselves(meter: PrometheusMeter) -> None:
    meter.applied([Event("timer:t", TIMER, OWNER, "c", 0), said(1, "a")], [])
    assert value(meter, "statechat_timers_fired_total") == 1
    assert value(meter, 'statechat_events_applied_total{kind="timer",transport="fake"}') == 1


def test_faults_are_counted_by_area_and_a_guard_that_failed_is_none(meter: PrometheusMeter) -> None:
    meter.applied(
        [said(1, "a")],
        [
            LogEntry("fault:expr:divide", level="error"),
            LogEntry("fault:expr:type", level="warning"),
            LogEntry("step:transition"),
        ],
    )
    assert value(meter, 'statechat_faults_total{area="expr"}') == 1


def test_neither_people_nor_flows_can_name_a_label(meter: PrometheusMeter) -> None:
    for name in ("/secret", "secret"):
        meter.applied(
            [Event("fake:1", name, OWNER, "c", 0, text="secret")],
            [LogEntry("fault:secret:secret", "secret", level="error", chat="secret")],
        )
    assert "secret" not in page(meter)
    assert OWNER.rpartition(":")[2] not in page(meter).replace("_total", "")
    assert value(meter, 'statechat_events_applied_total{kind="command",transport="fake"}') == 1
    assert value(meter, 'statechat_events_applied_total{kind="other",transport="fake"}') == 1
    assert value(meter, 'statechat_faults_total{area="other"}') == 2
