"""Dead letters that are put back, whatever the database; by command while a worker has it open."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.core.effects import Message, Send
from engine.core.events import Event
from engine.core.session import Session, Timer
from engine.runtime.clock import SystemClock
from engine.runtime.letters import of_event, of_message, retry
from engine.runtime.outage import Outage
from engine.runtime.sessions import Sessions
from engine.stores.protocol import Dead, Item, Record, Store
from tests.contract.homes import BOT, Home
from tests.contract.test_persons import inner_of, left
from tests.contract.test_stores import ODD

ANN = f"{BOT}/test:ann"
BEFORE = Record(Session(ANN, 1, 9, "life"), {"test:3": 3})
EVENT = of_event(Event("test:3", "text", ANN, "c", 7, 3, "secret", extra=ODD), None, "bad", 20)
TIMER = of_event(
    Event("timer:5.1", "timer", ANN, "c", 7, timer="5.1"),
    replace(BEFORE.session, timers=(Timer("5.1", 7, "c", 2, "after.1m"),)), "bad", 21,
)  # fmt: skip
MESSAGE = of_message(
    f"{ANN}#life:5.2", ANN, Item(Send("5.2", "c", Message("secret 🦉")), 4, "w", 3, 2), "no", 22
)
FLOW = """\
flow: demo
states:
  end: {type: final, say: Hello}
initial: end
triggers: [/start]
"""


@pytest.fixture
async def store(home: Home) -> Store:
    store = await home.store()
    await store.commit([BEFORE])
    for letter in (EVENT, TIMER, MESSAGE):
        await store.set_aside(letter)
    return store


def sessions(store: Store) -> Sessions:
    clock = SystemClock()
    return Sessions(store, clock, Outage(clock), sole=False)


async def of(store: Store) -> Record:
    return (await store.load([ANN]))[ANN]


@pytest.mark.parametrize("letter", [EVENT, TIMER, MESSAGE], ids=["event", "timer", "message"])
async def test_a_letter_is_moved_to_its_session_where_it_belongs(
    store: Store, letter: Dead
) -> None:
    await retry(sessions(store), store, letter, 0)
    record = await of(store)
    assert letter not in await store.dead()
    assert len(await store.dead()) == 2
    assert record.again == ((EVENT,) if letter is EVENT else ())
    armed = (Timer("5.1", 7, "c", 2, "after.1m"),) if letter is TIMER else ()
    assert record.session.timers == armed
    back = (Item(Send("5.2", "c", Message("secret 🦉")), 0, None, 0, 2),)
    assert record.outbox == (back if letter is MESSAGE else ())
    assert (record.seen, record.session.steps) == (BEFORE.seen, 9)


async def test_a_retry_that_is_said_twice_moves_one_letter(store: Store) -> None:
    await retry(sessions(store), store, EVENT, 0)
    await store.set_aside(EVENT)  # as if the first one had died before
    await retry(sessions(store), store, EVENT, 0)
    assert (await of(store)).again == (EVENT,)
    assert EVENT not in await store.dead()


async def test_the_commands_work_beside_a_worker_on_mongodb(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    inner = inner_of(store)
    if not hasattr(inner, "_uri"):
        pytest.skip("a SQLite file belongs to the worker: see test_dead.py")
    monkeypatch.setenv("MONGODB_URI", inner._uri)
    monkeypatch.chdir(tmp_path)
    (tmp_path / BOT).mkdir()
    (tmp_path / BOT / "demo.yaml").write_text(FLOW, encoding="utf-8")
    assert await asyncio.to_thread(main, ["dead", "list", BOT, "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == [
        EVENT.id, TIMER.id, MESSAGE.id,
    ]  # fmt: skip
    assert await asyncio.to_thread(main, ["dead", "retry", BOT, EVENT.id, MESSAGE.id]) == 0
    assert (await of(store)).again == (EVENT,)
    assert await asyncio.to_thread(main, ["dead", "drop", BOT, TIMER.id]) == 0
    assert await store.dead() == []
    assert await asyncio.to_thread(main, ["person", "export", BOT, "test:ann"]) == 0
    assert "secret 🦉" in capsys.readouterr().out
    assert await left(store, ["secret"]) == ["secret"]
    assert await asyncio.to_thread(main, ["person", "erase", BOT, "test:ann", "--yes"]) == 0
    assert await left(store, ["secret"]) == []
