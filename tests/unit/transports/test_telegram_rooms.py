"""A group that becomes a supergroup stays the same for the bot, whatever Telegram calls it."""

from collections.abc import Mapping
from typing import Any, BinaryIO

import pytest

from engine.core.effects import Message
from engine.runtime.ports import Delivery, PostponedError
from tests.contract.host import MemoryDocuments, RecordingHost
from tests.servers.telegram import message
from transports.moving import Moving
from transports.telegram.callback import LongChoices
from transports.telegram.failure import ApiError
from transports.telegram.files import Files
from transports.telegram.groups import Me
from transports.telegram.inbound import Reader
from transports.telegram.outbound import Sender
from transports.telegram.requests import Fields
from transports.telegram.rooms import Rooms, migration

OLD, NEW, NEWER = -5, -1005, -1006


def in_group(number: int, text: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return message(text, chat={"id": number, "type": "supergroup", "title": "Us"}, **more)


async def moved(documents: MemoryDocuments) -> Rooms:
    rooms = Rooms(documents)
    await rooms.moved(OLD, NEW)
    return rooms


@pytest.mark.parametrize(
    "update",
    [in_group(OLD, migrate_to_chat_id=NEW), in_group(NEW, migrate_from_chat_id=OLD)],
    ids=["old", "new"],
)
def test_either_group_tells_the_move(update: dict[str, Any]) -> None:
    assert migration(update) == (OLD, NEW)


@pytest.mark.parametrize(
    "update",
    [
        in_group(OLD, "hi"), {}, {"message": []}, {"message": {"migrate_to_chat_id": NEW}},
        in_group(OLD, migrate_to_chat_id="x"), {"message": {"chat": [], "migrate_to_chat_id": 1}},
    ],
)  # fmt: skip
def test_nothing_else_does(update: dict[str, Any]) -> None:
    assert migration(update) is None


async def test_a_supergroup_is_known_by_the_first_number_that_it_had() -> None:
    rooms = await moved(MemoryDocuments())
    event = Reader("demo", Me(), rooms).read({"update_id": 7} | in_group(NEW, "hi"), 0)
    assert event is not None
    assert (event.owner, event.chat, event.by) == (
        "demo/telegram:-5", "-5", "demo/telegram:100",
    )  # fmt: skip


async def test_the_next_process_knows_it_too_and_a_second_move() -> None:
    documents = MemoryDocuments()
    await (await moved(documents)).moved(NEW, NEWER)
    rooms = Rooms(documents)
    await rooms.load()
    assert [rooms.first(one) for one in (OLD, NEW, NEWER, 100)] == [OLD, OLD, OLD, 100]
    assert [rooms.now(one) for one in (OLD, 100)] == [NEWER, 100]


async def test_a_move_that_is_told_again_later_undoes_no_later_one() -> None:
    rooms = await moved(MemoryDocuments())
    await rooms.moved(NEW, NEWER)
    await rooms.moved(OLD, NEW)
    assert rooms.now(OLD) == NEWER


class Telegram:
    """Takes what is sent to the supergroup, and tells where the group is now."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, str]] = []

    async def call(
        self, method: str, fields: Fields, uploads: Mapping[str, tuple[str, BinaryIO]]
    ) -> object:
        del method, uploads
        if fields["chat_id"] == OLD:
            raise ApiError("moved", "group chat was upgraded to a supergroup chat", None, NEW)
        self.taken.append((int(fields["chat_id"]), str(fields["text"])))
        return {"message_id": len(self.taken)}


async def test_what_is_refused_by_the_old_group_goes_to_the_new_one() -> None:
    documents, telegram = MemoryDocuments(), Telegram()
    moving = Moving(RecordingHost(documents=documents))
    rooms = Rooms(documents)
    sender = Sender(telegram.call, LongChoices(documents), Files(documents), moving, rooms)
    delivery = Delivery("d1", "demo/telegram:-5", "-5", Message("Hi"), 0, "en")
    with pytest.raises(PostponedError):
        await sender.send(delivery)
    assert await sender.send(delivery) == "1"
    assert telegram.taken == [(NEW, "Hi")]
    assert rooms.first(NEW) == OLD
