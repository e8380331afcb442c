"""The test files of a bot, read and validated; light, so that `check` can do it too."""

from pathlib import Path

from engine.compiler.bot import Bot, InvalidBot, display
from engine.compiler.document import validate
from engine.compiler.nodes import Node
from engine.compiler.source import load
from engine.core.program import Program
from engine.diagnostics import Diagnostic
from engine.testing.script import Script, read_scripts


def scripts(bot: Bot) -> list[Script]:
    """Every test of the bot's test files.

    Raises:
        FlowInvalid: with the faults of all test files.
    """
    found: list[Script] = []
    faults: list[Diagnostic] = []
    for path in bot.tests:
        node = _read(bot, path, faults)
        if node is not None:
            stem = path.name.split(".")[0]
            found += read_scripts(node, stem if stem in bot.program.flows else _only(bot.program))
    if faults:
        raise InvalidBot(faults, bot.files)
    return found


def _only(program: Program) -> str:
    return next(iter(program.flows))


def _read(bot: Bot, path: Path, faults: list[Diagnostic]) -> Node | None:
    name = display(path)
    raw = path.read_bytes()
    bot.files[name] = raw.decode("utf-8", "replace")
    node, found = load(raw, name)
    errors = [fault for fault in found if fault.severity == "error"]
    if node is not None and not errors:
        errors += validate(node, "test")
    faults += errors
    return None if errors else node
