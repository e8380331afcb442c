"""Which mutants of a bot are found, and by what."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from engine.compiler.bot import compile_bot
from engine.compiler.reader import has_errors
from engine.compiler.source import load
from engine.compiler.verdicts import Verdicts
from engine.diagnostics import FlowInvalid
from engine.lint.runner import findings
from engine.testing.files import scripts
from engine.testing.runner import run_script
from tests.mutation.mutants import Mutant, Tree, mutants

Finder = Literal["check", "conversation", "nothing"]

_TRANSIENT: Final = "transient failures are what is repeated where nothing is said"
_UNCALLED: Final = "no flow calls it, so that nothing reads its output"
_FILLED: Final = "it is always filled before it is read, and never by null"
_LONGER: Final = "what comes before it lets nothing through that is so long"
EQUIVALENT: Final[Mapping[str, str]] = {
    "order.yaml states.pay.invoke.retry.if: if dropped": _TRANSIENT,
    "registration.yaml states.save.invoke.retry.if: if dropped": _TRANSIENT,
    "order.yaml states.paid.output: output dropped": _UNCALLED,
    "order.yaml states.paid.output.receipt: entry of output dropped": _UNCALLED,
    "order.yaml data.receipt.optional: optional dropped": _FILLED,
    "order.yaml data.reason.optional: optional dropped": _FILLED,
    "registration.yaml data.user_id.optional: optional dropped": _FILLED,
    "order.yaml states.extras.choices.chili.also: also dropped": (
        "`chilli` is understood as `Chili` with a typing error"
    ),
    "forget.yaml data.subject.optional: optional dropped": _FILLED,
    "import.yaml input.lines.optional: optional dropped": _FILLED,
    "learn.yaml data.sentence.optional: optional dropped": _FILLED,
    "learn.yaml data.fact.optional: optional dropped": _FILLED,
    "learning.yaml data.source.optional: optional dropped": _FILLED,
    "list.yaml data.lines.optional: optional dropped": _FILLED,
    "overhear.yaml data.sentence.optional: optional dropped": _FILLED,
    "remindme.yaml data.request.optional: optional dropped": _FILLED,
    "remindme.yaml data.found.optional: optional dropped": _FILLED,
    "remindme.yaml data.corrected.optional: optional dropped": _FILLED,
    "timezone.yaml data.asked.optional: optional dropped": _FILLED,
    "add.yaml data.content.optional: optional dropped": _FILLED,
    "add.yaml data.pattern.max: max changed": _LONGER,
    "bot.yaml records.replies.fields.pattern.max: max changed": _LONGER,
    "bot.yaml records.facts.fields.subject.max: max changed": _LONGER,
    "bot.yaml records.facts.fields.alias.max: max changed": _LONGER,
    "bot.yaml records.facts.fields.relation.max: max changed": _LONGER,
    "bot.de.yaml on./english.say: translation removed": (
        "it is said when the language has become English"
    ),
}
"""Mutants that behave like the bot itself, by name, each with the reason."""


@dataclass(frozen=True, slots=True)
class Judged:
    mutant: Mutant
    by: Finder
    how: str


def every_mutant(bot: Path) -> Iterator[Mutant]:
    """The mutants of all files of a bot but its tests."""
    for file in sorted(bot.glob("*.yaml")):
        if not file.name.endswith(".test.yaml"):
            yield from mutants(file.name, tree_of(file))


def tree_of(file: Path) -> Tree:
    node, found = load(file.read_bytes(), file.name)
    assert node is not None, found
    return node.plain_data()


def judge(bot: Path, wanted: Sequence[Mutant], folder: Path) -> Iterator[Judged]:
    """Put each mutant into a copy of its bot, check that, and hold the conversations against it."""
    copy = folder / bot.name
    shutil.copytree(bot, copy, ignore=shutil.ignore_patterns("__pycache__"))
    verdicts = Verdicts(folder / "clean")
    for mutant in wanted:
        file = copy / mutant.file
        before = file.read_bytes()
        file.write_text(json.dumps(mutant.tree, ensure_ascii=False, indent=1), encoding="utf-8")
        try:
            yield Judged(mutant, *_found(copy, verdicts))
        finally:
            file.write_bytes(before)


def _found(bot: Path, verdicts: Verdicts) -> tuple[Finder, str]:
    compiled = compile_bot(bot, verdicts)
    if has_errors(compiled.found):
        return "check", compiled.found[0].code
    found = findings(compiled)
    if found:
        return "check", found[0].code
    try:
        told = scripts(compiled.bot, verdicts)
    except FlowInvalid as invalid:
        return "check", invalid.diagnostics[0].code
    for script in told:
        if run_script(compiled.bot.program, script) is not None:
            return "conversation", script.name
    return "nothing", ""
