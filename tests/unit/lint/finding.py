"""What one rule finds in a bot that a test writes."""

from collections.abc import Mapping
from pathlib import Path

from engine.compiler.bot import compile_bot
from engine.lint.runner import lint
from tests.unit.core.flow_fixture import write_bot


def found(
    folder: Path, code: str, flow: str, *, bot: str | None = None,
    texts: Mapping[str, str] | None = None, **flows: str,
) -> list[tuple[int, str]]:  # fmt: skip
    """The lines and messages of what a rule finds in the main flow and what stands beside it."""
    compiled = compile_bot(write_bot(folder, flow, bot=bot, texts=texts, **flows))
    assert [one for one in compiled.found if one.severity == "error"] == []
    return [(one.place.line, one.message) for one in lint(compiled, [code])]
