"""The transport that the how-to shows works: copied from the page, it carries a conversation."""

import asyncio
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.compiler.bot import load
from engine.core.step import step
from engine.runtime.actions import Actions
from engine.runtime.app import App
from engine.runtime.ports import Delivery, Transport
from engine.runtime.release import Release
from engine.stores.sqlite import SqliteStore
from tests.unit.docs.pages import ROOT, read

PAGE = read(ROOT / "docs" / "how-to" / "write-a-transport.md")
FLOW = """
flow: greet
triggers: [/start]
data: {name: {type: text}}
initial: name
states:
  name: {ask: Your name?, next: bye}
  bye: {type: final, say: "Good day, {name}."}
"""


def shown() -> dict[str, Any]:
    """The names that the page's module defines."""
    names: dict[str, Any] = {"__name__": "folder_transport"}
    (source,) = [block.text for block in PAGE.blocks if "transport" in block.words]
    exec(compile(source, PAGE.name, "exec"), names)
    return names


def made(settings: Mapping[str, str]) -> Transport | None:
    transport: Transport | None = shown()["factory"](settings)
    return transport


def test_it_is_not_there_where_its_setting_is_not() -> None:
    assert made({}) is None


def texts(folder: Path) -> list[str]:
    return sorted(file.read_text(encoding="utf-8") for file in folder.glob("*.txt"))


async def test_it_carries_a_conversation_and_removes_what_is_committed(tmp_path: Path) -> None:
    (tmp_path / "greet.yaml").write_text(FLOW, encoding="utf-8")
    bot = load(tmp_path / "greet.yaml")
    transport = made({"FOLDER_ROOT": str(tmp_path)})
    assert transport is not None
    stop = asyncio.Event()
    said: list[str] = []
    carry = transport.send

    async def send(delivery: Delivery) -> None:
        await carry(delivery)
        said.append(delivery.message.text)
        if len(said) == 2:
            stop.set()

    transport.send = send  # type: ignore[method-assign]  # to see when it was called
    inbox = tmp_path / "in" / "ann"
    inbox.mkdir(parents=True)
    (inbox / "1.txt").write_text("/start", encoding="utf-8")
    (inbox / "2.txt").write_text("Ann", encoding="utf-8")
    store = SqliteStore(tmp_path / "greet.sqlite3", bot.name)
    bound = functools.partial(step, bot.program)
    app = App(Release(bot.program, bound, Actions()), store, [transport], sole=True)
    async with asyncio.timeout(30):
        await app.run(stop, lambda: None)
    assert said == ["Your name?", "Good day, Ann."]
    assert texts(tmp_path / "out" / "ann") == ["Good day, Ann.", "Your name?"]
    assert not texts(inbox)
