"""What of one version of a bot is compared."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from engine.authoring.sources import survey
from engine.classes import dataclass
from engine.compiler.bot import Bot, compile_bot
from engine.compiler.expand import core_forms
from engine.diagnostics import Diagnostic, FlowInvalid
from engine.diagram.model import Chart, chart
from engine.lint.runner import findings
from engine.testing.files import scripts
from engine.testing.script import Script

Key = tuple[str, str, str]
"""Of a text: its file's stem, its language, and its key."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version; of one with errors only what was found.

    Attributes:
        charts: the flows, by name.
        texts: all texts, those in the bot's own languages and translations.
        renamed: what states were called before, by flow: the new path by the old one.
        tests: the conversations that people wrote.
    """

    found: tuple[Diagnostic, ...]
    bot: Bot | None = None
    charts: Mapping[str, Chart] = field(default_factory=dict)
    texts: Mapping[Key, str] = field(default_factory=dict)
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tests: tuple[Script, ...] = ()


def snapshot(path: Path) -> Snapshot:
    """Read a version of a bot.

    Raises:
        StatechatError: `bot:missing`, `bot:empty`, `bot:unreadable`.
    """
    compiled = compile_bot(path)
    if any(one.severity == "error" for one in compiled.found):
        return Snapshot(compiled.found)
    bot = compiled.bot
    try:
        tests = tuple(scripts(bot))
    except FlowInvalid as error:
        return Snapshot((*compiled.found, *error.diagnostics))
    return Snapshot(
        tuple(findings(compiled)),
        bot,
        {one.name: one for one in map(chart, core_forms(path))},
        dict(_texts(path)),
        {name: flow.renamed.states for name, flow in bot.program.flows.items()},
        tests,
    )


def _texts(path: Path) -> list[tuple[Key, str]]:
    book = survey(path)
    found: list[tuple[Key, str]] = []
    for source in book.sources:
        found += [
            ((source.stem, source.base, key), node.text) for key, node in source.texts.items()
        ]
        for language in source.languages[1:]:
            made = source.open(language)
            translated = ((key, made.text(key)) for key in made.entries)
            found += [((source.stem, language, key), text) for key, text in translated if text]
    return found
