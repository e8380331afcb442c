"""Where an action takes long, people see that the bot is at work; nothing depends on that."""

import asyncio

import pytest

from engine.runtime import busy
from engine.runtime.actions import Actions, register
from engine.runtime.ports import PostponedError
from tests.unit.runtime.fakes import FakeTransport, MemoryStore, running, said, until


@pytest.fixture
def gate() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def actions(gate: asyncio.Event) -> Actions:
    async def slow(_call: object, n: int) -> int:
        await gate.wait()
        return n

    async def quick(_call: object, n: int) -> int:
        return n

    return Actions({"slow": register("slow", slow), "quick": register("quick", quick)})


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "AFTER", 0.01)
    monkeypatch.setattr(busy, "AGAIN", 0.01)


def shown(transport: FakeTransport) -> int:
    return sum(delivery.message.typing for delivery in transport.tried)


@pytest.mark.usefixtures("at_once")
async def test_it_is_shown_again_and_again_until_the_action_has_ended(
    actions: Actions, gate: asyncio.Event
) -> None:
    store, transport = MemoryStore(), FakeTransport()
    async with running(store, transport, actions=actions):
        await transport.apply(said(1, "do slow"))
        await until(lambda: shown(transport) >= 3)
        gate.set()
        await until(lambda: "result 1" in transport.texts)
        told = shown(transport)
        await asyncio.sleep(0.05)
        assert shown(transport) == told


async def test_of_an_action_that_is_quick_nothing_is_shown(actions: Actions) -> None:
    store, transport = MemoryStore(), FakeTransport()
    async with running(store, transport, actions=actions):
        await transport.apply(said(1, "do quick"))
        await until(lambda: "result 1" in transport.texts)
    assert shown(transport) == 0


@pytest.mark.usefixtures("at_once")
async def test_a_transport_that_cannot_show_it_holds_nothing_up(
    actions: Actions, gate: asyncio.Event
) -> None:
    store, transport = MemoryStore(), FakeTransport()
    transport.errors["c"] = [PostponedError("not now"), LookupError("a bug")]
    async with running(store, transport, actions=actions):
        await transport.apply(said(1, "do slow"))
        await until(lambda: shown(transport) >= 3)
        gate.set()
        await until(lambda: "result 1" in transport.texts)
