"""Who blocks the bot is left alone until they return, and then goes on where they stood."""

from pathlib import Path

from tests.unit.core.flow_fixture import NOW, talk

FLOW = """
data: {name: {type: text}, gone: {type: int, default: 0}}
on: {blocked: {set: {gone: gone + 1}, say: Bye.}}
idle: {1d: {say: Still there?}}
states:
  name:
    ask: Name?
    after: {1h: {say: An hour has passed.}}
    next: end
  end: {type: final, say: "{name}, {gone}"}
"""


def test_nothing_is_said_to_somebody_who_has_blocked_the_bot(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    assert chat.hear("/start") == ["Name?"]
    assert chat.event("blocked") == []
    assert chat.session.away == NOW
    assert chat.data["gone"] == 1, "the flow has heard it all the same"


def test_timers_wait_until_the_person_is_back_and_fire_after_what_they_say(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    chat.event("blocked")
    assert chat.after("2h") == []
    assert chat.event("joined") == ["An hour has passed."]
    assert chat.session.away == 0
    assert chat.hear("Ann") == ["Ann, 1"]


def test_whatever_a_person_says_takes_the_block_back(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW)
    chat.hear("/start")
    chat.event("blocked")
    chat.after("2d")
    assert chat.hear("Ann") == ["Ann, 1"], "silence is counted from what they say"
    assert chat.session.away == 0


def test_a_block_that_no_flow_hears_counts_too(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "states: {name: {ask: Name?, next: end}, end: {type: final}}\ndata: {name: {type: text}}",
    )
    assert chat.event("blocked") == []
    assert chat.session.away == NOW
    assert chat.hear("/start") == ["Name?"]


def test_what_an_action_brings_does_not_bring_the_person_back(tmp_path: Path) -> None:
    flow = """
    states:
      work: {invoke: {action: do, done: told, error: told}}
      told: {type: final, say: Done.}
    """
    chat = talk(tmp_path, flow, actions={"do": ()})
    chat.by_hand = True
    chat.hear("/start")
    chat.event("blocked")
    assert chat.finish("done") == []
    assert chat.session.away == NOW
