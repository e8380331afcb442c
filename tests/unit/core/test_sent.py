from engine.core.effects import Message, Send
from engine.core.sent import QUESTIONS_MAX, sent
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
