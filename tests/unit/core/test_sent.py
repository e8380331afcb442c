from engine.core.effects import Message, Send
from engine.core.sent import NAMED_MAX, QUESTIONS_MAX, sent
from engine.core.session import Chat, Session


def asking(visit: int | None, chat: str = "1") -> Send:
    return Send("1.1", chat, Message("?"), asks=visit)


def questions(session: Session) -> dict[str, int]:
    return dict(session.chats["1"].questions)


SESSION = Session("demo/x:1", chats={"1": Chat()})


def test_a_question_is_remembered_by_the_reference_that_it_was_sent_under() -> None:
    assert questions(sent(SESSION, asking(7), "m1")) == {"m1": 7}


def test_what_asks_nothing_and_what_has_no_reference_changes_nothing() -> None:
    assert sent(SESSION, asking(None), "m1") is SESSION
    assert sent(SESSION, asking(7), None) is SESSION
    assert sent(SESSION, asking(7, chat="gone"), "m1") is SESSION


def test_only_the_last_questions_are_remembered() -> None:
    session = SESSION
    for number in range(QUESTIONS_MAX + 3):
        session = sent(session, asking(number), f"m{number}")
    assert list(questions(session).values()) == list(range(3, QUESTIONS_MAX + 3))


def test_a_message_that_was_edited_into_another_question_asks_that_one() -> None:
    session = sent(sent(sent(SESSION, asking(1), "m1"), asking(2), "m2"), asking(3), "m1")
    assert questions(session) == {"m2": 2, "m1": 3}


def named(name: str, asks: int | None = None) -> Send:
    return Send("1.1", "1", Message("x"), asks=asks, named=name)


def test_a_name_means_the_message_that_was_sent_last_under_it() -> None:
    session = sent(sent(sent(SESSION, named("a"), "m1"), named("b"), "m2"), named("a"), "m3")
    assert dict(session.chats["1"].named) == {"b": "m2", "a": "m3"}
    assert sent(SESSION, named("a"), None) is SESSION


def test_only_the_last_names_are_remembered() -> None:
    session = SESSION
    for number in range(NAMED_MAX + 3):
        session = sent(session, named(f"n{number}"), f"m{number}")
    assert list(session.chats["1"].named) == [f"n{number}" for number in range(3, NAMED_MAX + 3)]


def test_a_question_can_have_a_name_too() -> None:
    chat = sent(SESSION, named("a", asks=4), "m1").chats["1"]
    assert (dict(chat.named), dict(chat.questions)) == ({"a": "m1"}, {"m1": 4})
