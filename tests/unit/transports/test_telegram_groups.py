"""What a group changes on Telegram: who is meant, in which topic, and whose button it is."""

from typing import Any

import pytest

from engine.core.effects import Button, Message
from engine.core.events import Event, Press
from engine.runtime.ports import Delivery
from tests.servers.telegram import message, press
from transports.telegram.callback import encode
from transports.telegram.groups import Me, said
from transports.telegram.inbound import NotYoursError, Reader
from transports.telegram.outbound import Place, holder

NOW = 1_800_000_000_000
GROUP = {"id": -5, "type": "supergroup", "title": "Us"}
ME = Me("Demo_Bot", 1)
BOT = {"id": 1, "is_bot": True, "first_name": "Demo", "username": "demo_bot"}


def read(update: dict[str, Any]) -> Event | None:
    return Reader("demo", ME).read({"update_id": 7} | update, NOW)


def event(text: str | None = None, **more: Any) -> Event:  # noqa: ANN401 - JSON
    found = read(message(text, chat=GROUP, **more))
    assert found is not None
    return found


def test_a_message_of_a_group_names_the_chat_and_the_person() -> None:
    found = event("hi")
    assert (found.owner, found.chat, found.by) == ("demo/telegram:-5", "-5", "demo/telegram:100")
    assert found.extra == {"person": {"id": "telegram:100", "name": "Ann"}}
    assert not found.addressed


def test_a_topic_is_a_chat_of_its_own() -> None:
    found = event("hi", is_topic_message=True, message_thread_id=9)
    assert (found.owner, found.chat) == ("demo/telegram:-5", "-5/9")
    thread = event("hi", message_thread_id=9)
    assert thread.chat == "-5"


def test_what_opened_a_topic_is_not_replied_to() -> None:
    opened = message(chat=GROUP, message_id=9)["message"]
    found = event("hi", is_topic_message=True, message_thread_id=9, reply_to_message=opened)
    assert found.extra is not None
    assert "reply_to" not in found.extra


def test_a_reply_to_the_bot_is_addressed_to_it_and_to_another_bot_is_not() -> None:
    own = message("?", chat=GROUP, message_id=3)["message"] | {"from": BOT}
    other = own | {"from": BOT | {"id": 2}}
    found = event("42", reply_to_message=own)
    assert found.addressed
    assert found.replied_to == "3"
    assert not event("42", reply_to_message=other).addressed


def test_a_reply_brings_what_is_replied_to_whatever_it_is() -> None:
    old = message(
        chat=GROUP, message_id=3, caption="Us", photo=[
            {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
        ],
    )["message"]  # fmt: skip
    found = event("/add hello", reply_to_message=old)
    assert found.extra is not None
    assert found.extra["reply_to"] == {
        "ref": "3", "bot": False, "text": "Us", "person": {"id": "telegram:100", "name": "Ann"},
        "media": {
            "kind": "photo", "transport": "telegram", "caption": "Us", "id": "f", "unique": "u",
            "width": 9, "height": 9,
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "heard", "addressed"),
    [
        ("hello", "hello", False),
        ("@demo_bot 42", "42", True),
        ("@Demo_Bot, what is it?", "what is it?", True),
        ("what is it, @demo_bot?", "what is it?", True),
        ("ask @demo_bot about it", "ask @demo_bot about it", True),
        ("ask @demo_bot2 about it", "ask @demo_bot2 about it", False),
        ("mail me@demo_bot.org", "mail me@demo_bot.org", False),
        ("/start", "/start", False),
        ("/start@demo_bot now", "/start now", True),
        ("/start@other_bot now", None, None),
        ("@demo_bot /start", "/start", True),
    ],
)
def test_who_is_meant(text: str, heard: str | None, addressed: bool | None) -> None:  # noqa: FBT001 - a column
    found = said(text, ME)
    assert (found and found.text, found and found.addressed) == (heard, addressed)


def test_a_command_for_another_bot_is_not_heard() -> None:
    assert read(message("/start@other_bot", chat=GROUP)) is None


def test_a_button_for_everybody_belongs_to_the_chat() -> None:
    update = press(encode(3, "a"))
    update["callback_query"]["message"]["chat"] = GROUP
    found = read(update)
    assert found is not None
    assert (found.owner, found.by) == ("demo/telegram:-5", "demo/telegram:100")


def test_a_button_for_one_belongs_to_their_own_conversation() -> None:
    update = press(encode(3, "a", 100))
    update["callback_query"]["message"]["chat"] = GROUP
    found = read(update)
    assert found is not None
    assert found.owner == found.by == "demo/telegram:100"
    assert found.press == Press(3, "a")


def test_nobody_presses_the_button_of_somebody_else() -> None:
    update = press(encode(3, "a", 101))
    update["callback_query"]["message"]["chat"] = GROUP
    with pytest.raises(NotYoursError) as error:
        read(update)
    assert error.value.lang == "en"


def test_who_comes_and_who_goes_is_told_without_this_bot() -> None:
    ben = {"id": 8, "is_bot": False, "first_name": "Ben"}
    came = event(new_chat_members=[ben, BOT])
    assert came.name == "joined"
    assert came.extra == {
        "person": {"id": "telegram:100", "name": "Ann"},
        "members": [{"id": "telegram:8", "name": "Ben"}],
    }
    assert event(left_chat_member=ben).name == "left"
    assert read(message(chat=GROUP, new_chat_members=[BOT])) is None


def test_reactions_of_a_group_are_heard_but_not_those_of_nobody() -> None:
    reaction = {
        "chat": GROUP, "message_id": 4, "date": 1, "user": {"id": 8, "is_bot": False},
        "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "🫡"}],
    }  # fmt: skip
    found = read({"message_reaction": reaction})
    assert found is not None
    assert (found.by, found.ref, found.addressed) == ("demo/telegram:8", "4", False)
    del reaction["user"]
    assert read({"message_reaction": reaction | {"actor_chat": GROUP}}) is None


def test_other_bots_and_anonymous_admins_are_nobody() -> None:
    assert read(message("hi", chat=GROUP, **{"from": BOT})) is None


def test_answers_go_to_the_topic() -> None:
    place = Place.of("-5/9")
    assert place.fields("sendMessage") == {"chat_id": -5, "message_thread_id": 9}
    assert place.fields("deleteMessage") == {"chat_id": -5}
    assert Place.of("-5").fields("sendMessage") == {"chat_id": -5}


@pytest.mark.parametrize(
    ("owner", "chat", "expected"),
    [
        ("demo/telegram:100", "-5/9", 100),
        ("demo/telegram:-5", "-5/9", None),
        ("demo/telegram:100", "100", None),
    ],
)
def test_a_persons_buttons_in_a_group_carry_their_number(
    owner: str, chat: str, expected: int | None
) -> None:
    buttons = ((Button("A", 1, "a"),),)
    delivery = Delivery("1", owner, chat, Message("?", buttons=buttons), NOW, "en")
    assert holder(delivery) == expected
