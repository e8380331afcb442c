import asyncio
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import Button, Mark, Message
from engine.errors import StatechatError
from engine.runtime.ports import Delivery, PostponedError, RefusedError
from tests.contract.host import MemoryDocuments, RecordingHost
from tests.unit.runtime.fakes import FakeClock
from transports.moving import Moving
from transports.split import utf16_units
from transports.telegram.callback import LongChoices, short_choice
from transports.telegram.entities import entities
from transports.telegram.failure import ApiError
from transports.telegram.files import Files
from transports.telegram.outbound import NOTES_MAX, Sender
from transports.telegram.pace import Rate, Rates
from transports.telegram.pacer import Pacer
from transports.telegram.requests import MORE_BUTTONS, Fields, build
from transports.telegram.rooms import Rooms


def delivery(message: Message, id_: str = "d1", chat: str = "42") -> Delivery:
    return Delivery(id_, "demo/telegram:42", chat, message, 0, "en")


class Chat:
    """What Telegram was sent; fails as told before it takes the next text."""

    def __init__(self, *failures: ApiError | None) -> None:
        self.failures = list(failures)
        self.texts: list[str] = []
        self.methods: list[str] = []

    async def call(
        self, method: str, fields: Fields, uploads: Mapping[str, tuple[str, BinaryIO]]
    ) -> object:
        assert not uploads
        self.methods.append(method)
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        self.texts.append(str(fields.get("text", "")))
        return {"message_id": len(self.methods)}


def sender(chat: Chat) -> Sender:
    return with_documents(chat, MemoryDocuments())


def with_documents(chat: Chat, documents: MemoryDocuments) -> Sender:
    return Sender(
        chat.call,
        LongChoices(documents),
        Files(documents),
        Moving(RecordingHost(documents=documents)),
        Rooms(documents),
    )


def keyboard(request: Any) -> list[list[dict[str, str]]]:  # noqa: ANN401 - JSON within
    return list(json.loads(request.fields["reply_markup"])["inline_keyboard"])


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
        "b i c l u s h p q",
        (
            Mark("bold", 0, 1),
            Mark("italic", 2, 1),
            Mark("code", 4, 1),
            Mark("link", 6, 1, "https://example.org"),
            Mark("link", 6, 1),
            Mark("underline", 8, 1),
            Mark("strike", 10, 1),
            Mark("spoiler", 12, 1),
            Mark("pre", 14, 1, None, "python"),
            Mark("quote", 16, 1),
        ),
    )
    assert found is not None
    assert json.loads(found) == [
        {"type": "bold", "offset": 0, "length": 1},
        {"type": "italic", "offset": 2, "length": 1},
        {"type": "code", "offset": 4, "length": 1},
        {"type": "text_link", "offset": 6, "length": 1, "url": "https://example.org"},
        {"type": "underline", "offset": 8, "length": 1},
        {"type": "strikethrough", "offset": 10, "length": 1},
        {"type": "spoiler", "offset": 12, "length": 1},
        {"type": "pre", "offset": 14, "length": 1, "language": "python"},
        {"type": "blockquote", "offset": 16, "length": 1},
    ]


def test_a_long_text_is_split_and_the_buttons_hang_on_its_last_part() -> None:
    requests = build(Message("😀 word " * 2000, (), (buttons(2),)))
    assert len(requests) > 1
    assert all(utf16_units(str(request.fields["text"])) <= 4096 for request in requests)
    assert ["reply_markup" in request.fields for request in requests[:-1]] == [False] * (
        len(requests) - 1
    )
    assert [one["text"] for one in keyboard(requests[-1])[0]] == ["Label 0", "Label 1"]


def test_a_row_has_at_most_eight_buttons() -> None:
    (request,) = build(Message("Pick", (), (buttons(20), buttons(3))))
    assert [len(row) for row in keyboard(request)] == [8, 8, 4, 3]


def test_more_than_a_hundred_buttons_go_on_below() -> None:
    requests = build(Message("Pick", (), tuple((button,) for button in buttons(230))))
    assert [request.fields["text"] for request in requests] == ["Pick", MORE_BUTTONS, MORE_BUTTONS]
    rows = [row for request in requests for row in keyboard(request)]
    assert [button["callback_data"] for row in rows for button in row] == [
        f"1.c{number}" for number in range(230)
    ]
    assert max(sum(len(row) for row in keyboard(request)) for request in requests) == 100


def test_a_button_without_a_label_shows_its_id() -> None:
    (request,) = build(Message("Pick", (), ((Button(" ", 1, "a"), Button("", 1, "")),)))
    assert [button["text"] for button in keyboard(request)[0]] == ["a", "·"]


def test_a_link_opens_and_comes_back_as_nothing() -> None:
    row = (Button("Terms", 1, "t", 0, "https://a.example/t"), Button("Done", 1, ".done", 0))
    (request,) = build(Message("Pick", (), (row,)))
    assert keyboard(request) == [
        [
            {"text": "Terms", "url": "https://a.example/t"},
            {"text": "Done", "callback_data": "1..done"},
        ]
    ]


