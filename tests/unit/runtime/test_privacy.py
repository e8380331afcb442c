"""Values of variables with `pii` stand in no line of any log, whatever goes wrong."""

import asyncio
import functools
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.actions import ActionCall, ActionError
from engine.compiler.bot import Bot, load
from engine.core.events import Event
from engine.core.outcome import Outcome
from engine.core.privacy import HIDDEN, private_texts, redacted
from engine.core.session import Session
from engine.core.step import step
from engine.core.values import Value
from engine.runtime.actions import Actions, register
from engine.runtime.app import App
from engine.runtime.ports import RefusedError
from engine.runtime.privacy import hide, logger
from engine.runtime.release import Release
from tests.unit.core.flow_fixture import failed, talk, write_bot
from tests.unit.runtime.fakes import FakeTransport, MemoryStore, said, until

NAME, MAIL, CITY, AGE, DEBT = "Ann Lee", "ann@example.org", "Graz am Berg", 43167, 1234.5
PRIVATE = (NAME, NAME.upper(), MAIL, CITY, str(AGE), str(DEBT))
FLOW = """
data:
  name: {type: text, pii: true}
  mail: {type: email, pii: true, scope: user}
  home: {type: object, pii: true, optional: true}
  age: {type: int, pii: true, max: 99999}
  greeting: {type: text, computed: "'Dear ' + name"}
  plan: {type: text, default: golden}
on:
  /zone: {set: {session.tz: turn.args}}
  /quote: {set: {session.tz: name}}
  /who: {set: {session.lang: user.mail}}
  /deep: {set: {session.tz: "home.city"}}
  error: {say: "{error.message}"}
states:
  name: {ask: Name?, next: mail}
  mail: {ask: Mail?, into: user.mail, next: age}
  age: {ask: Age?, next: home}
  home: {set: {home: {city: "'Graz am Berg'", debts: ["1234.5"]}}, next: work}
  work:
    invoke:
      action: register
      with: {name: name, mail: {to: user.mail}, hello: greeting, plan: plan}
      retry: {max: 4, delay: 1s}
      done: told
      error: told
  told: {ask: "Hello {name}, {user.mail}?", into: plan, next: end}
  end: {type: final}
"""


def bot_in(folder: Path) -> Bot:
    return load(write_bot(folder, FLOW, actions=["register"]))


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that was logged, with tracebacks, as a handler writes it."""
    form = logging.Formatter("%(name)s %(levelname)s %(message)s")
    return "\n".join(form.format(record) for record in caplog.records)


def assert_private(text: str) -> None:
    for value in PRIVATE:
        assert value not in text


class Breaks:
    """The core's step, which dies of an event with one word, and quotes the session then."""

    def __init__(self, bot: Bot) -> None:
        self.step = functools.partial(step, bot.program)

    def __call__(self, session: Session, event: Event, now: int) -> Outcome:
        if event.args == "now" and event.name == "/die":
            raise LookupError(f"no such person: {session}")
        return self.step(session, event, now)


def actions() -> Actions:
    """An action that logs what it is given and fails in every way, quoting it."""

    async def run(
        call: ActionCall, name: str, mail: dict[str, Any], hello: str, plan: str
    ) -> dict[str, str]:
        call.log.warning("attempt %d of %s <%s> (%s) on %s", call.attempt, name, mail, hello, plan)
        call.log.info("%r", {"name": name.upper(), "mail": mail})
        match call.attempt:
            case 1:
                raise ValueError(f"{name} cannot be {mail['to']}")
            case 2:
                raise ActionError(f"unknown:{name}", f"nobody is called {name}", transient=True)
            case 3:
                await asyncio.to_thread(call.log.warning, "in a thread: %s", mail)
                raise ActionError("away", f"{mail['to']} is away", transient=True)
        return {"name": name}

    return Actions({"register": register("register", run)})


async def test_no_line_of_any_log_has_a_private_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("engine.core.invokes.DELAY_MAX", 1)
    bot = bot_in(tmp_path)
    transport, store = FakeTransport(), MemoryStore()
    private = functools.partial(private_texts, bot.program)
    release = Release(bot.program, Breaks(bot), actions(), private=private)
    app = App(release, store, [transport], sole=True)
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(app.run(stop, ready.set))
    await ready.wait()
    number = 0

    async def say(text: str) -> None:
        nonlocal number
        number += 1
        await transport.apply(said(number, text))

    for text in ("/start", NAME, MAIL, "x", str(AGE)):
        await say(text)
    await until(lambda: any("Hello" in text for text in transport.texts))
    for text in ("/zone Graz am Berg", "/quote", "/who", "/deep", "/die now"):
        await say(text)
    transport.errors["c"] += [
        RefusedError(f"cannot send to {NAME}"),
        LookupError(MAIL),
        OSError(CITY),
    ]
    await say("/quote")
    await until(lambda: not transport.errors["c"])
    stop.set()
    await running
    text = logged(caplog)
    assert_private(text)
    assert text.count(HIDDEN) > 15
    # What is not private can still be read, and so can where it went wrong.
    for kept in ("golden", "attempt 1", "no such person", "crashed", "time:zone", "set aside"):
        assert kept in text
    # The person is told what the author wants to tell.
    assert any(NAME in one for one in transport.texts)


