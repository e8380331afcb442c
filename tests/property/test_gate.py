"""The gate, whatever the rate and whenever people write: never more than the rate, never less."""

from dataclasses import replace
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from engine.core.access import Limits, Rate
from engine.core.effects import Send
from engine.core.events import Event
from engine.core.gate import passing
from engine.core.nodes import StateNode
from engine.core.outcome import LogEntry, Outcome
from engine.core.phrases import phrase
from engine.core.program import Flow, Program
from engine.core.session import Session
from engine.core.table import Table
from engine.core.texts import plain
from engine.core.wording import BotTexts, Wording

rates = st.builds(Rate, st.integers(1, 50), st.sampled_from([1_000, 60_000, 86_400_000]))
gaps = st.lists(st.integers(0, 40_000_000) | st.integers(0, 5_000), min_size=1, max_size=150)
NOW = 1_767_614_400_000


@cache
def texts() -> BotTexts:
    names = (
        "fallback", "error", "old_button", "not_yours", "refused", "too_fast", "too_long", "late",
    )  # fmt: skip
    own = {name: Wording(name, plain(phrase(name, "en"))) for name in names}
    return BotTexts(**own)


@cache
def program(limits: Limits) -> Program:
    root = StateNode("", "compound", ())
    states = {"": root, "bot": StateNode("bot", "atomic", (root,))}
    flow = Flow("", 1, "", Table("bot", ["bot"]), states, {})
    return Program("demo", ("en",), {}, flow, texts(), {}, limits=limits)


def heard(_: Program, session: Session, event: Event, now: int) -> Outcome:
    """In place of the step: whatever passes is heard."""
    return Outcome(session, (), (LogEntry("heard"),))


def play(rate: Rate, moments: list[int]) -> list[int]:
    """The moments at which a person was heard."""
    session = Session("demo/test:1")
    found = []
    for number, at in enumerate(moments):
        event = Event(f"test:{number}", "text", session.id, "1", at, text="x")
        before, told = session, session.told
        outcome = passing(heard, program(Limits(rate)), session, event, at)
        session = outcome.session
        if outcome.log[0].code == "heard":
            found.append(at)
            continue
        same = replace(session, steps=before.steps, told=told, chats=before.chats)
        assert same == before
        assert len([one for one in outcome.effects if isinstance(one, Send)]) <= 1
    return found


def moments_of(gaps: list[int]) -> list[int]:
    moments, now = [], NOW
    for gap in gaps:
        now += gap
        moments.append(now)
    return moments


@given(rates, gaps)
def test_in_no_time_is_more_heard_than_the_rate_and_what_was_saved_up(
    rate: Rate, gaps: list[int]
) -> None:
    found = play(rate, moments_of(gaps))
    for first, begin in enumerate(found):
        for last in range(first, len(found)):
            allowed = rate.count * ((found[last] - begin) / rate.period + 1)
            assert last - first + 1 <= allowed


@given(rates, st.integers(0, 3_000))
def test_who_keeps_to_the_rate_is_always_heard(rate: Rate, slack: int) -> None:
    step = -(-rate.period // rate.count) + slack
    moments = [NOW + step * number for number in range(3 * rate.count)]
    assert play(rate, moments) == moments


@given(rates)
def test_as_much_as_the_rate_is_heard_at_once_and_again_after_its_period(rate: Rate) -> None:
    once = [NOW] * (rate.count + 3)
    later = [NOW + rate.period + rate.count] * (rate.count + 3)  # a share is whole milliseconds
    assert play(rate, once + later) == [NOW] * rate.count + later[: rate.count]
