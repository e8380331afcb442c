"""Messages with media, and what is done to messages: from YAML to effects."""

from pathlib import Path
from typing import Any

import pytest

from engine.core.effects import Media, Message
from engine.core.session import Session
from tests.unit.core.flow_fixture import Talk, talk

PHOTO = {"kind": "photo", "id": "f1", "transport": "test", "name": "cat.jpg"}


def said(chat: Talk) -> list[Message]:
    messages = list(chat.said)
    chat.said.clear()
    return messages


def write_file(folder: Path, name: str, content: bytes = b"content") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def heard(folder: Path, transition: str, data: str = "{p: {type: any}}", **more: Any) -> Talk:  # noqa: ANN401 - of `talk`
    """A flow whose one state hears everything, and does this."""
    return talk(
        folder,
        f"data: {data}\ninitial: s\nstates:\n  s:\n    say: Here.\n    on:\n"
        f"      '*': {transition}\n"
        "      /x: {say: x}",
        **more,
    )


def test_a_text_with_a_file_is_one_message(tmp_path: Path) -> None:
    write_file(tmp_path, "images/menu.png")
    chat = heard(tmp_path, "{say: {text: '**Our** menu', photo: images/menu.png}}")
    chat.hear("/start")
    chat.type("?")
    (message,) = said(chat)
    assert message.media == (Media("photo", {"file": "images/menu.png"}),)
    assert (message.text, message.marks[0].kind) == ("Our menu", "bold")


def test_media_of_a_variable_of_an_address_and_of_the_event_are_sent(tmp_path: Path) -> None:
    write_file(tmp_path, "menu.png")
    chat = heard(
        tmp_path,
        "{set: {p: turn.media}, actions: ["
        "{say: {photo: p}}, {say: {video: 'https://x.org/v.mp4'}},"
        "{say: {document: ./menu.png}}, {say: {photo: 'p if false else null'}},"
        "{say: {location: {latitude: 48.2, longitude: '3 * 5'}}},"
        "{say: {album: [./menu.png, p, {video: 'https://x.org/v.mp4'}]}},"
        "{say: {album: '[p, p]'}}]}",
    )
    chat.hear("/start")
    chat.send("photo", PHOTO)
    photo = Media("photo", {"id": "f1", "transport": "test", "name": "cat.jpg"})
    video = Media("video", {"url": "https://x.org/v.mp4"})
    assert [message.media for message in said(chat)] == [
        (photo,),
        (video,),
        (Media("document", {"file": "menu.png"}),),
        (Media("location", {"latitude": 48.2, "longitude": 15}),),
        (Media("photo", {"file": "menu.png"}), photo, video),
        (photo, photo),
    ]


def test_what_is_no_media_is_a_fault_of_the_flow(tmp_path: Path) -> None:
    chat = heard(tmp_path, "{say: {photo: turn.text}}")
    chat.hear("/start")
    assert chat.hear("no photo") == ["Sorry, something went wrong. Please try again later."]
    assert "fault:media:type" in chat.codes


def test_a_question_can_show_media_and_is_asked_with_them_again(tmp_path: Path) -> None:
    write_file(tmp_path, "map.png")
    chat = talk(
        tmp_path,
        "data: {n: {type: int}}\ninitial: n\non: {/help: {say: A number.}}\nstates:\n"
        "  n: {ask: {text: Where?, photo: ./map.png}, next: end}\n  end: {type: final}",
    )
    chat.type("/start")
    chat.type("/help")
    messages = said(chat)
    assert [message.text for message in messages] == ["Where?", "A number.", "Where?"]
    assert messages[0].media == messages[2].media == (Media("photo", {"file": "map.png"}),)
    assert chat.chat.questions == {"bot:1": 1, "bot:3": 1}


def test_reactions_and_deletions_concern_the_message_of_the_event(tmp_path: Path) -> None:
    chat = heard(tmp_path, "{typing: true, react: '{turn.text}', delete: true, say: Done.}")
    chat.hear("/start")
    carried: list[Message] = []
    chat._carry_out = lambda effect: carried.append(effect.message)  # type: ignore[method-assign, assignment, union-attr, return-value]  # looks at each effect
    chat.type("👍")
    assert carried == [
        Message(typing=True),
        Message(react="👍", reply_to="user:2"),
        Message(delete="user:2"),
        Message("Done."),
    ]


def test_an_empty_reaction_takes_it_off(tmp_path: Path) -> None:
    chat = heard(tmp_path, "{react: ' '}")
    chat.hear("/start")
    chat.type("x")
    assert said(chat) == [Message(react="", reply_to="user:2")]


def test_an_event_about_no_message_lets_messages_alone(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "initial: s\nstates:\n  s:\n    say: Here.\n"
        "    after:\n      1m: {react: '👍', delete: true, say: {text: Tick., reply: true}}",
    )
    chat.hear("/start")
    chat.after("1m")
    assert chat._heard[-1] == Message("Tick.")
    assert chat.codes.count("step:no_message") == 2


MENU = (
    "initial: menu\nstates:\n"
    "  menu:\n    ask: {text: Menu, edit: true}\n"
    "    choices: {a: {label: A, target: next}, b: {label: B, target: end}}\n"
    "  next: {say: {text: You are here., edit: true}, next: menu}\n"
    "  end: {type: final, say: {text: Bye., edit: true}}"
)


def test_an_edit_takes_the_place_of_what_was_pressed(tmp_path: Path) -> None:
    chat = talk(tmp_path, MENU)
    chat.type("/start")
    chat.press("a")
    assert [(one.text, one.edit) for one in said(chat)] == [
        ("Menu", None),
        ("You are here.", "bot:1"),
        ("Menu", "bot:1"),
    ]


