"""Chats of several persons: who talks with whom, and what is heard there."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.core.events import TOLD, Event
from engine.core.phrases import phrase
from engine.core.session import Session
from engine.core.step import step
from engine.core.values import Value
from tests.unit.core.flow_fixture import NOW, write_bot
from tests.unit.core.group_fixture import ROOM, Group, group

NAME = """
triggers: [/name]
data: {name: {type: text}}
states:
  name: {ask: Your name?, next: hi}
  hi: {type: final, say: "Hi {name}"}
"""
POLL = """
per: chat
triggers: [/poll]
data: {dish: {type: enum}}
states:
  dish:
    ask: What shall we eat?
    choices: {soup: Soup, cake: Cake}
    on: {/stop: {guard: user.is_admin, target: off}}
    next: done
  done: {type: final, say: "{turn.person.name} wants {dish | label}."}
  off: {type: final, say: Stopped.}
"""
FACTS = """
per: chat
hears: all
triggers: ['~(?i)^what is (?P<x>\\w+)']
states:
  tell: {type: final, say: {text: "{turn.match.x} is blue.", reply: true}}
"""
FALLBACK = "Sorry, I did not understand that."


def test_a_flow_talks_in_a_group_with_the_person_who_began_it(tmp_path: Path) -> None:
    chat = group(tmp_path, NAME)
    assert chat.say("ann", "/name") == ["Your name?"]
    assert chat.say("bob", "Bob", reply_to="1") != ["Hi Bob"]
    assert chat.say("ann", "Ann", reply_to="1") == ["Hi Ann"]


def test_each_person_has_a_conversation_of_their_own_there(tmp_path: Path) -> None:
    chat = group(tmp_path, NAME)
    chat.say("ann", "/name")
    chat.say("bob", "/name")
    assert chat.say("bob", "Bob", reply_to="2") == ["Hi Bob"]
    assert chat.say("ann", "Ann", reply_to="1") == ["Hi Ann"]
    assert ROOM not in chat.sessions


def test_a_reply_to_somebody_elses_question_answers_nothing(tmp_path: Path) -> None:
    chat = group(tmp_path, NAME)
    chat.say("ann", "/name")
    chat.say("bob", "/name")
    chat.say("bob", "Bob", reply_to="1")
    assert chat.say("bob", "Bob", reply_to="2") == ["Hi Bob"]


def test_what_others_say_to_each_other_is_no_answer_and_writes_nothing(tmp_path: Path) -> None:
    chat = group(tmp_path, NAME)
    chat.say("ann", "/name")
    before = dict(chat.sessions)
    assert chat.say("ann", "Hello everybody") == []
    assert chat.say("bob", "Hello Ann") == []
    assert chat.sessions == before


def test_a_mention_is_an_answer(tmp_path: Path) -> None:
    chat = group(tmp_path, NAME)
    chat.say("ann", "/name")
    assert chat.say("ann", "Ann", to_bot=True) == ["Hi Ann"]


def test_the_fallback_is_said_only_to_what_is_addressed_to_the_bot(tmp_path: Path) -> None:
    chat = group(tmp_path, NAME, bot="texts: {fallback: What?}")
    assert chat.say("ann", "Hello") == []
    assert chat.say("ann", "/unknown") == []
    assert chat.say("ann", "Hello", to_bot=True) == ["What?"]
    assert chat.say("ann", "/unknown", to_bot=True) == ["What?"]


@pytest.mark.parametrize("flow", [NAME, POLL])
def test_the_fallback_is_said_once_whoever_could_have_heard(tmp_path: Path, flow: str) -> None:
    other = "states: {end: {type: final}}"
    chat = group(tmp_path, flow, bot="texts: {fallback: What?}", other=other)
    assert chat.say("ann", "Hello", to_bot=True) == ["What?"]


def test_a_flow_for_the_chat_is_answered_by_anybody(tmp_path: Path) -> None:
    chat = group(tmp_path, POLL)
    assert chat.say("ann", "/poll") == ["What shall we eat?"]
    assert chat.say("bob", "cake", reply_to="1") == ["Bob wants Cake."]
    assert list(chat.sessions) == [ROOM]


def test_anybody_presses_the_buttons_of_a_flow_for_the_chat(tmp_path: Path) -> None:
    chat = group(tmp_path, POLL)
    chat.say("ann", "/poll")
    assert chat.press("bob", "soup") == ["Bob wants Soup."]


def test_a_guard_says_who_may(tmp_path: Path) -> None:
    chat = group(tmp_path, POLL, bot="access: {admins: ['test:cleo']}")
    chat.say("ann", "/poll")
    assert chat.say("bob", "/stop") == []
    assert chat.say("cleo", "/stop") == ["Stopped."]


def test_a_persons_conversation_goes_on_beside_that_of_the_chat(tmp_path: Path) -> None:
    chat = group(tmp_path, POLL, name=NAME)
    chat.say("ann", "/poll")
    assert chat.say("ann", "/name") == ["Your name?"]
    assert chat.say("ann", "soup", reply_to="2") == ["Hi soup"]
    assert chat.say("ann", "soup", reply_to="1") == ["Ann wants Soup."]


def test_a_press_belongs_to_whom_it_was_offered(tmp_path: Path) -> None:
    mine = "triggers: [/mine]\nstates: {x: {ask: Yours?, choices: {a: A}, into: v, next: end}, "
    mine += "end: {type: final, say: Taken.}}\ndata: {v: {type: enum}}"
    chat = group(tmp_path, POLL, mine=mine)
    chat.say("ann", "/poll")
    chat.say("ann", "/mine")
    assert chat.press("ann", "a", of="ann") == ["Taken."]
    assert chat.press("bob", "cake") == ["Bob wants Cake."]


def test_a_flow_that_hears_all_answers_what_nobody_addressed_to_it(tmp_path: Path) -> None:
    chat = group(tmp_path, FACTS)
    assert chat.say("ann", "What is love") == ["love is blue."]


def test_what_such_a_flow_does_not_know_writes_nothing(tmp_path: Path) -> None:
    chat = group(tmp_path, FACTS)
    assert chat.say("ann", "Hello everybody") == []
    assert chat.sessions == {}


def test_a_pattern_of_a_flow_that_does_not_hear_all_wants_to_be_addressed(tmp_path: Path) -> None:
    chat = group(tmp_path, FACTS.replace("hears: all", ""))
    assert chat.say("ann", "What is love") == []
    assert chat.say("ann", "What is love", to_bot=True) == ["love is blue."]


def test_a_state_that_listens_hears_all_where_its_flow_says_so(tmp_path: Path) -> None:
    flow = """
    per: chat
    hears: all
    triggers: [/listen]
    data: {n: {type: int, default: 0}}
    states:
      listening:
        on:
          text: {guard: "turn.text == 'ping'", set: {n: n + 1}, say: "pong {n}"}
          photo: {say: Nice.}
    """
    chat = group(tmp_path, flow)
    chat.say("ann", "/listen")
    assert chat.say("bob", "ping") == ["pong 1"]
    before = chat.sessions[ROOM]
    assert chat.say("bob", "something else") == []
    assert chat.sessions[ROOM] is before
    assert chat.happen("cleo", "photo", addressed=False) == ["Nice."]


def test_a_question_of_a_flow_that_hears_all_takes_any_answer_and_scolds_nobody(
    tmp_path: Path,
) -> None:
    flow = """
    per: chat
    hears: all
    triggers: [/guess]
    data: {n: {type: int}}
    states:
      n: {ask: How many?, next: end}
      end: {type: final, say: "{n}!"}
    """
    chat = group(tmp_path, flow)
    chat.say("ann", "/guess")
    assert chat.say("bob", "no idea") == []
    assert len(chat.say("bob", "no idea", to_bot=True)) == 1
    assert chat.say("bob", "12") == ["12!"]


def test_topics_keep_their_conversations_apart(tmp_path: Path) -> None:
    chat = group(tmp_path, POLL)
    chat.chat = "room/7"
    chat.say("ann", "/poll")
    chat.chat = "room/8"
    assert chat.say("ann", "soup", to_bot=True) != ["Ann wants Soup."]
    chat.chat = "room/7"
    assert chat.say("ann", "soup", to_bot=True) == ["Ann wants Soup."]
    assert {send.chat for send in chat.said} == {"room/7", "room/8"}


def test_in_a_private_chat_a_flow_for_the_chat_is_one_like_others(tmp_path: Path) -> None:
    chat = group(tmp_path, POLL)
    chat.say("ann", "/poll")
    assert chat.happen("ann", "/poll", owner="main/test:ann", by=None) == ["What shall we eat?"]
    assert chat.happen("ann", "text", owner="main/test:ann", by=None, text="2") == [
        "Ann wants Cake."
    ]


def test_timers_of_the_chat_speak_in_the_chat(tmp_path: Path) -> None:
    flow = """
    per: chat
    triggers: [/tea]
    states: {wait: {after: {5m: {say: Tea is ready., target: end}}}, end: {type: final}}
    """
    chat = group(tmp_path, flow, bot="access: {allow: ['test:ann']}")
    chat.say("ann", "/tea")
    assert chat.later(300_000) == ["Tea is ready."]
    assert chat.said[-1].chat == "room"


def test_who_is_refused_is_not_heard_in_a_group_and_told_only_if_they_ask(tmp_path: Path) -> None:
    chat = group(tmp_path, FACTS, bot="access: {allow: ['test:ann']}")
    assert chat.say("ann", "What is love") == ["love is blue."]
    assert chat.say("bob", "What is love") == []
    assert len(chat.say("bob", "What is love", to_bot=True)) == 1


def test_all_of_a_group_may_be_allowed(tmp_path: Path) -> None:
    bot = "access: {allow: ['test:room'], deny: ['test:eve']}"
    chat = group(tmp_path, FACTS, bot=bot)
    assert chat.say("bob", "What is love") == ["love is blue."]
    assert chat.say("eve", "What is love") == []


def test_an_action_knows_who_caused_it(tmp_path: Path) -> None:
    flow = """
    per: chat
    triggers: [/do]
    states:
      work: {invoke: {action: a, done: end}}
      end: {type: final, say: "Done, {user.is_admin}."}
    """
    chat = group(tmp_path, flow, bot="access: {admins: ['test:bob']}", actions=["a"])
    chat.say("bob", "/do")
    assert chat.invokes[-1][1].by == "main/test:bob"
    assert chat.finish() == ["Done, yes."]


def test_the_language_of_a_group_is_not_that_of_who_speaks_first(tmp_path: Path) -> None:
    chat = group(tmp_path, POLL)
    chat.happen("ann", "/poll", lang="de")
    assert chat.sessions[ROOM].lang is None


def test_a_remark_on_what_was_not_addressed_to_the_bot_does_not_repeat_the_question(
    tmp_path: Path,
) -> None:
    chat = group(tmp_path, POLL, facts=FACTS)
    chat.say("ann", "/poll")
    assert chat.say("bob", "What is love") == ["love is blue."]
    assert chat.say("bob", "cake", reply_to="1") == ["Bob wants Cake."]


@pytest.mark.parametrize("said", ["/fact", "What is love"])
def test_what_the_bot_was_asked_for_repeats_the_question(tmp_path: Path, said: str) -> None:
    facts = FACTS.replace("triggers: [", "triggers: [/fact, ").replace("{turn.match.x}", "All")
    chat = group(tmp_path, POLL, facts=facts)
    chat.say("ann", "/poll")
    assert chat.say("bob", said, to_bot=not said.startswith("/")) == [
        "All is blue.",
        "What shall we eat?",
    ]


def test_a_remark_that_asks_something_repeats_the_question_when_it_has_ended(
    tmp_path: Path,
) -> None:
    asking = """
    per: chat
    hears: all
    triggers: ['~who cooks']
    data: {cook: {type: text}}
    states:
      cook: {ask: Who did yesterday?, next: end}
      end: {type: final, say: "Not {cook}."}
    """
    chat = group(tmp_path, POLL, asking=asking)
    chat.say("ann", "/poll")
    assert chat.say("bob", "who cooks") == ["Who did yesterday?"]
    assert chat.say("bob", "Ann") == ["Not Ann.", "What shall we eat?"]


def test_a_welcome_does_not_repeat_the_question(tmp_path: Path) -> None:
    welcome = "per: chat\ntriggers: [joined]\nstates: {hi: {type: final, say: Welcome!}}"
    chat = group(tmp_path, POLL, welcome=welcome)
    chat.say("ann", "/poll")
    assert chat.happen("bob", "joined", addressed=False) == ["Welcome!"]


def test_what_was_scheduled_in_a_chat_does_not_repeat_the_question(tmp_path: Path) -> None:
    plan = """
    per: chat
    triggers: [/plan]
    states:
      start: {always: {schedule: {id: "'tea'", at: 300, start: tea}, target: end}}
      end: {type: final}
    """
    tea = "per: chat\nstates: {tea: {type: final, say: Tea is ready.}}"
    chat = group(tmp_path, POLL, plan=plan, tea=tea)
    chat.say("ann", "/plan")
    chat.say("ann", "/poll")
    assert chat.later(300_000) == ["Tea is ready."]


RIGHTS = """
triggers: [/me]
states:
  me: {invoke: {action: slow, done: a, error: a}}
  a: {type: final, say: "{user.is_admin} {user.roles | list}"}
