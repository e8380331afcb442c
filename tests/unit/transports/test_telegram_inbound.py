import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Event, Press
from engine.core.values import INT_MAX
from tests.servers.telegram import message, press
from transports.telegram.callback import NO_VISIT
from transports.telegram.groups import Me
from transports.telegram.inbound import Reader, UnreadableError
from transports.telegram.updates import callback_id, digest, sent_at, storable

NOW = 1_800_000_000_000


def read(update: dict[str, Any], username: str | None = "Demo_Bot") -> Event | None:
    return Reader("demo", Me(username)).read({"update_id": 7} | update, NOW)


def event(update: dict[str, Any]) -> Event:
    found = read(update)
    assert found is not None
    return found


def sender(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON, right or wrong
    return {"from": fields}


def test_a_text_becomes_an_event_of_its_writer() -> None:
    assert event(message("Hello", person=42, date=1_700_000_000)) == Event(
        id="telegram:7",
        name="text",
        owner="demo/telegram:42",
        chat="42",
        at=1_700_000_000_000,
        order=7,
        text="Hello",
        lang="en",
        ref="1",
    )


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("/start", "/start", ""),
        ("/start invited-by-7", "/start", "invited-by-7"),
        ("/Start@demo_bot  x y ", "/start", "x y"),
        ("/help@Demo_Bot", "/help", ""),
        ("mail me@demo_bot.example", "text", None),
        ("/ nothing", "text", None),
    ],
)
def test_commands_are_told_from_texts(text: str, name: str, args: str | None) -> None:
    found = event(message(text))
    assert (found.name, found.args) == (name, args)


def test_a_command_for_another_bot_is_passed_over() -> None:
    assert read(message("/start@other_bot")) is None


def test_a_command_with_a_name_is_ours_where_the_server_does_not_tell_our_name() -> None:
    found = read(message("/start@whoever hi"), username=None)
    assert found is not None
    assert (found.name, found.args) == ("/start", "hi")


def test_a_press_carries_the_visit_and_the_choice() -> None:
    found = event(press("a.berlin", person=9))
    assert (found.name, found.press) == ("choice", Press(10, "berlin"))
    assert (found.owner, found.chat, found.at) == ("demo/telegram:9", "9", NOW)


def test_a_press_on_a_button_of_another_program_has_no_visit() -> None:
    assert event(press("menu:open")).press == Press(NO_VISIT, "")


def test_a_press_on_a_message_that_telegram_no_longer_shows_is_read_too() -> None:
    update = press("1.a")
    inaccessible = {"chat": {"id": 100, "type": "private"}, "message_id": 3, "date": 0}
    update["callback_query"]["message"] = inaccessible
    assert event(update).press == Press(1, "a")


FILE = {"file_id": "F", "file_unique_id": "U", "file_size": 10}


@pytest.mark.parametrize(
    ("field", "sent", "name", "media"),
    [
        (
            "photo",
            [FILE | {"width": 9, "height": 9}, FILE | {"file_id": "L", "width": 90, "height": 90}],
            "photo",
            {"kind": "photo", "id": "L", "unique": "U", "size": 10, "width": 90, "height": 90},
        ),
        ("voice", FILE | {"duration": 3}, "voice", {"id": "F", "duration": 3}),
        ("audio", FILE | {"title": "Song"}, "audio", {"id": "F", "title": "Song"}),
        ("video", FILE | {"mime_type": "video/mp4"}, "video", {"id": "F", "mime": "video/mp4"}),
        ("video_note", FILE, "video", {"id": "F"}),
        ("document", FILE | {"file_name": "a.pdf"}, "document", {"id": "F", "name": "a.pdf"}),
        ("sticker", FILE | {"emoji": "👍"}, "sticker", {"id": "F", "emoji": "👍"}),
        (
            "location",
            {"latitude": 52.5, "longitude": 13},
            "location",
            {"kind": "location", "latitude": 52.5, "longitude": 13},
        ),
        (
            "contact",
            {"phone_number": "+49301234", "first_name": "Ann"},
            "contact",
            {"kind": "contact", "phone": "+49301234", "first_name": "Ann"},
        ),
    ],
)
def test_media_come_by_their_names(
    field: str, sent: object, name: str, media: dict[str, object]
) -> None:
    fields: dict[str, Any] = {field: sent}
    found = event(message(**fields))
    assert found.name == name
    assert found.extra is not None
    kept = found.extra["media"]
    assert isinstance(kept, dict)
    assert kept | media == kept


def test_a_caption_is_the_text_of_its_picture() -> None:
    found = event(message(photo=[FILE | {"width": 1, "height": 1}], caption="Our\x00 garden"))
    assert (found.name, found.text) == ("photo", "Our garden")


def test_an_animation_comes_as_the_document_that_it_also_is() -> None:
    got = event(message(animation=FILE, document=FILE))
    assert got.name == "document"
    assert got.extra is not None
    media = got.extra["media"]
    assert isinstance(media, dict)
    assert media["kind"] == "animation", "it is sent again as what it is"


def test_dice_are_the_text_of_their_emoji() -> None:
    found = event(message(dice={"emoji": "🎲", "value": 3}))
    assert (found.name, found.text) == ("text", "🎲")


def test_a_reply_names_the_message_that_it_answers() -> None:
    def replying(**replied: object) -> object:
        found = event(message("yes", reply_to_message={"message_id": 12, **replied}))
        return found.extra["reply_to"] if found.extra else None

    ours, own = {"id": 7, "is_bot": True}, {"id": 5, "is_bot": False}
    assert replying() == {"ref": "12"}
    assert replying(**{"from": ours}, text="Sure?") == {"ref": "12", "bot": True, "text": "Sure?"}
    assert replying(**{"from": own}, caption="my cat") == {
        "ref": "12",
        "bot": False,
        "text": "my cat",
    }


