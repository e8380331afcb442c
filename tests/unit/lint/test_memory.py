"""A bot that was clean is not looked at again, until anything changes that a finding depends on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.compiler.verdicts import Verdicts
from engine.lint import memory
from tests.unit.core.flow_fixture import write_bot

FLOW = "states: {end: {type: final, say: Bye.}}"


def look(bot: Path, verdicts: Verdicts) -> bool:
    """Whether a bot is known to be clean; it is from then on."""
    known = memory.known(bot)
    assert known is not None
    clean = memory.is_clean(known, verdicts)
    memory.keep(known, bot, verdicts)
    return clean


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    return write_bot(tmp_path / "bot", FLOW, bot="bot: b", actions=["do"])


@pytest.fixture
def verdicts(tmp_path: Path) -> Verdicts:
    return Verdicts(tmp_path / "clean")


def test_a_bot_that_was_clean_is_known_by_every_later_process(
    bot: Path, verdicts: Verdicts, tmp_path: Path
) -> None:
    assert not look(bot, verdicts)
    assert look(bot, Verdicts(tmp_path / "clean"))


def change(name: str) -> Callable[[Path], object]:
    def append(bot: Path) -> None:
        with (bot / name).open("a", encoding="utf-8") as file:
            file.write("\n# new")

    return append


@pytest.mark.parametrize(
    "changed",
    [
        change("main.yaml"),
        change("bot.yaml"),
        change("actions.py"),
        lambda bot: (bot / "other.yaml").write_text(FLOW),
        lambda bot: (bot / "main.de.yaml").write_text("end.say: Ciao."),
        lambda bot: (bot / "main.test.yaml").write_text("[]"),
        lambda bot: (bot / "helper.py").write_text(""),
        lambda bot: (bot / "picture.png").write_bytes(b"x"),
        lambda bot: (bot / "main.yaml").rename(bot / "hello.yaml"),
    ],
    ids=["flow", "bot", "actions", "new flow", "translation", "test", "module", "media", "name"],
)
def test_whatever_changes_in_its_folder_it_is_looked_at_again(
    bot: Path, verdicts: Verdicts, changed: Callable[[Path], object]
) -> None:
    look(bot, verdicts)
    changed(bot)
    assert not look(bot, verdicts)


def test_another_version_of_the_checker_looks_again(
    bot: Path, verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(bot, verdicts)
    monkeypatch.setattr(memory, "_code", lambda: b"newer")
    assert not look(bot, verdicts)


def test_a_file_that_changes_while_it_is_looked_at_is_not_taken_for_clean(
    bot: Path, verdicts: Verdicts
) -> None:
    before = memory.known(bot)
    change("main.yaml")(bot)
    memory.keep(before, bot, verdicts)
    assert before is not None
    assert not memory.is_clean(before, verdicts)


def test_a_single_flow_is_looked_at_each_time(bot: Path) -> None:
    assert memory.known(bot / "main.yaml") is None
