"""Conversations that began with an earlier version of a bot and go on in a later one."""

from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.compiler.versions import with_earlier
from engine.errors import StatechatError
from tests.unit.core.flow_fixture import Talk, talk, write_bot

OLD = """
data: {name: {type: text}, age: {type: int}}
on: {/back: .back}
states:
  name: {ask: Name?, next: age}
  age: {ask: "Age, {name}?", after: {1h: {say: Still there?}}, next: end}
  end: {type: final, say: "{name} {age}"}
"""


class Change:
    """A bot before and after a change, and one conversation that goes on in it."""

    def __init__(self, folder: Path, old: str, new: str, **flows: tuple[str, str]) -> None:
        before = {name: texts[0] for name, texts in flows.items()}
        after = {name: texts[1] for name, texts in flows.items()}
        texts = "bot: b\ntexts: {error: Broken.}"
        self.old = talk(folder / "old", old, bot=texts, **before)
        self.bot = load(write_bot(folder / "new", new, bot=texts, **after))

    def take_up(self) -> Talk:
        """The conversation in the new version, which knows the old one as the store kept it."""
        new = Talk(self.bot)
        gone = self.old.program.sources.keys() - self.bot.program.sources.keys()
        new.program = with_earlier(self.bot, {one: self.old.program.sources[one] for one in gone})
        new.session = self.old.session
        return new

    @property
    def present(self) -> str:
        return self.bot.program.flows["main"].hash


def test_a_run_goes_on_in_the_new_version_where_all_it_needs_is_there(tmp_path: Path) -> None:
    change = Change(tmp_path, OLD, OLD.replace("{name} {age}", "New: {name} {age}"))
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.hear("40") == ["New: Ann 40"]


def test_a_run_whose_state_is_gone_finishes_in_the_old_version(tmp_path: Path) -> None:
    new = OLD.replace("  age: {ask", "  years: {into: age, ask").replace("next: age", "next: years")
    change = Change(tmp_path, OLD, new)
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.hear("x", "40") == ["Please send a whole number.", "Ann 40"]
    assert chat.hear("/start", "Bob", "/back") == ["Name?", "Age, Bob?", "Name?"]
    assert chat.top.hash == change.present


def test_a_state_that_was_renamed_is_found_with_its_timers_and_snapshots(tmp_path: Path) -> None:
    new = OLD.replace("  age: {ask", "  years: {into: age, ask").replace("next: age", "next: years")
    new += "renamed: {age: years}\n"
    change = Change(tmp_path, OLD, new)
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.after("1h") == ["Still there?"]
    assert chat.state == "years"
    assert chat.top.hash == change.present
    assert chat.hear("/back") == ["Name?"]
    assert chat.hear("Bob", "41") == ["Age, Bob?", "Bob 41"]


def test_a_variable_that_was_renamed_keeps_its_value(tmp_path: Path) -> None:
    new = """
    data: {first: {type: text}, age: {type: int}}
    renamed: {name: first, ask_name: first_name}
    states:
      first_name: {into: first, ask: Name?, next: age}
      age: {ask: "Age, {first}?", next: end}
      end: {type: final, say: "{first} {age}!"}
    """
    old = OLD.replace("name: {ask", "ask_name: {into: name, ask").replace("next: name", "next: x")
    change = Change(tmp_path, old.replace(", after: {1h: {say: Still there?}}", ""), new)
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.hear("40") == ["Ann 40!"]


def test_a_new_question_further_on_does_not_hold_a_run_back(tmp_path: Path) -> None:
    new = (
        OLD.replace("after: {1h: {say: Still there?}}, next: end", "next: mail")
        .replace("age: {type: int}}", "age: {type: int}, mail: {type: email}}")
        .replace(
            '  end: {type: final, say: "{name} {age}"}',
            """
  mail: {ask: Mail?, next: end}
  end: {type: final, say: "{name} {age} {mail}"}""",
        )
    )
    change = Change(tmp_path, OLD.replace(", after: {1h: {say: Still there?}}", ""), new)
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.hear("40", "a@example.org") == ["Mail?", "Ann 40 a@example.org"]


WITH_CITY = OLD.replace("age: {type: int}}", "age: {type: int}, city: {type: text}}").replace(
    "{name} {age}", "{name} {age} {city}"
).replace("states:", "states:\n  town: {into: city, ask: City?, next: name}").replace(
    "on: {/back", "initial: town\non: {/back"
)  # fmt: skip


def test_a_run_finishes_in_the_old_version_where_data_is_read_that_it_never_asked_for(
    tmp_path: Path,
) -> None:
    change = Change(tmp_path, OLD, WITH_CITY)
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.hear("40") == ["Ann 40"]


def test_a_migration_gives_a_run_what_it_never_asked_for(tmp_path: Path) -> None:
    change = Change(tmp_path, OLD, WITH_CITY + "migrate: {city: \"'of ' + str(name)\"}\n")
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.hear("40") == ["Ann 40 of Ann"]


