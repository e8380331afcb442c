"""Looks at a bot by all rules."""

from collections.abc import Iterable

from engine.compiler.bot import Compilation
from engine.diagnostics import Diagnostic
from engine.lint.noqa import silenced
from engine.lint.rule import Subject
from engine.lint.rules import RULES


def lint(
    compiled: Compilation, only: Iterable[str] = (), but: Iterable[str] = ()
) -> list[Diagnostic]:
    """What the rules find in a bot without faults, sorted, less what its comments silence.

    `only` and `but` are beginnings of codes, such as `SC1`.
    """
    chosen, left_out = tuple(only), tuple(but)
    subject = Subject(compiled)
    found = [
        one
        for rule in RULES
        if (not chosen or rule.code.startswith(chosen)) and not rule.code.startswith(left_out)
        for one in rule.check(subject)
    ]
    return sorted(silenced(found, compiled.bot.files), key=lambda one: one.sort_key)
