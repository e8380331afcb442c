import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import Button, Mark, Message
from engine.errors import StatechatError
from engine.runtime.ports import Delivery, PostponedError, RefusedError
from tests.contract.host import MemoryDocuments
from transports.split import utf16_units
from transports.telegram.callback import LongChoices, short_choice
from transports.telegram.failure import ApiError
from transports.telegram.outbound import MORE_BUTTONS, NOTES_MAX, Sender, build, entities


def delivery(message: Message, id_: str = "d1", chat: str = "42") -> Delivery:
    return Delivery(id_, "demo/telegram:42", chat, message, 0, "en")


class Chat:
    """What Telegram was sent; fails as told before it takes the next text."""

    def __init__(self, *failures: ApiError | None) -> None:
        self.failures = list(failures)
        self.texts: list[str] = []

    async def send(
        self, chat: int, text: str, entities: str | None, reply_markup: str | None
    ) -> None:
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        self.texts.append(text)


def sender(chat: Chat) -> Sender:
    return Sender(chat.send, LongChoices(MemoryDocuments()))


def keyboard(request: Any) -> list[list[dict[str, str]]]:  # noqa: ANN401 - JSON within
    return list(json.loads(request.keyboard)["inline_keyboard"])


def buttons(count: int) -> tuple[Button, ...]:
    return tuple(Button(f"Label {number}", 1, f"c{number}") for number in range(count))


@given(
    text=st.text(st.sampled_from("ab 😀é漢👍"), min_size=1, max_size=40),
    offset=st.integers(0, 40),
    length=st.integers(0, 40),
)
def test_entities_select_in_utf16_what_the_mark_selects_in_characters(
    text: str, offset: int, length: int
) -> None:
    marked = text[offset : offset + length]
    found = entities(text, (Mark("bold", offset, length),))
    if not marked:
        assert found is None
        return
    assert found is not None
    (entity,) = json.loads(found)
    raw = text.encode("utf-16-le")
    start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
    assert raw[start:end].decode("utf-16-le") == marked


def test_each_mark_has_its_entity() -> None:
    found = entities(
        "b i c l",
        (
            Mark("bold", 0, 1),
            Mark("italic", 2, 1),
            Mark("code", 4, 1),
            Mark("link", 6, 1, "https://example.org"),
            Mark("link", 6, 1),
        ),
    )
    assert found is not None
    assert json.loads(found) == [
        {"type": "bold", "offset": 0, "length": 1},
        {"type": "italic", "offset": 2, "length": 1},
        {"type": "code", "offset": 4, "length": 1},
        {"type": "text_link", "offset": 6, "length": 1, "url": "https://example.org"},
    ]


def test_a_long_text_is_split_and_the_buttons_hang_on_its_last_part() -> None:
    requests = build(Message("😀 word " * 2000, (), (buttons(2),)))
    assert len(requests) > 1
    assert all(utf16_units(request.text) <= 4096 for request in requests)
    assert [request.keyboard is not None for request in requests[:-1]] == [False] * (
        len(requests) - 1
    )
    assert [one["text"] for one in keyboard(requests[-1])[0]] == ["Label 0", "Label 1"]


def test_a_row_has_at_most_eight_buttons() -> None:
    (request,) = build(Message("Pick", (), (buttons(20), buttons(3))))
    assert [len(row) for row in keyboard(request)] == [8, 8, 4, 3]


def test_more_than_a_hundred_buttons_go_on_below() -> None:
    requests = build(Message("Pick", (), tuple((button,) for button in buttons(230))))
    assert [request.text for request in requests] == ["Pick", MORE_BUTTONS, MORE_BUTTONS]
    rows = [row for request in requests for row in keyboard(request)]
    assert [button["callback_data"] for row in rows for button in row] == [
        f"1.c{number}" for number in range(230)
    ]
    assert max(sum(len(row) for row in keyboard(request)) for request in requests) == 100


def test_a_button_without_a_label_shows_its_id() -> None:
    (request,) = build(Message("Pick", (), ((Button(" ", 1, "a"), Button("", 1, "")),)))
    assert [button["text"] for button in keyboard(request)[0]] == ["a", "·"]


def test_lone_surrogates_are_replaced_and_move_no_mark() -> None:
    (request,) = build(Message("a\ud800b", (Mark("bold", 2, 1),)))
    assert request.text == "a\ufffdb"
    assert json.loads(request.entities or "")[0]["offset"] == 2


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_message_without_text_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        build(Message(text))


async def test_a_chat_that_is_no_number_is_refused() -> None:
    with pytest.raises(RefusedError):
        await sender(Chat()).send(delivery(Message("hi"), chat="ann"))


LONG = Message("\n".join(f"{number} " + "x" * 3000 for number in range(3)))


async def test_a_part_that_was_sent_is_not_sent_again() -> None:
    chat = Chat(None, ApiError("flood", "too fast", 3000))
    bot = sender(chat)
    with pytest.raises(PostponedError) as caught:
        await bot.send(delivery(LONG))
    assert caught.value.milliseconds == 3000
    await bot.send(delivery(LONG))
    assert [text[0] for text in chat.texts] == ["0", "1", "2"]


async def test_a_message_that_was_sent_whole_is_forgotten() -> None:
    chat = Chat()
    bot = sender(chat)
    await bot.send(delivery(LONG))
    await bot.send(delivery(LONG))
    assert [text[0] for text in chat.texts] == ["0", "1", "2"] * 2


async def test_half_sent_messages_are_remembered_up_to_a_bound() -> None:
    chat = Chat(*[None, ApiError("network", "gone")] * (NOTES_MAX + 1))
    bot = sender(chat)
    for number in range(NOTES_MAX + 1):
        with pytest.raises(PostponedError):
            await bot.send(delivery(LONG, f"d{number}"))
    assert len(bot._sent) == NOTES_MAX
    assert "d0" not in bot._sent


@pytest.mark.parametrize("kind", ["network", "server", "conflict", "unauthorized", "unknown"])
async def test_what_is_not_the_messages_fault_is_postponed(kind: Any) -> None:  # noqa: ANN401 - a literal type
    with pytest.raises(PostponedError) as caught:
        await sender(Chat(ApiError(kind, "why"))).send(delivery(Message("hi")))
    assert caught.value.milliseconds is None


async def test_a_refusal_is_for_good() -> None:
    with pytest.raises(RefusedError, match="blocked"):
        await sender(Chat(ApiError("refused", "bot was blocked"))).send(delivery(Message("hi")))


async def test_an_id_too_long_for_a_button_is_kept_before_it_is_sent() -> None:
    documents = MemoryDocuments()
    chat = Chat()
    long = "a" * 60
    await Sender(chat.send, LongChoices(documents)).send(
        delivery(Message("Pick", (), ((Button("A", 1, long),),)))
    )
    assert documents.kept == {"telegram.choices": {short_choice(long): {"choice": long}}}


async def test_a_message_waits_while_a_long_id_cannot_be_kept() -> None:
    class Broken(MemoryDocuments):
        async def add(self, *_: object) -> bool:
            raise StatechatError("store:unreachable", "the database is gone")

    chat = Chat()
    bot = Sender(chat.send, LongChoices(Broken()))
    with pytest.raises(PostponedError):
        await bot.send(delivery(Message("Pick", (), ((Button("A", 1, "a" * 60),),))))
    assert chat.texts == []