def test_lone_surrogates_are_replaced_and_move_no_mark() -> None:
    (request,) = build(Message("a\ud800b", (Mark("bold", 2, 1),)))
    assert request.fields["text"] == "a\ufffdb"
    assert json.loads(str(request.fields["entities"]))[0]["offset"] == 2


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_message_without_text_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        build(Message(text))


PICK = ((Button("A", 1, "a"),),)


def test_an_edit_changes_a_message_in_place() -> None:
    words, buttons = (
        build(Message("new", (), PICK, edit="9")),
        build(Message("", (), PICK, edit="9")),
    )
    assert [(one.method, one.fields["message_id"]) for one in (*words, *buttons)] == [
        ("editMessageText", 9),
        ("editMessageReplyMarkup", 9),
    ]
    assert keyboard(words[0]) == keyboard(buttons[0])
    (bare,) = build(Message("", edit="9"))
    assert dict(bare.fields) == {"message_id": 9}


def test_a_text_too_long_for_an_edit_goes_on_below() -> None:
    requests = build(Message("word " * 2000, (), PICK, edit="9"))
    assert [one.method for one in requests] == ["editMessageText", "sendMessage", "sendMessage"]
    assert ["reply_markup" in one.fields for one in requests] == [False, False, True]


def test_a_reply_names_its_message_and_is_sent_even_if_that_is_gone() -> None:
    first, second = build(Message("word " * 1000, reply_to="9"))
    reply = json.loads(str(first.fields["reply_parameters"]))
    assert reply == {"message_id": 9, "allow_sending_without_reply": True}
    assert "reply_parameters" not in second.fields


@pytest.mark.parametrize("ref", ["", "x", "-1", "9" * 30, "a" * 64])
def test_a_reference_that_is_not_telegrams_edits_and_answers_nothing(ref: str) -> None:
    (request,) = build(Message("hi", edit=ref, reply_to=ref))
    assert (request.method, dict(request.fields)) == ("sendMessage", {"text": "hi"})
    with pytest.raises(RefusedError):
        build(Message("", edit=ref))


async def test_the_words_of_a_photo_are_its_caption() -> None:
    chat = Chat(ApiError("refused", "Bad Request: there is no text in the message to edit"))
    assert await sender(chat).send(delivery(Message("new", edit="9"))) == "2"
    assert chat.methods == ["editMessageText", "editMessageCaption"]


async def test_what_cannot_be_edited_at_all_is_sent_anew() -> None:
    gone = ApiError("refused", "Bad Request: message to edit not found")
    chat = Chat(gone, gone)
    assert await sender(chat).send(delivery(Message("new", edit="9"))) == "3"
    assert chat.methods == ["editMessageText", "editMessageCaption", "sendMessage"]


async def test_an_edit_that_changes_nothing_was_made_already() -> None:
    chat = Chat(ApiError("refused", "Bad Request: message is not modified: the same"))
    assert await sender(chat).send(delivery(Message("new", edit="9"))) == "9"
    assert chat.methods == ["editMessageText"]


async def test_an_edit_waits_for_a_server_that_is_away() -> None:
    chat = Chat(ApiError("server", "bad gateway"))
    with pytest.raises(PostponedError):
        await sender(chat).send(delivery(Message("new", edit="9")))
    assert chat.methods == ["editMessageText"]


async def test_a_message_is_called_by_the_number_of_its_last_part() -> None:
    assert await sender(Chat()).send(delivery(LONG)) == "3"


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
    await with_documents(chat, documents).send(
        delivery(Message("Pick", (), ((Button("A", 1, long),),)))
    )
    assert documents.kept == {"telegram.choices": {short_choice(long): {"choice": long}}}


async def test_a_message_waits_while_a_long_id_cannot_be_kept() -> None:
    class Broken(MemoryDocuments):
        async def add(self, *_: object) -> bool:
            raise StatechatError("store:unreachable", "the database is gone")

    chat = Chat()
    bot = with_documents(chat, Broken())
    with pytest.raises(PostponedError):
        await bot.send(delivery(Message("Pick", (), ((Button("A", 1, "a" * 60),),))))
    assert chat.texts == []


async def test_what_telegram_refuses_for_a_while_holds_back_all_of_its_chat() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, Rates(Rate(30, 1_000), Rate(5, 5_000), Rate(20, 60_000)))
    chat = Chat(ApiError("flood", "Too Many Requests: retry after 3", 3_000))
    documents = MemoryDocuments()
    one = Sender(
        chat.call,
        LongChoices(documents),
        Files(documents),
        Moving(RecordingHost(documents=documents)),
        Rooms(documents),
        pacer,
    )
    with pytest.raises(PostponedError) as refused:
        await one.send(delivery(Message("Hi")))
    assert refused.value.milliseconds == 3_000
    other = asyncio.ensure_future(one.send(delivery(Message("of somebody else here"), "d2")))
    elsewhere = asyncio.ensure_future(one.send(delivery(Message("elsewhere"), "d3", "43")))
    await clock.advance(2_999)
    assert chat.texts == ["elsewhere"]
    await clock.advance(1)
    assert chat.texts == ["elsewhere", "of somebody else here"]
    await asyncio.gather(other, elsewhere)
    await pacer.close()
