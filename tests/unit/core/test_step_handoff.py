"""Handing a person over to humans: what each end is told, and how it ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.core import desk
from engine.core.effects import Tell
from engine.core.events import BLOCKED
from engine.core.program import Program
from engine.core.session import Talk
from engine.testing.conversation import Conversation
from engine.testing.rights import staffed
from tests.unit.core.flow_fixture import NOW, write_bot

MAIN = """
data:
  problem: {type: text}
  helped: {type: bool, default: false}
  why: {type: any}
states:
  problem: {ask: "What is it?", next: talk}
  talk:
    handoff: {to: operators, who: "Ann", intro: "{problem}"}
    on:
      answered: {guard: "turn.text == 'hello'", set: {helped: true}}
      closed: {set: {why: turn.reason}, target: over}
      /cancel: cancelled
      "~^bye$": cancelled
      /oops: .back
    after: {1h: unanswered}
  over: {type: final, say: "Over: {why}, {helped}."}
  cancelled: {type: final, say: Cancelled.}
  unanswered: {type: final, say: Nobody.}
"""
OTHER = """
triggers: [/other]
states:
  ask: {ask: "Other?", choices: {a: A}, next: end}
  end: {type: final, say: Back.}
"""
BOT = "bot: main\nchats: {operators: }\n"
HOW = "\nReply to a message to answer, with /done to end the conversation."
Said = list[str]


class Somebody(Conversation):
    """Whoever types here gets back what the bot has said since, media as their kinds."""

    def hear(self, *texts: str, reply_to: str | None = None) -> Said:
        for text in texts:
            self.type(text, reply_to=reply_to)
        return self.take()

    def take(self) -> Said:
        said = [
            "".join(f"[{media.kind}] " for media in message.media) + message.text
            for message in self.said
        ]
        self.said.clear()
        return said

    def happens(self, name: str, **fields: object) -> Said:
        self._input(replace(self._event(name, None), **fields))  # type: ignore[arg-type]  # an event's
        return self.take()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    folder = write_bot(tmp_path / "main", MAIN, bot=BOT, other=OTHER)
    return staffed(load(folder).program)


@pytest.fixture
def ann(program: Program) -> Somebody:
    return Somebody(program, now=NOW, person="test:ann")


@pytest.fixture
def operators(program: Program, ann: Somebody) -> Somebody:
    return Somebody(program, now=NOW, person="test:operators", beside=ann)


@pytest.fixture
def talking(ann: Somebody, operators: Somebody) -> Callable[[], tuple[Somebody, Somebody]]:
    def begun() -> tuple[Somebody, Somebody]:
        ann.hear("/start", "It broke")
        assert operators.take() == [f"#1 Ann\nIt broke{HOW}"]
        return ann, operators

    return begun


Talking = Callable[[], tuple[Somebody, Somebody]]


def test_what_a_person_sends_comes_to_the_operators_under_a_header(talking: Talking) -> None:
    ann, operators = talking()
    assert ann.hear("It is red") == []
    assert operators.take() == ["#1 Ann\nIt is red"]
    ann.send("photo", {"kind": "photo", "id": "p1", "transport": "test"}, "look")
    ann.send("location", {"kind": "location", "latitude": 1, "longitude": 2})
    ann.edit("It is blue")
    assert operators.take() == ["[photo] #1 Ann\nlook", "[location] #1 Ann", "#1 Ann\n✎ It is blue"]


def test_what_an_operator_replies_comes_to_the_person(talking: Talking) -> None:
    ann, operators = talking()
    assert operators.hear("hello", reply_to="It broke") == []
    assert ann.take() == ["hello"]
    operators.send("photo", {"kind": "photo", "id": "p1", "transport": "test"}, "so")
    assert ann.take() == ["[photo] so"]


def test_a_command_and_what_the_state_hears_itself_are_the_bots(talking: Talking) -> None:
    ann, operators = talking()
    assert ann.hear("/what") == ["Sorry, I did not understand that."]
    assert operators.take() == []
    assert ann.hear("bye") == ["Cancelled."]
    assert operators.take() == ["#1 Ann\nThe conversation is over."]


def test_operators_end_it_and_the_person_goes_on(talking: Talking) -> None:
    ann, operators = talking()
    operators.hear("hello")
    ann.take()
    assert operators.hear("/done") == ["#1 Ann\nYou have ended the conversation."]
    assert ann.take() == ["Over: operator, yes."]
    assert operators.take() == []


@pytest.mark.parametrize("end", ["/cancel", "/start"])
def test_a_person_ends_it_by_leaving_the_state_in_any_way(talking: Talking, end: str) -> None:
    ann, operators = talking()
    ann.hear(end)
    assert operators.take() == ["#1 Ann\nThe conversation is over."]
    assert operators.hear("hello", reply_to="It broke") == [
        "#1 Ann\nThis conversation is over: your message was not passed on."
    ]
    assert "hello" not in ann.take()


def test_a_timer_ends_it(talking: Talking) -> None:
    ann, operators = talking()
    ann.wait(3_600_000)
    assert ann.take() == ["Nobody."]
    assert operators.take() == ["#1 Ann\nThe conversation is over."]


def test_who_goes_back_behind_it_is_not_reached_and_operators_learn_of_it(talking: Talking) -> None:
    ann, operators = talking()
    assert ann.hear("/oops") == ["What is it?"]
    assert operators.hear("hello", reply_to="It broke") == [
        "#1 Ann\nThis conversation is over: your message was not passed on."
    ]
    assert ann.take() == []
    assert ann.hear("It broke again") == []
    assert operators.take() == [f"#2 Ann\nIt broke again{HOW}"]


def test_what_operators_say_comes_also_while_another_flow_runs(talking: Talking) -> None:
    ann, operators = talking()
    assert ann.hear("/other") == ["Other?"]
    operators.hear("hello", "/done")
    assert ann.take() == ["hello"]
    assert ann.hear("A") == ["Back.", "Over: , no."]


def test_two_persons_never_mix(talking: Talking, program: Program) -> None:
    ann, operators = talking()
    bob = Somebody(program, now=NOW, person="test:bob", beside=ann)
    bob.hear("/start", "Mine too")
    assert operators.take() == [f"#2 Ann\nMine too{HOW}"]
    operators.hear("one", reply_to="It broke")
    operators.hear("two", reply_to="Mine too")
    assert (ann.take(), bob.take()) == (["one"], ["two"])
    bob.hear("again")
    operators.take()
    operators.hear("to the latest")
    assert (ann.take(), bob.take()) == ([], ["to the latest"])
    bob.hear("/cancel")
    operators.take()
    operators.hear("to who is left")
    assert (ann.take(), bob.take()) == (["to who is left"], [])


def test_an_operator_alone_who_talks_with_the_bot_is_not_passed_on(talking: Talking) -> None:
    ann, operators = talking()
    assert operators.hear("/other") == ["Other?"]
    assert operators.hear("A") == ["Back."]
    assert operators.hear("hello") == []
    assert ann.take() == ["hello"]


def test_in_a_group_only_replies_are_passed_on(talking: Talking) -> None:
    ann, operators = talking()
    by = "main/test:eve"
    assert operators.happens("text", text="lunch?", by=by, addressed=False) == []
    assert operators.happens("/done", text="/done", by=by) == [
        "Whose? Reply to a message of the conversation that you mean."
    ]
    reply = {"ref": "bot:1", "bot": True, "text": "#1 Ann\nIt broke"}
    operators.happens("text", text="hello", by=by, extra={"reply_to": reply})
    assert ann.take() == ["hello"]


def test_the_header_tells_whose_message_is_replied_to_that_is_forgotten(talking: Talking) -> None:
    ann, operators = talking()
    reply = {"ref": "long ago", "bot": True, "text": "#1 Ann\nIt broke"}
    operators.happens("text", text="hello", extra={"reply_to": reply})
    assert ann.take() == ["hello"]
    forged = {**reply, "bot": False}
    assert operators.happens("text", text="hello", extra={"reply_to": forged}) != []
    assert ann.take() == []


def test_who_has_blocked_the_bot_is_not_reached_and_operators_learn_of_it(talking: Talking) -> None:
    ann, operators = talking()
    ann._alone = ann._at_chat = "ann"
    ann.hear("/start", "It broke")
    operators.take()
    ann.happens(BLOCKED)
    assert operators.hear("hello", reply_to="#2") == [
        "#2 Ann\nThey have blocked the bot: your message was not passed on."
    ]
    ann.happens("joined")
    operators.hear("hello", reply_to="#2")
    assert ann.take() == ["hello"]


def test_operators_who_take_no_messages_end_it(talking: Talking) -> None:
    ann, operators = talking()
    operators.session = replace(operators.session, id="main/test:1", away=NOW)
    ann.world.tells.clear()
    ann.program = replace(
        ann.program,
        services=replace(ann.program.services, chats={"operators": "test:1"}),
    )
    assert ann.hear("Hello?") == ["Over: unreachable, no."]


def test_where_they_have_too_many_the_oldest_is_ended(
    talking: Talking, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "TALKS_MAX", 1)
    ann, operators = talking()
    bob = Somebody(program, now=NOW, person="test:bob", beside=ann)
    bob.hear("/start", "Mine too")
    assert ann.take() == ["Over: full, no."]
    operators.take()
    operators.hear("two")
    assert bob.take() == ["two"]


def test_without_an_address_it_is_a_fault(tmp_path: Path) -> None:
    folder = write_bot(tmp_path / "main", MAIN, bot=BOT, other=OTHER)
    ann = Somebody(load(folder).program, now=NOW)
    assert ann.hear("/start", "It broke")[1:] == [
        "Sorry, something went wrong. Please try again later."
    ]
    assert "fault:handoff:nowhere" in {entry.code for entry in ann.log}


def test_who_says_nothing_of_themselves_is_known_by_their_id(tmp_path: Path) -> None:
    main = MAIN.replace('{to: operators, who: "Ann", intro: "{problem}"}', "operators")
    program = staffed(load(write_bot(tmp_path / "main", main, bot=BOT, other=OTHER)).program)
    ann = Somebody(program, now=NOW, person="test:ann")
    operators = Somebody(program, now=NOW, person="test:operators", beside=ann)
    ann.hear("/start", "It broke")
    assert operators.take() == [f"#1 test:ann{HOW}"]


def test_what_is_told_in_another_life_of_a_person_does_not_reach_them(talking: Talking) -> None:
    ann, operators = talking()
    ann.session = replace(ann.session, incarnation="another")
    operators.hear("hello", reply_to="It broke")
    assert ann.take() == []


def test_operators_forget_a_person(talking: Talking) -> None:
    _, operators = talking()
    (chat,) = operators.session.chats.values()
    assert chat.parts
    assert desk.without(chat, "main/test:bob") == chat
    left = desk.without(chat, "main/test:ann")
    nobody = Talk(1, "", "", "", 0, "", over=True)
    assert (left.talks, left.parts) == ((nobody,), {})


def test_what_crosses_names_nobody_in_its_id(talking: Talking) -> None:
    ann, _ = talking()
    crossing: list[Tell] = []
    ann.world.summon = None
    ann.world.conversations = [ann]
    ann.world.tells = watched = []
    ann._step(ann._event("text", "It is red"))
    crossing = [tell for _, tell in watched]
    assert [tell.to for tell in crossing] == ["main/test:operators"]
    assert "ann" not in crossing[0].id


def test_an_end_after_which_no_way_is_open_is_a_fault(tmp_path: Path) -> None:
    main = MAIN.replace("{set: {why: turn.reason}, target: over}", "{guard: helped, target: over}")
    program = staffed(load(write_bot(tmp_path / "main", main, bot=BOT, other=OTHER)).program)
    ann = Somebody(program, now=NOW, person="test:ann")
    operators = Somebody(program, now=NOW, person="test:operators", beside=ann)
    ann.hear("/start", "It broke")
    operators.hear("/done")
    assert ann.take() == ["Sorry, something went wrong. Please try again later."]
    assert "fault:handoff:stuck" in {entry.code for entry in ann.log}


def test_what_an_operator_says_comes_also_where_the_state_fails_on_it(tmp_path: Path) -> None:
    main = MAIN.replace("set: {helped: true}}", "set: {helped: 1 / 0 > 1}}")
    program = staffed(load(write_bot(tmp_path / "main", main, bot=BOT, other=OTHER)).program)
    ann = Somebody(program, now=NOW, person="test:ann")
    operators = Somebody(program, now=NOW, person="test:operators", beside=ann)
    ann.hear("/start", "It broke")
    operators.hear("hello")
    assert ann.take() == ["Sorry, something went wrong. Please try again later.", "hello"]
    ann.hear("What?")
    assert operators.take()[-1].endswith("What?")
