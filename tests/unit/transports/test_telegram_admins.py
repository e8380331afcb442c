"""Who administers a group: asked of Telegram once, believed for minutes, and never guessed."""

from dataclasses import dataclass, field

from tests.contract.host import MemoryDocuments
from tests.unit.runtime.fakes import FakeClock
from transports.telegram.admins import CHATS_MAX, DOUBTED, HOLDS, Admins
from transports.telegram.failure import ApiError
from transports.telegram.rooms import Rooms

GROUP = -5
ADM, ANN = 1, 2


@dataclass
class Telegram:
    """Answers with these persons, or with something else."""

    persons: list[int] = field(default_factory=lambda: [ADM])
    answer: object = None
    failure: Exception | None = None
    asked: list[int] = field(default_factory=list)

    async def administrators(self, chat_id: int) -> object:
        self.asked.append(chat_id)
        if self.failure is not None:
            raise self.failure
        members = [{"status": "administrator", "user": {"id": one}} for one in self.persons]
        return self.answer or members


def known(telegram: Telegram) -> tuple[Admins, FakeClock, Rooms]:
    clock, rooms = FakeClock(), Rooms(MemoryDocuments())
    return Admins(telegram, clock, rooms), clock, rooms


async def test_telegram_is_asked_once_for_all_in_a_group() -> None:
    telegram = Telegram()
    admins, _, _ = known(telegram)
    assert [await admins.has(GROUP, one) for one in (ADM, ANN, ADM, ANN)] == [
        True, False, True, False,
    ]  # fmt: skip
    assert telegram.asked == [GROUP]


async def test_who_becomes_an_admin_is_one_soon_and_who_was_one_is_none_after_some_minutes() -> (
    None
):
    telegram = Telegram()
    admins, clock, _ = known(telegram)
    assert not await admins.has(GROUP, ANN)
    telegram.persons = [ANN]
    assert not await admins.has(GROUP, ANN)
    assert await admins.has(GROUP, ADM)
    await clock.advance(DOUBTED)
    assert await admins.has(GROUP, ADM)
    assert await admins.has(GROUP, ANN)
    assert not await admins.has(GROUP, ADM)


async def test_where_telegram_does_not_tell_nobody_is_an_admin_and_it_is_not_asked_at_once() -> (
    None
):
    telegram = Telegram(failure=ApiError("refused", "the bot is not a member"))
    admins, clock, _ = known(telegram)
    assert not await admins.has(GROUP, ADM)
    assert not await admins.has(GROUP, ADM)
    assert len(telegram.asked) == 1
    telegram.failure = None
    await clock.advance(DOUBTED)
    assert await admins.has(GROUP, ADM)


async def test_what_is_known_holds_through_an_outage_and_no_longer_than_else() -> None:
    telegram = Telegram()
    admins, clock, _ = known(telegram)
    assert await admins.has(GROUP, ADM)
    telegram.failure = ApiError("network", "nobody is there")
    await clock.advance(HOLDS - 1)
    assert not await admins.has(GROUP, ANN)
    assert await admins.has(GROUP, ADM)
    await clock.advance(1)
    assert not await admins.has(GROUP, ADM)


async def test_an_answer_that_is_none_makes_nobody_an_admin() -> None:
    for answer in ({"ok": True}, [{"user": {}}], [{"user": {"id": "1"}}], ["x", {"status": "y"}]):
        admins, _, _ = known(Telegram(answer=answer))
        assert not await admins.has(GROUP, ADM)


async def test_a_group_that_has_grown_is_asked_for_by_its_present_number() -> None:
    telegram = Telegram()
    admins, _, rooms = known(telegram)
    await rooms.moved(GROUP, -100_5)
    assert await admins.has(GROUP, ADM)
    assert telegram.asked == [-100_5]


async def test_only_so_many_groups_are_remembered() -> None:
    telegram = Telegram()
    admins, _, _ = known(telegram)
    for number in range(CHATS_MAX + 1):
        await admins.has(-1 - number, ADM)
    await admins.has(-1, ADM)
    assert telegram.asked.count(-1) == 2
    assert telegram.asked.count(-5) == 1