def test_an_event_names_the_message_that_it_is_about() -> None:
    assert event(message("hi", message_id=31)).ref == "31"
    assert event(press("1.a")).ref == "1"
    edited = message("corrected", edit_date=1_700_000_100, message_id=31)["message"]
    assert event({"edited_message": edited}).ref == "31"


def test_an_edit_is_no_new_text() -> None:
    body = message("corrected", edit_date=1_700_000_100)["message"]
    found = event({"edited_message": body})
    assert (found.name, found.text, found.at) == ("edited", "corrected", 1_700_000_100_000)


def test_a_reaction_names_its_emoji_and_its_message() -> None:
    update = {
        "message_reaction": {
            "chat": {"id": 5, "type": "private"},
            "user": {"id": 5},
            "message_id": 3,
            "date": 1_700_000_000,
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "❤"}, {"type": "paid"}],
        }
    }
    found = event(update)
    assert (found.name, found.extra) == ("reaction", {"reaction": ["❤"]})
    assert found.ref == "3"


@pytest.mark.parametrize(
    ("status", "name"), [("kicked", "blocked"), ("member", "joined"), ("restricted", None)]
)
def test_a_person_blocks_the_bot_and_joins_by_taking_that_back(
    status: str, name: str | None
) -> None:
    found = read(
        {
            "my_chat_member": {
                "chat": {"id": 5, "type": "private"},
                "from": {"id": 5, "language_code": "de"},
                "date": 1_700_000_000,
                "old_chat_member": {"status": "left", "user": {"id": 42}},
                "new_chat_member": {"status": status, "user": {"id": 42}},
            }
        }
    )
    assert (found.name if found else None) == name
    assert found is None or (found.chat, found.lang) == ("5", "de")


@pytest.mark.parametrize(
    "update",
    [
        {"inline_query": {"id": "1"}},
        {"something_new": 5},
        {},
        message("hi", chat={"id": -5, "type": "channel"}),
        message(pinned_message={}),
        message(poll={}),
        {"edited_message": message(location={})["message"]},
        {"edited_message": message("hi", chat={"id": -5, "type": "channel"})["message"]},
        {"callback_query": {"id": "1", "from": {"id": 1}, "game_short_name": "x"}},
        {"callback_query": {"id": "1", "from": {"id": 1}, "data": "1.a", "inline_message_id": "x"}},
    ],
)
def test_what_is_not_for_this_bot_is_passed_over(update: dict[str, Any]) -> None:
    assert read(update) is None


@pytest.mark.parametrize(
    "update",
    [
        {"message": None},
        {"message": []},
        {"message": {"text": "hi"}},
        message("hi", chat={"type": "private"}),
        message("hi", **sender(id="5")),
        message("hi", **sender(id=True)),
        message("hi", **sender(id=INT_MAX + 1)),
        message("hi", date=None),
        message("hi", date=-1),
        message("hi", date=10**12),
        message({"not": "a text"}),  # type: ignore[arg-type]  # what is tested
        message(photo=[]),
        message(photo={}),
        message(voice={}),
        message(location={"latitude": float("nan"), "longitude": 1}),
        message(contact={"first_name": "Ann"}),
        message("hi", reply_to_message={}),
        {"callback_query": {"id": "1", "data": 5, "message": message()["message"]}},
        {"callback_query": "?"},
        {"message_reaction": {"chat": {"id": 1, "type": "private"}}},
    ],
)
def test_what_telegram_never_promised_is_unreadable_and_says_why(update: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(update)
    assert str(caught.value)
    assert "hi" not in str(caught.value).split()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["message", "chat", "from", "id", "type", "date", "text", "photo", "data", "emoji"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(kind=st.sampled_from(["message", "edited_message", "callback_query"]), body=JSON)
def test_no_update_whatever_raises_anything_else(kind: str, body: object) -> None:
    update: dict[str, Any] = {"update_id": 1, kind: body}
    callback_id(update)
    assert sent_at(update) >= 0
    try:
        found = Reader("demo", Me("demo_bot")).read(update, NOW)
    except UnreadableError:
        return
    assert found is None or found.id == "telegram:1"


@given(value=JSON)
def test_what_is_set_aside_can_be_stored(value: object) -> None:
    kept = storable(value)
    text = json.dumps(kept, allow_nan=False)
    text.encode()
    assert digest(json.loads(text)) == digest(kept)


def test_a_dead_letter_has_no_lone_surrogates_and_no_endless_depth() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert storable({"a\ud800": ["b\udfff", 2**70, float("inf")]}) == {
        "a": ["b", "(int)", "(float)"]
    }
    assert len(json.dumps(storable(deep))) < 100


@pytest.mark.parametrize(
    ("code", "lang"),
    [("de", "de"), ("pt-BR", "pt-br"), ("zh-hans", "zh-hans"), ("", None), (5, None), ("?", None)],
)
def test_only_a_language_code_is_a_language(code: object, lang: str | None) -> None:
    assert event(message("hi", **sender(id=1, language_code=code))).lang == lang


def test_the_latest_date_of_a_press_is_that_of_its_message() -> None:
    update = press("1.a")
    update["callback_query"]["message"]["date"] = 1000
    update["callback_query"]["message"]["edit_date"] = 2000
    assert sent_at(update) == 2_000_000