"""


@pytest.mark.parametrize("per", ["user", "chat"])
@pytest.mark.parametrize(
    ("bot", "said"),
    [("access: {chat_admins: true}", ["yes chat_admin", "no "]),
     ("access: {chat_admins: false}", ["no ", "no "])],
)  # fmt: skip
def test_who_administers_the_chat_is_an_admin_there_where_bot_yaml_says_so(
    tmp_path: Path, per: str, bot: str, said: list[str]
) -> None:
    chat = group(tmp_path, f"per: {per}\n{RIGHTS}", bot=bot, actions=["slow"])
    found = []
    for admin in (True, False):
        chat.happen("ann", "/me", text="/me", admin=admin)
        found += chat.finish()
    assert [one.strip() for one in found] == [one.strip() for one in said]


LOOKED_UP = """
per: chat
hears: all
triggers: ['~what is (?P<x>[a-z]+)']
data: {x: {type: text, optional: true}}
states:
  look: {set: {x: turn.match.x}, always: {target: read}}
  read: {invoke: {action: slow, done: told, error: told}}
  told: {type: final, say: "{x} is blue."}
"""


def test_a_remark_that_waits_for_an_action_does_not_repeat_the_question(tmp_path: Path) -> None:
    chat = group(tmp_path, POLL, facts=LOOKED_UP, actions=["slow"])
    chat.say("ann", "/poll")
    assert chat.say("bob", "what is love") == []
    assert chat.finish() == ["love is blue."]
    assert chat.say("bob", "cake", reply_to="1") == ["Bob wants Cake."]


def test_an_answer_to_the_question_below_a_remark_is_heard_when_that_has_ended(
    tmp_path: Path,
) -> None:
    chat = group(tmp_path, POLL, facts=LOOKED_UP, actions=["slow"])
    chat.say("ann", "/poll")
    chat.say("bob", "what is love")
    assert chat.say("cleo", "cake", reply_to="1") == []
    assert chat.finish() == ["love is blue.", "Cleo wants Cake."]


def test_what_the_bot_was_asked_for_repeats_the_question_when_its_action_has_ended(
    tmp_path: Path,
) -> None:
    chat = group(tmp_path, POLL, facts=LOOKED_UP, actions=["slow"])
    chat.say("ann", "/poll")
    chat.say("bob", "what is love", to_bot=True)
    assert chat.finish() == ["love is blue.", "What shall we eat?"]


def test_a_remark_that_asks_something_after_its_action_repeats_the_question(
    tmp_path: Path,
) -> None:
    asking = LOOKED_UP.replace(
        'told: {type: final, say: "{x} is blue."}',
        'told: {ask: Really?, into: x, next: end}\n  end: {type: final, say: "{x}!"}',
    )
    chat = group(tmp_path, POLL, facts=asking, actions=["slow"])
    chat.say("ann", "/poll")
    chat.say("bob", "what is love")
    assert chat.finish() == ["Really?"]
    assert chat.say("bob", "yes", to_bot=True) == ["yes!", "What shall we eat?"]


def test_a_remark_after_a_pause_does_not_repeat_the_question(tmp_path: Path) -> None:
    slow = LOOKED_UP.replace(
        "read: {invoke: {action: slow, done: told, error: told}}", "read: {after: {5s: told}}"
    )
    chat = group(tmp_path, POLL, facts=slow)
    chat.say("ann", "/poll")
    chat.say("bob", "what is love")
    assert chat.later(5_000) == ["love is blue."]


def test_a_remark_whose_action_fails_for_good_leaves_the_question_alone(tmp_path: Path) -> None:
    chat = group(
        tmp_path, POLL, facts=LOOKED_UP.replace("{x} is blue.", "{1 / 0}"), actions=["slow"]
    )
    chat.say("ann", "/poll")
    chat.say("bob", "what is love")
    assert chat.finish() == [phrase("error", "en")]


TASTE = """
per: chat
triggers: [/like, /work]
data: {likes: {type: text, scope: user, optional: true}, n: {type: int, scope: user, default: 0}}
states:
  a:
    always:
      - {guard: "turn.event == '/work'", target: work}
      - {set: {user.likes: turn.args, user.n: user.n + 1}, target: b}
  b: {type: final, say: "{user.likes} {user.n}"}
  work: {invoke: {action: slow, into: user.likes, done: b, error: b}}
