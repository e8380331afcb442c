"""What stands in words for what a transport cannot show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import Button, Mark, Media, Message
from transports.menu import numbered
from transports.render import described, in_words, utf16_offsets


@pytest.mark.parametrize(
    ("media", "line"),
    [
        (Media("photo", {"file": "images/menu.png"}), "[photo: menu.png]"),
        (Media("video", {"url": "https://x.org/v.mp4"}), "[video] https://x.org/v.mp4"),
        (Media("voice", {"id": "AwAC", "transport": "telegram"}), "[voice]"),
        (
            Media("document", {"id": "x", "transport": "t", "name": "my\nfile.pdf"}),
            "[document: my file.pdf]",
        ),
        (Media("location", {"latitude": 48.2, "longitude": 16}), "[location: geo:48.2,16]"),
        (Media("contact", {"phone": "+43 1"}), "[contact: +43 1]"),
        (
            Media("contact", {"phone": "+43 1", "first_name": "Ann", "last_name": "Lee"}),
            "[contact: Ann Lee, +43 1]",
        ),
    ],
)
def test_media_are_a_line_that_names_them(media: Media, line: str) -> None:
    assert described(media) == line


def test_media_stand_above_their_text_whose_marks_move_with_it() -> None:
    photo, video = Media("photo", {"file": "a.png"}), Media("video", {"file": "b.mp4"})
    words = in_words(Message("so bold", (Mark("bold", 3, 4),), media=(photo, video)))
    assert words is not None
    assert words.text == "[photo: a.png]\n[video: b.mp4]\nso bold"
    (mark,) = words.marks
    assert words.text[mark.offset : mark.offset + mark.length] == "bold"


def test_media_without_a_text_and_with_buttons_are_said() -> None:
    photo = Media("photo", {"file": "a.png"})
    assert numbered(Message(media=(photo,), buttons=((Button("A", 1, "a"),),))) == (
        "[photo: a.png]\n1. A"
    )


@pytest.mark.parametrize(
    "message",
    [
        Message(typing=True),
        Message(delete="7"),
        Message(react="", reply_to="7"),
        Message("", (), ((Button("A", 1, "a"),),), edit="7"),
    ],
)
def test_what_has_no_words_says_nothing(message: Message) -> None:
    assert in_words(message) is None
    assert numbered(message) == ""


def test_a_reaction_is_a_line_and_an_edit_is_said_anew() -> None:
    assert numbered(Message(react="👍", reply_to="7")) == "[👍]"
    assert numbered(Message("new", edit="7")) == "new"


@given(st.text("ab😀é漢👍", max_size=30))
def test_each_position_has_its_offset_in_utf16_units(text: str) -> None:
    offsets = utf16_offsets(text)
    assert [offsets[at] for at in range(len(text) + 1)] == [
        len(text[:at].encode("utf-16-le")) // 2 for at in range(len(text) + 1)
    ]
