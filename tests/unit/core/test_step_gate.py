"""What a person sends passes a gate: who may not talk, or sends too much, is told politely."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.session import Session
from engine.core.step import step
from tests.unit.core.flow_fixture import NOW, Talk, ok, talk

NAME = """
data: {name: {type: text}}
states:
  name: {ask: Your name?, next: hi}
  hi: {type: final, say: "Hi {name}"}
"""
REFUSED = "Sorry, you cannot use this bot."
TOO_FAST = "That was too much at once. Please wait a moment."


def session_of(chat: Talk) -> Session:
    return replace(chat.session, steps=0, told=0, paced=0, chats={}, lang=None)


def test_who_is_not_allowed_is_told_so_and_begins_nothing(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME, bot="access: {allow: [telegram]}")
    before = session_of(chat)
    assert chat.hear("/start") == [REFUSED]
    assert chat.codes == ["access:refused"]
    assert session_of(chat) == before
    assert chat.active is None


def test_who_is_refused_is_not_told_again_and_again(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME, bot="access: {deny: ['test:1']}")
    assert chat.hear("/start", "hello", "hello?") == [REFUSED]
    assert chat.after("59s") == []
    assert chat.hear("hello") == []
    assert chat.after("1s") == []
    assert chat.hear("hello") == [REFUSED]


def test_the_bot_refuses_in_the_authors_words_and_the_persons_language(tmp_path: Path) -> None:
    bot = "languages: [en, de]\naccess: {deny: [test]}\ntexts: {refused: Members only.}"
    texts = {"bot.de.yaml": "texts.refused: Nur für Mitglieder."}
    chat = talk(tmp_path, NAME, bot=bot, texts=texts, lang="de")
    assert chat.hear("/start") == ["Nur für Mitglieder."]


def test_timers_and_results_of_who_is_refused_by_now_are_applied_silently(tmp_path: Path) -> None:
    flow = """
    states:
      work: {invoke: {action: a, done: {say: Worked., target: wait}}}
      wait: {after: {10m: {say: Late., target: end}}}
      end: {type: final, say: Ended.}
    """
    chat = talk(tmp_path, flow, bot="access: {deny: ['test:2']}", actions={"a": [ok()]})
    chat.by_hand = True
    chat.hear("/start")
    access = chat.program.access
    chat.program = replace(chat.program, access=replace(access, deny=frozenset({"test:1"})))
    assert chat.finish() == []
    assert chat.state == "wait"
    assert chat.after("10m") == []
    assert [ending.state for ending in chat.endings] == ["end"]


def test_guards_and_texts_read_the_persons_rights(tmp_path: Path) -> None:
    flow = """
    states:
      ask:
        ask: "{user.is_admin} {user.roles | list}"
        choices:
          all: {label: Everything, guard: user.is_admin}
          edit: {label: Edit, guard: "'editor' in user.roles"}
          read: Read
        next: end
      end: {type: final}
    """
    bot = "access: {admins: [telegram], roles: {editor: [test], reader: ['test:1'], cook: [nostr]}}"
    chat = talk(tmp_path, flow, bot=bot)
    assert chat.hear("/start") == ["no editor and reader"]
    assert chat.buttons == ["Edit", "Read"]
    chat = talk(tmp_path / "admin", flow, bot="access: {admins: ['test:1']}")
    assert chat.hear("/start") == ["yes"]
    assert chat.buttons == ["Everything", "Read"]


def test_rights_are_read_in_loops_in_bot_yaml_and_by_computed_variables(tmp_path: Path) -> None:
    flow = """
    data: {may: {type: bool, computed: "'b' in user.roles"}}
    states:
      one: {type: final, say: "{for role in user.roles}{role}{user.is_admin}{may} {/for}"}
    """
    bot = """
    access: {roles: {a: [test], b: [test]}}
    on: {/me: {guard: not user.is_admin, say: "just {user.roles | list}"}}
    """
    chat = talk(tmp_path, flow, bot=bot)
    assert chat.hear("/start") == ["anoyes bnoyes"]
    assert chat.hear("/me") == ["just a and b"]


def test_a_person_may_send_as_much_as_the_rate_says_also_at_once(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME, bot="limits: {rate: 3/m}\ntexts: {fallback: What?}")
    assert chat.hear("a", "b", "c") == ["What?"] * 3
    assert chat.hear("d", "e") == [TOO_FAST]
    assert chat.codes[-2:] == ["limit:rate", "limit:rate"]
    chat.after("20s")
    assert chat.hear("f", "g") == ["What?"], "they have been told within this minute"
    chat.after("1m")
    assert chat.hear("h", "i", "j") == ["What?"] * 3


@pytest.mark.parametrize(("rate", "seconds"), [("7/m", 60), ("5/10s", 10), ("1/s", 1)])
def test_no_more_than_the_rate_is_heard_however_it_is_spread(
    tmp_path: Path, rate: str, seconds: int
) -> None:
    chat = talk(tmp_path, NAME, bot=f"limits: {{rate: {rate}}}")
    count = int(rate.partition("/")[0])
    for _ in range(10 * count * 4):
        chat.type("x")
        chat.wait(seconds * 1000 // (count * 4))
    heard = chat.codes.count("step:fallback")
    assert 10 * count <= heard <= 11 * count


def test_an_event_that_is_too_much_changes_nothing(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME, bot="limits: {rate: 1/m}")
    chat.hear("/start")
    before = chat.chat
    assert chat.hear("Ann") == [TOO_FAST]
    assert chat.chat == before
    chat.after("1m")
    assert chat.hear("Ann") == ["Hi Ann"]


def test_what_waited_while_the_bot_was_down_counts_when_it_was_sent(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME, bot="limits: {rate: 1/m}\ntexts: {fallback: What?}")
    said = [chat.event("text", text="x", at=NOW - 3_600_000 + each * 60_000) for each in range(5)]
    assert said == [["What?"]] * 5


def test_nobody_gains_by_dates_of_long_ago(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME, bot="limits: {rate: 1/h}\ntexts: {fallback: What?}")
    year = 365 * 86_400_000
    for each in range(400):
        chat.event("text", text="x", at=NOW - year + each * 3_600_000)
    assert chat.codes.count("step:fallback") <= 25


def test_a_session_without_a_rate_keeps_nothing_of_it(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME)
    chat.hear("/start", "Ann")
    assert (chat.session.paced, chat.session.told) == (0, 0)


def test_a_text_that_is_too_long_is_not_heard(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME, bot="limits: {text: 6}")
    chat.hear("/start")
    assert chat.hear("Annabelle", "Isabella") == ["Sorry, that text is too long for me."] * 2
    assert chat.top.leaf.tries == 0
    assert chat.hear("Annab") == ["Hi Annab"]


def test_what_an_action_held_up_is_not_counted_twice(tmp_path: Path) -> None:
    flow = """
    states:
      work: {invoke: {action: a, done: rest}}
      rest: {on: {text: {say: Heard.}}}
    """
    chat = talk(tmp_path, flow, bot="limits: {rate: 3/m}", actions={"a": [ok()]})
    chat.by_hand = True
    chat.hear("/start", "one", "two")
    assert chat.finish() == ["Heard.", "Heard."]


@pytest.mark.parametrize(
    ("limit", "flow", "said"),
    [
        (
            "timers: 1",
            "states: {a: {after: {1m: b, 2m: b}, on: {error: b}}, b: {type: final, say: Full.}}",
            ["Full."],
        ),
        (
            "flows: 1",
            "states: {a: {call: sub, on: {end: b, error: b}}, b: {type: final, say: Full.}}",
            ["Full."],
        ),
    ],
)
def test_a_bot_lowers_other_limits(tmp_path: Path, limit: str, flow: str, said: list[str]) -> None:
    sub = "states: {x: {next: end}, end: {type: final}}"
    chat = talk(tmp_path, flow, bot=f"limits: {{{limit}}}", sub=sub)
    assert chat.hear("/start") == said


def test_a_bot_lowers_how_much_is_kept_and_how_far_one_goes_back(tmp_path: Path) -> None:
    flow = """
    on: {/back: .back}
    data: {a: {type: text}, b: {type: text}, c: {type: text}}
    states:
      a: {ask: A?, next: b}
      b: {ask: B?, next: c}
      c: {ask: C?, next: work}
      work: {invoke: {action: x, done: end}}
      end: {type: final}
    """
    chat = talk(tmp_path, flow, bot="limits: {back: 1, held: 1}", actions={"x": [ok()]})
    chat.by_hand = True
    chat.hear("/start", "1", "2")
    assert chat.hear("/back", "/back") == ["B?", "B?"]
    chat.hear("2", "3", "one", "two")
    assert chat.codes.count("step:held") == 1
    assert "step:held_too_many" in chat.codes


def test_a_bot_without_rules_has_no_gate(tmp_path: Path) -> None:
    chat = talk(tmp_path, NAME)
    assert not chat.program.gated
    event = chat._event("text", "x")
    assert step(chat.program, chat.session, event, NOW).log[0].code == "step:fallback"
