"""The plan of calls on a clock of numbers: bounds kept, nobody starved, nothing idle."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from transports.telegram.pace import IDLE_MAX, Call, Rate, Rates, Schedule

RATES = Rates(Rate(30, 1_000), Rate(5, 5_000), Rate(20, 60_000))
CHATS = st.sampled_from([1, 2, 3, -1, -2])


@dataclass
class Run:
    """A schedule that is asked at every moment it names, and what it has let go."""

    schedule: Schedule = field(default_factory=lambda: Schedule(RATES))
    now: int = 0
    gone: list[tuple[int, Call]] = field(default_factory=list)

    def join(self, *calls: Call) -> None:
        for call in calls:
            self.schedule.join(call)

    def until(self, end: int) -> None:
        while True:
            while (call := self.schedule.take(self.now)) is not None:
                self.gone.append((self.now, call))
            moment = self.schedule.next_at(self.now)
            if moment is None or moment > end:
                self.now = max(self.now, end)
                return
            assert moment > self.now, "it would be asked again and again at the same moment"
            self.now = moment

    def times(self, chat: int) -> list[int]:
        return [at for at, call in self.gone if call.chat == chat]


def most_within(times: list[int], period: int) -> int:
    return max((sum(at <= t < at + period for t in times) for at in times), default=0)


arrivals = st.lists(
    st.tuples(st.integers(0, 3_000), st.builds(Call, CHATS, edit=st.booleans())), max_size=150
)
refusals = st.lists(st.tuples(CHATS, st.integers(1, 40_000)), max_size=3)


@given(arrivals, refusals)
def test_no_bound_is_ever_passed_and_every_call_goes_at_last(
    calls: list[tuple[int, Call]], refused: list[tuple[int, int]]
) -> None:
    run = Run()
    for chat, pause in refused:
        run.schedule.block(chat, run.now, pause)
    for wait, call in calls:
        run.until(run.now + wait)
        run.join(call)
    run.until(10**9)
    assert len(run.gone) == len(calls)
    assert most_within([at for at, _ in run.gone], 1_000) <= 30
    for chat in {call.chat for _, call in calls}:
        sent = [at for at, call in run.gone if call.chat == chat and not call.edit]
        assert most_within(sent, 5_000) <= 5
        assert chat > 0 or most_within(sent, 60_000) <= 20
    for chat, pause in refused:
        assert all(at >= pause for at in run.times(chat))
    if len({chat for chat, _ in refused}) > 1:
        assert all(at >= refused[-1][1] for at, _ in run.gone) or len(refused) > 2


@given(arrivals)
def test_the_calls_of_a_chat_keep_their_order(calls: list[tuple[int, Call]]) -> None:
    run = Run()
    for wait, call in calls:
        run.until(run.now + wait)
        run.join(call)
    run.until(10**9)
    for chat in {call.chat for _, call in calls}:
        for edit in (False, True):
            wanted = [call for _, call in calls if (call.chat, call.edit) == (chat, edit)]
            went = [call for _, call in run.gone if (call.chat, call.edit) == (chat, edit)]
            assert [id(call) for call in went] == [id(call) for call in wanted]


def test_a_chat_with_a_thousand_messages_does_not_delay_the_first_of_another() -> None:
    run = Run()
    run.join(*[Call(1) for _ in range(1_000)])
    run.until(10_000)
    run.join(Call(2))
    run.until(10_000)
    assert run.times(2) == [10_000]


def test_where_all_is_used_up_the_chats_take_turns() -> None:
    run = Run()
    run.join(*[Call(chat) for chat in range(1, 21) for _ in range(3)])
    run.until(0)
    counts = [len(run.times(chat)) for chat in range(1, 21)]
    assert (sum(counts), max(counts), min(counts)) == (30, 2, 1)


def test_edits_go_before_messages_and_do_not_use_the_pace_of_their_chat() -> None:
    run = Run()
    run.join(*[Call(chat) for chat in range(1, 100)])
    run.until(0)
    edits = [Call(100, edit=True) for _ in range(9)]
    run.join(*edits)
    run.until(1_000)
    assert [call for _, call in run.gone[30:39]] == edits


def test_a_refusal_holds_its_chat_and_that_of_a_second_chat_all() -> None:
    run = Run()
    run.schedule.block(1, 0, 7_000)
    run.join(Call(1), Call(2), Call(3))
    run.until(6_999)
    assert [call.chat for _, call in run.gone] == [2, 3]
    assert not run.schedule.blocked(run.now)
    run.schedule.block(2, run.now, 5_001)
    assert run.schedule.blocked(run.now)
    run.join(Call(3))
    run.until(60_000)
    assert [at for at, _ in run.gone] == [0, 0, 12_000, 12_000]


def test_an_album_counts_as_the_messages_that_it_is() -> None:
    run = Run()
    run.join(Call(-1, cost=10), Call(-1), Call(-2))
    run.until(60_000)
    assert run.times(-1) == [0, 5_000]
    assert run.times(-2) == [0]


def test_who_left_is_not_waited_for() -> None:
    run = Run()
    first, second = Call(1), Call(1)
    run.join(first, second)
    run.schedule.leave(first)
    run.schedule.leave(second)
    assert not run.schedule
    assert run.schedule.next_at(0) is None


def test_chats_at_rest_are_forgotten() -> None:
    run = Run(Schedule(Rates(Rate(10**6, 1), Rate(5, 5_000), Rate(20, 60_000))))
    for chat in range(1, 3 * IDLE_MAX):
        run.now += 1_000
        run.join(Call(chat))
        run.until(run.now)
    assert len(run.schedule._chats) <= IDLE_MAX
