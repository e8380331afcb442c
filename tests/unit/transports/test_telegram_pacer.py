"""Calls that wait for their turn, and the setting that says how fast they go."""

import asyncio

import pytest

from engine.errors import StatechatError
from engine.runtime.clock import SystemClock
from tests.unit.runtime.fakes import FakeClock, settle
from transports.telegram.pace import Call, Rate, Rates
from transports.telegram.pacer import Pacer, read_rates

RATES = read_rates("")
assert RATES is not None


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_where_nothing_holds_a_call_back_it_goes_without_waiting() -> None:
    pacer = Pacer(SystemClock(), RATES)
    turn = pacer.turn(Call(1))
    with pytest.raises(StopIteration):  # it ends without suspending once
        turn.send(None)
    await pacer.close()


async def test_calls_wait_for_the_pace_of_their_chat(clock: FakeClock) -> None:
    pacer = Pacer(clock, RATES)
    turns = [asyncio.ensure_future(pacer.turn(Call(1))) for _ in range(7)]
    await settle()
    assert sum(turn.done() for turn in turns) == 5
    await clock.advance(4_999)
    assert sum(turn.done() for turn in turns) == 5
    await clock.advance(1)
    assert all(turn.done() for turn in turns)
    await pacer.turn(Call(2))
    await pacer.close()


async def test_a_call_that_is_given_up_leaves_its_place_to_others(clock: FakeClock) -> None:
    pacer = Pacer(clock, Rates(Rate(1, 1_000), Rate(1, 1_000), Rate(1, 1_000)))
    await pacer.turn(Call(1))
    given_up, other = (asyncio.ensure_future(pacer.turn(Call(chat))) for chat in (1, 2))
    await settle()
    given_up.cancel()
    await clock.advance(1_000)
    assert other.done()
    assert given_up.cancelled()
    await pacer.close()


async def test_a_refusal_is_obeyed_to_the_millisecond(clock: FakeClock) -> None:
    pacer = Pacer(clock, RATES)
    pacer.refused(1, 3_000)
    turn = asyncio.ensure_future(pacer.turn(Call(1)))
    await clock.advance(2_999)
    assert not turn.done()
    assert not pacer.closed
    await clock.advance(1)
    assert turn.done()
    await pacer.close()


@pytest.mark.parametrize(
    ("text", "all_", "chat", "group"),
    [("", 30, 5, 20), ("all=1000", 1_000, 5, 20), ("chat=2, group=7", 30, 10, 7)],
)
def test_the_pace_is_a_setting(text: str, all_: int, chat: int, group: int) -> None:
    assert read_rates(text) == Rates(Rate(all_, 1_000), Rate(chat, 5_000), Rate(group, 60_000))


def test_the_pace_can_be_switched_off() -> None:
    assert read_rates("off") is None


@pytest.mark.parametrize("text", ["fast", "all=0", "all=-1", "all=", "each=3", "all=1000000", "²"])
def test_a_malformed_pace_is_refused(text: str) -> None:
    with pytest.raises(StatechatError) as error:
        read_rates(text)
    assert error.value.code == "telegram:pace"