def test_a_default_gives_a_run_what_it_never_asked_for(tmp_path: Path) -> None:
    new = WITH_CITY.replace("city: {type: text}", "city: {type: text, default: Bonn}")
    change = Change(tmp_path, OLD, new)
    change.old.hear("/start", "Ann")
    assert change.take_up().hear("40") == ["Ann 40 Bonn"]


def test_a_run_whose_timer_is_gone_finishes_in_the_old_version(tmp_path: Path) -> None:
    change = Change(tmp_path, OLD, OLD.replace("1h", "2h"))
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.after("1h") == ["Still there?"]
    assert chat.top.hash != change.present


def test_a_value_that_does_not_fit_any_more_keeps_a_run_in_the_old_version(tmp_path: Path) -> None:
    change = Change(tmp_path, OLD, OLD.replace("name: {type: text}", "name: {type: text, max: 2}"))
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.hear("40") == ["Ann 40"]


def test_an_old_version_computes_as_it_did(tmp_path: Path) -> None:
    old = """
    data:
      count: {type: int, max: 1 + 2}
      price: {type: int, default: 2 + 3}
      total: {type: int, computed: count * price}
    states:
      count: {ask: How many?, next: end}
      end: {type: final, say: "{total}"}
    """
    change = Change(tmp_path, old, old.replace("count: {ask", "number: {into: count, ask"))
    change.old.hear("/start")
    chat = change.take_up()
    assert chat.hear("4") == ["Please send a whole number up to 3."]
    assert chat.hear("2") == ["10"]


CALLER = """
data: {city: {type: text, optional: true}}
states:
  go: {call: place, into: city, on: {done: end}}
  more: {call: place, into: city, on: {done: end}}
  end: {type: final, say: "{city}"}
"""
PLACE = """
data: {town: {type: text}}
states:
  town: {ask: Town?, next: done}
  done: {type: final, output: town}
"""


def test_flows_that_call_each_other_stay_in_the_old_version_together(tmp_path: Path) -> None:
    new = PLACE.replace("town:", "village:").replace("output: town", "output: village")
    change = Change(tmp_path, CALLER, CALLER.replace("{city}", "New {city}"), place=(PLACE, new))
    change.old.hear("/start")
    chat = change.take_up()
    assert chat.hear("Bonn") == ["Bonn"]


def test_an_old_version_calls_the_flows_that_it_was_made_for(tmp_path: Path) -> None:
    old = CALLER.replace("on: {done: end}}\n  more", "on: {done: more}}\n  more")
    grown = PLACE.replace("done: {type", "gone: {type: final}\n  done: {type").replace("Town", "T")
    new = CALLER.replace("go:", "went:").replace("{done: end}", "{done: end, gone: end}")
    change = Change(tmp_path, old, new, place=(PLACE, grown))
    change.old.hear("/start")
    chat = change.take_up()
    assert chat.hear("Bonn") == ["Town?"]
    assert chat.hear("Ulm") == ["Ulm"]
    assert chat.hear("/start") == ["T?"]


def test_flows_that_call_each_other_move_together(tmp_path: Path) -> None:
    new = PLACE.replace("Town?", "Which town?")
    change = Change(tmp_path, CALLER, CALLER.replace("{city}", "New {city}"), place=(PLACE, new))
    change.old.hear("/start")
    assert change.take_up().hear("Bonn") == ["New Bonn"]


def test_an_old_version_whose_action_takes_no_such_arguments_any_more_is_refused(
    tmp_path: Path,
) -> None:
    flow = """
    states:
      q: {ask: Q?, choices: {x: X}, next: work}
      work: {invoke: {action: do, with: {a: 1}, done: end}}
      end: {type: final}
    """
    old = load(write_bot(tmp_path / "old", flow, bot="bot: b", actions=["do"]))
    folder = write_bot(tmp_path / "new", "states: {end: {type: final}}", bot="bot: b")
    code = 'from engine import action\n\n\n@action("do")\nasync def do(call, b): ...\n'
    (folder / "actions.py").write_text(code, encoding="utf-8")
    with pytest.raises(StatechatError, match=r"in the middle of main\.yaml") as error:
        with_earlier(load(folder), old.program.sources)
    assert error.value.code == "version:broken"


def test_going_back_leads_into_the_new_version_or_stays_in_the_old_one(tmp_path: Path) -> None:
    new = OLD.replace("  name: {ask", "  who: {into: name, ask").replace("next: name", "next: who")
    change = Change(tmp_path, OLD, new)
    change.old.hear("/start", "Ann")
    chat = change.take_up()
    assert chat.hear("/back") == ["Name?"]
    assert chat.hear("Bob", "40") == ["Age, Bob?", "Bob 40"]
