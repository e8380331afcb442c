"""Looks at a bot by all rules."""

from collections.abc import Iterable

from engine.compiler.bot import Compilation
from engine.diagnostics import Diagnostic
from engine.lint.choice import EVERYTHING, Choice
from engine.lint.noqa import silenced
from engine.lint.rule import Subject
from engine.lint.rules import RULES


def findings(compiled: Compilation, choice: Choice = EVERYTHING) -> list[Diagnostic]:
    """What the compiler and the rules find in a bot without errors, sorted.

    What comments silence is left out. Every rule looks, so that a comment for one that is not
    wanted silences something all the same.
    """
    subject = Subject(compiled)
    found = [*compiled.found, *(one for rule in RULES for one in rule.check(subject))]
    kept = silenced(found, compiled.bot.files)
    return sorted((one for one in kept if choice.wants(one)), key=lambda one: one.sort_key)


def lint(
    compiled: Compilation, only: Iterable[str] = (), but: Iterable[str] = ()
) -> list[Diagnostic]:
    """What the rules find, without what the compiler does.

    `only` and `but` are beginnings of codes, such as `SC1`.
    """
    found = findings(compiled, Choice(tuple(only), tuple(but)))
    return [one for one in found if one not in compiled.found]
