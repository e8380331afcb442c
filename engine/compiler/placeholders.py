"""What a translation fills in, beside what the text does that it stands for."""

from collections.abc import Iterator

from engine.compiler.findings import Findings
from engine.compiler.nodes import Scalar
from engine.core.texts import Text
from engine.diagnostics import Diagnostic


def compare(base: Text, translation: Text, at: Scalar, findings: Findings) -> None:
    """Warn of each value that a translation leaves out, and of each that only it has."""
    for found in differences(base, translation, at):
        findings.keep(found)


def differences(base: Text, translation: Text, at: Scalar) -> Iterator[Diagnostic]:
    """A translator may mean either; both are mistakes most of the time.

    A text with a fault compiles to an empty one: nothing is said of it here.
    """
    if not base.source or not translation.source:
        return
    wanted, given = names(base), names(translation)
    for name in sorted(wanted - given):
        message = f"the translation does not fill in `{name}`, as the text does"
        cure = f"Put it in braces where it belongs: `{{{name}}}`."
        yield Diagnostic("SC026", message, at.place, cure, "warning", at.width)
    for one in translation.names:
        name = ".".join(one.path)
        if name not in wanted:
            message = f"the translation fills in `{name}`, and the text does not"
            meant = ", ".join(f"`{known}`" for known in sorted(wanted - given))
            cure = f"Did you mean {meant}?" if meant else "Remove it."
            yield Diagnostic("SC026", message, one.place, cure, "warning", len(name))


def names(text: Text) -> set[str]:
    """The variables that a text fills in, by their dotted paths."""
    return {".".join(name.path) for name in text.names}