def test_where_a_text_was_typed_nothing_is_edited(tmp_path: Path) -> None:
    chat = talk(tmp_path, MENU)
    chat.type("/start")
    chat.type("B")
    assert [one.edit for one in said(chat)] == [None, None]


def test_a_reply_answers_the_persons_message(tmp_path: Path) -> None:
    chat = heard(tmp_path, "{say: {text: Nice!, reply: true}}")
    chat.hear("/start")
    chat.send("photo", PHOTO, "my cat")
    assert [(one.text, one.reply_to) for one in said(chat)] == [("Nice!", "user:2")]


def test_replies_edits_and_reactions_are_events_that_tell_what_they_are_about(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        "initial: s\nstates:\n  s:\n    say: What is it?\n    on:\n"
        "      text: {say: 'to {turn.reply_to.text} of {turn.reply_to.bot}'}\n"
        "      edited: {say: 'now {turn.text}'}\n"
        "      reaction: {say: \"{turn.reaction | list} {'👍' in turn.reaction}\"}\n"
        "      photo: {say: '{turn.media.name}: {turn.text}'}",
    )
    chat.hear("/start")
    chat.type("a cat", reply_to="What is")
    chat.edit("a dog")
    chat.react(["👍"])
    chat.send("photo", PHOTO, "Minou")
    texts = [one.text for one in said(chat)]
    assert texts == ["to What is it? of yes", "now a dog", "👍 yes", "cat.jpg: Minou"]


def test_what_is_sent_while_an_action_runs_is_kept_with_its_media_and_edits(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "data: {p: {type: any}}\ninitial: work\nstates:\n"
        "  work: {invoke: {action: do, done: wait}}\n"
        "  wait:\n    say: Done.\n    on:\n"
        "      photo: {set: {p: turn.media}, say: 'got {p.name}, {turn.text}'}\n"
        "      edited: {say: 'now {turn.text}'}\n"
        "      reaction: {say: '{turn.reaction | list}'}\n"
        "      location: {say: {text: there, reply: true}}",
        actions={"do": ()},
        bot="texts: {busy: One moment.}",
    )
    chat.by_hand = True
    chat.hear("/start")
    chat.send("photo", PHOTO, "Minou")
    chat.edit("Mina")
    chat.react(["❤"])
    chat.send("location", {"kind": "location", "latitude": 1, "longitude": 2})
    assert [one.text for one in said(chat)] == ["One moment."]
    assert len(chat.chat.held) == 4
    assert isinstance(chat.session, Session)
    chat.by_hand = False
    chat.finish()
    heard_ = [(one.text, one.reply_to) for one in chat._heard[1:]]
    assert heard_ == [
        ("Done.", None),
        ("got cat.jpg, Minou", None),
        ("now Mina", None),
        ("❤", None),
        ("there", "user:5"),
    ]
    assert chat.chat.held == ()
    assert chat.data["p"] == PHOTO


@pytest.mark.parametrize(
    ("kind", "media"),
    [
        ("photo", PHOTO),
        ("document", {"kind": "document", "id": "d1", "transport": "test", "mime": "text/plain"}),
        ("location", {"kind": "location", "latitude": 48.2, "longitude": 16.4}),
        ("contact", {"kind": "contact", "phone": "+43 1 23456", "first_name": "Ann"}),
    ],
)
def test_what_answered_a_question_can_be_sent_again(
    tmp_path: Path, kind: str, media: dict[str, Any]
) -> None:
    chat = talk(
        tmp_path,
        f"data: {{thing: {{type: {kind}}}}}\ninitial: thing\nstates:\n"
        "  thing: {ask: Send it., next: back}\n"
        f"  back: {{type: final, say: {{text: Yours., {kind}: thing}}}}",
    )
    chat.hear("/start")
    chat.send(kind, media)
    (message,) = said(chat)
    (sent,) = message.media
    assert (sent.kind, message.text) == (kind, "Yours.")
    assert {**sent.source, "kind": kind} == media


PROGRESS = (
    "initial: work\nstates:\n"
    "  work: {say: {text: One moment., as: progress}, invoke: {action: do, done: ready}}\n"
    "  ready:\n    say: {text: Ready!, edit: progress}\n    on: {/clear: {delete: progress}}\n"
)


def test_a_message_with_a_name_is_edited_and_deleted_later(tmp_path: Path) -> None:
    chat = talk(tmp_path, PROGRESS, actions={"do": ()})
    chat.by_hand = True
    chat.type("/start")
    chat.by_hand = False
    chat.finish()
    chat.type("/clear")
    chat.type("/clear")
    carried = [(one.text, one.edit, one.delete) for one in chat._heard]
    assert carried == [("Ready!", "bot:1", None)]
    assert [entry.code for entry in chat.log].count("step:no_message") == 0
    assert chat.chat.named == {"main.progress": "bot:1"}


def test_a_message_that_was_not_sent_yet_cannot_be_edited_so_another_is_sent(
    tmp_path: Path,
) -> None:
    chat = talk(
        tmp_path,
        "initial: s\nstates:\n  s:\n    say: Here.\n    on: {/x: {say: {text: x, edit: later}},"
        " /y: {say: {text: y, as: later}}, /z: {delete: later}}",
    )
    chat.hear("/start", "/z")
    assert "step:no_message" in chat.codes
    chat.type("/x")
    chat.type("/y")
    chat.type("/x")
    assert [(one.text, one.edit) for one in said(chat)][-3:] == [
        ("x", None),
        ("y", None),
        ("x", "bot:3"),
    ]