"""
MINE = """
triggers: [/mine]
data: {likes: {type: text, scope: user, optional: true}, n: {type: int, scope: user, default: 0}}
states: {a: {type: final, say: "{user.likes} {user.n}"}}
"""


def like(chat: Group, who: str, what: str) -> list[str]:
    return chat.happen(who, "/like", text=f"/like {what}", args=what)


def test_what_all_talk_about_can_set_what_stays_with_the_person_who_acts(tmp_path: Path) -> None:
    chat = group(tmp_path, TASTE, mine=MINE, actions=["slow"])
    assert like(chat, "ann", "tea") == ["tea 1"]
    assert like(chat, "bob", "rice") == ["rice 1"]
    assert like(chat, "ann", "soup") == ["soup 2"]
    assert chat.say("ann", "/mine") == ["soup 2"]
    assert chat.say("bob", "/mine") == ["rice 1"]
    assert chat.sessions[ROOM].user == {}
    assert chat.sessions["main/test:ann"].user == {"likes": "soup", "n": 2}


def test_what_an_action_gives_belongs_to_the_person_who_asked_for_it(tmp_path: Path) -> None:
    chat = group(tmp_path, TASTE, mine=MINE, actions=["slow"])
    chat.happen("ann", "/work", text="/work")
    assert [one.strip() for one in chat.finish("cake")] == ["cake"]
    assert chat.say("ann", "/mine") == ["cake 0"]


def test_what_a_timer_sets_of_nobody_is_a_fault(tmp_path: Path) -> None:
    main = """
    per: chat
    triggers: [/late]
    data: {late: {type: bool, scope: user, default: false}}
    states:
      a: {after: {1m: {set: {user.late: true}, target: b}}}
      b: {type: final, say: "Late."}
    """
    chat = group(tmp_path, main)
    chat.say("ann", "/late")
    assert chat.later(60_000) == [phrase("error", "en")]


def test_what_a_fault_has_undone_is_not_told(tmp_path: Path) -> None:
    chat = group(tmp_path, TASTE.replace("{user.n}", "{1 / 0}"), mine=MINE, actions=["slow"])
    assert like(chat, "ann", "tea") == [phrase("error", "en")]
    assert chat.say("ann", "/mine") == [" 0"]


@pytest.mark.parametrize(
    ("values", "kept"),
    [({"likes": "tea"}, {"likes": "tea"}), ({"likes": 5, "n": 3}, {"n": 3}), ({"x": 1}, {})],
)
def test_a_person_keeps_only_what_the_bot_still_knows_so(
    tmp_path: Path, values: dict[str, Value], kept: dict[str, Value]
) -> None:
    program = load(write_bot(tmp_path / "main", MINE)).program
    session = Session("main/test:ann", incarnation="i", started=1)
    told = Event("tell:i:1", TOLD, session.id, "room", NOW, extra={"user": values})
    outcome = step(program, session, told, NOW)
    assert outcome.session.user == kept
    assert outcome.effects == ()
