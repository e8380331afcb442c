"""SC307 same-beginning: labels begin with the same word, so that who types that word means none.

Where there are no buttons people type: mostly the first word of a label. If it begins one label
only, that choice is meant; if it begins two, the answer is wrong, and the question is repeated.

Begin the labels differently, or give one the word as a synonym: `also: [red]`.
"""

from collections.abc import Iterator
from typing import Final

from engine.compiler.nodes import Fields, Scalar
from engine.core.matching import fold
from engine.core.nodes import Choice, StateNode
from engine.diagnostics import Diagnostic, Related
from engine.lint.rule import Subject

LETTERS: Final = 3
"""Shortest word that people take for a name: `in` and `a` are none."""
_FILLING: Final = frozenset(
    {
        "the", "and", "for", "from", "with", "not", "yes", "all", "our", "your",
        "der", "die", "das", "den", "dem", "und", "mit", "von", "für", "ein", "eine", "nicht",
    }
)  # fmt: skip
"""Words that name nothing."""

FOUND = """
flow: wine
triggers: [/wine]
initial: wine
data: {wine: {type: enum}}
states:
  wine:
    ask: Which wine?
    choices: {dry: Riesling dry, sweet: Riesling sweet, red: Merlot}
    next: end
  end: {type: final, say: "{wine | label}: noted."}
"""
NEAR = FOUND.replace("Riesling sweet", "Sweet Riesling")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, flow in subject.program.flows.items():
        for path, node in flow.states.items():
            state = subject.sources[name].states.get(path)
            written = state.node.get("choices") if state else None
            if isinstance(written, Fields):
                yield from _alike(node, written)


def _alike(node: StateNode, written: Fields) -> Iterator[Diagnostic]:
    """The first two choices of a question whose first words are the same, in any language."""
    choices = [one for one in node.question.choices if one.url is None] if node.question else []
    whole = {spelling for one in choices for spelling in _spellings(one)}
    begun: dict[str, Choice] = {}
    for choice in choices:
        if choice.guard is not None or choice.id not in written.entries:
            continue
        for word in sorted({spelling.split(" ")[0] for spelling in _spellings(choice)}):
            first = begun.setdefault(word, choice)
            plain = word.isalpha() and len(word) >= LETTERS and word not in _FILLING
            if first is not choice and plain and word not in whole:
                at, other = _label(written, choice.id), _label(written, first.id)
                yield Diagnostic(
                    "SC307", f"`{word}`, typed, means neither `{first.id}` nor `{choice.id}`",
                    at.place, f"Begin one differently, or give one `also: [{word}]`.", "info",
                    at.width,
                    related=(Related(other.place, "begins with it too", other.width),),
                )  # fmt: skip
                return


def _spellings(choice: Choice) -> set[str]:
    """What a choice is called, folded, as far as it is written out."""
    label = choice.label
    texts = (label.base, *label.translations.values()) if label else ()
    return {fold(text.source) for text in texts if "{" not in text.source} | choice.also


def _label(written: Fields, id_: str) -> Scalar:
    entry = written.entries[id_]
    label = entry.value.get("label") if isinstance(entry.value, Fields) else entry.value
    return label if isinstance(label, Scalar) else entry.key
