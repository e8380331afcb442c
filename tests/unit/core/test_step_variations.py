"""Variations: one text of several, drawn for each visit."""

from pathlib import Path

from engine.core.session import Session
from engine.testing.conversation import Conversation
from tests.unit.core.flow_fixture import NOW, Talk, talk

FLOW = (
    "languages: [en, de]\ninitial: hi\nstates:\n"
    "  hi: {say: [Hello, Hi, Hey], on: {/again: hi, /help: {say: {text: [a, b]}}}}"
)
GERMAN = {"main.de.yaml": "hi.say: [Hallo, Servus]\n"}


def greetings(chat: Talk, count: int = 40) -> list[str]:
    return [text for _ in range(count) for text in chat.hear("/again")]


def test_each_visit_draws_one_and_all_come_up(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    assert set(greetings(chat)) == {"Hello", "Hi", "Hey"}


def test_a_replay_draws_the_same(tmp_path: Path) -> None:
    first, again = talk(tmp_path, FLOW), talk(tmp_path, FLOW)
    assert first.hear("/start") == again.hear("/start")
    assert greetings(first) == greetings(again)


def test_within_a_visit_the_same_is_said(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    assert len({chat.hear("/help")[0] for _ in range(10)}) == 1


def test_persons_draw_for_themselves(tmp_path: Path) -> None:
    bot = talk(tmp_path, FLOW).bot

    def first_text(person: int) -> str:
        chat = Conversation(bot.program, now=NOW)
        chat.session = Session(f"main/test:{person}", incarnation="test", started=NOW)
        chat.type("/start")
        return chat.said[0].text

    assert {first_text(person) for person in range(40)} == {"Hello", "Hi", "Hey"}


def test_a_language_has_variations_of_its_own_and_may_have_fewer(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, lang="de", texts=GERMAN)
    chat.hear("/start")
    assert set(greetings(chat)) == {"Hallo", "Servus"}
    assert set(chat.hear("/help")) <= {"a", "b"}


def test_what_could_have_been_said_is_told_beside_the_session(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    (text,) = chat.hear("/start")
    assert chat.world.alternatives == {text: {"Hello", "Hi", "Hey"}}


def test_a_question_and_the_bots_own_texts_vary_too(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "data: {n: {type: int}}\ninitial: n\nstates:\n"
        "  n: {ask: [How many?, What number?], on: {/again: n}, next: end}\n  end: {type: final}",
        bot="texts: {fallback: [What?, Sorry?]}",
    )
    assert {chat.hear("hm")[0] for _ in range(20)} == {"What?", "Sorry?"}
    chat.hear("/start")
    assert set(greetings(chat)) == {"How many?", "What number?"}


def test_a_variation_that_would_fail_is_none_of_the_others(tmp_path: Path) -> None:
    chat = talk(tmp_path, "initial: s\nstates:\n  s: {type: final, say: [a, b, c, d, '{1 / 0}']}")
    (text,) = chat.hear("/start")
    assert chat.world.alternatives == {text: {"a", "b", "c", "d"}}