def test_the_log_of_the_core_has_no_private_value(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW, actions={"register": [failed(f"no:{NAME}", f"{NAME} {MAIL}")] * 2})
    chat.hear("/start", NAME, MAIL, str(AGE))
    assert chat.state == "told"
    assert any(NAME in text for text in chat.hear("/quote"))
    chat.hear("/zone Graz am Berg", "/who", "/deep")
    text = "\n".join(f"{entry.code} {entry.detail}" for entry in chat.log)
    assert_private(text)
    assert f"register: no:{HIDDEN}" in text
    assert text.count(HIDDEN) == 5


def test_a_check_keeps_the_answer_private(tmp_path: Path) -> None:
    flow = """
    data: {mail: {type: email, pii: true}}
    states: {mail: {ask: Mail?, check: known, next: end}, end: {type: final}}
    """
    chat = talk(tmp_path, flow, checks=["known"])
    chat.by_hand = True
    chat.hear("/start", MAIL)
    (invoke,) = chat.working.values()
    assert invoke.private == ("value",)
    assert MAIL in set(private_texts(chat.program, chat.session))


@pytest.mark.parametrize(
    ("arguments", "private"),
    [
        ("{a: name, b: 1, c: plan}", {"a"}), ("{a: {b: [plan, name]}}", {"a"}),
        ("{a: greeting, b: user.mail}", {"a", "b"}), ("{a: user}", {"a"}),
        ("{a: \"name + '!'\", b: len(plan)}", {"a"}),
    ],
)  # fmt: skip
def test_an_argument_is_private_if_it_is_made_of_what_is(
    tmp_path: Path, arguments: str, private: set[str]
) -> None:
    flow = FLOW.replace(
        "{name: name, mail: {to: user.mail}, hello: greeting, plan: plan}", arguments
    )
    work = (
        load(write_bot(tmp_path, flow, actions=["register"])).program.flows["main"].states["work"]
    )
    assert work.work is not None
    assert work.work.private == private


@pytest.mark.parametrize(
    ("message", "private", "expected"),
    [
        ("no user 'Ann'", ["Ann"], "no user '#'"), ("ANN and ann", ["Ann"], "# and #"),
        ("Annex", ["Ann"], "Annex"), ("a 5 b", ["5"], "a 5 b"), ("a 42 b 420", ["42"], "a # b 420"),
        (r"{'n': 'A\nB'}", ["A\nB"], "{'n': '#'}"), ('{"n": "\\u00e4b"}', ["äb"], '{"n": "#"}'),
        ("a.b a-b", ["a.b"], "# a-b"), ("x", ["", " ", "x"], "x"), ("plain", [], "plain"),
        ("Ann Lee", ["Ann", "Ann Lee"], "#"),
    ],
)  # fmt: skip
def test_whole_words_are_redacted_however_they_are_quoted(
    message: str, private: list[str], expected: str
) -> None:
    assert redacted(message, private) == expected.replace("#", HIDDEN)


def test_nothing_is_looked_for_where_no_line_is_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    looked: list[int] = []

    def texts() -> list[str]:
        looked.append(1)
        return ["Ann"]

    log = logger("statechat.actions")
    hide(texts)
    log.debug("Ann")
    assert not looked
    log.warning("Ann %s", "Lee")
    assert caplog.messages == [f"{HIDDEN} Lee"]
    hide()
    log.warning("Ann")
    assert caplog.messages[-1] == "Ann"


def test_a_bot_without_private_variables_logs_all(tmp_path: Path) -> None:
    chat = talk(tmp_path, FLOW.replace("pii: true, ", "").replace(", pii: true", ""),
                actions={"register": []})  # fmt: skip
    data: Mapping[str, Value] = {"name": NAME}
    chat.stand("name", data)
    chat.hear("/quote")
    assert any(NAME in entry.detail for entry in chat.log)
